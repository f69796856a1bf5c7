"""What clients sign in place of the JSON body they send: the same data, written otherwise.

Used for WeChat Pay v3 requests, uploads and callbacks, and for JSON inside other signatures. The
rules are named by their last part (`body-spaced`); each scheme puts its own prefix before them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

from why401.signatures import member_order
from why401.signatures.engine import Told
from why401.signatures.json_text import (
    HTML,
    HTML_AND_QUOTE,
    LINE_SEPARATORS,
    JsonText,
    dotnet_safe,
    escaped_non_ascii,
    html_safe,
    html_unsafe,
    members,
    plain,
    scalar_text,
    slashed,
    unescaped_non_ascii,
    unslashed,
    without_members,
)

type BodyVariants = Callable[[str, JsonText], Iterable[str | bytes | Told]]


def spaced(_: str, body: JsonText) -> Iterator[str]:
    """Python's default separators, and their halves."""
    yield body.python
    yield body.spaced(",", ": ")
    yield body.spaced(", ", ":")


def compact(_: str, body: JsonText) -> Iterator[str]:
    """No white space between tokens."""
    yield body.compact


def pretty(_: str, body: JsonText) -> Iterator[str]:
    """Indented, as people read it; Windows line ends too."""
    if body.value is None:
        return
    two = body.pretty()
    yield two
    yield body.pretty("    ")
    yield body.pretty("\t")
    yield two.replace("\n", "\r\n")
    yield two.replace('": ', '" : ')


def ascii_escapes(text: str, body: JsonText) -> Iterator[str]:
    """Characters beyond ASCII as escapes."""
    yield body.escaped
    yield escaped_non_ascii(text, upper=True)


def utf8(text: str, _: JsonText) -> Iterator[str]:
    """Escapes of characters beyond ASCII written out."""
    yield unescaped_non_ascii(text)


def slash(text: str, _: JsonText) -> Iterator[str]:
    """Slashes escaped."""
    yield slashed(text)


def unslash(text: str, _: JsonText) -> Iterator[str]:
    """Slashes not escaped."""
    yield unslashed(text)


def htmlsafe(text: str, _: JsonText) -> Iterator[str]:
    """Characters that mean something in HTML escaped, or written out where they are escaped."""
    if not any(mark in text for mark in _HTML_MARKS):
        return
    yield html_safe(text, HTML)
    yield html_safe(text, HTML, upper=True)
    yield html_safe(text, HTML_AND_QUOTE)
    yield html_safe(text, HTML_AND_QUOTE, upper=True)
    yield html_safe(text, HTML | LINE_SEPARATORS)
    yield html_safe(text, {**HTML_AND_QUOTE, "=": "\\u003d"})
    yield html_unsafe(text)
    yield dotnet_safe(text)


_HTML_MARKS = ("&", "<", ">", "'", "=", "+", "`", '\\"', "\u2028", "\u2029", "\\u")


def crlf(text: str, _: JsonText) -> Iterator[str]:
    """Other line ends inside the body."""
    if "\n" in text:
        yield text.replace("\r\n", "\n")
        yield text.replace("\r\n", "\n").replace("\n", "\r\n")


def final_newline(text: str, _: JsonText) -> Iterator[str]:
    """A line end after the body, or none although it is sent."""
    yield text + "\n"
    yield text + "\r\n"
    yield text.rstrip("\r\n")
    yield text.strip(" \t\r\n")


def byte_order_mark(text: str, _: JsonText) -> Iterator[str]:
    """U+FEFF before the body on one side only."""
    yield "\ufeff" + text
    yield text.removeprefix("\ufeff")


def charset(text: str, _: JsonText) -> Iterator[bytes]:
    """Other encodings of the same characters, and UTF-8 taken for one of them."""
    if text.isascii():
        return
    yield text.encode("gb18030", "replace")
    yield text.encode("latin-1", "replace")
    data = text.encode("utf-8", "surrogatepass")
    yield data.decode("latin-1").encode()
    yield data.decode("cp1252", "replace").encode()
    yield data.decode("gb18030", "replace").encode()


def numbers(_: str, body: JsonText) -> Iterator[str]:
    """Numbers as text, with decimals, without them, or text as numbers."""
    if body.value is None:
        return
    yield body.numbers(lambda number: number if "." in number else number + ".0")
    yield body.numbers(lambda number: f'"{number}"')
    yield body.numbers(lambda number: number.removesuffix(".0"))
    yield body.rewritten(_digits_as_numbers) or ""
    for index in range(min(len(body.number_places), 8)):
        yield body.numbers(lambda number: f'"{number}"', only=index)
        yield body.numbers(lambda number: number.partition(".")[0] + ".0", only=index)
        yield body.numbers(lambda number: number.partition(".")[0] + ".00", only=index)


def _digits_as_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _digits_as_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_digits_as_numbers(item) for item in value]
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19
    return int(value) if is_number and (value == "0" or value[0] != "0") else value


def nulls_dropped(_: str, body: JsonText) -> Iterator[str]:
    """Members without a value left out: null, then also empty text and containers."""
    if "null" in body.text or '""' in body.text or "{}" in body.text or "[]" in body.text:
        for empty in _EMPTY:
            yield body.rewritten(partial(_without, empty)) or ""


