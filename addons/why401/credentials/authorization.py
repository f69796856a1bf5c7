"""The value of Authorization and Proxy-Authorization, divided into scheme and credential.

Lenient, so that a token can still be looked into when its wrapping is wrong; what is wrong with
the wrapping is listed by `shape.shape_defects`.
"""

from __future__ import annotations

import re

from why401.credentials.base64_text import decode_base64
from why401.credentials.jwt import is_probably_jwt
from why401.credentials.parameters import MAX_VALUE_CHARS
from why401.credentials.remembered import remembered
from why401.credentials.schemes import (
    KNOWN_SCHEMES,
    TOKEN_SCHEMES,
    WECHATPAY_SCHEMES,
    could_be_scheme,
)
from why401.later import once, regex
from why401.masking import Unshown
from why401.model import header_text

INVISIBLE = "\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "%22": "%22"}

_OUTER = f" \t\r\n{INVISIBLE.replace('-', '')}"
_SEPARATOR = regex(rf"[ \t\r\n{INVISIBLE}]+")
_PUNCTUATED = regex(
    r"(bearer|basic|digest|dpop|negotiate|ntlm|wechatpay2-sha256-rsa2048)([ \t]*[:=,][ \t]*)", re.I
)
_ENCODED_BLANK = regex(r"(bearer|basic)(%20|\+)", re.I)
_GLUED = regex(r"(bearer|basic)([A-Za-z0-9\-._~+/]{6,}+=*+)", re.I)


class Authorization(Unshown, frozen=True, dict=True):
    """`scheme` is as sent, empty where none was; `separator` is what stood before `credential`.

    `raw` is the whole value as text.
    """

    scheme: str
    credential: str
    raw: str
    separator: str = ""

    @once
    def name(self) -> str:
        """The scheme in lower case."""
        return self.scheme.lower()

    @once
    def token(self) -> str:
        """The credential with quotes, a second scheme and outer blanks taken off, to decode it."""
        return _unwrapped(self.credential)


def _unwrapped(credential: str) -> str:
    text = credential.strip(_OUTER)
    head, _, rest = text.partition(" ")
    if rest and head.lower().rstrip(":") in TOKEN_SCHEMES:
        text = rest.strip(_OUTER)
    text = text.strip(_OUTER)
    for opening, closing in QUOTES.items():
        if len(text) > 2 and text.startswith(opening):
            text = text.removeprefix(opening).removesuffix(closing)
    return text.strip(_OUTER)


@remembered
def parse_authorization(value: bytes) -> Authorization:
    """Return scheme and credential of a field value; never raises, looks at 64 KiB at most.

    `Bearer: x`, `Bearerx`, `"Bearer x"` and the like give the scheme that was meant; a credential
    alone (a JWT, `mchid="…"`) has an empty scheme.
    """
    raw = header_text(value[:MAX_VALUE_CHARS])
    text = raw.strip(" \t\r\n")
    for opening, closing in QUOTES.items():
        if len(text) > len(opening + closing) and text.startswith(opening):
            text = text.removeprefix(opening).removesuffix(closing)
            break
    text = text.strip(_OUTER)
    if found := _PUNCTUATED.match(text) or _ENCODED_BLANK.match(text):
        return Authorization(found[1], text[found.end() :], raw, found[2])
    separator = _SEPARATOR.search(text)
    scheme = text[: separator.start()] if separator else text
    if separator and could_be_scheme(scheme) and not is_credential(scheme):
        return Authorization(scheme, text[separator.end() :], raw, separator[0])
    if not separator:
        if scheme.lower() in KNOWN_SCHEMES:
            return Authorization(scheme, "", raw)
        if (glued := _GLUED.fullmatch(text)) and is_credential(glued[2]):
            return Authorization(glued[1], glued[2], raw)
    return Authorization("", text, raw)


def is_credential(text: str) -> bool:
    """Whether `text` is by its shape a JWT or the base64 of `user:password`."""
    if is_probably_jwt(text):
        return True
    decoded = decode_base64(text[:4096]) if len(text) >= 8 else None
    return bool(decoded and decoded.data and is_user_password(decoded.data))


def is_user_password(data: bytes) -> bool:
    """Whether `data` reads as `user:password`: printable ASCII around at least one colon."""
    plain = data.rstrip(b"\r\n")
    return b":" in plain[1:] and all(0x20 <= byte < 0x7F for byte in plain)


def has_parameters(authorization: Authorization) -> bool:
    """Whether the credential is a list of parameters, in which blanks and quotes are in order."""
    name = authorization.name
    if name in ("bearer", "basic", "negotiate", "ntlm", "dpop", "jwt"):
        return False
    if name in WECHATPAY_SCHEMES or name == "digest":
        return True
    return bool(_PARAMETER.match(authorization.credential.lstrip()))


_PARAMETER = regex(r"[A-Za-z][\w\-]*+\*?+[ \t]*+=[ \t]*+(?:\"|'|[^=\s,])")
