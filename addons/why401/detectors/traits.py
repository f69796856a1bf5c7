"""What an exchange must have for a detector's question to arise.

Every detector's module says so in `NEEDS`: the traits that there must be, or several such sets of
which one must be there. Half of the detectors concern any one refusal, the others are not called. A
trait is worth having where it costs less than the calls that it spares.
"""

from __future__ import annotations

import enum
import functools

from why401.case import Case
from why401.context import Context
from why401.credentials.signed_headers import SCHEMES
from why401.detectors.earlier import attempts, is_remembered, is_turned_away
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
    SENT = enum.auto()
    """A credential was, be it a cookie."""
    COOKIE = enum.auto()
    REMEMBERED = enum.auto()
    """Earlier traffic handed out, or accepted, a credential that the answer is about."""
    REPEATED = enum.auto()
    """Remembered, or sent with this very request before."""
    AUTHORIZATION = enum.auto()
    """An Authorization or a Proxy-Authorization field was sent."""
    NO_AUTHORIZATION = enum.auto()
    """No Authorization field was."""
    JWT = enum.auto()
    """A JWT was sent, wherever."""
    BASIC = enum.auto()
    BEARER = enum.auto()
    DIGEST = enum.auto()
    SIGNED = enum.auto()
    """The request names what it signed: in Authorization, Signature-Input or its query."""
    GRANT = enum.auto()
    """What may ask for a token: a request with a body, or one to WeChat."""
    ORDERS = enum.auto()
    """A call of WeChat Pay's, or the answer of a server that may hand out what one gave."""
    REDIRECTED = enum.auto()
    """A redirect led some client to this host."""
    CODE_FLOW = enum.auto()
    """Some client was sent to ask for an authorization code."""
    QUERY = enum.auto()
    SPACES = enum.auto()
    """What stands for a blank is in the target."""
    USERINFO = enum.auto()
    """A URL was sent, or is told, that may hold user and password."""
    CHANGING = enum.auto()
    """Sent with a method that is not only for reading."""
    CLEAR_TEXT = enum.auto()
    """Sent over plain http."""
    ACCEPTED = enum.auto()
    """A server that is not WeChat's answered with a success."""
    ALTERED = enum.auto()
    """The proxy that recorded it changed the request."""
    CHALLENGE = enum.auto()
    """The answer holds a challenge."""
    WEBSOCKET = enum.auto()
    """A server accepted the handshake of one."""


_PAY = (Family.WECHATPAY_V2, Family.WECHATPAY_V3)
_BY_FAMILY = {
    None: Trait.OTHER_SERVER,
    Family.WECHAT: Trait.WECHAT,
    Family.WECHATPAY_V2: Trait.WECHAT_PAY,
    Family.WECHATPAY_V3: Trait.WECHAT_PAY,
}


type Needs = frozenset[Trait] | tuple[frozenset[Trait], ...]
"""The traits that there must be, or several such sets of which one must be there."""

READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""
_SIGNING = SCHEMES.keys() | {"signature", "hmac", "oauth"}


def traits_of(case: Case, context: Context) -> frozenset[Trait]:
    """Return all traits of `case`."""
    exchange, family, history = case.exchange, case.family, context.history
    request, body = exchange.request, exchange.request.body
    refused, has_credentials = is_refused(case), case.has_credentials
    names = request.headers.by_name()
    is_jwt = is_basic = is_bearer = is_digest = is_signed = False
    for each in case.credentials:
        is_jwt = is_jwt or each.jwt is not None
        is_basic = is_basic or each.basic is not None
        is_bearer = is_bearer or each.scheme == "bearer"
        is_digest = is_digest or each.digest is not None
        sent = each.authorization
        is_signed = is_signed or (sent is not None and sent.name in _SIGNING)
    has_field, target = "authorization" in names, request.target
    remembered = has_credentials and is_remembered(case, context)
    return _traits(
        family,
        (
            refused,
            refused or is_turned_away(case),
            has_credentials,
            not has_credentials,
            bool(case.credentials),
            "cookie" in names,
            remembered,
            remembered or (has_credentials and bool(attempts(case, context))),
            has_field or "proxy-authorization" in names,
            not has_field,
            is_jwt,
            is_basic,
            is_bearer,
            is_digest,
            is_signed or "signature-input" in names or _is_presigned(case),
            family is not None or bool(body and body.data),
            family in _PAY if family else history.orders.is_kept(),
            history.redirects.leads_to(request.host.lower()),
            history.grants.has_requests,
            target.find(b"?") >= 0,
            target.find(b"+") >= 0 or target.find(b"%20") >= 0,
            target.find(b"@") >= 0
            or "referer" in names
            or "location" in case.response.headers.by_name(),
            request.method not in READING,
            request.scheme == "http",
            bool(case.challenges),
            bool(exchange.altered),
            family is None and 200 <= case.status < 300,
            case.status == 101,
        ),
    )


# In the order in which `traits_of` observes them. That it is this order is tested, not written: a
# name for each of these booleans costs a refusal as much as all of them.
_OBSERVED = (
    *(Trait.REFUSED, Trait.TURNED_AWAY, Trait.CREDENTIALS, Trait.NO_CREDENTIALS, Trait.SENT),
    *(Trait.COOKIE, Trait.REMEMBERED, Trait.REPEATED, Trait.AUTHORIZATION, Trait.NO_AUTHORIZATION),
    *(Trait.JWT, Trait.BASIC, Trait.BEARER, Trait.DIGEST, Trait.SIGNED, Trait.GRANT, Trait.ORDERS),
    *(Trait.REDIRECTED, Trait.CODE_FLOW, Trait.QUERY, Trait.SPACES, Trait.USERINFO),
    *(Trait.CHANGING, Trait.CLEAR_TEXT, Trait.CHALLENGE, Trait.ALTERED, Trait.ACCEPTED),
    Trait.WEBSOCKET,
)


def _is_presigned(case: Case) -> bool:
    """Whether a name in the query is one of AWS's."""
    return any(name[:6].lower() == "x-amz-" for name, _ in case.query)


@functools.lru_cache(512)
def _traits(family: Family | None, observed: tuple[bool, ...]) -> frozenset[Trait]:
    # Plain booleans as the key, and the same set each time: members of an Enum are slow to hash.
    found = {trait for trait, is_so in zip(_OBSERVED, observed, strict=True) if is_so}
    if family in _BY_FAMILY:
        found.add(_BY_FAMILY[family])
    return frozenset(found)
