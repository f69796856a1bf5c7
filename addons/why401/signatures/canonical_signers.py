"""Signers over a canonical request: AWS Signature Version 4, Tencent's TC3, Alibaba's ACS3 and OSS,
Volcengine's HMAC-SHA256, Huawei's SDK-HMAC-SHA256.

All hash a canonical request, sign the hash together with time and scope, and differ in how path
and query are written and how the key is derived.
Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html,
tencentcloud.com/document/api/614/42761,
alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature,
alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4,
volcengine.com/docs/6971/174333, support.huaweicloud.com/en-us/api-dis/dis_02_0507.html
"""

from __future__ import annotations

import hashlib
import hmac
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from why401.case import Case
from why401.credentials.signed_headers import SignedHeaders
from why401.keys import SigningKey
from why401.later import regex
from why401.model import header_text
from why401.signatures.engine import Mistake, Parts
from why401.signatures.sent_request import (
    Pairs,
    SentRequest,
    Signed,
    canonical_query,
    decoded_pairs,
    encoded,
    oss_resource,
    signed_claim,
)

KEY, SCOPE, METHOD, PATH, QUERY, HEADERS, PAYLOAD, TEXT, LISTED = range(9)
"""Parts: secret, scope of the key, method, path, query, header lines, payload hash, time and scope
as they stand in the text that is signed, the names that are listed (None: those of the lines)."""
_EMPTY = hashlib.sha256(b"").hexdigest()
_UNSIGNED = "UNSIGNED-PAYLOAD"
_OSS_HEADERS = frozenset({"content-type", "content-md5"})


@dataclass(frozen=True)
class CanonicalClaim:
    """What the sender says that it signed; `style` is a name of `signed_headers.SCHEMES`, `secret`
    the key configured for it."""

    style: str
    request: SentRequest
    signed: SignedHeaders
    secret: str = field(repr=False)
    signature: str

    @property
    def service(self) -> str:
        """The service of the scope: S3 writes its paths otherwise."""
        return self.signed.scope[-2] if len(self.signed.scope) >= 2 else ""

    @property
    def is_query(self) -> bool:
        """Whether it is a presigned URL."""
        return self.signed.where.startswith("request.query")

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (
            self.secret,
            self.signed.scope,
            self.request.method,
            canonical_path(self),
            _query(self.style, self.pairs),
            self.header_lines(),
            self.payload,
            (self.signed.date or "", "/".join(self.signed.scope)),
            ";".join(self.signed.headers) if self.style == "OSS4" else None,
        )

    @property
    def pairs(self) -> Pairs:
        """The query, the signature itself left out."""
        return tuple(pair for pair in self.request.query if pair[0] != "X-Amz-Signature")

    @property
    def payload(self) -> str:
        """What stands for the body: its hash, as sent or computed."""
        if self.style == "TC3" or (self.style == "SDK" and not self.request.body):
            return self.request.body_hash
        if self.signed.payload_hash is not None:
            return self.signed.payload_hash
        # A presigned URL of S3 is made before there is a body.
        return _UNSIGNED if self.is_query and self.service == "s3" else self.request.body_hash

    def header_lines(self) -> tuple[tuple[str, str], ...]:
        """The signed headers with their values as the server gets them."""
        names: Iterable[str] = self.signed.headers
        if self.style == "OSS4":
            sent = {name for name, _ in self.request.headers}
            always = {n for n in sent if n.startswith("x-oss-")} | (sent & _OSS_HEADERS)
            names = sorted(always | set(names))
        lines = ((name, self.request.value(name) or "") for name in names)
        return tuple((name, v.lower() if self.style == "TC3" else v) for name, v in lines)


def canonical_path(claim: CanonicalClaim) -> str:
    """Return the path as this service writes it: S3 encodes once, all else at AWS what was sent a
    second time, Tencent always says `/`, Huawei's ends with one."""
    path = claim.request.path
    if claim.style == "TC3":
        return "/"
    if claim.style == "OSS4":
        return encoded(urllib.parse.unquote(oss_resource(claim.request), errors="replace"), "/")
    if claim.style == "AWS4" and not claim.service.startswith("s3"):
        return encoded(_without_dots(path), "/")
    once = encoded(urllib.parse.unquote(path, errors="surrogateescape"), "/")
    return once + "/" if claim.style == "SDK" and not once.endswith("/") else once


def _without_dots(path: str) -> str:
    """Return a path without empty segments and those of dots, as AWS reads all but S3's."""
    if "//" not in path and "/." not in path:
        return path
    found: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del found[-1:]
        elif segment not in ("", "."):
            found.append(segment)
    whole = "/" + "/".join(found)
    return whole + "/" if found and path.endswith("/") else whole


