"""A server that refuses a signature in its own words, and the string to sign that it may echo.

What the server says it signed is compared with what the request gives by the vendor's rules: the
part at which the two part is named, never shown, for it may lie within a credential.
"""

from __future__ import annotations

import hashlib
import re
import urllib.parse
from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.context import Context
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, header_text
from why401.signatures.aliyun import oss_text
from why401.signatures.canonical_signers import CanonicalClaim, algorithm, canonical_request
from why401.signatures.sent_request import sent_request, signed_claim

REPORTS = (
    "signature/alipay-mismatch",
    "signature/sigv4-mismatch",
    "signature/sharedkey-mismatch",
    "signature/aliyun-mismatch",
    "signature/tc3-mismatch",
    "signature/sdk-hmac-mismatch",
    "signature/hmac-mismatch",
    "signature/oauth1-mismatch",
    "signature/url-signature",
)
NEEDS = frozenset({Trait.OTHER_SERVER})

MAX_TEXT = 16 * 1024
MAX_LINES = 200


class _Words(msgspec.Struct, frozen=True):
    rule: str
    said: tuple[str, ...]


# The most specific first: of several that fit, the first is taken.
_WORDS = (
    _Words("aliyun-mismatch", ("specified signature is not matched with our calculation",)),
    _Words("aliyun-mismatch", ("invalid signature, server stringtosign",)),
    _Words("sharedkey-mismatch", ("the mac signature found in the http request",)),
    _Words("tc3-mismatch", ("authfailure.signaturefailure",)),
    _Words("alipay-mismatch", ("isv.invalid-signature",)),
    _Words("sdk-hmac-mismatch", ("apig.0301", "verify aksk signature fail")),
    _Words("sigv4-mismatch", ("signaturedoesnotmatch", "signature we calculated does not match")),
    _Words(
        "hmac-mismatch",
        (
            *("hmac signature cannot be verified", "hmac signature does not match"),
            "client request can't be validated",
        ),
    ),
    _Words(
        "oauth1-mismatch",
        ("signature_invalid", "could not authenticate you", "provided signature does not match"),
    ),
    _Words("url-signature", ("invalid signature.",)),
)
MARKS = ("signature", "apig.0301", "client request can't", "could not authenticate")
"""Of these one stands in each of the texts above: most refusals are done with four searches."""
_STATUSES = frozenset({400, 401, 403, 404})
_UNDER_200 = frozenset({"tc3-mismatch", "alipay-mismatch"})
"""Tencent Cloud and Alipay refuse under HTTP 200."""
_FIRST_CAUSE = {"alipay-mismatch": "key-pair"}
_ALIYUN = regex(
    r"string to ?sign(?: is)?:\s?[`'{]?((?:GET|POST|PUT|DELETE)&[^\s\"'`<}]{5,8000})", re.I
)
_AZURE = regex(r"string to sign: '([^']{3,8000})'")
_TO_SIGN = regex(r"<StringToSign>([^<]{5,8000})</StringToSign>")
_ACS3 = regex(r"string to ?sign(?: is)?:\s?[`'{]?ACS3-HMAC-SHA256\\?\s{0,2}n?([0-9a-f]{64})", re.I)
_CANONICAL = regex(r"<CanonicalRequest>([^<]{5,8000})</CanonicalRequest>")
_AZURE_HEADERS = (
    *("content-encoding", "content-language", "content-length", "content-md5", "content-type"),
    *("date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
)


def detect(case: Case, _context: Context) -> Iterator[Finding]:
    """Yield the signature that a server says is wrong, compared with what it says it signed."""
    if case.status not in (*_STATUSES, 200) or case.family is not None:
        return
    text = case.response.text[:MAX_TEXT]
    message = case.response.headers.text("x-ca-error-message") or ""
    lower = f"{text}\n{message}".lower()
    if not any(mark in lower for mark in MARKS):
        return
    found = next(((each, word) for each in _WORDS for word in each.said if word in lower), None)
    if found is None or not _is_signed(case, found[0].rule):
        return
    if case.status == 200 and found[0].rule not in _UNDER_200:
        return
    rule, word = found[0].rule, found[1]
    if rule == "sigv4-mismatch" and _is_oss(case):
        # Alibaba's OSS answers in the words of S3.
        rule = "aliyun-mismatch"
    where = "response.header.x-ca-error-message" if word in message.lower() else "response.text"
    echoed = _echoed(case, rule, f"{text}\n{message}")
    if echoed is None:
        yield Finding(
            f"signature/{rule}",
            Certainty.PROVEN,
            (Evidence(where, word),),
            causes=(CauseFound(_FIRST_CAUSE.get(rule, "other-key-or-text"), Certainty.LIKELY),),
        )
        return
    ours, theirs = echoed
    part = first_part(ours, theirs)
    yield Finding(
        f"signature/{rule}",
        Certainty.PROVEN,
        (
            Evidence(where, word),
            Evidence("response.string-to-sign", "same" if part is None else {"differs_at": part}),
        ),
        causes=(CauseFound("same-text" if part is None else "text-differs", Certainty.LIKELY),),
        values={"part": part or "-"},
    )


def _is_signed(case: Case, rule: str) -> bool:
    """Whether the request carries a signature of the kind that the words are about."""
    if rule == "oauth1-mismatch":
        return any(each.scheme == "oauth1" for each in case.credentials)
    sent = b" ".join(case.request.headers.values("authorization")).upper()
    if rule == "sigv4-mismatch":
        # Other clouds answer in the words of AWS.
        return signed_claim(case) is not None or sent.startswith((b"AWS", b"OSS"))
    if rule == "sdk-hmac-mismatch":
        # A token is refused under the same code.
        return sent != b"" and not sent.startswith(b"BEARER")
    if rule in _UNDER_200 and case.status == 200:
        is_tc3 = any(each.scheme.startswith("tc3") for each in case.credentials)
        return is_tc3 or any(name == "sign" for name, _ in (*case.query[:200], *case.request.form))
    if rule == "url-signature":
        return any(name.lower() in ("signature", "sig", "sign") for name, _ in case.query[:200])
    return True


def _echoed(
    case: Case, rule: str, text: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]] | None:
    """Return our string to sign and the server's, each in named parts; None without an echo."""
    text = text.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", '"')
    if rule == "aliyun-mismatch" and (found := _ACS3.search(text)):
        own = _canonical_hash(case)
        parts = [("canonical request", found[1].lower())]
        return None if own is None else ([("canonical request", own)], parts)
    if rule == "aliyun-mismatch" and (found := _ALIYUN.search(text)):
        return _aliyun_parts(_aliyun_string(case)), _aliyun_parts(found[1])
    if rule == "sharedkey-mismatch" and (found := _AZURE.search(text)):
        return _azure_parts(_azure_string(case)), _azure_parts(found[1])
    if rule == "sigv4-mismatch" and (found := _CANONICAL.search(text)):
        ours = _canonical_request(case)
        return None if ours is None else (_lines(ours), _lines(found[1]))
    if rule == "aliyun-mismatch" and (found := _CANONICAL.search(text)):
        canonical = _canonical_request(case)
        return None if canonical is None else (_lines(canonical), _lines(found[1]))
    if found := _TO_SIGN.search(text):
        return _to_sign(case, found[1])
    return None


