"""Secrets that show what they are wherever they stand: JWTs, vendors' keys, private keys."""

from __future__ import annotations

import re
from collections.abc import Callable

from why401.credentials.jwt import is_probably_jwt
from why401.credentials.keys import PUBLIC_PREFIXES
from why401.later import regex
from why401.report.redaction.jwt import TOKEN, Mask, redacted_jwt

_PRIVATE_KEY = regex(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
    r"([A-Za-z0-9+/=\s\\:,]*+)(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----)?"
)
_PRIVATE_END = regex(
    r"([A-Za-z0-9+/=\s\\]{60,100000}+)-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
)
"""What is left of one that was cut off at its beginning."""
_LINE = regex(r"[A-Za-z0-9+/=]{16,}+")
_VENDOR_KEY = regex(
    r"(?<![A-Za-z0-9_.-])(?:"
    + "|".join(re.escape(each) for each in PUBLIC_PREFIXES if each != "eyJ")
    + r")(?=[A-Za-z_.-]{0,60}[0-9])[A-Za-z0-9_.-]{12,}+"
)
_IN_NAME = regex(r"[^\W_]{8,}+")
_LONG = 16
_DATE = regex(r"20[0-9]{6}(?:T?[0-9]{4,6})?Z?")
_PREFIXES = tuple(each for each in PUBLIC_PREFIXES if each != "eyJ")
_SCHEME_ENDS = ("earer", "EARER", "asic", "ASIC", "oken", "OKEN")
_BEARER = regex(
    r"\b(Bearer|Basic|Token)( {1,3}|%20|\+)(?=[A-Za-z._~+/-]{0,200}[0-9])"
    r"([A-Za-z0-9._~+/-]{12,}+(?:=*+(?![\w=\"\[])|(?=\")))",
    re.IGNORECASE,
)


def looks_secret(text: str, mask: Mask, replaced: Callable[[str], str]) -> str:
    """Return `text` with what is a secret by its looks masked; JWTs keep what they may keep."""
    if "eyJ" in text:
        text = TOKEN.sub(
            lambda found: (
                redacted_jwt(found[0], mask, replaced) if is_probably_jwt(found[0]) else found[0]
            ),
            text,
        )
    if "PRIVATE KEY-----" in text:
        text = _PRIVATE_KEY.sub(lambda found: _private_key(found, mask), text)
        text = _PRIVATE_END.sub(lambda found: _private_key(found, mask), text)
    # Plain searches first: next to no text holds any of these, and they cost a tenth.
    if any(prefix in text for prefix in _PREFIXES):
        text = _VENDOR_KEY.sub(lambda found: mask("api-key", found[0]), text)
    if not any(word in text for word in _SCHEME_ENDS):
        return text
    return _BEARER.sub(lambda found: f"{found[1]}{found[2]}{mask('token', found[3])}", text)


def may_name_secret(name: str) -> bool:
    """Whether the name of a file may hold a token, a number of a phone or the like: a long piece
    with digits in it that is no date, or of letters of both sizes. Only what the file holds can
    tell."""
    return any(
        (any(char.isdigit() for char in piece) and not _DATE.fullmatch(piece))
        or (len(piece) >= _LONG and not piece.islower() and not piece.isupper())
        for piece in _IN_NAME.findall(name)
    )


def _private_key(found: re.Match[str], mask: Mask) -> str:
    # Where a key is wrapped otherwise elsewhere, its longest line is what is recognised.
    lines = _LINE.findall(found[1].replace("\\n", "\n").replace("\\r", "\n"))
    return mask("private-key", max(lines, key=len) if lines else found[0])
