"""Which keys should a JWT be checked with: of the configured, and of those seen in the traffic?"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from why401.jose.keyring import JwtKeyring
from why401.jose.keys import ParsedEntry, VerifyingKey
from why401.keys import JwtKeys


class Expected(msgspec.Struct, frozen=True):
    """The keys that the server should check this token with. `is_bound`: the configuration names
    this host, this issuer or this kid; otherwise it only does not exclude them."""

    entries: tuple[ParsedEntry, ...] = ()
    others: tuple[ParsedEntry, ...] = ()
    is_bound: bool = False

    @property
    def keys(self) -> tuple[VerifyingKey, ...]:
        """Every key expected."""
        return tuple(key for entry in self.entries for key in entry.keys)


def expected_keys(
    entries: Sequence[ParsedEntry], host: str, issuer: object, kid: object
) -> Expected:
    """Return which of the configured `entries` a token of `issuer` sent to `host` is checked with:
    those for the host, among them those for the issuer; else those for the issuer or the kid;
    else those that exclude nothing."""
    for_host = [each for each in entries if _is_for_host(each.entry, host)]
    named = [each for each in for_host if _same(each.entry.issuer, issuer)]
    chosen = named or for_host
    if not chosen:
        anywhere = [each for each in entries if each.entry.host == "*"]
        chosen = [
            each
            for each in anywhere
            if _same(each.entry.issuer, issuer) or (each.entry.issuer is None and _has(each, kid))
        ]
    is_bound = bool(chosen)
    if not chosen:
        chosen = [each for each in entries if each.entry.host == "*" and each.entry.issuer is None]
    others = tuple(each for each in entries if not any(each is one for one in chosen))
    return Expected(tuple(chosen), others, is_bound)


def _is_for_host(entry: JwtKeys, host: str) -> bool:
    return entry.host != "*" and fnmatchcase(host.lower().rstrip("."), entry.host.lower())


def _same(configured: str | None, issuer: object) -> bool:
    return (
        configured is not None
        and isinstance(issuer, str)
        and (configured.rstrip("/") == issuer.rstrip("/"))
    )


def _has(entry: ParsedEntry, kid: object) -> bool:
    return isinstance(kid, str) and any(key.kid == kid for key in entry.keys)


def observed_keys(keyring: JwtKeyring, issuer: object, kid: object) -> tuple[VerifyingKey, ...]:
    """Return the keys seen in the traffic that go with a token of `issuer`, or by the name `kid`:
    the issuer's own first."""
    sets = list(keyring.of_issuer(issuer if isinstance(issuer, str) else None))
    sets += [
        each
        for each in keyring.with_kid(kid if isinstance(kid, str) else None)
        if not any(each is one for one in sets)
    ]
    return tuple(key for each in sets for key in each.keys)
