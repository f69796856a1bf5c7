"""Requests that end a token: logout, revocation (RFC 7009), a new password."""

from __future__ import annotations

from why401.case import Case
from why401.history.settling import Carried
from why401.history.sighting import Fingerprints, Sighting
from why401.history.tokens import Tokens
from why401.later import regex

LOGOUT_WORDS = ("logout", "log-out", "log_out", "signout", "sign-out", "sign_out", "revo")
_OWN_ENDING = regex(
    r"(?:log|sign)[-_]?out(?:[-_/]?(?:all|me|user|session|everywhere))?(?:\.\w{1,5})?/?$"
    r"|/(?:token[-_/]?)?revo(?:ke|cation)(?:[-_/]?(?:all|me|self|(?:access[-_]?)?tokens?))?/?$"
)
_OF_OTHERS = regex(
    r"/(?:admin|users|members|accounts|devices|sessions|clients|keys)/[^/]*\d|/admin/"
)
"""Where one of many is named: it is not what the request was sent with that is ended there."""
_OF_BEARERS = frozenset({"bearer", "dpop"})
_PASSWORD_PATH = regex(r"(?:change|update|modify|set)[-_/]?passw|passw(?:or)?d(?:/change)?/?$")
"""Where a password is changed; only what is sent with a token is looked at."""
_NO_CHANGE = regex(r"log[-_]?in|sign[-_]?in|forgot|reset|verif|check|/auth/passw|token")
"""Where one is shown, or asked for by who has forgotten it."""


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
    is_reading = case.exchange.request.method in ("GET", "HEAD")
    is_own = _OF_OTHERS.search(path) is None
    if not is_reading and is_own and _PASSWORD_PATH.search(path) and not _NO_CHANGE.search(path):
        for each in bearers:
            tokens.learn_password_changed(each.fingerprint, seen)
    if not any(word in path for word in LOGOUT_WORDS):
        return
    named = [value for name, value in case.request.form[:20] if name == "token" and value]
    for value in named:
        tokens.learn_revoked(fingerprints.of(value), seen)
    # Who names a token gives that back, whatever the request itself was sent with.
    if is_own and not named and _OWN_ENDING.search(path) and not (is_reading and "revo" in path):
        for each in bearers:
            tokens.learn_revoked(each.fingerprint, seen)
