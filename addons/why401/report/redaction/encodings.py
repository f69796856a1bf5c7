"""The texts under which one secret may stand in a capture."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from why401.later import later

if TYPE_CHECKING:
    import html
else:
    html = later("html")

MIN_CHARS = 6
"""Shorter values are replaced where they stand in a secret field, but not searched for."""
MAX_CHARS = 16 * 1024
"""Of longer values the beginning is searched for, and the rest where that is found."""


def encodings(value: str) -> frozenset[str]:
    """Return `value` and its usual encodings, each at least MIN_CHARS long.

    JSON and XML escapes, percent-encoding (also doubled, in lower case, and of every byte), hex,
    base64 and base64url. In base64 a secret may begin at any of three places within a group, so
    the three inner parts are given that do not depend on what stands around it.
    """
    found = {each for each in _encodings(value) if len(each) >= MIN_CHARS}
    return frozenset(found)


def _encodings(value: str) -> Iterator[str]:
    data = value.encode("utf-8", "surrogatepass")
    yield value
    yield from _json(value)
    yield from (html.escape(value), html.escape(value, quote=False))
    yield from _percent(data)
    yield from (data.hex(), data.hex().upper())
    whole = base64.b64encode(data).decode()
    for inner in (whole, whole.rstrip("="), *_base64_parts(data)):
        url_safe = inner.replace("+", "-").replace("/", "_")
        yield from (inner, url_safe, quote(inner, safe=""), inner.replace("/", "\\/"))
    # Without its mark UTF-16 is taken for Latin-1; of plain letters both kinds hold the same.
    yield value.encode("utf-16-le", "surrogatepass").decode("latin-1")[:-1]
    if not value.isascii():
        yield value.encode("utf-16-be", "surrogatepass").decode("latin-1")[1:]
        # A body that is not UTF-8 is searched as Latin-1, and some are GBK.
        yield data.decode("latin-1")
        yield value.encode("gb18030", "replace").decode("latin-1")


def _json(value: str) -> Iterator[str]:
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    escaped = json.dumps(value)[1:-1]
    for text in (plain, escaped):
        yield from (text, text.replace("/", "\\/"), json.dumps(text)[1:-1])
    if not value.isascii():
        yield "".join(char if char.isascii() else f"&#{ord(char)};" for char in value)
        yield "".join(char if char.isascii() else f"&#x{ord(char):x};" for char in value)


def _percent(data: bytes) -> Iterator[str]:
    strict = quote(data, safe="")
    yield from (strict, quote_plus(data), quote(data), quote(data, safe="/:?#[]@!$&'()*+,;=~"))
    yield quote(strict, safe="")
    if "%" in strict:
        yield "".join(
            part.lower() if index % 3 == 0 else part
            for index, part in enumerate(_escapes_apart(strict))
        )
    yield "".join(f"%{byte:02X}" for byte in data)
    yield "".join(f"%{byte:02x}" for byte in data)


def _escapes_apart(text: str) -> Iterator[str]:
    """Yield `%XX` at every third place (0, 3, …) and what stands between at the others."""
    head, *rest = text.split("%")
    yield from ("", "", head)
    for part in rest:
        yield from (f"%{part[:2]}", "", part[2:])


def _base64_parts(data: bytes) -> Iterator[str]:
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode()
        # Symbols that hold bits of the byte before or behind are left out.
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        yield text[first:last]
