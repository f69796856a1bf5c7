"""What an exchange must have for a detector's question to arise.

Every detector's module says so in `NEEDS`. Of the detectors some five concern any one refusal: the
others are never called, which is most of what a diagnosis would cost.
"""

from __future__ import annotations

import enum
import functools

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
    ACCEPTED = enum.auto()
    """A server that is not WeChat's answered with a success."""
    ALTERED = enum.auto()
    """The proxy that recorded it changed the request."""
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
    refused, credentials = is_refused(case), case.credentials
    names = case.request.headers.by_name()
    return _traits(
        case.family,
        (
            refused,
            refused or is_turned_away(case),
            case.has_credentials,
            not case.has_credentials,
            "authorization" in names or "proxy-authorization" in names,
            any(each.jwt is not None for each in credentials),
            any(each.basic is not None for each in credentials),
            any(each.scheme == "bearer" for each in credentials),
            any(each.digest is not None for each in credentials),
            bool(case.challenges),
            bool(case.exchange.altered),
            case.family is None and 200 <= case.status < 300,
        ),
    )


_OBSERVED = (
    *(Trait.REFUSED, Trait.TURNED_AWAY, Trait.CREDENTIALS, Trait.NO_CREDENTIALS),
    *(Trait.AUTHORIZATION, Trait.JWT, Trait.BASIC, Trait.BEARER, Trait.DIGEST, Trait.CHALLENGE),
    *(Trait.ALTERED, Trait.ACCEPTED),
)


@functools.lru_cache(256)
def _traits(family: Family | None, observed: tuple[bool, ...]) -> frozenset[Trait]:
    # Plain booleans as the key, and the same set each time: members of an Enum are slow to hash.
    found = {trait for trait, is_so in zip(_OBSERVED, observed, strict=True) if is_so}
    if family in _BY_FAMILY:
        found.add(_BY_FAMILY[family])
    return frozenset(found)