def first_part(ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> str | None:
    """Return the name of the first part in which two strings to sign differ, None where they are
    the same."""
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            return (one[0] if one[0] == other[0] else f"{other[0]} / {one[0]}")[:80]
    if len(ours) == len(theirs):
        return None
    longer = ours if len(ours) > len(theirs) else theirs
    return longer[min(len(ours), len(theirs))][0][:80]


# -- Alibaba Cloud, RPC style (signature version 1.0) -------------------------------------------


def _aliyun_string(case: Case) -> str:
    """METHOD & %2F & the sorted parameters, percent-encoded twice; without Signature itself."""
    pairs = sorted(
        (name, value)
        for name, value in (*case.query[:500], *case.request.form[:500])
        if name != "Signature"
    )
    joined = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    return f"{case.exchange.request.method}&%2F&{_quoted(joined)}"


def _quoted(text: str) -> str:
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="~")


def _aliyun_parts(text: str) -> list[tuple[str, str]]:
    method, _, rest = text.partition("&")
    path, _, query = rest.partition("&")
    parts = [("method", method), ("path", path)]
    for pair in urllib.parse.unquote(query).split("&")[:MAX_LINES]:
        name, _, value = pair.partition("=")
        parts.append((name, value))
    return parts


# -- Azure Storage, SharedKey -------------------------------------------------------------------


