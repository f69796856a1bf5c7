"""What an exchange must have for a detector's question to arise.

Every detector's module says so in `NEEDS`. Of the detectors some five concern any one refusal: the
others are never called, which is most of what a diagnosis would cost.
"""

from __future__ import annotations

import enum

from why401.case import Case
from why401.detectors.earlier import is_turned_away
from why401.detectors.refusal import is_refused
from why401.hosts import Family


class Trait(enum.Enum):
    """One thing that an exchange has or is."""

    WECHAT = enum.auto()
    """A host of WeChat's, mini programs and official accounts."""
    WECHAT_PAY = enum.auto()
    """A host of WeChat Pay's, either version."""
    OTHER_SERVER = enum.auto()
    """Any server that is not WeChat's."""
    REFUSED = enum.auto()
    """A server that is not WeChat's refused the request for its credentials."""
    TURNED_AWAY = enum.auto()
    """Refused, or sent to a login page."""
    CREDENTIALS = enum.auto()
    """A credential other than a cookie was sent."""
    NO_CREDENTIALS = enum.auto()
    """None was; perhaps a cookie."""
    AUTHORIZATION = enum.auto()
    """An Authorization or a Proxy-Authorization field was sent."""
    JWT = enum.auto()
    """A JWT was sent, wherever."""
    BASIC = enum.auto()
    BEARER = enum.auto()
    DIGEST = enum.auto()
    CHALLENGE = enum.auto()
    """The answer holds a challenge."""


_BY_FAMILY = {
    None: Trait.OTHER_SERVER,
    Family.WECHAT: Trait.WECHAT,
    Family.WECHATPAY_V2: Trait.WECHAT_PAY,
    Family.WECHATPAY_V3: Trait.WECHAT_PAY,
}


def traits_of(case: Case) -> frozenset[Trait]:
    """Return all traits of `case`."""
    found = {_BY_FAMILY[case.family]} if case.family in _BY_FAMILY else set()
    if is_refused(case):
        found.update((Trait.REFUSED, Trait.TURNED_AWAY))
    elif is_turned_away(case):
        found.add(Trait.TURNED_AWAY)
    found.add(Trait.CREDENTIALS if case.has_credentials else Trait.NO_CREDENTIALS)
    for credential in case.credentials:
        if credential.jwt is not None:
            found.add(Trait.JWT)
        if credential.scheme == "bearer":
            found.add(Trait.BEARER)
        elif credential.basic is not None:
            found.add(Trait.BASIC)
        elif credential.digest is not None:
            found.add(Trait.DIGEST)
    names = case.request.headers.by_name()
    if "authorization" in names or "proxy-authorization" in names:
        found.add(Trait.AUTHORIZATION)
    if case.challenges:
        found.add(Trait.CHALLENGE)
    return frozenset(found)
