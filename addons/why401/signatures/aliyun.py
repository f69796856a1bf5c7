"""Alibaba Cloud's older signers: RPC version 1.0 in the query or form, and OSS version 1.

Sources: alibabacloud.com/help/doc-detail/28139.htm (RPC),
alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field

from why401.case import Case
from why401.keys import SigningKey
from why401.signatures.canonical_signers import secret_variants
from why401.signatures.engine import Mistake, Parts
from why401.signatures.sent_request import (
    Pairs,
    SentRequest,
    Signed,
    canonical_query,
    encoded,
    oss_resource,
)

SECRET, METHOD, TEXT = range(3)
_SUB_RESOURCES = frozenset(
    {"acl", "uploads", "location", "cors", "logging", "website", "referer", "lifecycle", "delete"}
    | {"append", "tagging", "objectMeta", "uploadId", "partNumber", "security-token", "position"}
    | {"response-content-type", "response-content-language", "response-expires", "restore"}
    | {"response-cache-control", "response-content-disposition", "response-content-encoding"}
    | {"x-oss-process", "versionId", "versions", "versioning", "policy", "stat", "symlink"}
)


@dataclass(frozen=True)
class AliyunClaim:
    """What the sender says that it signed; `style` is `rpc` or `oss`."""

    style: str
    request: SentRequest
    signature: str
    secret: str = field(repr=False)

    @property
    def parts(self) -> Parts:
        """The right parts; the key of RPC is the secret and an `&`."""
        if self.style == "rpc":
            return (self.secret + "&", self.request.method, rpc_text(self.parameters))
        return (self.secret, self.request.method, oss_text(self.request))

    @property
    def parameters(self) -> Pairs:
        """The parameters of an RPC call, the signature left out."""
        query = ((name, value.replace("+", " ")) for name, value in self.request.query)
        return tuple(pair for pair in (*query, *self.request.form) if pair[0] != "Signature")


def rpc_text(parameters: Pairs) -> str:
    """Return what stands behind the method: the path, and the sorted parameters encoded twice."""
    return f"&%2F&{encoded(canonical_query(parameters))}"


def oss_text(request: SentRequest, bucket: str | None = None) -> str:
    """Return what stands behind the method of an OSS request: the headers and the resource."""
    own = sorted({key for key, _ in request.headers if key.startswith("x-oss-")})
    lines = [request.value(name) or "" for name in ("content-md5", "content-type", "date")]
    lines += [f"{name}:{request.value(name)}" for name in own]
    named = sorted(pair for pair in request.query if pair[0] in _SUB_RESOURCES)
    query = "&".join(f"{name}={value}" if value else name for name, value in named)
    resource = f"/{bucket}{request.path}" if bucket else request.path
    if bucket is None:
        resource = oss_resource(request)
    return "\n" + "\n".join([*lines, f"{resource}?{query}" if query else resource])


def message(parts: Parts) -> bytes:
    """Return the text that is signed."""
    return f"{parts[METHOD]}{parts[TEXT]}".encode("utf-8", "surrogateescape")


def signature_of(parts: Parts) -> str:
    """Return the signature that `parts` give, base64."""
    key = parts[SECRET].encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(key, message(parts), "sha1")).decode()


# -- what clients get wrong ----------------------------------------------------------------------


def _secrets(claim: AliyunClaim, _key: str) -> Iterator[str]:
    yield from secret_variants(claim.secret)
    if claim.style == "rpc":
        yield claim.secret
        yield from (f"{each}&" for each in secret_variants(claim.secret))


def _methods(_claim: AliyunClaim, method: str) -> Iterator[str]:
    yield from (each for each in ("GET", "POST", "PUT", "DELETE") if each != method)


def _texts(claim: AliyunClaim, _text: str) -> Iterator[str]:
    if claim.style == "oss":
        sent = claim.request
        yield oss_text(sent, "")
        for label in sent.host.split(".")[:2]:
            yield oss_text(sent, label)
        for name in ("content-type", "content-md5", "date"):
            headers = tuple(pair for pair in sent.headers if pair[0] != name)
            yield oss_text(SentRequest(sent.method, sent.scheme, sent.host, sent.path, sent.query,
                                       headers, sent.body))  # fmt: skip
        return
    pairs = claim.parameters
    unsorted = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
    yield f"&%2F&{encoded(unsorted)}"
    yield f"&%2F&{canonical_query(pairs)}"
    yield f"&/&{encoded(canonical_query(pairs))}"
    plain = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    yield f"&%2F&{encoded(plain)}"
    yield f"&%2F&{encoded(canonical_query(pairs).replace('%20', '+'))}"
    yield rpc_text(claim.request.query)
    yield rpc_text(claim.request.form)
    low = sorted(pairs, key=lambda pair: pair[0].lower())
    by_letter = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in low)
    yield f"&%2F&{encoded(by_letter)}"


MISTAKES: tuple[Mistake, ...] = (
    Mistake("secret-spoilt", SECRET, _secrets),
    Mistake("method", METHOD, _methods),
    Mistake("text", TEXT, _texts),
)


# -- a request under one key ---------------------------------------------------------------------


def signed(case: Case, scheme: str, request: SentRequest, key: SigningKey) -> Iterator[Signed]:
    """Yield the request of `case` as `key` should have signed it: `aliyun-rpc` or `oss`."""
    if key.secret is None:
        return
    style = "rpc" if scheme == "aliyun-rpc" else "oss"
    made = _sent_signature(case, request, style)
    claim = AliyunClaim(style, request, made, key.secret.value)
    yield Signed(
        scheme,
        "aliyun-mismatch",
        "request.header.authorization" if style == "oss" else "request.query.Signature",
        key.secret.label,
        claim,
        claim.parts,
        MISTAKES,
        lambda parts: signature_of(parts) == made,
    )


def _sent_signature(case: Case, request: SentRequest, style: str) -> str:
    if style == "oss":
        return (request.value("authorization") or "").rpartition(":")[2].strip()
    pairs = (*case.query, *case.request.form)
    return next((value for name, value in pairs if name == "Signature"), "").replace(" ", "+")
