"""Digest challenges made and nonces used, by host: what a later Authorization must agree with.

Nonces are no secrets; bounded to 100 hosts, of each the last 16 nonces and 64 counts.
"""

from __future__ import annotations

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.credentials.challenge import Challenge
from why401.credentials.digest import Digest, parse_digest
from why401.credentials.parameters import parse_parameters
from why401.model import Exchange, header_text

MAX_HOSTS = 100
MAX_NONCES = 16
MAX_COUNTS = 64
MAX_CHARS = 512
_SCHEME = b"digest "


class Nonce(msgspec.Struct):
    """A nonce of a host: the challenge it came with and the counts it was accepted with."""

    text: str
    exchange: str
    realm: str | None = None
    opaque: str | None = None
    counts: dict[int, str] = msgspec.field(default_factory=dict)
    first_cnonce: str | None = None


class DigestNonces:
    """The nonces that hosts handed out, and those that they accepted."""

    def __init__(self) -> None:
        self._hosts: Bounded[str, Bounded[str, Nonce]] = Bounded(MAX_HOSTS)

    # -- questions --------------------------------------------------------------------------

    def of(self, host: str) -> tuple[Nonce, ...]:
        """Return the nonces of `host`, the newest last."""
        return tuple(self._hosts.get(host, {}).values())

    def nonce(self, host: str, text: str | None) -> Nonce | None:
        """Return what is known of one nonce of `host`."""
        nonces = self._hosts.get(host)
        return nonces.get(text or "") if nonces else None

    # -- lessons ----------------------------------------------------------------------------

    def learn(self, case: Case) -> None:
        """Remember the Digest challenges of `case`, and the nonce that it used."""
        host, exchange = case.exchange.request.host, case.exchange.id
        if case.status not in (0, 401, 407):
            for credential in case.credentials:
                if credential.digest is not None:
                    self._used(host, credential.digest, exchange)
                    self._next_nonce(
                        host, case.response.headers.text("authentication-info"), exchange
                    )
                    break
        for challenge in case.challenges:
            if challenge.name == "digest":
                self._offered(host, challenge, exchange)

    def learn_success(self, exchange: Exchange, authorization: bytes) -> None:
        """Remember a request that worked; for healthy traffic, so only Digest costs anything."""
        if authorization[:7].lower() != _SCHEME:
            return
        host = exchange.request.host
        self._used(host, parse_digest(header_text(authorization[7:4096])), exchange.id)
        if exchange.response is not None:
            info = exchange.response.headers.text("authentication-info")
            self._next_nonce(host, info, exchange.id)

    def _offered(self, host: str, challenge: Challenge, exchange: str) -> None:
        text = challenge.param("nonce")
        if not text or len(text) > MAX_CHARS:
            return
        nonces = self._nonces(host)
        if text not in nonces:
            nonces.remember(text, _nonce(text, exchange, challenge))

    def _used(self, host: str, digest: Digest, exchange: str) -> None:
        text, count = digest.param("nonce"), _count(digest.param("nc"))
        if not text or len(text) > MAX_CHARS:
            return
        nonces = self._nonces(host)
        known = nonces.get(text)
        if known is None:
            known = _nonce(text, exchange, digest)
            nonces.remember(text, known)
        if count is not None:
            known.counts[count] = exchange
            while len(known.counts) > MAX_COUNTS:
                del known.counts[next(iter(known.counts))]
        if known.first_cnonce is None:
            known.first_cnonce = (digest.param("cnonce") or "")[:MAX_CHARS]

    def _next_nonce(self, host: str, info: str | None, exchange: str) -> None:
        """RFC 7616 section 3.5: the server may name the nonce that it wants next."""
        params, _ = parse_parameters(info[:4096]) if info else ((), ())
        text = next((each.value for each in params if each.name.lower() == "nextnonce"), None)
        if text and len(text) <= MAX_CHARS:
            self._nonces(host).remember(text, Nonce(text, exchange))

    def _nonces(self, host: str) -> Bounded[str, Nonce]:
        nonces = self._hosts.get(host)
        if nonces is None:
            nonces = Bounded(MAX_NONCES)
        self._hosts.remember(host, nonces)
        return nonces


def _nonce(text: str, exchange: str, given: Challenge | Digest) -> Nonce:
    realm, opaque = given.param("realm"), given.param("opaque")
    return Nonce(text, exchange, realm and realm[:MAX_CHARS], opaque and opaque[:MAX_CHARS])


def _count(nc: str | None) -> int | None:
    try:
        return int(nc, 16) if nc and len(nc) <= 8 else None
    except ValueError:
        return None
