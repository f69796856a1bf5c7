"""Which names say that their value is a secret, and of which kind.

The tables in `keys` hold the names of published interfaces. Everybody makes up more of them
(`shopApiToken`, `X-LC-Key`, `user[password]`), and what is secret then stands at the end of the
name: so a name is read without the marks between its words, from its end.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from why401.credentials.keys import SECRET_FIELDS, SECRET_HEADERS, SECRET_PARAMETERS
from why401.credentials.schemes import edit_distance
from why401.later import regex

type KindOf = Callable[[str], str | None]
"""Takes a name, gives the kind of secret that its value is, None for a harmless one."""

MAX_NAME = 120

_KEY_OF = (
    "access|account|admin|aes|api|apiv2|apiv3|app|application|auth|client|decrypt|decryption"
    "|deploy|des|encodingaes|encrypt|encryption|hmac|license|login|master|mch|merchant|partner"
    "|pay|private|root|secret|security|server|shared|sign|signing|ssh|subscription|v2|v3|webhook"
)
_CODE_OF = (
    "2fa|access|activation|auth|authorization|backup|captcha|dynamic|email|invite|login|mfa"
    "|mobile|otp|phone|recovery|reset|security|sms|totp|user|valid|validation|verification|verify"
)
ENDS = {
    "password": (
        "(?:passwords?|passwd|passphrase|passcode|pwd)"
        "~(?:again|check|confirm|confirmation|current|hash|new|old|repeat|verify)?"
    ),
    "secret": "secrets?|secret~(?:access~)?key|encrypted~data",
    "token": "tokens?|jwt|csrf|xsrf|authorization|assertion|saml~(?:response|art)",
    "api-key": f"(?:{_KEY_OF})~keys?",
    "code": f"(?:{_CODE_OF})~code|captcha|totp",
    "ticket": "ticket",
    "session": "sess(?:ion)?~(?:id|key)|wxsid",
    "signature": (
        "signature|signature~value|hmac~(?:sha)?"
        "|(?:auth|body|card|data|md5|my|pay|req|request|rsa|url|wx)~sign"
    ),
    "cookie": "cookies?",
    "openid": "open~ids?",
    "unionid": "union~ids?",
    # A browser tells with every request whether it is one: `Sec-CH-UA-Mobile`.
    "phone": (
        "(?:phone|telephone)~(?:no|num|number)?|mobile~(?:no|num|number|phone)"
        "|(?:bind|buyer|contact|customer|login|member|my|new|old|owner|payer|real|receiver|sender"
        "|user)~mobile"
    ),
    "name": "(?:real|true|id~card|card~holder)~name",
    "id-number": (
        "(?:id~card|bank~card|identity|identity~card|cert|passport|account)~(?:no|num|number)"
        "|id~card|card~number|cvv|cvc|ssn"
    ),
}
"""What names end with, by kind, in small letters; `~` is where a mark may stand between words."""
WORDS = {"otp": "code", "sid": "session", "sign": "signature", "skey": "session"}
"""Words that names end with, by kind. Others end so as well: `design`, `inside`."""

PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))

_MARKS = "[-_.]*"
_AFTER = r"(?:[-_.0-9]|\[[^\[\]]{0,40}\]|\])*"
"""A number, an index, and the bracket in `user[password]`."""
_END = regex(
    "(?:"
    + "|".join(
        f"(?P<k{number}>{words.replace('~', _MARKS)})" for number, words in enumerate(ENDS.values())
    )
    + rf"|(?<![a-z])(?P<word>{'|'.join(WORDS)})){_AFTER}\Z"
)
_HUMP = regex(r"(?<=[a-z])(?=[A-Z])")
_KINDS = tuple(ENDS)
_HARMLESS = regex(
    # Where a list goes on, and what language models count.
    r"(?<![a-z])(?:page|next|prev|previous|sync|continue|continuation|resume|scroll|cursor|max|min|num|total"
    r"|count|prompt|completion|input|output|cached?|reasoning|audio|stop|eos|bos|pad|cancel"
    r"|cancellation|invalidation|per)[-_.]*tokens?\Z"
    r"|(?:\A|[-_.])(?:is|has|can|no|public)[-_.]|public[-_.]*key|to[-_.]*sign\Z"
)
_PUBLIC_HEADERS = frozenset(
    {"idempotency-key", "x-idempotency-key", "sec-websocket-key", "surrogate-key", "cache-key"}
    | {"x-cache-key", "x-surrogate-key", "x-routing-key", "x-partition-key"}
)
HEADER_ENDS = {"key": "api-key", "auth": "authorization", "session": "session"}
"""What the names of header fields end with besides, by kind."""
LIKE_AUTHORIZATION = "a[uth][a-z]{8,13}"
_LIKE_AUTHORIZATION = regex(LIKE_AUTHORIZATION)
_MISSPELT = 2
"""Letters that differ in a name that is meant to be Authorization."""


@functools.lru_cache(8192)
def field_kind(name: str) -> str | None:
    """Return of which kind of secret the value is that stands under `name` in JSON, XML or
    program text; None where the name tells of none."""
    return SECRET_FIELDS.get(name.lower()) or by_end(name)


def key_member_kind(name: str) -> str | None:
    """As `field_kind`, for JSON with a key in it: what is private of that (RFC 7518 section 6)."""
    return "private-key" if name in PRIVATE_MEMBERS else field_kind(name)


@functools.lru_cache(8192)
def parameter_kind(name: str) -> str | None:
    """As `field_kind`, for a name in a query or a form."""
    return SECRET_PARAMETERS.get(name.lower()) or by_end(name)


@functools.lru_cache(2048)
def header_kind(name: str) -> str | None:
    """As `field_kind`, for the name of a header field."""
    lower = name.lower()
    kind = SECRET_HEADERS.get(lower)
    if kind is not None or lower in _PUBLIC_HEADERS:
        return kind
    if lower.endswith(("authorization", "authorization2")) or _is_meant_for_it(lower):
        return "authorization"
    kind = by_end(name)
    if kind is not None or len(lower) > MAX_NAME or _HARMLESS.search(lower):
        return kind
    return next((kind for end, kind in HEADER_ENDS.items() if lower.endswith(end)), None)


def _is_meant_for_it(lower: str) -> bool:
    return (
        _LIKE_AUTHORIZATION.fullmatch(lower) is not None
        and edit_distance(lower, "authorization") <= _MISSPELT
    )


def by_end(name: str) -> str | None:
    """Return the kind of secret that the end of `name` speaks of."""
    if len(name) > MAX_NAME:
        return None
    lower = _HUMP.sub("-", name).lower()
    found = _END.search(lower)
    if found is None or _HARMLESS.search(lower):
        return None
    word = found["word"]
    return WORDS[word] if word else _KINDS[int((found.lastgroup or "k0")[1:])]
