"""Text rewritten in place where a field's name says that its value is secret.

JSON, XML, forms and URLs are scanned as text, not parsed and written anew: so what is damaged,
cut off or wrapped into something else is redacted too, and everything around stays as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from why401.credentials.secret_names import KindOf
from why401.later import later, regex
from why401.masking import PLACEHOLDER

if TYPE_CHECKING:
    import html
else:
    html = later("html")

MAX_NESTED = 4
"""How deep JSON in a string in a form in a … is looked into."""

type Mask = Callable[[str, str], str]
"""Takes a kind and a secret, gives what stands for it."""
type Rewrite = Callable[[str, int], str]
"""Takes text and the depth at which it was found, gives it rewritten."""

_STRING = regex(r'"((?:[^"\\]++|\\.)*+)(?:"(\s*+:\s*+)?|\Z)', re.DOTALL)
_NUMBER = regex(r"-?[0-9][0-9.eE+-]*+")
_INSIDE = regex(
    r'"((?:[^"\\]++|\\.)*+)(?:"(\s*+:)?|\Z)|(-?[0-9][0-9.eE+-]*+)|([\[{])|([\]}])', re.DOTALL
)
_LONG_NUMBER = regex(r"(?<![\w.\"-])[0-9]{6,}+(?![\w.\"])")
_PARAMETER = regex(
    r"(^|[?&#;\s,(\"']|&amp;)([A-Za-z0-9_.%\[\]-]{1,100}+)="
    rf"((?:{PLACEHOLDER.pattern}|[^&#;\s\"'<>\\])++)"
)
_ESCAPED_PAIR = regex(
    r"[^\s\"'<>\\&;=?#,/{}\[\]]{1,400}%(?:25){0,4}3[dD][^\s\"'<>\\&;=?#,{}\[\]]++"
)
_ASSIGNED = regex(
    r"(?<![\w.\\-])([\"']?)([A-Za-z_][\w-]{0,63}+)(\1\s{0,8}(?:=>|[:=]{1,2})\s{0,8})"
    r"(?:\"((?:[^\"\\]++|\\.)++)|'((?:[^'\\]++|\\.)++)|`((?:[^`\\]++|\\.)++))",
    re.DOTALL,
)
_TAG = regex(r"<([A-Za-z_][\w.:-]{0,100}+)(?:\s[^<>]*+)?(?<!/)>")
_CDATA_OPEN, _CDATA_CLOSE = "<![CDATA[", "]]>"


def json_fields(
    text: str,
    kind_of: KindOf,
    mask: Mask,
    nested: Rewrite,
    number: Callable[[str], str | None] | None,
    depth: int,
) -> str:
    """Return JSON (or text with JSON in it) with the values of secret members masked.

    A list or object under a secret name has all its values masked. Strings that hold more JSON,
    a URL or a form go through `nested`. `number` gives what stands for a bare number, if it is a
    known secret.
    """
    parts: list[str] = []
    end = 0
    at = 0
    while (found := _STRING.search(text, at)) is not None:
        begin = found.start()
        if number is not None and (bare := _numbers(text[at:begin], number)) is not None:
            parts += (text[end:at], bare)
            end = begin
        raw, is_key = found[1], found[2] is not None
        at = found.end()
        if is_key:
            name = unescaped(raw)
            kind = kind_of(name)
            # A number of tokens is no token.
            if kind is None or (name[-1:] in "sS" and _NUMBER.match(text, at)):
                continue
            if text[at : at + 1] == '"':
                value = _STRING.match(text, at)
                if value is None:
                    continue
                new = escaped_mask(kind, value[1], mask)
                parts += (text[end : at + 1], new)
                end = at + 1 + len(value[1])
                at = value.end()
                continue
            masked, stop = _masked_value(text, at, kind, mask)
            if stop > at:
                parts += (text[end:at], masked)
                end = at = stop
            continue
        if depth < MAX_NESTED and _may_hold_more(raw):
            plain = unescaped(raw)
            rewritten = nested(plain, depth + 1)
            if rewritten != plain:
                parts += (text[end : begin + 1], json.dumps(rewritten, ensure_ascii=False)[1:-1])
                end = begin + 1 + len(raw)
    if number is not None and (bare := _numbers(text[at:], number)) is not None:
        parts += (text[end:at], bare)
        end = len(text)
    return "".join((*parts, text[end:])) if parts else text


def _numbers(text: str, number: Callable[[str], str | None]) -> str | None:
    """Return what stands between strings with secret numbers as strings; None without any."""

    def rewrite(found: re.Match[str]) -> str:
        placeholder = number(found[0])
        return found[0] if placeholder is None else f'"{placeholder}"'

    rewritten = _LONG_NUMBER.sub(rewrite, text)
    return None if rewritten == text else rewritten


def _may_hold_more(raw: str) -> bool:
    return '\\"' in raw or "=" in raw or "://" in raw or "<" in raw


def _masked_value(text: str, at: int, kind: str, mask: Mask) -> tuple[str, int]:
    """Return a number, list or object at `at` masked, and where it ends; else "" and `at`."""
    number = _NUMBER.match(text, at)
    if number is not None:
        return f'"{mask(kind, number[0])}"', number.end()
    if text[at : at + 1] not in ("[", "{"):
        return "", at
    parts: list[str] = []
    end = at
    level = 0
    for found in _INSIDE.finditer(text, at):
        if found[4]:
            level += 1
        elif found[5]:
            level -= 1
            if level <= 0:
                end_of_all = found.end()
                parts.append(text[end:end_of_all])
                return "".join(parts), end_of_all
        elif found[3]:
            parts += (text[end : found.start()], f'"{mask(kind, found[3])}"')
            end = found.end()
        elif found[2] is None and found[1]:
            start = found.start() + 1
            parts += (text[end:start], escaped_mask(kind, found[1], mask))
            end = start + len(found[1])
    parts.append(text[end:])
    return "".join(parts), len(text)


def escaped_mask(kind: str, raw: str, mask: Mask) -> str:
    """Return what stands for the inside of a JSON string, escaped as that must be."""
    plain = unescaped(raw)
    masked = mask(kind, plain) if plain else plain
    return raw if masked == plain else json.dumps(masked, ensure_ascii=False)[1:-1]


def unescaped(raw: str) -> str:
    """Return the inside of a JSON string as it is meant; as it is where it is none."""
    if "\\" not in raw:
        return raw
    try:
        text = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return raw
    return text if isinstance(text, str) else raw


def assignments(text: str, kind_of: KindOf, mask: Mask) -> str:
    """Return program text (`token: 'x'`, `password = "x"`) with secret values masked."""

    def rewrite(found: re.Match[str]) -> str:
        kind = kind_of(found[2])
        if kind is None:
            return found[0]
        raw = found[4] or found[5] or found[6]
        return found[0][: len(found[0]) - len(raw)] + escaped_mask(kind, raw, mask)

    return _ASSIGNED.sub(rewrite, text)


_IN_QUERY = frozenset(("", "?", "&", "#", ";", "&amp;"))


def parameters(
    text: str,
    kind_of: KindOf,
    field_kind: KindOf,
    mask: Mask,
    nested: Rewrite,
    depth: int,
) -> str:
    """Return a query, form, URL or text with URLs in it, its secret parameters masked.

    `kind_of` is for names in a query or form, `field_kind` for `name=value` elsewhere.
    """

    def rewrite(found: re.Match[str]) -> str:
        name, raw = found[2], found[3]
        told_by = kind_of if found[1] in _IN_QUERY else field_kind
        kind = told_by(unquote(name) if "%" in name else name)
        plain = unquote_plus(raw) if "%" in raw or "+" in raw else raw
        if kind is not None:
            masked = mask(kind, plain)
            return found[0] if masked == plain else f"{found[1]}{name}={_in_url(masked)}"
        if depth >= MAX_NESTED or (plain == raw and "=" not in raw):
            return found[0]
        rewritten = nested(plain, depth + 1)
        if rewritten == plain:
            return found[0]
        return f"{found[1]}{name}={rewritten if plain == raw else _in_url(rewritten)}"

    return _PARAMETER.sub(rewrite, text)


def escaped_pairs(text: str, nested: Rewrite, depth: int) -> str:
    """Return `text` with the queries in it rewritten that are percent-encoded as a whole."""

    def rewrite(found: re.Match[str]) -> str:
        plain = unquote(found[0])
        rewritten = nested(plain, depth + 1)
        return found[0] if rewritten == plain else _in_url(rewritten)

    return _ESCAPED_PAIR.sub(rewrite, text) if depth < MAX_NESTED else text


def _in_url(text: str) -> str:
    """Return `text` percent-encoded, placeholders left legible."""
    parts: list[str] = []
    end = 0
    for found in PLACEHOLDER.finditer(text):
        parts += (quote(text[end : found.start()], safe=""), found[0])
        end = found.end()
    return "".join((*parts, quote(text[end:], safe="")))


def _is_prose(rest: str) -> bool:
    """Return whether what follows a tag without an end is a sentence that named a sample, as in
    "Bearer <JWT>'", and not the start of a value."""
    return len(rest.split()) > 1 or not any(map(str.isalnum, rest))


def xml_fields(text: str, kind_of: KindOf, mask: Mask) -> str:
    """Return XML with the text of every secret element masked, CDATA or not."""
    parts: list[str] = []
    end = 0
    for tag in _TAG.finditer(text):
        begin = tag.end()
        if begin <= end or (kind := kind_of(tag[1].rpartition(":")[2])) is None:
            continue
        is_cdata = text.startswith(_CDATA_OPEN, begin)
        start = begin + len(_CDATA_OPEN) if is_cdata else begin
        stop = text.find(_CDATA_CLOSE if is_cdata else "<", start)
        is_open = stop < 0
        stop = len(text) if is_open else stop
        raw = text[start:stop]
        if not raw.strip() or (is_open and _is_prose(raw)):
            continue
        plain = raw if is_cdata else html.unescape(raw)
        parts += (text[end:start], mask(kind, plain))
        end = stop
    return "".join((*parts, text[end:]))
