"""Challenges: what a server says it would accept (RFC 9110 section 11.6.1), read leniently."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import msgspec

from why401.credentials.parameters import (
    MAX_PARAMETERS,
    MAX_VALUE_CHARS,
    TOKEN,
    read_value,
    skip_blank,
)
from why401.credentials.remembered import MAX_CHARS as MAX_CHARS_REMEMBERED
from why401.credentials.remembered import MAX_KEPT
from why401.credentials.schemes import KNOWN_SCHEMES
from why401.later import once, regex
from why401.model import Headers, header_text

MAX_CHALLENGES = 50

_TOKEN68 = regex(r"[A-Za-z0-9\-._~+/]++=*+(?=[ \t]*(?:,|$))")
_EMPTY_PARAMETERS = frozenset({"realm=", "error=", "error_description=", "scope=", "charset="})


class Challenge(msgspec.Struct, frozen=True, dict=True):
    """One challenge. `line` counts the fields of that name from 0; `flaws` are kebab ids."""

    scheme: str
    token68: str | None
    params: tuple[tuple[str, str], ...]
    where: str
    line: int
    flaws: tuple[str, ...] = ()

    @once
    def name(self) -> str:
        """The scheme in lower case; schemes ignore case (RFC 9110 section 11.1)."""
        return self.scheme.lower()

    def param(self, name: str) -> str | None:
        """Return the first parameter called `name`, names ignoring case, or None."""
        return self._by_name.get(name.lower())

    @once
    def _by_name(self) -> Mapping[str, str]:
        return {key.lower(): value for key, value in reversed(self.params)}


class _Open(msgspec.Struct):
    """A challenge that is still being read."""

    scheme: str
    token68: str | None = None
    params: list[tuple[str, str]] = msgspec.field(default_factory=list)
    flaws: dict[str, None] = msgspec.field(default_factory=dict)


def parse_challenges(headers: Headers, name: str = "www-authenticate") -> tuple[Challenge, ...]:
    """Return every challenge in the fields called `name`, in order; never raises.

    Flaws: those of `parameters.read_value` and `missing-comma`, `duplicate-parameter`,
    `non-ascii`, `missing-scheme`, `unexpected-character`, `too-long`, `too-many`. A field without
    anything readable gives one challenge with an empty scheme.
    """
    found: list[Challenge] = []
    where = f"response.header.{name.lower()}"
    for line, value in enumerate(headers.values(name)):
        if len(found) >= MAX_CHALLENGES:
            break
        read = _remembered if len(value) <= MAX_CHARS_REMEMBERED else _read_field
        found += read(value, where, line, MAX_CHALLENGES - len(found))
    return tuple(found)


def _read_field(value: bytes, where: str, line: int, limit: int) -> tuple[Challenge, ...]:
    found = _read_line(header_text(value[:MAX_VALUE_CHARS]), limit)
    if len(value) > MAX_VALUE_CHARS:
        for each in found:
            each.flaws["too-long"] = None
    return tuple(
        Challenge(each.scheme, each.token68, tuple(each.params), where, line, tuple(each.flaws))
        for each in found
    )


_remembered = functools.lru_cache(MAX_KEPT)(_read_field)


def _read_line(text: str, limit: int) -> list[_Open]:
    done: list[_Open] = []
    current: _Open | None = None
    loose: dict[str, None] = {} if text.isascii() else {"non-ascii": None}
    at = 0
    params_seen = 0
    before = ""  # what stands before this element without a comma between: scheme or value
    while (at := skip_blank(text, at)) < len(text):
        if text[at] == ",":
            at += 1
            before = ""
            continue
        word = TOKEN.match(text, at)
        if word is None:
            (current.flaws if current else loose)["unexpected-character"] = None
            at += 1
            continue
        equals = skip_blank(text, word.end())
        if equals < len(text) and text[equals] == "=":
            if current is None:
                current = _Open("", flaws={**loose, "missing-scheme": None})
                done.append(current)
            params_seen += 1
            if params_seen > MAX_PARAMETERS:
                current.flaws["too-many"] = None
                return done
            if before == "value":
                current.flaws["missing-comma"] = None
            at = _read_parameter(text, word[0], equals, current)
            before = "value"
            continue
        if len(done) >= limit:
            done[-1].flaws["too-many"] = None
            return done
        current = _Open(word[0], flaws=dict(loose))
        if before:
            current.flaws["missing-comma"] = None
        done.append(current)
        at = word.end()
        before = "scheme"
        start = skip_blank(text, at)
        token = _TOKEN68.match(text, start) if start > at else None
        # A known name is the next scheme of a list without commas; `realm=` is an empty realm.
        if token and token[0].lower() not in KNOWN_SCHEMES | _EMPTY_PARAMETERS:
            current.token68 = token[0]
            at = token.end()
            before = "value"
    if not done and text.strip(" \t,"):
        done.append(_Open("", flaws={**loose, "missing-scheme": None}))
    return done


def _read_parameter(text: str, name: str, equals: int, current: _Open) -> int:
    """Read the value behind `equals` into `current` and return where it ended."""
    value = read_value(text, skip_blank(text, equals + 1), stops=KNOWN_SCHEMES)
    current.flaws.update(dict.fromkeys(value.flaws))
    if any(key.lower() == name.lower() for key, _ in current.params):
        current.flaws["duplicate-parameter"] = None
    else:
        current.params.append((name, value.text))
    return value.end
