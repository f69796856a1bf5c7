"""What clients hash by mistake for the parts of a Digest response (RFC 7616 section 3.4)."""

from __future__ import annotations

import unicodedata
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.digest import Digest
from why401.credentials.digest_hash import ALGORITHMS, TRUNCATED, DigestParts, is_session
from why401.detectors.digest_claim import MAX_URI
from why401.keys import BasicAccount
from why401.model import Plain, header_text

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "post")


class SentDigest(msgspec.Struct, frozen=True):
    """Credentials of which the response does not fit: `claim` are their parts with the user and
    password of `account`, which is one of `accounts`, those configured for the host."""

    case: Case
    context: Context
    digest: Digest
    accounts: tuple[BasicAccount, ...]
    account: BasicAccount
    claim: DigestParts


class Try(msgspec.Struct, frozen=True):
    """A mistake and the parts that a client which makes it would have hashed."""

    rule: str
    cause: str
    shown: Plain
    parts: DigestParts


def tries(sent: SentDigest) -> Iterator[Try]:
    """Yield what may have been hashed instead, the mistakes that explain most first."""
    yield from _password_tries(sent)
    yield from _method_tries(sent)
    yield from _uri_tries(sent)
    yield from _realm_tries(sent)
    yield from _nonce_tries(sent)
    yield from _form_tries(sent)
    yield from _algorithm_tries(sent)


def _method_tries(sent: SentDigest) -> Iterator[Try]:
    override = sent.case.request.headers.text("x-http-method-override") or ""
    for method in (override[:20], *_METHODS):
        if method and method != sent.claim.method:
            parts = replace(sent.claim, method=method)
            yield Try("digest/method-mismatch", "other-method", {"signed": method}, parts)


def _uri_tries(sent: SentDigest) -> Iterator[Try]:
    target = header_text(sent.case.exchange.request.target[:MAX_URI])
    own = sent.claim.uri
    path = target.partition("?")[0]
    for uri in dict.fromkeys(
        (
            target,
            path,
            path.rstrip("/"),
            path + "/",
            own.partition("?")[0],
            urllib.parse.unquote(own),
            urllib.parse.quote(own, safe="/?&=%:+,;@!$'()*~"),
            sent.case.exchange.request.url[:MAX_URI],
            "/",
            "",
        )
    ):
        if uri != own:
            parts = replace(sent.claim, uri=uri)
            shown: Plain = {"signed": uri.partition("?")[0][:120]}
            yield Try("digest/uri-mismatch", "hashed-another", shown, parts)


def _realm_tries(sent: SentDigest) -> Iterator[Try]:
    offered = [challenge.param("realm") for challenge in sent.case.challenges]
    known = sent.context.learnt.digests.of(sent.case.exchange.request.host)
    for realm in dict.fromkeys([*offered, *(each.realm for each in known), "", "null"]):
        if realm is not None and realm != sent.claim.realm:
            parts = replace(sent.claim, realm=realm)
            yield Try("digest/realm-mismatch", "hashed-another", {"signed": realm[:120]}, parts)


def _nonce_tries(sent: SentDigest) -> Iterator[Try]:
    offered = [challenge.param("nonce") for challenge in sent.case.challenges]
    known = sent.context.learnt.digests.of(sent.case.exchange.request.host)
    for nonce in dict.fromkeys([*offered, *(each.text for each in known), ""]):
        if nonce is not None and nonce != sent.claim.nonce:
            parts = replace(sent.claim, nonce=nonce)
            shown: Plain = {"signed": nonce[:40]}
            yield Try("digest/nonce-mismatch", "hashed-another", shown, parts)


def _form_tries(sent: SentDigest) -> Iterator[Try]:
    claim = sent.claim
    variant = "digest/variant-mismatch"
    if claim.qop is not None:
        yield Try(variant, "no-qop", "RFC 2069", replace(claim, qop=None))
        if claim.qop.lower() == "auth-int":
            yield Try(variant, "body-left-out", "auth", replace(claim, body=b""))
        other = "auth-int" if claim.qop.lower() == "auth" else "auth"
        yield Try(variant, "other-qop", other, replace(claim, qop=other))
        yield Try(variant, "no-cnonce", "cnonce", replace(claim, cnonce=""))
        yield Try(variant, "quotes", "cnonce", replace(claim, cnonce=f'"{claim.cnonce}"'))
    else:
        yield Try(variant, "qop-left-out", "auth", replace(claim, qop="auth"))
    count = _count(claim.nc)
    for nc in dict.fromkeys((f"{count}", f"{count:x}", f"{count:08x}", f"{count + 1:08x}", "")):
        if nc != claim.nc and claim.qop is not None:
            parts = replace(claim, nc=nc)
            yield Try("digest/nc-format", "hashed-another", {"signed": nc}, parts)
    for user, realm in (
        (_escaped(claim.user), _escaped(claim.realm)),
        (f'"{claim.user}"', claim.realm),
        (claim.user, f'"{claim.realm}"'),
        (f'"{claim.user}"', f'"{claim.realm}"'),
    ):
        if (user, realm) != (claim.user, claim.realm):
            yield Try(variant, "quotes", "username", replace(claim, user=user, realm=realm))


def _algorithm_tries(sent: SentDigest) -> Iterator[Try]:
    own = sent.claim.algorithm.lower()
    for algorithm in (*ALGORITHMS, TRUNCATED, f"{TRUNCATED}-sess"):
        name = algorithm.lower()
        if name == own:
            continue
        parts = replace(sent.claim, algorithm=algorithm)
        if TRUNCATED.lower() in name:
            yield Try("digest/variant-mismatch", "truncated", "SHA-512", parts)
        elif name.removesuffix("-sess") == own.removesuffix("-sess"):
            cause = "session" if is_session(algorithm) else "no-session"
            yield Try("digest/variant-mismatch", cause, algorithm, parts)
        else:
            yield Try("digest/algorithm-mismatch", "hashed-another", algorithm, parts)


def _password_tries(sent: SentDigest) -> Iterator[Try]:
    claim = sent.claim
    rule = "digest/wrong-password"
    plain = claim.password
    for cause, password in (
        ("newline", plain + "\n"),
        ("newline", plain + "\r\n"),
        ("newline", plain.strip()),
        ("empty", ""),
        ("encoded", urllib.parse.quote(plain, safe="")),
        ("encoded", urllib.parse.unquote(plain)),
        ("quotes", f'"{plain}"'),
        ("decomposed", unicodedata.normalize("NFD", plain)),
        ("decomposed", unicodedata.normalize("NFC", plain)),
    ):
        if password != plain:
            yield Try(rule, cause, cause, replace(claim, password=password))
    user_sent = sent.digest.username
    if user_sent is not None and user_sent != claim.user:
        yield Try("digest/userhash", "hash-in-key", "username", replace(claim, user=user_sent))
    for user in (claim.user.lower(), claim.user.upper(), claim.user.rpartition("\\")[2]):
        if user != claim.user:
            yield Try(rule, "user-spelt-otherwise", "username", replace(claim, user=user))
    for other in sent.accounts:
        if other is not sent.account:
            parts = replace(claim, password=other.password.value)
            yield Try(rule, "of-another-account", other.label, parts)


def _escaped(text: str) -> str:
    """Return `text` as it stands between quotes (RFC 9110 section 5.6.4)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _count(nc: str) -> int:
    try:
        return int(nc, 16) if 0 < len(nc) <= 8 else 0
    except ValueError:
        return 0
