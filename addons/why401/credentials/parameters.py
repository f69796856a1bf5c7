"""Reads `name=value` lists as they are really sent (RFC 9110 section 11.2, and its violations).

Shared by challenges, Digest and the schemes that look like it. All scanning moves forward only,
so the work is linear in the text.
"""

from __future__ import annotations

import re

from why401.later import regex
from why401.masking import Unshown

MAX_VALUE_CHARS = 64 * 1024
MAX_PARAMETERS = 100

TOKEN = regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
BLANK = regex(r"[ \t\r\n]*")

_QUOTED = regex(r'"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)
_SINGLE_QUOTED = regex(r"'([^',]*+)'(?=[ \t]*(?:,|$))")
_CURLY_QUOTED = regex(r"[“”]([^“”]*+)[“”]")
_WORD = regex(r"[^\s,]+")
_ESCAPE = regex(r"\\(.)", re.DOTALL)
_NAME_AHEAD = regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++[ \t]*+=(?!=*+[ \t]*+(?:,|$))")


class Value(Unshown, frozen=True):
    """One value and where it ended; `quoted` says that it stood in double quotes."""

    text: str
    end: int
    quoted: bool
    flaws: tuple[str, ...] = ()


class Parameter(Unshown, frozen=True):
    """One `name=value`, the name as sent."""

    name: str
    value: str
    quoted: bool


def skip_blank(text: str, at: int) -> int:
    """Return the first position from `at` on that holds no blank."""
    found = BLANK.match(text, at)
    return found.end() if found else at


def read_value(text: str, at: int, *, stops: frozenset[str] = frozenset()) -> Value:
    """Return the value that begins at `at`, quoted or not.

    An unquoted value runs to the next comma, or to a blank after which another `name=` or a word
    out of `stops` (lower case) begins. Flaws: `unterminated-quote`, `single-quotes`,
    `curly-quotes`, `unquoted-spaces`, `unquoted-value` (not a token).
    """
    if quoted := _QUOTED.match(text, at):
        flaws = () if quoted[2] else ("unterminated-quote",)
        return Value(_ESCAPE.sub(r"\1", quoted[1]), quoted.end(), quoted=True, flaws=flaws)
    if single := _SINGLE_QUOTED.match(text, at):
        return Value(single[1], single.end(), quoted=False, flaws=("single-quotes",))
    if curly := _CURLY_QUOTED.match(text, at):
        return Value(curly[1], curly.end(), quoted=False, flaws=("curly-quotes",))
    end = at
    words: list[str] = []
    while word := _WORD.match(text, skip_blank(text, end) if words else end):
        if words and (_NAME_AHEAD.match(text, word.start()) or word[0].lower() in stops):
            break
        words.append(word[0])
        end = word.end()
    value = " ".join(words)
    flaws = ()
    if len(words) > 1:
        flaws = ("unquoted-spaces",)
    elif value and not TOKEN.fullmatch(value):
        flaws = ("unquoted-value",)
    return Value(value, end, quoted=False, flaws=flaws)


def parse_parameters(text: str) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Return the parameters of `text` in order, and the ids of what was wrong with them.

    Of a repeated name all are kept, so the first wins for whoever looks one up. Flaws are those
    of `read_value` and `missing-comma`, `duplicate-parameter`, `unexpected-text`, `too-long`,
    `too-many`.
    """
    flaws: dict[str, None] = {}
    if len(text) > MAX_VALUE_CHARS:
        text = text[:MAX_VALUE_CHARS]
        flaws["too-long"] = None
    found: list[Parameter] = []
    names: set[str] = set()
    at = 0
    after_value = False
    while True:
        at = skip_blank(text, at)
        if at >= len(text):
            break
        if text[at] == ",":
            at += 1
            after_value = False
            continue
        name = TOKEN.match(text, at)
        equals = skip_blank(text, name.end()) if name else at
        if name is None or equals >= len(text) or text[equals] != "=":
            flaws["unexpected-text"] = None
            at = name.end() if name else at + 1
            continue
        if len(found) >= MAX_PARAMETERS:
            flaws["too-many"] = None
            break
        if after_value:
            flaws["missing-comma"] = None
        value = read_value(text, skip_blank(text, equals + 1))
        flaws.update(dict.fromkeys(value.flaws))
        if name[0].lower() in names:
            flaws["duplicate-parameter"] = None
        names.add(name[0].lower())
        found.append(Parameter(name[0], value.text, value.quoted))
        at = value.end
        after_value = True
    return tuple(found), tuple(flaws)
