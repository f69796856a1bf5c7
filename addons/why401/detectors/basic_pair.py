"""Are the refused Basic credentials the pair that the configuration gives for the host?"""

from __future__ import annotations

import unicodedata
import urllib.parse
from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.basic import Basic
from why401.credentials.sketch import sketch
from why401.detectors.recomputed import certainty_of_recomputed, was_accepted
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic
from why401.detectors.traits import Trait
from why401.keys import BasicAccount
from why401.masking import is_redacted
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "basic/trailing-newline",
    "basic/colon-in-user",
    "basic/swapped",
    "basic/password-cut",
    "basic/charset",
    "basic/wrong-password",
)
NEEDS = frozenset({Trait.REFUSED, Trait.BASIC})

MAX_ACCOUNTS = 20
_COMPARED = "basic.compared"


class _Told(msgspec.Struct, frozen=True):
    rule: str
    cause: str
    account: BasicAccount
    half: str
    certainty: Certainty | None = None
    """None: as sure as a comparison with the configured pair makes it."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what comparing with the configured pairs of this host proves."""
    if case.status not in (400, 401, 403):
        return
    where = "request.header.authorization"
    sent = next((c for c in case.credentials if c.where == where and c.basic), None)
    if sent is None or sent.basic is None or sent.basic.user is None or is_redacted(sent.value):
        return
    # How it was written is the first broken link; whether the pair is right comes after it.
    if {"not-encoded", "bad-base64"} & set(sent.basic.problems):
        return
    host = case.exchange.request.host.lower().rstrip(".")
    accounts = [each for each in context.keys.basic[:200] if fnmatchcase(host, each.host.lower())][
        :MAX_ACCOUNTS
    ]
    told = _compared(case, sent.basic, accounts)
    if told is None:
        return
    case.memo[_COMPARED] = True
    raw = case.request.headers.values("authorization")[0]
    # What worked here before is not wrong, whatever the configuration says.
    bound = told.account.host != "*" and not was_accepted(case, context, sent)
    certainty = told.certainty or certainty_of_recomputed(case, Topic.PASSWORD, is_bound=bound)
    place = f"config.{told.account.label}.{told.half}"
    yield Finding(
        told.rule,
        Certainty.PROVEN,
        (
            Evidence(where, sketch(raw, context.masker)),
            Evidence(place, told.cause),
            *words_evidence(case, context.masker, Topic.PASSWORD),
        ),
        causes=(CauseFound(told.cause, certainty),),
        values={"account": told.account.label, "encoding": sent.basic.encoding},
    )


def is_compared(case: Case) -> bool:
    """Return whether the pair was compared with a configured one, so that nobody need guess."""
    return bool(case.memo.get(_COMPARED))


def _compared(case: Case, sent: Basic, accounts: list[BasicAccount]) -> _Told | None:
    user, password = sent.user or "", sent.password or ""
    for account in accounts:
        if (user, password) == (account.username, account.password.value):
            return _same(case, sent, account)
    for compare in (_colon, _swapped, _one_half):
        for account in accounts:
            told = compare(user, password, account)
            if told is not None:
                return told
    owner = next((a for a in accounts if a.password.value == password), None)
    own = next((a for a in accounts if a.username == user), None)
    if own is not None:
        cause = "of-another-account" if owner is not None else "not-this-password"
        return _Told("basic/wrong-password", cause, own, "password")
    if owner is not None:
        return _Told("basic/wrong-password", "wrong-user", owner, "username")
    return None


def _same(case: Case, sent: Basic, account: BasicAccount) -> _Told:
    """The pair is the configured one: what is left is how it was written, and the server."""
    wants_utf8 = any((c.param("charset") or "").lower() == "utf-8" for c in case.challenges)
    if sent.encoding == "latin-1":
        certainty = None if wants_utf8 else Certainty.LIKELY
        return _Told("basic/charset", "encoding", account, "password", certainty)
    return _Told(
        "basic/wrong-password", "server-has-another", account, "password", Certainty.LIKELY
    )


def _colon(user: str, password: str, account: BasicAccount) -> _Told | None:
    """The first colon divides, so a user with a colon loses its end to the password."""
    pair = f"{account.username}:{account.password.value}"
    if ":" in account.username and f"{user}:{password}" == pair:
        return _Told("basic/colon-in-user", "colon", account, "username")
    return None


def _swapped(user: str, password: str, account: BasicAccount) -> _Told | None:
    secret = account.password.value
    # A password with a colon goes on behind it.
    is_swapped = f"{user}:{password}" == f"{secret}:{account.username}"
    if is_swapped and secret != account.username:
        return _Told("basic/swapped", "swapped", account, "username")
    return None


def _one_half(user: str, password: str, account: BasicAccount) -> _Told | None:
    """The user is right and the password is the configured one, mistaken."""
    if _nfc(user) != _nfc(account.username):
        return None
    secret = account.password.value
    rule = "basic/wrong-password"
    if password in (secret + "\n", secret + "\r\n"):
        return _Told("basic/trailing-newline", "newline", account, "password")
    if password.strip() == secret.strip() and password != secret:
        return _Told(rule, "blanks", account, "password")
    if secret.startswith(password) and 0 < len(password) < len(secret):
        cause = "at-colon" if secret[len(password)] == ":" else "cut"
        return _Told("basic/password-cut", cause, account, "password")
    if _nfc(password) == _nfc(secret):
        return _Told("basic/charset", "decomposed", account, "password")
    for misread in ("utf-8", "latin-1"):
        if _misread(secret, misread) == password:
            return _Told("basic/charset", "read-twice", account, "password")
    quoted = urllib.parse.quote(secret, safe="")
    if password in (quoted, quoted.replace("%20", "+"), urllib.parse.unquote(secret)):
        return _Told(rule, "percent-encoded", account, "password")
    if password in (f'"{secret}"', f"'{secret}'"):
        return _Told(rule, "quotes", account, "password")
    if password.casefold() == secret.casefold():
        return _Told(rule, "other-case", account, "password")
    return None


def _misread(text: str, encoding: str) -> str | None:
    """Return `text` as it looks when its bytes in one encoding are read in the other."""
    other = "latin-1" if encoding == "utf-8" else "utf-8"
    try:
        return None if text.isascii() else text.encode(encoding).decode(other)
    except UnicodeError:
        return None


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