def _query(style: str, pairs: Pairs) -> str:
    query = canonical_query(pairs)
    if style != "OSS4":
        return query
    return "&".join(pair.removesuffix("=") for pair in query.split("&"))


def canonical_request(parts: Parts) -> str:
    """Return the canonical request that `parts` give."""
    headers = parts[HEADERS]
    return "\n".join(
        [
            parts[METHOD],
            parts[PATH],
            parts[QUERY],
            *(f"{name}:{value}" for name, value in headers),
            "",
            ";".join(name for name, _ in headers) if parts[LISTED] is None else parts[LISTED],
            parts[PAYLOAD],
        ]
    )


def string_to_sign(style: str, parts: Parts) -> str:
    """Return the text that is signed: scheme, time, scope and the canonical request's hash."""
    data = canonical_request(parts).encode("utf-8", "surrogateescape")
    hashed = hashlib.sha256(data).hexdigest()
    date, scope = parts[TEXT]
    lines = {"ACS3": (), "SDK": (date,)}.get(style, (date, scope))
    return "\n".join((algorithm(style), *lines, hashed))


def algorithm(style: str) -> str:
    """Return the name of a style on the wire."""
    return style if style == "HMAC-SHA256" else f"{style}-HMAC-SHA256"


_KEY_PREFIXES = {"OSS4": b"aliyun_v4", "HMAC-SHA256": b""}

type SigningKeys = dict[tuple[str, tuple[str, ...]], bytes]
"""Keys derived before, by secret and scope: most mistakes leave both as they are."""


def signature_of(style: str, parts: Parts, known: SigningKeys) -> str:
    """Return the signature that `parts` give, hexadecimal."""
    which = parts[KEY], parts[SCOPE]
    key = known.get(which)
    if key is None:
        key = known[which] = _signing_key(style, *which)
    text = string_to_sign(style, parts).encode("utf-8", "surrogateescape")
    return hmac.digest(key, text, "sha256").hex()


def _signing_key(style: str, secret: str, scope: tuple[str, ...]) -> bytes:
    data = secret.encode("utf-8", "surrogatepass")
    if style in ("ACS3", "SDK"):
        return data
    key = _KEY_PREFIXES.get(style, style.encode()) + data
    for step in scope:
        key = hmac.digest(key, step.encode("utf-8", "surrogatepass"), "sha256")
    return key


# -- what clients get wrong ----------------------------------------------------------------------


def secret_variants(secret: str) -> Iterator[str]:
    """Yield a secret as configuration files and shells spoil it."""
    yield from (secret + "\n", secret + "\r\n", secret + " ", " " + secret, secret.strip())
    yield from (f'"{secret}"', f"'{secret}'", secret.strip("\"'"), urllib.parse.quote(secret, ""))
    yield urllib.parse.unquote(secret)


def _secrets(_claim: CanonicalClaim, secret: str) -> Iterator[str]:
    yield from secret_variants(secret)


_REGIONS = (
    *("us-east-1", "us-west-2", "eu-west-1", "cn-north-1", "cn-beijing", "auto", "", "global"),
)