def _azure_string(case: Case) -> str:
    """The string of Shared Key for Blob, Queue and File services since version 2015-02-21."""
    request = case.exchange.request
    headers = case.request.headers
    values = [(headers.text(name) or "").strip() for name in _AZURE_HEADERS]
    if values[2] == "0":
        values[2] = ""
    if headers.values("x-ms-date"):
        values[5] = ""
    special = sorted(
        (header_text(key).lower(), header_text(value).strip())
        for key, value in headers.fields[:500]
        if key.lower().startswith(b"x-ms-")
    )
    account = request.host.partition(".")[0]
    resource = [f"/{account}{request.path}"]
    by_name: dict[str, list[str]] = {}
    for name, value in case.query[:500]:
        by_name.setdefault(name.lower(), []).append(value)
    resource += [f"{name}:{','.join(sorted(values))}" for name, values in sorted(by_name.items())]
    lines = [request.method, *values, *(f"{name}:{value}" for name, value in special), *resource]
    return "\n".join(lines)


def _azure_parts(text: str) -> list[tuple[str, str]]:
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")[:MAX_LINES]
    names = ("method", *_AZURE_HEADERS)
    parts = list(zip(names, lines, strict=False))
    for line in lines[len(names) :]:
        is_path = line.startswith("/")
        name = "resource" if is_path else line.partition(":")[0]
        parts.append((name, line))
    return parts


# -- AWS Signature Version 4 --------------------------------------------------------------------


def _canonical_request(case: Case) -> str | None:
    """The canonical request of the bytes on the wire, under the headers that the client names."""
    claim, request = signed_claim(case), sent_request(case)
    is_listed = claim is not None and (claim.headers or claim.name == "OSS4")
    if claim is None or not is_listed or request is None:
        return None
    return canonical_request(CanonicalClaim(claim.name, request, claim, "", "").parts)


def _canonical_hash(case: Case) -> str | None:
    ours = _canonical_request(case)
    return None if ours is None else hashlib.sha256(ours.encode("utf-8", "replace")).hexdigest()


def _to_sign(case: Case, theirs: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]] | None:
    """Compare strings to sign where that is all that is echoed: Alibaba's OSS, which answers like
    S3, or a server that leaves its canonical request out."""
    text = theirs.replace("\r\n", "\n")
    claim, request = signed_claim(case), sent_request(case)
    if request is None:
        return None
    if claim is None:
        if not _is_oss(case):
            return None
        return _oss_parts(f"{request.method}{oss_text(request)}"), _oss_parts(text)
    hashed = _canonical_hash(case)
    if hashed is None:
        return None
    names = ("algorithm", "time", "scope", "canonical request")
    ours = (algorithm(claim.name), claim.date or "", "/".join(claim.scope), hashed)
    return (
        list(zip(names, ours, strict=True)),
        list(zip(names, text.split("\n")[: len(names)], strict=False)),
    )


def _oss_parts(text: str) -> list[tuple[str, str]]:
    lines = text.split("\n")[:MAX_LINES]
    parts = list(zip(("method", "content-md5", "content-type", "date"), lines, strict=False))
    parts += [
        ("resource" if line.startswith("/") else line.partition(":")[0], line)
        for line in lines[len(parts) :]
    ]
    return parts


def _is_oss(case: Case) -> bool:
    sent = case.request.headers.values("authorization")
    return bool(sent) and sent[0].startswith((b"OSS ", b"OSS4-"))


def _lines(text: str) -> list[tuple[str, str]]:
    lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
    parts = list(zip(("method", "path", "query"), lines, strict=False))
    parts += [(line.partition(":")[0] or "headers", line) for line in lines[3:-2]]
    return parts + list(zip(("signed headers", "payload hash"), lines[-2:], strict=False))
