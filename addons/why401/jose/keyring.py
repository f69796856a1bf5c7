"""The keys for JWTs that a session holds: those configured, and JWKS seen in the traffic.

Memory only and bounded: 20 documents of at most 256 KiB, of each 100 keys' public members. What
was seen needs no configuration, but it is said that it was observed. Nothing is ever fetched.
"""

from __future__ import annotations

import urllib.parse
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.jose.keys import ParsedEntry, VerifyingKey, jwk_key, parse_entry, public_members
from why401.keys import JwtKeys

MAX_DOCUMENTS = 20
MAX_DOCUMENT_BYTES = 256 * 1024
MAX_RETIRED = 100
MAX_ISSUERS = 50
MAX_URL = 500


class Retired(msgspec.Struct, frozen=True):
    """A kid that an observed JWKS no longer holds: last seen in `exchange`, gone in `gone_in`."""

    kid: str
    url: str
    exchange: str
    gone_in: str


class ObservedSet(msgspec.Struct):
    """The JWKS last seen at `url`: in which exchange, when, with which keys."""

    url: str
    exchange: str
    at_s: float | None
    members: tuple[dict[str, str], ...]
    retired: OrderedDict[str, Retired] = msgspec.field(default_factory=OrderedDict)
    _keys: tuple[VerifyingKey, ...] | None = None

    @property
    def keys(self) -> tuple[VerifyingKey, ...]:
        """The keys, parsed when they are first needed."""
        if self._keys is None:
            parsed = (jwk_key(each, "history.jwks", self.exchange) for each in self.members)
            self._keys = tuple(key for key in parsed if key is not None)
        return self._keys

    def has_kid(self, kid: str | None) -> bool:
        """Whether one of the keys goes by `kid`."""
        return kid is not None and any(each.get("kid") == kid for each in self.members)


class JwtKeyring:
    """Parses each configured entry once, and remembers the JWKS that pass through."""

    def __init__(self) -> None:
        self._parsed: dict[int, ParsedEntry] = {}
        self._sets: Bounded[str, ObservedSet] = Bounded(MAX_DOCUMENTS)
        self._jwks_uris: Bounded[str, str] = Bounded(MAX_ISSUERS)

    # -- questions --------------------------------------------------------------------------

    @property
    def has_observed(self) -> bool:
        """Whether any JWKS was seen."""
        return bool(self._sets)

    def parsed(self, entries: Sequence[JwtKeys]) -> tuple[ParsedEntry, ...]:
        """Return the keys of each of `entries`."""
        return tuple(self._of(entry) for entry in entries)

    def _of(self, entry: JwtKeys) -> ParsedEntry:
        # The parsed entry keeps `entry` alive, so its id stays its own.
        known = self._parsed.get(id(entry))
        if known is None:
            known = self._parsed[id(entry)] = parse_entry(entry)
        return known

    def of_issuer(self, issuer: str | None) -> Iterator[ObservedSet]:
        """Yield the observed JWKS of `issuer`: at the address that its metadata names, or on its
        own host."""
        if not issuer:
            return
        named = self._jwks_uris.get(_plain(issuer))
        origin = _origin(issuer)
        for each in self._sets.values():
            if each.url == named or (named is None and origin and _origin(each.url) == origin):
                yield each

    def with_kid(self, kid: str | None) -> Iterator[ObservedSet]:
        """Yield the observed JWKS that hold a key called `kid`."""
        for each in self._sets.values():
            if each.has_kid(kid):
                yield each

    def retired(self, kid: str | None, issuer: str | None) -> Retired | None:
        """Return how the key `kid` left the JWKS of `issuer`, None where none was seen to."""
        if kid is None:
            return None
        for each in self.of_issuer(issuer):
            if kid in each.retired and not each.has_kid(kid):
                return each.retired[kid]
        return None

    # -- lessons ----------------------------------------------------------------------------

    def learn(self, case: Case) -> None:
        """Remember the JWKS, or the metadata that names one, in the answer of `case`."""
        if case.status != 200 or len(case.response.content.data) > MAX_DOCUMENT_BYTES:
            return
        head = case.response.content.data[:4096]
        if b'"keys"' in head:
            self._learn_jwks(case)
        if b'"jwks_uri"' in case.response.content.data:
            self._learn_metadata(case)

    def _learn_jwks(self, case: Case) -> None:
        document = case.response.json
        if not isinstance(document, dict) or not case.response.content.is_complete:
            return
        members = public_members(document)
        if not members:
            return
        url = case.exchange.request.url.partition("?")[0][:MAX_URL]
        new = ObservedSet(url, case.exchange.id, case.exchange.at_s, members)
        old = self._sets.get(url)
        if old is not None:
            new.retired.update(old.retired)
            for each in old.members:
                if (kid := each.get("kid")) and not new.has_kid(kid):
                    new.retired[kid] = Retired(kid, url, old.exchange, case.exchange.id)
            while len(new.retired) > MAX_RETIRED:
                new.retired.popitem(last=False)
        self._sets.remember(url, new)

    def _learn_metadata(self, case: Case) -> None:
        """OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2."""
        document = case.response.json
        if not isinstance(document, dict):
            return
        issuer, uri = document.get("issuer"), document.get("jwks_uri")
        if isinstance(issuer, str) and isinstance(uri, str) and len(issuer) + len(uri) < MAX_URL:
            self._jwks_uris.remember(_plain(issuer), uri.partition("?")[0])


def _plain(issuer: str) -> str:
    return issuer.rstrip("/")


def _origin(url: str) -> str | None:
    """Return scheme, host and port of a URL; None for anything else."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    return f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"
