"""A signed request in the pieces that signers put together again, and what each makes of it."""

from __future__ import annotations

import hashlib
import urllib.parse
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from why401.case import Case
from why401.credentials.signed_headers import SignedHeaders, from_header, from_query
from why401.masking import Unshown
from why401.model import header_text
from why401.signatures.engine import Fits, Mistake, Parts

MAX_PAIRS = 500
MAX_TARGET = 16 << 10

type Pairs = tuple[tuple[str, str], ...]


class SentRequest(Unshown, frozen=True, dict=True):
    """What was sent. `path` is as on the wire; `query` and `form` are decoded once, in order."""

    method: str
    scheme: str
    host: str
    path: str
    query: Pairs
    headers: Pairs
    body: bytes
    form: Pairs = ()

    def value(self, name: str) -> str | None:
        """Return the values of a header (its name in lower case), blanks folded, joined as
        canonical forms want it; None without it."""
        found = [" ".join(text.split()) for key, text in self.headers if key == name]
        return ",".join(found) if found else None

    @cached_property
    def body_hash(self) -> str:
        """The SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


class Signed(Unshown, frozen=True):
    """A signed request under one key, with what is needed to judge it.

    `right` are the parts of `claim` as they should be; `fits` tells whether parts give the
    signature sent, which stands at `where`. `rule` is the last part of the rule that says what is
    wrong, each mistake a cause of it; `key` the label of the key. `text` is shown where it holds no
    secret. `is_other_key`: the signature is whole, and surely by another key.
    """

    scheme: str
    rule: str
    where: str
    key: str
    claim: Any
    right: Parts
    mistakes: tuple[Mistake, ...]
    fits: Fits
    text: str | None = None
    is_other_key: bool = False


def sent_request(case: Case) -> SentRequest | None:
    """Return the request of `case`; None where the capture does not hold its exact bytes."""
    request = case.exchange.request
    body = request.body
    if body is None or not body.is_exact or not body.is_complete or body.is_decoded:
        return None
    if len(request.target) > MAX_TARGET:
        return None
    headers = [
        (header_text(key[:100]).lower(), header_text(value[:4096]))
        for key, value in request.headers.fields[:200]
    ]
    if not any(key == "host" for key, _ in headers):
        default = {"http": 80, "https": 443}.get(request.scheme)
        port = "" if request.port in (default, 0) else f":{request.port}"
        headers.append(("host", f"{request.host}{port}"))
    return SentRequest(
        request.method,
        request.scheme,
        request.host,
        request.path or "/",
        decoded_pairs(request.query),
        tuple(headers),
        body.data,
        tuple(case.request.form[:MAX_PAIRS]),
    )


def decoded_pairs(query: str) -> Pairs:
    """Return a query's names and values, percent-decoded; a plus stays one, as signers read it."""
    pairs = (pair.partition("=") for pair in query.split("&")[:MAX_PAIRS] if pair)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pairs)


def _decoded(text: str) -> str:
    return urllib.parse.unquote(text, errors="surrogateescape")


def encoded(text: str, safe: str = "") -> str:
    """Return `text` percent-encoded by RFC 3986: only letters, digits and -._~ stay."""
    return urllib.parse.quote(text.encode("utf-8", "surrogateescape"), safe="~" + safe)


def canonical_query(pairs: Sequence[tuple[str, str]]) -> str:
    """Return `pairs` encoded, then sorted by name and value, and joined."""
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((encoded(name), encoded(value)) for name, value in pairs)
    )


def oss_resource(request: SentRequest) -> str:
    """Return the resource of an OSS request: its path below the bucket, which stands in the host
    unless the path names it."""
    first, dot, rest = request.host.partition(".")
    return f"/{first}{request.path}" if dot and rest.startswith("oss-") else request.path


def signed_claim(case: Case) -> SignedHeaders | None:
    """Return what a request of AWS's shape says it signed; None for every other request."""
    for credential in case.credentials:
        sent = credential.authorization
        if sent is not None and credential.where == "request.header.authorization":
            fields = [
                (header_text(key).lower(), header_text(value[:4096]).strip())
                for key, value in case.request.headers.fields[:200]
            ]
            return from_header(sent.scheme, sent.credential, fields)
    return from_query(case.query[:200])
