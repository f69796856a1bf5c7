"""How a server, a log or another program may write down a text that it was given."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

type Encoding = Callable[[str], str]


def _shifted(before: int) -> Encoding:
    return lambda text: base64.b64encode(b"~" * before + text.encode() + b"~").decode()


def _lower_percent(text: str) -> str:
    parts = quote(text, safe="").split("%")
    return "".join([parts[0], *(f"%{each[:2].lower()}{each[2:]}" for each in parts[1:])])


def json_escaped(text: str) -> str:
    """Return `text` with every character written as JSON's `\\uXXXX`."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


ENCODINGS: dict[str, Encoding] = {
    "raw": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, small": _lower_percent,
    "percent, plus": quote_plus,
    "percent, every byte": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, second": _shifted(1),
    "base64, third": _shifted(2),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, Unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON, twice": lambda text: json.dumps(json.dumps(text))[1:-1],
    "JSON, every character": json_escaped,
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
}
