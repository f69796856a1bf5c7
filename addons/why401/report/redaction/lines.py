"""Secrets in plain text that people and servers paste: header fields, `name: value`, `name = value`
a line, and the user of a curl command."""

from __future__ import annotations

import re

from why401.credentials.secret_names import header_kind
from why401.later import regex
from why401.report.redaction.headers import field_value
from why401.report.redaction.jwt import Mask

_FIELD = regex(
    r"(?:^|(?<=[\"'\r\n]))([ \t]{0,40}+)([A-Za-z][\w.-]{1,80}+)([ \t]{0,8}+[:=][ \t]{0,8}+)"
    r"(?![\"'\[{|>&*])([^\r\n\"']{6,8192}+)",
    re.MULTILINE,
)
_MIN_OPAQUE = 8
_LONG = 20
_CURL_USER = regex(r"((?:\s-u|\s--user)[ =]?[\"']?[^\s:'\"]{1,200}+:)([^\s'\"]{1,500}+)")


def lines_with_secrets(text: str, mask: Mask) -> str:
    """Return `text` with the values masked that a name at the beginning of a line, or of what
    stands in quotes, tells of. A sentence about a secret (`Token: is missing`) is none."""
    if ":" not in text and "=" not in text:
        return text
    text = _FIELD.sub(lambda found: _field(found, mask), text)
    if "curl" in text:
        text = _CURL_USER.sub(lambda found: found[1] + mask("password", found[2]), text)
    return text


def _field(found: re.Match[str], mask: Mask) -> str:
    name, value = found[2], found[4]
    kind = header_kind(name)
    if kind is None or not _is_value(kind, value):
        return found[0]
    masked = field_value(name.lower(), value, mask)
    return found[0] if masked is None else f"{found[1]}{name}{found[3]}{masked}"


def _is_value(kind: str, value: str) -> bool:
    words = value.split()
    match kind:
        case "cookie":
            return "=" in value
        case "authorization" if len(words) > 1:
            return "=" in words[1] or (len(words) == 2 and _is_opaque(words[1]))
        case _:
            return len(words) == 1 and _is_opaque(words[0])


def _is_opaque(word: str) -> bool:
    return len(word) >= _LONG or (len(word) >= _MIN_OPAQUE and any(map(str.isdigit, word)))
