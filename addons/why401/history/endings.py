"""Requests that end a token: logout, revocation (RFC 7009), a new password."""

from __future__ import annotations

from why401.case import Case
from why401.history.settling import Carried
from why401.history.sighting import Fingerprints, Sighting
from why401.history.tokens import Tokens
from why401.later import regex

LOGOUT_WORDS = ("logout", "log-out", "log_out", "signout", "sign-out", "sign_out", "revo")
_OF_BEARERS = frozenset({"bearer", "dpop"})
_PASSWORD_PATH = regex(
    r"(?:change|update|modify|reset|set)[-_/]?passw|passw(?:or)?d(?:/change)?/?$"
)
"""Where a password is changed; only what is sent with a token is looked at."""


def learn_ending(
    case: Case,
    carried: tuple[Carried, ...],
    seen: Sighting,
    tokens: Tokens,
    fingerprints: Fingerprints,
) -> None:
    """Remember in `tokens` which of them a request that succeeded has ended."""
    path = case.exchange.request.path.lower()[:200]
    bearers = [each for each in carried if each.credential.scheme in _OF_BEARERS]
    if case.exchange.request.method != "GET" and _PASSWORD_PATH.search(path):
        for each in bearers:
            tokens.learn_password_changed(each.fingerprint, seen)
    if not any(word in path for word in LOGOUT_WORDS):
        return
    for each in bearers:
        tokens.learn_revoked(each.fingerprint, seen)
    for name, value in case.request.form[:20]:
        if name == "token" and value:
            tokens.learn_revoked(fingerprints.of(value), seen)
