"""Secrets whose name stands beside them as a value: `{"name": "password", "value": "…"}`, the
fields of an HTML form, `<key>password</key><string>…</string>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from why401.credentials.secret_names import header_kind, parameter_kind
from why401.later import later, regex
from why401.report.redaction.fields import escaped_mask, unescaped
from why401.report.redaction.jwt import Mask

if TYPE_CHECKING:
    import html
else:
    html = later("html")

_STRING = r'"((?:[^"\\]++|\\.)*+)"'
_OTHERS = r'(?:"[^"\\]{1,40}"\s*+:\s*+(?:"[^"\\]{0,200}"|[\w.-]{1,30})\s*+,\s*+){0,4}'
_NAME = rf'"(?:name|key|field|header|param|id)"\s*+:\s*+{_STRING}'
_VALUE = rf'"value"\s*+:\s*+{_STRING}'
_NAME_FIRST = regex(rf"{_NAME}\s*+,\s*+{_OTHERS}{_VALUE}", re.DOTALL)
_VALUE_FIRST = regex(rf"{_VALUE}\s*+,\s*+{_OTHERS}{_NAME}", re.DOTALL)
_TWO = regex(rf"\[\s*+{_STRING}\s*+,\s*+{_STRING}\s*+\]", re.DOTALL)

_TAG = regex(r"<[A-Za-z][\w:.-]{0,60}+(\s[^<>]{1,4000}+)>")
_ATTRIBUTE = regex(r"([\w:.-]{1,60}+)\s{0,8}+=\s{0,8}+(?:\"([^\"]*+)\"|'([^']*+)')")
_NAMING = frozenset(("name", "id", "key", "property", "type", "http-equiv"))
_HOLDING = frozenset(("value", "content"))
_ELEMENTS = regex(
    r"<(key|name)>([^<>]{1,100}+)</\1>\s{0,40}+(?:<value>\s{0,40}+)?<[A-Za-z][\w:.-]{0,40}+>([^<]{1,8192}+)<"
)


def named_beside(text: str, mask: Mask) -> str:
    """Return `text` with the values masked whose name stands beside them."""
    if '"value"' in text:
        text = _NAME_FIRST.sub(lambda found: _pair(found, 1, 2, mask), text)
        text = _VALUE_FIRST.sub(lambda found: _pair(found, 2, 1, mask), text)
    if "[" in text and '",' in text:
        text = _TWO.sub(lambda found: _two(found, mask), text)
    if "<" not in text:
        return text
    if "value" in text or "content" in text:
        text = _TAG.sub(lambda found: _tag(found, mask), text)
    if "</key>" in text or "</name>" in text:
        text = _ELEMENTS.sub(lambda found: _elements(found, mask), text)
    return text


def _kind(name: str) -> str | None:
    return parameter_kind(name) or header_kind(name)


def _pair(found: re.Match[str], name: int, value: int, mask: Mask) -> str:
    kind = _kind(unescaped(found[name]))
    return _with(found, value, escaped_mask(kind, found[value], mask)) if kind else found[0]


def _two(found: re.Match[str], mask: Mask) -> str:
    """Two strings in a list are a field of a header, or two words that have nothing to do with one
    another."""
    if not any(map(str.isdigit, found[2])) or len(found[2]) < 8:
        return found[0]
    return _pair(found, 1, 2, mask)


def _tag(found: re.Match[str], mask: Mask) -> str:
    attributes = list(_ATTRIBUTE.finditer(found[1]))
    names = (each[2] or each[3] or "" for each in attributes if each[1].lower() in _NAMING)
    kind = next(filter(None, map(_kind, names)), None)
    if kind is None:
        return found[0]
    parts: list[str] = []
    end = 0
    for each in attributes:
        group = 2 if each[2] is not None else 3
        if each[1].lower() in _HOLDING and each[group]:
            parts += (found[1][end : each.start(group)], mask(kind, html.unescape(each[group])))
            end = each.end(group)
    inside = "".join((*parts, found[1][end:]))
    return _with(found, 1, inside)


def _elements(found: re.Match[str], mask: Mask) -> str:
    kind = _kind(found[2])
    value = html.unescape(found[3])
    return _with(found, 3, mask(kind, value)) if kind and value.strip() else found[0]


def _with(found: re.Match[str], group: int, text: str) -> str:
    start = found.start()
    return found[0][: found.start(group) - start] + text + found[0][found.end(group) - start :]
