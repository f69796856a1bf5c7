"""Recomputes the signature of a refused request to a cloud or a shop, with the configured key.

AWS, Tencent Cloud, Alibaba Cloud, Volcengine, Huawei Cloud, OAuth 1.0a and Alipay. What fits is
proven: the right text, or the one mistake that gives exactly the signature sent.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.parameters import parse_parameters
from why401.keys import SigningKey
from why401.later import later, regex
from why401.masking import Unshown
from why401.model import CauseFound, Certainty, Evidence, Finding, SignatureCheck, header_text
from why401.signatures.engine import Mistake, Parts, singles
from why401.signatures.examination import Report
from why401.signatures.rsa_block import Kind
from why401.signatures.sent_request import SentRequest, decoded_pairs, sent_request, signed_claim

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
_SIGNATURE = regex(r"\bSignature=([0-9a-fA-F]{64})\b")
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


class _Signed(Unshown, frozen=True):
    """A signed request with what is needed to judge it: `right` the parts as they should be,
    `fits` whether parts give the signature sent. `text` is shown where it holds no secret.
    `is_other_key`: the signature is whole, and surely by another key."""

    scheme: str
    rule: str
    where: str
    key: str
    claim: Any
    right: Parts
    mistakes: tuple[Mistake, ...]
    fits: Callable[[Parts], bool]
    text: str | None = None
    is_other_key: bool = False


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
    signed = [each for key in keys for each in _signed(case, scheme, request, key)]
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
_STYLES = {
    "aws-sigv4": ("AWS4", "sigv4-mismatch"),
    "volcengine": ("HMAC-SHA256", "sigv4-mismatch"),
    "tc3": ("TC3", "tc3-mismatch"),
    "acs3": ("ACS3", "aliyun-mismatch"),
    "oss-v4": ("OSS4", "aliyun-mismatch"),
    "sdk-hmac": ("SDK", "sdk-hmac-mismatch"),
}
"""Of each scheme over a canonical request: the name of its style, and its rule."""


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
            params = dict(_oauth_pairs(value))
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


def _oauth_pairs(value: str) -> Iterator[tuple[str, str]]:
    params, _ = parse_parameters(value.partition(" ")[2][:8192])
    for each in params:
        yield urllib.parse.unquote(each.name), urllib.parse.unquote(each.value)


# -- the request under one key -------------------------------------------------------------------


def _signed(case: Case, scheme: str, request: SentRequest, key: SigningKey) -> Iterator[_Signed]:
    if scheme == "alipay":
        yield from _alipay(request, key)
        return
    if key.secret is None:
        return
    secret, label = key.secret.value, key.secret.label
    if scheme in _STYLES:
        claim = signed_claim(case)
        sent = _sent_signature(case)
        if claim is None or sent is None or not (claim.headers or scheme == "oss-v4"):
            return
        style, rule = _STYLES[scheme]
        if scheme == "volcengine":
            # Its own client sends a blank as a plus and signs it as %20.
            query = case.exchange.request.query.replace("+", "%20")
            request = msgspec.structs.replace(request, query=decoded_pairs(query))
        known: canonical_signers.SigningKeys = {}
        canonical = canonical_signers.CanonicalClaim(style, request, claim, secret, sent)
        yield _Signed(
            scheme,
            rule,
            claim.where,
            label,
            canonical,
            canonical.parts,
            canonical_signers.MISTAKES,
            lambda parts: canonical_signers.signature_of(style, parts, known) == sent,
            canonical_signers.string_to_sign(style, canonical.parts),
        )
    elif scheme in ("aliyun-rpc", "oss"):
        style = "rpc" if scheme == "aliyun-rpc" else "oss"
        made = _aliyun_signature(case, request, style)
        old = aliyun.AliyunClaim(style, request, made, secret)
        yield _Signed(
            scheme,
            "aliyun-mismatch",
            "request.header.authorization" if style == "oss" else "request.query.Signature",
            label,
            old,
            old.parts,
            aliyun.MISTAKES,
            lambda parts: aliyun.signature_of(parts) == made,
        )
    elif scheme == "oauth1":
        yield from _oauth1(request, key, secret, label)


def _sent_signature(case: Case) -> str | None:
    sent = case.request.headers.values("authorization")
    if sent:
        found = _SIGNATURE.search(header_text(sent[0][:8192]))
        return found[1].lower() if found else None
    return next((value for name, value in case.query if name == "X-Amz-Signature"), None)


def _aliyun_signature(case: Case, request: SentRequest, style: str) -> str:
    if style == "oss":
        return (request.value("authorization") or "").rpartition(":")[2].strip()
    pairs = (*case.query, *case.request.form)
    return next((value for name, value in pairs if name == "Signature"), "").replace(" ", "+")


def _oauth1(request: SentRequest, key: SigningKey, secret: str, label: str) -> Iterator[_Signed]:
    header = tuple(_oauth_pairs(request.value("authorization") or ""))
    pairs = dict((*request.query, *request.form, *header))
    method = pairs.get("oauth_signature_method", "")
    made = pairs.get("oauth_signature", "").replace(" ", "+")
    if method not in (*oauth1.HASHES, "PLAINTEXT"):
        return
    token_secret = key.token_secret.value if key.token_secret else ""
    claim = oauth1.Oauth1Claim(request, header, method, made, secret, token_secret)
    yield _Signed(
        "oauth1",
        "oauth1-mismatch",
        "request.header.authorization" if header else "request.query.oauth_signature",
        label,
        claim,
        claim.parts,
        oauth1.MISTAKES,
        lambda parts: oauth1.signature_of(method, parts) == made,
    )


def _alipay(request: SentRequest, key: SigningKey) -> Iterator[_Signed]:
    if key.public_key is None:
        return
    claim = alipay.alipay_claim(request, key.public_key)
    if claim is None:
        return
    block = claim.block()
    yield _Signed(
        "alipay",
        "alipay-mismatch",
        "request.query.sign" if any(name == "sign" for name, _ in request.query)
        else "request.form.sign",
        key.public_key.label,
        claim,
        claim.parts,
        alipay.MISTAKES,
        lambda parts: alipay.fits(block, parts),
        is_other_key=block.kind is Kind.NOISE and len(claim.signature) % 64 == 0,
    )  # fmt: skip


# -- what comes out ------------------------------------------------------------------------------


def _said(case: Case, words: Sequence[str]) -> str | None:
    lower = case.response.text[:MAX_TEXT].lower()
    return next((word for word in words if word in lower), None)


def _right(case: Case, signed: _Signed) -> Report:
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


def _wrong(case: Case, candidates: list[_Signed]) -> Report:
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
    case: Case, signed: _Signed, cause: str, tried: int, shown: str, *, is_found: bool
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


def _shown(signed: _Signed, cause: str, parts: Parts) -> str:
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
