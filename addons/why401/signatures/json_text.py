"""One JSON text as other serialisers would have written it.

All changes are made to the text, not to a parsed value, so that numbers, escapes and the order of
members stay exactly as sent wherever the mistake in question leaves them alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any

from why401.later import regex

MAX_CHARS = 64 << 10
MAX_DEPTH = 64

# A string without an end goes to the end of the text: else each quote in it would be one more try.
_STRING = regex(r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))', re.DOTALL)
_BLANKS = regex(r"[ \t\r\n]+")
_NOT_ASCII = regex(r"[^\x00-\x7f]+")
_ESCAPED = regex(r"(\\\\)|\\u([0-9a-fA-F]{4})")
_NUMBER = regex(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_VERBATIM = "\ue401"
_VERBATIM_TEXT = regex(rf'"{_VERBATIM}([^"]*)"')

HTML = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"}
HTML_AND_QUOTE = {**HTML, "'": "\\u0027"}
LINE_SEPARATORS = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
_DOTNET = {**HTML_AND_QUOTE, "+": "\\u002b", "`": "\\u0060"}
_ALL_ESCAPES = _DOTNET | LINE_SEPARATORS | {"=": "\\u003d"}
"""Gson's equals sign too."""
_QUOTE = ('\\"', "\\u0022")
"""How a quotation mark is written within a string, by most and by .NET."""


class JsonText:
    """A JSON text, taken apart into strings and what stands between them, once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def pieces(self) -> list[str]:
        """Structure at even positions, strings with their quotes at odd ones."""
        return _STRING.split(self.text)

    @cached_property
    def compact_pieces(self) -> list[str]:
        """`pieces` without the white space between tokens."""
        return self._restructured(self.pieces, lambda piece: _BLANKS.sub("", piece))

    @cached_property
    def compact(self) -> str:
        """Without any white space between tokens."""
        return "".join(self.compact_pieces)

    @cached_property
    def escaped(self) -> str:
        """With every character beyond ASCII as `\\uXXXX`."""
        return escaped_non_ascii(self.text)

    def spaced(self, comma: str = ", ", colon: str = ": ") -> str:
        """With other separators, on one line."""
        return "".join(
            self._restructured(
                self.compact_pieces,
                lambda piece: piece.replace(",", comma).replace(":", colon),
            )
        )

    @staticmethod
    def _restructured(pieces: list[str], change: Callable[[str], str]) -> list[str]:
        """Return pieces with another structure; there are few kinds between strings."""
        structure = pieces[::2]
        changed = {piece: change(piece) for piece in set(structure)}
        out = list(pieces)
        out[::2] = [changed[piece] for piece in structure]
        return out

    def pretty(self, indent: str = "  ", newline: str = "\n", colon: str = ": ") -> str:
        """On many lines; empty containers stay together."""
        # No JSON string holds a raw tab or line break, so these marks can be exchanged.
        text = self._pretty.replace("\t", indent) if indent != "\t" else self._pretty
        if colon != ": ":
            text = text.replace('": ', f'"{colon}')
        return text if newline == "\n" else text.replace("\n", newline)

    @cached_property
    def _pretty(self) -> str:
        """Indented by tabs."""
        out: list[str] = []
        depth = 0
        line = ["\n" + "\t" * each for each in range(MAX_DEPTH + 2)]
        for index, piece in enumerate(self.compact_pieces):
            if index & 1:
                out.append(piece)
                continue
            before = ""
            for at, character in enumerate(piece):
                if character in "{[":
                    depth = min(depth + 1, MAX_DEPTH)
                    following = piece[at + 1 : at + 2]
                    out.append(character)
                    if following not in ("}", "]") or not following:
                        out.append(line[depth])
                elif character in "}]":
                    depth = max(depth - 1, 0)
                    if before not in ("{", "["):
                        out.append(line[depth])
                    out.append(character)
                elif character == ",":
                    out.append("," + line[depth])
                else:
                    out.append(": " if character == ":" else character)
                before = character
        return "".join(out)

    @cached_property
    def python(self) -> str:
        """With Python's default separators."""
        return self.spaced()

    @cached_property
    def value(self) -> Any:
        """The parsed value, numbers kept as marked text; None where this is no object or array."""
        if len(self.text) > MAX_CHARS or self.text.lstrip()[:1] not in ("{", "["):
            return None
        try:
            return json.loads(self.text, parse_float=_verbatim, parse_int=_verbatim, strict=False)
        except (ValueError, RecursionError):
            return None

    def rewritten(self, change: Callable[[Any], Any], *, sort_keys: bool = False) -> str | None:
        """Return the compact text of the changed value, escapes as they are used here; None where
        this is no JSON, or where nothing changes but the white space."""
        if self.value is None:
            return None
        text = self._dumped(change(self.value), sort_keys=sort_keys)
        return None if text == self._unchanged else text

    @cached_property
    def _unchanged(self) -> str | None:
        return self._dumped(self.value)

    def _dumped(self, value: Any, *, sort_keys: bool = False) -> str | None:
        ascii_only = self.text.isascii() and "\\u" in self.text
        try:
            text = dumped(value, ascii_only=ascii_only, sort_keys=sort_keys)
        except (ValueError, TypeError, RecursionError):
            return None
        return slashed(text) if "\\/" in self.text else text

    @cached_property
    def number_places(self) -> list[tuple[int, int]]:
        """Where the numbers stand in the text, from and to, those inside strings left out."""
        found = []
        at = 0
        for index, piece in enumerate(self.pieces):
            if not index & 1:
                found += [
                    (at + number.start(), at + number.end()) for number in _NUMBER.finditer(piece)
                ]
            at += len(piece)
        return found

    def numbers(self, change: Callable[[str], str], only: int | None = None) -> str:
        """Return the text with its numbers changed, all of them or only the one at `only`."""
        places = self.number_places if only is None else self.number_places[only : only + 1]
        out = []
        at = 0
        for start, end in places:
            out += [self.text[at:start], change(self.text[start:end])]
            at = end
        out.append(self.text[at:])
        return "".join(out)


