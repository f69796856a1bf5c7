"""Whether an exchange is worth a look for signatures, decided from its bytes without parsing.

For traffic with servers that are not WeChat's: a backend that hands parameters to its app, and
callbacks that arrive at a merchant's server. The cost is a few substring searches (by `find`, see
`triage`).
"""

from __future__ import annotations

from why401.case import Case
from why401.later import regex

PROBE = "WECHATPAY/SIGNTEST/"
"""How a signature begins that WeChat Pay makes wrong on purpose."""
MAX_BYTES = 8 << 10
MAX_JSON_BYTES = 3 << 10
HEAD_BYTES = 2 << 10


def hands_parameters(content: bytes) -> bool:
    """Return whether an answer may hand payment or JS-SDK parameters to an app."""
    # A page holds parameters anywhere in a script; JSON that hands them to an app is short.
    head = content[: MAX_JSON_BYTES if content[:1] in (b"{", b"[") else MAX_BYTES]
    # Every set but those of coupons and virtual payment holds a nonceStr, however it is spelt.
    if head.find(b"once") < 0:
        is_short = len(content) <= HEAD_BYTES
        return head.find(b"send_coupon_merchant") >= 0 or (is_short and head.find(b"paySig") >= 0)
    if head.find(b"ign") < 0:
        return False
    lower = head.lower()
    return (
        b"paysig" in lower
        or b"prepay" in lower
        or b"noncestr" in lower
        or b"nonce_str" in lower
        or b"send_coupon_merchant" in lower
    )


def is_pushed(target: bytes, sent: bytes) -> bool:
    """Return whether a request may come from WeChat (a payment callback, a pushed message) or
    bring what a mini program got from it."""
    if target.find(b"signature=") >= 0 and b"nonce=" in target:
        return True
    if not sent:
        return False
    head = sent[:HEAD_BYTES]
    if head[:1] == b"<" and (b"<sign>" in head or b"<req_info>" in head):
        return True
    return (
        head.find(b"encrypt-resource") >= 0
        or head.find(b"encryptedData") >= 0
        or head.find(b"rawData") >= 0
    )


def reports_jssdk(target: bytes, sent: bytes) -> bool:
    """Return whether a page may tell here what WeChat's JS-SDK said to it."""
    if target.find(b"onfig") >= 0 and _REFUSED.search(target, 0, HEAD_BYTES):
        return True
    # Most bodies hold no such pair of letters, and most that do are told by the first of these.
    if sent.find(b"rr", 0, HEAD_BYTES) < 0 or not _TOLD.search(sent, 0, HEAD_BYTES):
        return False
    return _REFUSED.search(sent, 0, HEAD_BYTES) is not None


_TOLD = regex(rb"rr(?:M|_m|m)sg")
_REFUSED = regex(
    rb"(?:nvalid|fail[^a-z]{1,6}invalid)(?:\s|%20|\+|_)(?:signature|url)|permission(?:\s|%20|\+)|"
    rb"fail_nopermission|(?:WXPay|PayRequest|pay_request|requestPayment)(?::|%3A)fail|"
    rb"fail(?:\s|%20|\+)(?:no(?:\s|%20|\+)permission|url(?:\s|%20|\+)not)|[cC]onfig(?::|%3A)fail"
)


def worth_judging(status: int, target: bytes, content: bytes | None, sent: bytes | None) -> bool:
    """Return whether a healthy exchange with any server must be judged for its signatures."""
    if content and status < 300 and hands_parameters(content):
        return True
    if not sent:
        if target.find(b"onfig") >= 0 and reports_jssdk(target, b""):
            return True
        return target.find(b"signature=") >= 0 and is_pushed(target, b"")
    return reports_jssdk(target, sent) or is_pushed(target, sent)


def is_refused_probe(case: Case) -> bool:
    """Return whether WeChat Pay tried a wrong signature on a server, which refused it: nothing is
    wrong then, whatever the refusal looks like."""
    signature = case.request.headers.text("wechatpay-signature")
    return bool(signature and signature.startswith(PROBE)) and case.status >= 400
