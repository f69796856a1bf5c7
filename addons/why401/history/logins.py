"""Logins that failed: how often, and whether the answers give away which user names exist."""

from __future__ import annotations

import enum
from collections import deque

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.history.issued import request_fields
from why401.history.requests import RequestKey
from why401.history.sighting import Sighting

MAX_FORMS = 200
MAX_EACH = 25
PASSWORDS = ("password", "passwd", "pwd", "pass")

_UNKNOWN_USER = (
    *("user not found", "no such user", "unknown user", "user does not exist", "account not found"),
    *("用户不存在", "账号不存在", "账户不存在", "用户名不存在", "no account found"),
)
_WRONG_PASSWORD = (
    *("wrong password", "incorrect password", "password is incorrect", "invalid password"),
    *("密码错误", "密码不正确", "bad password"),
)
_BOTH = ("username or password", "用户名或密码", "账号或密码", "email or password")


class Told(enum.Enum):
    """What a refused login says."""

    UNKNOWN_USER = enum.auto()
    WRONG_PASSWORD = enum.auto()
    NEITHER = enum.auto()


class FailedLogin(msgspec.Struct, frozen=True):
    """A login that was refused."""

    exchange: str
    at_s: float
    told: Told


class Logins:
    """The last failed logins of each login form."""

    def __init__(self) -> None:
        self._failed: Bounded[RequestKey, deque[FailedLogin]] = Bounded(MAX_FORMS)

    def learn(self, case: Case, key: RequestKey, seen: Sighting) -> None:
        """Remember a failed login; a limit that takes hold (429) starts the count anew."""
        if case.exchange.request.method != "POST":
            return
        if case.status == 429:
            self._failed.pop(key, None)
            return
        if case.status not in (400, 401, 403, 404, 422) or not is_login(case):
            return
        entry = self._failed.get(key) or deque(maxlen=MAX_EACH)
        entry.append(FailedLogin(seen.exchange, seen.at_s or 0.0, told_by(case)))
        self._failed.remember(key, entry)

    def failed(self, key: RequestKey) -> tuple[FailedLogin, ...]:
        """Return the last failed logins at this form, the oldest first."""
        return tuple(self._failed.get(key, ()))


def is_login(case: Case) -> bool:
    """Return whether the request posts a password."""
    fields = request_fields(case)
    return any(name in fields for name in PASSWORDS)


def told_by(case: Case) -> Told:
    """Return what the answer to a login gives away."""
    text = case.response.text[:2000].lower()
    if any(word in text for word in _BOTH):
        return Told.NEITHER
    if any(word in text for word in _UNKNOWN_USER):
        return Told.UNKNOWN_USER
    if any(word in text for word in _WRONG_PASSWORD):
        return Told.WRONG_PASSWORD
    return Told.NEITHER
