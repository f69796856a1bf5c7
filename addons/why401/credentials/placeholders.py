"""Words that stand where a credential should be: unset variables, samples, masked values."""

from __future__ import annotations

import re

from why401.credentials.remembered import remembered
from why401.later import regex

MAX_CHARS = 80

_WORDS = frozenset(
    {
        *("null", "undefined", "none", "nil", "nan", "true", "false", "test", "changeme"),
        *("change-me", "change_me", "replace_me", "replace-me", "replaceme", "placeholder"),
        *("your-jwt-or-api-token-here", "token-here", "token_here", "api_key", "api-key"),
        *("apikey", "access_token", "token", "jwt", "jwt_token", "insert_token_here"),
    }
)
_SHAPES = (
    regex(r"\[object [A-Za-z]{1,20}\]"),
    regex(r"Promise ?\{[ <>a-z]{0,20}\}"),
    regex(r"function ?\(.{0,40}", re.DOTALL),
    regex(r"x{3,}+|\*{3,}+|\.{3,}+|…+|•+", re.I),
    regex(r"sk[-_][.*x…]{3,}+", re.I),
    regex(r":[A-Za-z_]{1,40}"),
    regex(r"your[-_ ][a-z_ -]{0,40}(?:key|token|secret|jwt|password|here|credentials)", re.I),
    regex(r"\$[A-Za-z_][A-Za-z_]{0,40}"),
)
# Between the marks of a template only what could be a variable's name, not a pasted token.
_TEMPLATES = (
    regex(r"\{\{\s?(.{0,50}?)\s?\}\}"),
    regex(r"\$\{(.{0,50}?)\}"),
    regex(r"\$\((.{0,50}?)\)"),
    regex(r"%(.{1,50}?)%"),
    regex(r"<(.{1,50}?)>"),
    regex(r"\{(.{1,50}?)\}"),
)
_VARIABLE = regex(r"[A-Za-z_][A-Za-z_ .:\-]*+[0-9]{0,2}[A-Za-z_ .:\-]*+")


def placeholder(text: str) -> str | None:
    """Return `text` where it is a stand-in for a credential and as such no secret, else None."""
    return _stand_in(text) if text and len(text) <= MAX_CHARS else None


@remembered
def _stand_in(text: str) -> str | None:
    if text.lower() in _WORDS or any(shape.fullmatch(text) for shape in _SHAPES):
        return text
    for template in _TEMPLATES:
        if (found := template.fullmatch(text)) and _VARIABLE.fullmatch(found[1]):
            return text
    return None
