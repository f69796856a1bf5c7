"""Tokens that were handed out or accepted, as far as another that was made of one can be told.

Nothing is kept of a token but Python's hashes of its parts and beginnings, which are keyed with a
secret of the process, its length, and from whom it came. So a token that was cut or edited on its
way is recognised, and one of another issuer than this host takes.
"""

from __future__ import annotations

import binascii
import enum
from array import array
from typing import NamedTuple

import msgspec

from why401.bounded import Bounded
from why401.later import regex

MAX_KNOWN = 2000
MAX_CUTTABLE = 300
MAX_HOSTS = 500
MAX_ISSUERS = 4
MAX_AUDIENCES = 8
MAX_CHARS = 8192
STEP = 8
"""Beginnings are known at every eighth character."""
MIN_SIGNATURE = 40
"""Characters of a signature by which a token is known again: the shortest, HS256's, has 43."""
MIN_CHARS = 24
"""Fewer characters in common say nothing: what issuers put first is the same in all tokens."""
_ISSUER = regex(rb'"iss"\s{0,4}:\s{0,4}"([^"\\]{1,300})"')
_AUDIENCE = regex(rb'"aud"\s{0,4}:\s{0,4}(?:("[^"\\]{1,300}")|\[([^]]{1,600})\])')
_TEXT = regex(rb'"([^"\\]{1,300})"')
_TENANT = regex(rb'"tid"\s{0,4}:\s{0,4}"([^"\\]{1,80})"')
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class Change(enum.Enum):
    """How one token differs from another that it was made of."""

    CUT = "cut"
    HEADER = "header"
    PAYLOAD = "payload"
    SIGNATURE = "signature"


class Known(NamedTuple):
    """A token: where it was seen first, its length and that of its signature, and its hashes."""

    exchange: str
    is_issued: bool
    length: int
    signature_length: int
    signed: int
    payload: int
    signature: int


class Likeness(msgspec.Struct, frozen=True):
    """A token known from `exchange`, `change` tells what became of it. `length` is its own,
    `common` how many characters are certainly the same."""

    change: Change
    exchange: str
    is_issued: bool
    length: int
    common: int


class Origin(NamedTuple):
    """From whom tokens came that a host accepted, the last of them in `exchange`; `issuer` and
    `tenant` are None where it is no JWT, or does not say. `audiences` are those of all of them."""

    exchange: str
    issuer: str | None
    tenant: str | None
    audiences: frozenset[str] = frozenset()