class JsonBody:
    """A signed value whose body may be JSON, taken apart once."""

    body: bytes

    @cached_property
    def text(self) -> str | None:
        """The body as text, None where it is not UTF-8 or too long to be rewritten."""
        try:
            return self.body.decode("utf-8") if len(self.body) <= MAX_CHARS else None
        except UnicodeDecodeError:
            return None

    @cached_property
    def json(self) -> JsonText:
        """The body taken apart."""
        return JsonText(self.text or "")


def _verbatim(number: str) -> str:
    return _VERBATIM + number


def dumped(value: Any, *, ascii_only: bool = False, sort_keys: bool = False) -> str:
    """Return a value of `JsonText.value` as compact JSON, its numbers as they were."""
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"), sort_keys=sort_keys)
    if ascii_only:
        text = text.replace("\\ue401", _VERBATIM)
    return _VERBATIM_TEXT.sub(r"\1", text)


def plain(value: Any) -> Any:
    """Return a value of `JsonText.value` with real numbers."""
    if isinstance(value, str):
        if not value.startswith(_VERBATIM):
            return value
        number = value[1:]
        try:
            return int(number) if number.lstrip("-").isdigit() else float(number)
        except ValueError:
            return number
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def scalar_text(value: Any) -> str:
    """Return a value of `JsonText.value` as it reads in text: numbers as they were."""
    if isinstance(value, str):
        return value.removeprefix(_VERBATIM)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else dumped(value)


def without_members(value: Any, is_dropped: Callable[[Any], bool]) -> Any:
    """Return `value` without the members that `is_dropped`, at every depth."""
    if isinstance(value, dict):
        return {
            key: without_members(item, is_dropped)
            for key, item in value.items()
            if not is_dropped(item)
        }
    if isinstance(value, list):
        return [without_members(item, is_dropped) for item in value]
    return value


def escaped_non_ascii(text: str, *, upper: bool = False) -> str:
    """Return `text` with every character beyond ASCII as `\\uXXXX`."""
    if text.isascii():
        return text
    return _NOT_ASCII.sub(_escaped_upper if upper else _escaped_lower, text)


def _escaped_lower(found: re.Match[str]) -> str:
    return encode_basestring_ascii(found[0])[1:-1]


def _escaped_upper(found: re.Match[str]) -> str:
    return _escaped_lower(found).upper().replace("\\U", "\\u")


def unescaped_non_ascii(text: str) -> str:
    """Return `text` with its `\\uXXXX` escapes of characters beyond ASCII written out."""
    if "\\u" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        if found[1]:
            return found[0]
        code = int(found[2], 16)
        return chr(code) if code > 0x7F else found[0]

    changed = _ESCAPED.sub(character, text)
    # Two halves of one character beyond the first plane come as two escapes.
    return changed.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def slashed(text: str) -> str:
    """Return `text` with every slash escaped, as PHP's json_encode writes it."""
    return unslashed(text).replace("/", "\\/")


def unslashed(text: str) -> str:
    """Return `text` with no slash escaped."""
    if "\\/" not in text:
        return text
    return "\\\\".join(part.replace("\\/", "/") for part in text.split("\\\\"))


def html_safe(text: str, table: dict[str, str], *, upper: bool = False) -> str:
    """Return `text` with the characters of `table` escaped; they stand only inside strings."""
    for character, escape in table.items():
        if character in text:
            text = text.replace(character, "\\u" + escape[2:].upper() if upper else escape)
    return text


def dotnet_safe(text: str) -> str:
    """Return `text` with what .NET's System.Text.Json escapes by default, non-ASCII aside: plus
    signs and quotation marks too."""
    # A backslash that is itself escaped begins no escape.
    parts = [part.replace(*_QUOTE) for part in text.split("\\\\")]
    return html_safe("\\\\".join(parts), _DOTNET, upper=True)


def html_unsafe(text: str) -> str:
    """Return `text` with the escapes that `html_safe` and `dotnet_safe` make written out."""
    if "\\u" not in text:
        return text
    parts = [part.replace(*_QUOTE[::-1]) for part in text.split("\\\\")]
    for character, escape in _ALL_ESCAPES.items():
        upper = "\\u" + escape[2:].upper()
        parts = [part.replace(escape, character).replace(upper, character) for part in parts]
    return "\\\\".join(parts)


def members(value: Any) -> Iterable[tuple[str, Any]]:
    """Return the members of a JSON object; nothing for everything else."""
    return value.items() if isinstance(value, dict) else ()
