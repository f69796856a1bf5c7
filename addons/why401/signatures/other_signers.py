"""Recomputes the signature of a refused request to a cloud or a shop, with the configured key.

AWS, Tencent Cloud, Alibaba Cloud, Volcengine, Huawei Cloud, OAuth 1.0a and Alipay. What fits is
proven: the right text, or the one mistake that gives exactly the signature sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from why401.case import Case
from why401.context import Context
from why401.keys import SigningKey
from why401.later import later, regex
from why401.model import CauseFound, Certainty, Evidence, Finding, SignatureCheck, header_text
from why401.signatures.engine import Parts, singles
from why401.signatures.examination import Report
from why401.signatures.sent_request import Signed, sent_request, signed_claim

if TYPE_CHECKING:
    from why401.signatures import alipay, aliyun, canonical_signers, oauth1
else:
    alipay = later("why401.signatures.alipay")
    aliyun = later("why401.signatures.aliyun")
    canonical_signers = later("why401.signatures.canonical_signers")
    oauth1 = later("why401.signatures.oauth1")

MAX_KEYS = 50
MAX_TEXT = 16 << 10
_STATUSES = frozenset({400, 401, 403, 404})
_OSS = regex(r"OSS ([A-Za-z0-9._-]{1,128}):([A-Za-z0-9+/=]{10,100})")
_MARK = b"ignature"
_SAYS_MISMATCH = (
    *("signaturedoesnotmatch", "signature we calculated does not match", "signaturefailure"),
    *("signature is not matched", "isv.invalid-signature", "signature_invalid"),
    *("could not authenticate you", "invalid signature", "invalid-signature", "验签出错"),
    *("apig.0301", "verify aksk signature fail"),
)
_SAYS_OTHERWISE = (
    *("requesttimetooskewed", "requestexpired", "signatureexpire", "request has expired"),
    *("expiredtoken", "invalidaccesskeyid", "secretidnotfound", "accessdenied", "invalidtimestamp"),
)
_ECHOES = ("<canonicalrequest>", "string to sign", "stringtosign")


def examine(case: Case, context: Context) -> list[Report]:
    """Return what recomputing shows about the signature of a refused request; nothing for others,
    and for those where no key is configured only that one is needed."""
    if case.family is not None or not _may_be_refused(case):
        return []
    scheme, identity = _scheme_of(case)
    if scheme is None:
        return []
    keys = [key for key in context.keys.signing[:MAX_KEYS] if _is_for(key, case, identity)]
    request = sent_request(case)
    if not keys or request is None:
        number = len(context.keys.signing)
        member = "public_key" if scheme == "alipay" else "secret"
        needs = () if keys else (f"credentials.signing[{number}].{member}",)
        return [Report(SignatureCheck(scheme, "request", "unverifiable", needs=needs))]
    signer = _SIGNERS[scheme]
    signed = [each for key in keys for each in signer.signed(case, scheme, request, key)]
    if not signed:
        return [Report(SignatureCheck(scheme, "request", "unverifiable"))]
    right = next((each for each in signed if each.fits(each.right)), None)
    return [_right(case, right)] if right else [_wrong(case, signed)]


def _may_be_refused(case: Case) -> bool:
    if case.status in _STATUSES:
        return True
    # Tencent Cloud and Alipay refuse with 200.
    return case.status == 200 and _MARK in case.response.content.data[:MAX_TEXT]


# -- which scheme, which key ---------------------------------------------------------------------


_BY_HEADER = {
    "aws4-hmac-sha256": "aws-sigv4",
    "tc3-hmac-sha256": "tc3",
    "acs3-hmac-sha256": "acs3",
    "oss4-hmac-sha256": "oss-v4",
    "hmac-sha256": "volcengine",
    "sdk-hmac-sha256": "sdk-hmac",
    "oss": "oss",
    "oauth": "oauth1",
}
_SIGNERS = {
    **dict.fromkeys(
        ("aws-sigv4", "volcengine", "tc3", "acs3", "oss-v4", "sdk-hmac"), canonical_signers
    ),
    "aliyun-rpc": aliyun,
    "oss": aliyun,
    "oauth1": oauth1,
    "alipay": alipay,
}
"""By scheme the module that puts the request together again, see `signed` there."""


def _scheme_of(case: Case) -> tuple[str | None, str]:
    """Return how the request is signed, and whose key it names."""
    sent = case.request.headers.values("authorization")
    if sent:
        value = header_text(sent[0][:8192])
        scheme = _BY_HEADER.get(value.partition(" ")[0].lower())
        if scheme == "oss":
            found = _OSS.fullmatch(value.strip())
            return ("oss", found[1]) if found else (None, "")
        if scheme == "oauth1":
            params = dict(oauth1.oauth_pairs(value))
            return scheme, params.get("oauth_consumer_key", "")
        claim = signed_claim(case) if scheme else None
        # Azure calls its own scheme by the name of Volcengine's.
        is_other = scheme == "volcengine" and claim and claim.scope[-1:] != ("request",)
        return (scheme, claim.key_id) if claim and not is_other else (None, "")
    names = dict((*case.query[:500], *case.request.form[:500]))
    if "X-Amz-Signature" in names:
        claim = signed_claim(case)
        return ("aws-sigv4", claim.key_id) if claim else (None, "")
    if {"Signature", "AccessKeyId", "SignatureMethod"} <= names.keys():
        return "aliyun-rpc", names["AccessKeyId"]
    if {"sign", "app_id", "method"} <= names.keys() and names["method"].startswith("alipay."):
        return "alipay", names["app_id"]
    if {"oauth_signature", "oauth_consumer_key"} <= names.keys():
        return "oauth1", names["oauth_consumer_key"]
    return None, ""


def _is_for(key: SigningKey, case: Case, identity: str) -> bool:
    if not fnmatchcase(case.exchange.request.host.lower().rstrip("."), key.host.lower()):
        return False
    return key.key_id is None or key.key_id == identity


# -- what comes out ------------------------------------------------------------------------------


def _said(case: Case, words: Sequence[str]) -> str | None:
    lower = case.response.text[:MAX_TEXT].lower()
    return next((word for word in words if word in lower), None)


def _right(case: Case, signed: Signed) -> Report:
    """The signature is right under the configured key: then the server has another one, unless it
    says what it signed, which tells more."""
    check = SignatureCheck(signed.scheme, "request", "valid", string_to_sign=signed.text)
    word = _said(case, _SAYS_MISMATCH)
    if word is None or _said(case, _ECHOES):
        return Report(check)
    finding = Finding(
        f"signature/{signed.rule}",
        Certainty.PROVEN,
        (Evidence("response.text", word), Evidence(f"config.{signed.key}", "fits")),
        causes=(CauseFound("server-has-another", Certainty.LIKELY),),
    )
    return Report(check, (finding,))


def _wrong(case: Case, candidates: list[Signed]) -> Report:
    tried = 0
    for signed in candidates:
        search = singles(signed.mistakes, signed.claim, signed.right, signed.fits)
        tried += search.tried
        if search.matches:
            match = search.matches[0]
            shown = _shown(signed, match.rules[0], match.parts)
            return _report(case, signed, match.rules[0], tried, shown, is_found=True)
    maybe = next((each for each in candidates if not each.is_other_key), None)
    if maybe is None:
        return _report(case, candidates[0], "key-pair", tried, "-", is_found=True)
    return _report(case, maybe, "not-this-key", tried, "-", is_found=False)


def _report(
    case: Case, signed: Signed, cause: str, tried: int, shown: str, *, is_found: bool
) -> Report:
    rule = f"signature/{signed.rule}"
    word = _said(case, _SAYS_MISMATCH)
    is_other = _said(case, _SAYS_OTHERWISE) is not None
    is_sure = is_found and not is_other and (word is not None or case.status in (401, 403))
    certainty = Certainty.PROVEN if is_sure else Certainty.LIKELY
    finding = Finding(
        rule,
        Certainty.PROVEN if is_found or word else Certainty.LIKELY,
        (
            Evidence(signed.where, {"signed": shown} if shown != "-" else "does not fit"),
            Evidence(f"config.{signed.key}", "fits so" if is_found else f"tried {tried}"),
            *((Evidence("response.text", word),) if word else ()),
        ),
        causes=(CauseFound(cause, certainty),),
        values={"signed": shown, "part": shown},
    )
    check = SignatureCheck(
        signed.scheme,
        "request",
        "mismatch",
        string_to_sign=signed.text,
        explained_by=rule if is_found else None,
        tried=tried,
    )
    return Report(check, (finding,))


_SHOWN_WHOLE = frozenset({"method", "path-encoding", "url", "scope"})


def _shown(signed: Signed, cause: str, parts: Parts) -> str:
    """Return what was signed in place of the right part, where that cannot be a secret; of a
    header its name, of all else nothing."""
    number = next(n for n, value in enumerate(parts) if value != signed.right[n])
    value, right = parts[number], signed.right[number]
    if cause in _SHOWN_WHOLE:
        text = "/".join(value) if isinstance(value, tuple) else str(value)
        return text.partition("?")[0][:80] or "-"
    if cause == "header-value":
        kept = set(value)
        return next((name for name, text in right if (name, text) not in kept), "-")[:60]
    return "-"