def _scopes(claim: CanonicalClaim, scope: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if claim.style in ("AWS4", "HMAC-SHA256") and len(scope) == 4:
        day, region, service, end = scope
        for other in _REGIONS:
            yield (day, other, service, end)
        labels = claim.request.host.split(".")[:6]
        for label in (*labels, "s3", "execute-api", "es", "iam", "sts"):
            yield (day, region, label, end)
            yield (day, label, service, end)
        yield (claim.signed.date or day, region, service, end)
    elif claim.style == "TC3" and len(scope) == 3:
        for label in claim.request.host.split(".")[:3]:
            yield (scope[0], label, scope[2])


def _methods(_claim: CanonicalClaim, method: str) -> Iterator[str]:
    yield from (each for each in ("GET", "POST", "PUT", "DELETE", "HEAD") if each != method)
    yield method.lower()


def _paths(claim: CanonicalClaim, path: str) -> Iterator[str]:
    sent = claim.request.path
    once = encoded(urllib.parse.unquote(sent, errors="surrogateescape"), "/")
    yield from (sent, once, encoded(sent, "/"), encoded(encoded(sent, "/"), "/"), "/", "")
    yield urllib.parse.unquote(sent, errors="surrogateescape")
    yield path.rstrip("/") or "/"
    yield path + "/"


def _queries(claim: CanonicalClaim, query: str) -> Iterator[str]:
    pairs = [(encoded(name), encoded(value)) for name, value in claim.pairs]
    yield "&".join(f"{name}={value}" for name, value in pairs)
    yield ""
    yield "&".join(f"{name}={value}" for name, value in sorted(claim.pairs))
    yield query.replace("%20", "+")
    yield canonical_query([(encoded(name), encoded(value)) for name, value in claim.pairs])
    yield "&".join(pair.removesuffix("=") for pair in query.split("&"))
    yield "&".join(f"{name}={value}" for name, value in sorted(pairs, key=lambda p: p[0].lower()))


def _headers(
    claim: CanonicalClaim, lines: tuple[tuple[str, str], ...]
) -> Iterator[tuple[tuple[str, str], ...]]:
    host = claim.request.value("host") or ""
    bare = host.partition(":")[0]
    port = {"http": "80", "https": "443"}.get(claim.request.scheme, "")
    for other in (bare, f"{bare}:{port}", f"{claim.request.scheme}://{host}", host.lower()):
        yield tuple((name, other if name == "host" else value) for name, value in lines)
    for number, (name, value) in enumerate(lines):
        for other in _header_values(name, value):
            yield (*lines[:number], (name, other), *lines[number + 1 :])
    for number in range(len(lines)):
        yield (*lines[:number], *lines[number + 1 :])


def _header_values(name: str, value: str) -> Iterator[str]:
    yield ""
    if name == "content-type":
        yield value.partition(";")[0]
        yield f"{value.partition(';')[0]}; charset=utf-8"
        yield f"{value}; charset=utf-8"
        yield from ("application/json", "application/x-www-form-urlencoded")
    yield value.lower()


def _payloads(claim: CanonicalClaim, _payload: str) -> Iterator[str]:
    yield from (claim.request.body_hash, _EMPTY, _UNSIGNED, "")
    body = claim.request.body
    for other in (body.strip(), body.replace(b"\r\n", b"\n"), body + b"\n"):
        yield hashlib.sha256(other).hexdigest()


def _texts(claim: CanonicalClaim, text: tuple[str, str]) -> Iterator[tuple[str, str]]:
    date, scope = text
    yield (date[:8], scope)
    for name in ("x-amz-date", "date", "x-tc-timestamp", "x-date", "x-sdk-date"):
        if (other := claim.request.value(name)) is not None:
            yield (other, scope)


MISTAKES: tuple[Mistake, ...] = (
    Mistake("secret-spoilt", KEY, _secrets),
    Mistake("scope", SCOPE, _scopes),
    Mistake("method", METHOD, _methods),
    Mistake("path-encoding", PATH, _paths),
    Mistake("query", QUERY, _queries),
    Mistake("header-value", HEADERS, _headers),
    Mistake("payload", PAYLOAD, _payloads),
    Mistake("time", TEXT, _texts),
)


# -- a request under one key ---------------------------------------------------------------------


STYLES = {
    "aws-sigv4": ("AWS4", "sigv4-mismatch"),
    "volcengine": ("HMAC-SHA256", "sigv4-mismatch"),
    "tc3": ("TC3", "tc3-mismatch"),
    "acs3": ("ACS3", "aliyun-mismatch"),
    "oss-v4": ("OSS4", "aliyun-mismatch"),
    "sdk-hmac": ("SDK", "sdk-hmac-mismatch"),
}
"""Of each scheme over a canonical request: the name of its style, and its rule."""
_SIGNATURE = regex(r"\bSignature=([0-9a-fA-F]{64})\b")


def signed(case: Case, scheme: str, request: SentRequest, key: SigningKey) -> Iterator[Signed]:
    """Yield the request of `case` as `key` should have signed it by `scheme`."""
    claim, sent = signed_claim(case), _sent_signature(case)
    if key.secret is None or claim is None or sent is None:
        return
    if not claim.headers and scheme != "oss-v4":
        return
    style, rule = STYLES[scheme]
    if scheme == "volcengine":
        # Its own client sends a blank as a plus and signs it as %20.
        query = case.exchange.request.query.replace("+", "%20")
        request = msgspec.structs.replace(request, query=decoded_pairs(query))
    known: SigningKeys = {}
    canonical = CanonicalClaim(style, request, claim, key.secret.value, sent)
    yield Signed(
        scheme,
        rule,
        claim.where,
        key.secret.label,
        canonical,
        canonical.parts,
        MISTAKES,
        lambda parts: signature_of(style, parts, known) == sent,
        string_to_sign(style, canonical.parts),
    )


def _sent_signature(case: Case) -> str | None:
    sent = case.request.headers.values("authorization")
    if sent:
        found = _SIGNATURE.search(header_text(sent[0][:8192]))
        return found[1].lower() if found else None
    return next((value for name, value in case.query if name == "X-Amz-Signature"), None)
