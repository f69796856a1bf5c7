"""The shop's access tokens: issued here, and judged as a resource server judges them."""

from __future__ import annotations

import enum
import secrets
import time
from typing import Any

import jwt
import msgspec

from why401.sandbox.calls import keep

ISSUER = "https://api.shop.example/"
AUDIENCE = "shop"
LIFETIME_S = 3600
GREGORIAN_CYCLE_S = 146097 * 86400
"""400 years, after which the calendar repeats."""


class Fault(enum.Enum):
    """Why a token is refused; the first that applies, in the usual order of checks."""

    MALFORMED = enum.auto()
    ALGORITHM = enum.auto()
    SIGNATURE = enum.auto()
    EXPIRED = enum.auto()
    NOT_YET = enum.auto()
    ISSUER = enum.auto()
    AUDIENCE = enum.auto()
    REVOKED = enum.auto()


class Judged(msgspec.Struct, frozen=True):
    """A token as judged: its claims as far as they may be believed, and what is wrong with it."""

    claims: dict[str, Any] = msgspec.field(default_factory=dict)
    header: dict[str, Any] = msgspec.field(default_factory=dict)
    fault: Fault | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes granted (RFC 8693 section 4.2)."""
        scope = self.claims.get("scope")
        return frozenset(scope.split()) if isinstance(scope, str) else frozenset()


class Tokens:
    """Issues and judges HS256 tokens under a secret made at start."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(32)
        self._revoked: dict[str, None] = {}

    def issue(self, now_s: float, **changed: object) -> str:
        """Return a signed token, good for an hour from `now_s`; `changed` replaces claims."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "scope": "orders.read",
            "iat": int(now_s),
            "nbf": int(now_s),
            "exp": int(now_s) + LIFETIME_S,
            "jti": secrets.token_hex(8),
        }
        return jwt.encode({**claims, **changed}, self.secret, algorithm="HS256")

    def revoke(self, token_id: str) -> None:
        """Refuse the token with this `jti` from now on."""
        keep(self._revoked, token_id, None)

    def judge(self, token: str, now_s: float) -> Judged:
        """Return what a resource server makes of `token`; never raises."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            return Judged(fault=Fault.MALFORMED)
        if header.get("alg") != "HS256":
            return Judged(header=header, fault=Fault.ALGORITHM)
        # Times are compared below: the library would take the machine's clock, not ours.
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.secret,
                algorithms=["HS256"],
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_iss": False,
                },
            )
        except jwt.InvalidSignatureError:
            return Judged(header=header, fault=Fault.SIGNATURE)
        except jwt.InvalidTokenError:
            return Judged(header=header, fault=Fault.MALFORMED)
        fault = _fault(claims, now_s)
        if fault is None and str(claims.get("jti")) in self._revoked:
            fault = Fault.REVOKED
        return Judged(claims, header, fault)


def _fault(claims: dict[str, Any], now_s: float) -> Fault | None:
    expiry, begin = claims.get("exp"), claims.get("nbf")
    audience = claims.get("aud")
    if not isinstance(expiry, int) or expiry <= now_s:
        return Fault.EXPIRED
    if isinstance(begin, int) and begin > now_s:
        return Fault.NOT_YET
    if claims.get("iss") != ISSUER:
        return Fault.ISSUER
    if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
        return Fault.AUDIENCE
    return None


def instant(value: object) -> str:
    """Return Unix seconds as Java prints an Instant; years beyond 9999 carry a plus sign."""
    if not isinstance(value, int) or not 0 <= value < 1 << 50:
        return str(value)
    cycles = max(0, value // GREGORIAN_CYCLE_S - 1)
    moment = time.gmtime(value - cycles * GREGORIAN_CYCLE_S)
    year = moment.tm_year + 400 * cycles
    shown = f"+{year}" if year > 9999 else f"{year:04d}"
    return shown + time.strftime("-%m-%dT%H:%M:%SZ", moment)