class Shapes:
    """Tokens of one capture or session."""

    def __init__(self) -> None:
        self._signed: Bounded[int, Known] = Bounded(MAX_KNOWN)
        self._signatures: Bounded[int, Known | None] = Bounded(MAX_KNOWN)
        self._beginnings: Bounded[int, tuple[str, int, array[int]]] = Bounded(MAX_CUTTABLE)
        self._jwt: Bounded[str, tuple[Origin, ...]] = Bounded(MAX_HOSTS)
        self._opaque: Bounded[str, Origin] = Bounded(MAX_HOSTS)

    # -- questions --------------------------------------------------------------------------

    def likeness(self, token: str) -> Likeness | None:
        """Return the known token of which `token` was made, None without one, or where `token`
        itself is known."""
        data = _bytes(token) if self._signed or self._beginnings else None
        if data is None or len(data) < MIN_CHARS:
            return None
        known = _known(data, "", is_issued=False)
        if known is None:
            return self._cut(data)
        same = self._signed.get(known.signed)
        if same is not None:
            return _same_text(same, known)
        same = self._signatures.get(known.signature)
        if same is None or known.signature_length < MIN_SIGNATURE:
            return self._cut(data)
        change = Change.HEADER if same.payload == known.payload else Change.PAYLOAD
        return Likeness(change, same.exchange, same.is_issued, same.length, known.signature_length)

    def accepted_jwt(self, host: str, issuer: str | None) -> Origin | None:
        """Return from whom the last new JWT came that `host` accepted, of those of `issuer` where
        it accepted any."""
        known = self._jwt.get(host, ())
        return next((each for each in known if each.issuer == issuer), known[0] if known else None)

    def accepted_opaque(self, host: str) -> Origin | None:
        """Return where `host` last accepted a Bearer token that is no JWT."""
        return self._opaque.get(host)

    # -- lessons ----------------------------------------------------------------------------

    def learn_issued(self, token: str, exchange: str) -> None:
        """Remember a token that an answer handed out."""
        data = _bytes(token)
        if data is None or len(data) < MIN_CHARS:
            return
        known = _known(data, exchange, is_issued=True)
        if known is not None:
            self._remember(known)
        steps = array("q", (hash(data[:end]) for end in range(STEP, len(data), STEP)))
        self._beginnings.remember(hash(data), (exchange, len(data), steps))

    def learn_accepted(self, token: bytes, host: str, exchange: str) -> None:
        """Remember a token that `host` accepted for the first time; for healthy traffic, so only
        what costs a few microseconds."""
        if len(token) > MAX_CHARS:
            return
        known = _known(token, exchange, is_issued=False) if token[:2] == b"ey" else None
        if known is None:
            self._opaque.remember(host, Origin(exchange, None, None))
            return
        if known.signed not in self._signed:
            self._remember(known)
        claims = _decoded(token.split(b".", 2)[1])
        origin = _origin(claims, exchange)
        others, audiences = [], origin.audiences
        for each in self._jwt.get(host, ()):
            if (each.issuer, each.tenant) == (origin.issuer, origin.tenant):
                audiences |= each.audiences if len(each.audiences) < MAX_AUDIENCES else frozenset()
            else:
                others.append(each)
        origins = (origin._replace(audiences=audiences), *others[: MAX_ISSUERS - 1])
        self._jwt.remember(host, origins)

    def _remember(self, known: Known) -> None:
        self._signed.remember(known.signed, known)
        if known.signature_length < MIN_SIGNATURE:
            return
        before = self._signatures.get(known.signature, known)
        # One text for all signatures, as stand-ins have it, tells nothing.
        same = known if before and before.signed == known.signed else None
        self._signatures.remember(known.signature, same)

    def _cut(self, data: bytes) -> Likeness | None:
        """Return the newest token that was handed out with the same beginning, and was longer."""
        number = len(data) // STEP
        if number * STEP < MIN_CHARS:
            return None
        start = hash(data[: number * STEP])
        for exchange, length, steps in reversed(self._beginnings.values()):
            if length > len(data) and number <= len(steps) and steps[number - 1] == start:
                return Likeness(
                    Change.CUT, exchange, is_issued=True, length=length, common=number * STEP
                )
        return None


def _same_text(same: Known, known: Known) -> Likeness | None:
    """Return what became of the signature over the same header and payload."""
    if same.signature == known.signature:
        return None
    is_short = known.signature_length < same.signature_length
    common = known.length - known.signature_length
    change = Change.CUT if is_short else Change.SIGNATURE
    return Likeness(change, same.exchange, same.is_issued, same.length, common)


def _bytes(token: str) -> bytes | None:
    return token.encode("ascii") if len(token) <= MAX_CHARS and token.isascii() else None


def _known(data: bytes, exchange: str, *, is_issued: bool) -> Known | None:
    """Return what is kept of a JWT; None for what has not three parts, or does not begin as JSON in
    base64url does: all of PASETO's tokens begin with the same two parts."""
    if data[:2] != b"ey":
        return None
    signed, dot, signature = data.rpartition(b".")
    header, second, payload = signed.partition(b".")
    if not dot or not second or b"." in payload or not header:
        return None
    return Known(
        exchange,
        is_issued,
        len(data),
        len(signature),
        hash(signed),
        hash(payload),
        hash(signature),
    )


def _origin(claims: bytes, exchange: str) -> Origin:
    issuer, tenant, audience = (each.search(claims) for each in (_ISSUER, _TENANT, _AUDIENCE))
    names = _TEXT.findall(audience[1] or audience[2]) if audience else []
    return Origin(
        exchange,
        issuer[1].decode("utf-8", "replace") if issuer else None,
        tenant[1].decode("utf-8", "replace") if tenant else None,
        frozenset(each.decode("utf-8", "replace") for each in names[:MAX_AUDIENCES]),
    )


def _decoded(payload: bytes) -> bytes:
    try:
        return binascii.a2b_base64(payload.translate(_TO_STANDARD) + b"=" * (-len(payload) % 4))
    except binascii.Error:
        return b""