_EMPTY: tuple[tuple[Any, ...], ...] = ((None,), (None, ""), ("",), (None, "", {}, []))


def _without(empty: tuple[Any, ...], value: Any) -> Any:
    return without_members(value, lambda item: item in empty)


_OPTIONAL = ("attach", "goods_tag", "detail", "scene_info", "settle_info", "time_expire", "reason",
             "payer", "sub_appid", "support_fapiao", "funds_account")  # fmt: skip


def nulls_kept(text: str, body: JsonText) -> Iterator[str]:
    """Optional members that were not sent, signed as null or empty at the end."""
    if not isinstance(body.value, dict) or not body.value or text[-1:] != "}":
        return
    for name in _OPTIONAL:
        if name not in body.value:
            yield f'{text[:-1]},"{name}":null}}'
            yield f'{text[:-1]},"{name}":""}}'


def double_json(text: str, _: JsonText) -> Iterator[str]:
    """The JSON once more as a JSON string, or taken out of one."""
    yield json.dumps(text, ensure_ascii=False)
    yield json.dumps(text)
    if text[:1] == '"':
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(inner, str):
            yield inner


def form(text: str, body: JsonText) -> Iterator[str]:
    """The top-level members as a form, or as the XML of API v2; of a form, the same as JSON."""
    if body.value is None:
        yield from query_as_json(text)
    pairs = [(key, scalar_text(value)) for key, value in members(body.value)]
    if not pairs:
        return
    for each in (pairs, sorted(pairs)):
        yield "&".join(f"{key}={value}" for key, value in each)
        yield "&".join(f"{key}={quote_plus(value)}" for key, value in each)
        yield "&".join(f"{key}={quote(value, safe='')}" for key, value in each)
    yield "<xml>" + "".join(f"<{key}>{value}</{key}>" for key, value in pairs) + "</xml>"
    cdata = "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in pairs)
    yield f"<xml>{cdata}</xml>"


def to_string(_: str, body: JsonText) -> Iterator[str]:
    """What languages print when an object is used as text."""
    if body.value is None:
        return
    value = plain(body.value)
    yield "[object Object]"
    yield repr(value)
    yield _java(value)
    yield "Array"
    yield _go(value)
    yield _ruby(value)
    yield _dart(value)


def _scalar(value: Any, nothing: str) -> str:
    if value is None:
        return nothing
    return str(value).lower() if isinstance(value, bool) else str(value)


def _java(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_java(item) for item in value) + "]"
    return _scalar(value, "null")


def _go(value: Any) -> str:
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_go(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_go(item) for item in value) + "]"
    return _scalar(value, "<nil>")


def _dart(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_dart(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_dart(item) for item in value) + "]"
    return _scalar(value, "null")


def _ruby(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}"=>{_ruby(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_ruby(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return _scalar(value, "nil")


_WRAPPERS = ("data", "json", "body", "params", "form_params")


def wrapped(text: str, body: JsonText) -> Iterator[str]:
    """The body inside another object, or only what one of its members holds."""
    for name in _WRAPPERS:
        yield f'{{"{name}":{text}}}'
        yield f'{{"{name}": {text}}}'
    for name, item in members(body.value):
        if isinstance(item, dict | list):
            # Parsed anew rather than cut out of the text: white space between is lost anyway.
            yield body.rewritten(itemgetter(name)) or ""


def url_encoded(text: str, _: JsonText) -> Iterator[str]:
    """The whole text percent-encoded."""
    yield quote(text, safe="")
    yield quote_plus(text)


def query_as_json(query: str) -> Iterator[str]:
    """What was sent as a query, as JSON: clients that sign `params` as a body."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)[:100] if query else []
    if pairs:
        yield json.dumps(dict(pairs), ensure_ascii=False, separators=(",", ":"))
        yield json.dumps(dict(pairs), ensure_ascii=False)
        yield json.dumps(dict(pairs))


BODY_MISTAKES: tuple[tuple[str, BodyVariants], ...] = (
    ("body-spaced", spaced),
    ("body-compact", compact),
    ("body-ascii", ascii_escapes),
    ("body-utf8", utf8),
    ("body-slash", slash),
    ("body-unslash", unslash),
    ("body-htmlsafe", htmlsafe),
    ("body-keyorder", member_order.variants),
    ("body-crlf", crlf),
    ("body-pretty", pretty),
    ("body-final-newline", final_newline),
    ("body-charset", charset),
    ("body-number", numbers),
    ("body-null-dropped", nulls_dropped),
    ("body-null-kept", nulls_kept),
    ("body-wrapped", wrapped),
    ("body-form", form),
    ("body-tostring", to_string),
    ("body-double-json", double_json),
    ("body-bom", byte_order_mark),
)
"""Every mistake with a JSON body: the last part of its rule's id, and what would be signed."""


AT_ONCE = {
    "body-spaced": 1,
    "body-ascii": 1,
    "body-htmlsafe": 4,
    "body-charset": 3,
    "body-keyorder": 0,
    "body-pretty": 0,
    "body-number": 0,
    "body-null-dropped": 0,
    "body-null-kept": 0,
    "body-wrapped": 0,
    "body-form": 0,
    "body-tostring": 0,
    "body-double-json": 0,
    "body-bom": 0,
}
"""How many variants are common enough, and cheap enough, for the first look; by default all."""
