"""Values that v2 signs written otherwise than they are sent."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.engine import Mistake
from why401.signatures.json_text import JsonText
from why401.signatures.serialisers import serialisers
from why401.signatures.v2_message import (
    ITEMS,
    MAX_FIELDS,
    Items,
    V2Message,
    name_of,
)


def _values(change: Callable[[str], str], items: Items) -> Items:
    out = []
    for item in items:
        name, sign, value = item.partition("=")
        out.append(name + sign + change(value))
    return tuple(out)


_PLAIN = re.compile(r"[A-Za-z0-9_.-]*")


def _encoded_values(change: Callable[[str], str], items: Items) -> Items:
    """As `_values`, for changes that leave letters, digits and `_.-` alone."""
    out = []
    for item in items:
        name, sign, value = item.partition("=")
        out.append(item if _PLAIN.fullmatch(value) else name + sign + change(value))
    return tuple(out)


def _one_value(change: Callable[[str], str], items: Items) -> Iterator[Items]:
    for index, item in enumerate(items[:MAX_FIELDS]):
        name, sign, value = item.partition("=")
        if _PLAIN.fullmatch(value):
            continue
        changed = change(value)
        if changed != value:
            yield (*items[:index], name + sign + changed, *items[index + 1 :])


def _quote_lower(text: str) -> str:
    return lower_hex(quote_plus(text))


def lower_hex(text: str) -> str:
    """Return percent-encoded text with its hexadecimal digits in lower case."""
    head, *rest = text.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def encode_component(text: str) -> str:
    """Return what JavaScript's encodeURIComponent gives."""
    return quote(text, safe="-_.!~*'()")


def _urlencoded_plus(_: V2Message, items: Items) -> Iterator[Items]:
    yield _encoded_values(quote_plus, items)
    yield _encoded_values(_quote_lower, items)
    yield _encoded_values(lambda value: quote_plus(value, safe="*-._"), items)


def _urlencoded_pct(_: V2Message, items: Items) -> Iterator[Items]:
    for safe in ("", "/", "-_.!~*'()", "/:", "/:?&="):
        yield _encoded_values(lambda value, safe=safe: quote(value, safe=safe), items)  # type: ignore[misc]
    yield _encoded_values(lambda value: lower_hex(quote(value, safe="")), items)


def _urlencoded_one(_: V2Message, items: Items) -> Iterator[Items]:
    for change in (quote_plus, encode_component, _quote_lower):
        yield from _one_value(change, items)


def _wire_encoded_only(_: V2Message, items: Items) -> Iterator[Items]:
    if any("%" in item for item in items):
        yield _values(unquote, items)
        yield _values(unquote_plus, items)
        yield from _one_value(unquote, items)


def _get_raw_query(claim: V2Message, _: Items) -> Iterator[Items]:
    yield tuple(f"{name}={value}" for name, value in sorted(claim.raw_query) if value)


def _html_escaped(_: V2Message, items: Items) -> Iterator[Items]:
    yield _values(html.escape, items)
    yield _values(lambda value: html.escape(value, quote=False), items)
    if any("&" in item for item in items):
        yield _values(html.unescape, items)


def _cdata_signed(_: V2Message, items: Items) -> Iterator[Items]:
    yield _values(lambda value: f"<![CDATA[{value}]]>", items)


def _trimmed(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(item for item in _values(str.strip, items) if not item.endswith("="))
    yield _values(str.strip, items)
    yield from _one_value(str.strip, items)
    yield _values(lambda value: value.replace(" ", ""), items)


def _newlines(_: V2Message, items: Items) -> Iterator[Items]:
    # An XML parser makes LF of CRLF: what was signed with CRLF arrives with LF.
    if any("\n" in item or "\r" in item for item in items):
        yield _values(lambda value: value.replace("\n", "\r\n"), items)
        yield _values(lambda value: value.replace("\n", ""), items)
        yield _values(lambda value: value.replace("\n", " "), items)


def _unicode_escaped(_: V2Message, items: Items) -> Iterator[Items]:
    yield _values(lambda value: json.dumps(value)[1:-1] if not value.isascii() else value, items)


def _unicode_form(_: V2Message, items: Items) -> Iterator[Items]:
    if not all(map(str.isascii, items)):
        for name in ("NFC", "NFD", "NFKC"):
            yield _values(lambda value, name=name: unicodedata.normalize(name, value), items)  # type: ignore[misc]


_AMOUNTS = frozenset(
    {"total_fee", "refund_fee", "amount", "total_amount", "cash_fee", "settlement_total_fee",
     "min_value", "max_value", "total_num", "refund_fee_type"}
)  # fmt: skip


def _number_format(_: V2Message, items: Items) -> Iterator[Items]:
    for index, item in enumerate(items[:MAX_FIELDS]):
        name, sign, value = item.partition("=")
        if not (value.isascii() and value.isdigit() and len(value) < 16):
            continue
        if name not in _AMOUNTS and len(value) > 9:
            continue
        number = int(value)
        for text in (
            f"{number}.0", f"{number}.00", f"{number / 100:.2f}", f"{number / 100:g}",
            f"{number * 100}", f"{number:,}", f"{number:.0E}", f"{float(number)!r}E0",
        ):  # fmt: skip
            yield (*items[:index], f"{name}{sign}{text}", *items[index + 1 :])


_BOOLS = (("True", "False"), ("true", "false"), ("1", "0"), ("Y", "N"))


def _bool_format(_: V2Message, items: Items) -> Iterator[Items]:
    table = {
        text: [pair[index] for pair in _BOOLS if pair[index] != text]
        for index in (0, 1)
        for text in (pair[index] for pair in _BOOLS)
    }
    for index, item in enumerate(items[:MAX_FIELDS]):
        name, sign, value = item.partition("=")
        for other in table.get(value, ()):
            yield (*items[:index], f"{name}{sign}{other}", *items[index + 1 :])


def _structured(items: Items) -> Iterator[tuple[int, str, str]]:
    for index, item in enumerate(items[:MAX_FIELDS]):
        name, _, value = item.partition("=")
        if value[:1] in ("{", "[") and value[-1:] in ("}", "]"):
            yield index, name, value


def _json_respaced(_: V2Message, items: Items) -> Iterator[Items]:
    for index, name, value in _structured(items):
        body = JsonText(value)
        for _rule, variants in BODY_MISTAKES[:9]:
            for variant in variants(value, body):
                if isinstance(variant, str) and variant:
                    yield (*items[:index], f"{name}={variant}", *items[index + 1 :])
        for told in serialisers("", value, body, all_of_them=False):
            yield (*items[:index], f"{name}={told.value}", *items[index + 1 :])
        yield (*items[:index], f"{name}={html.escape(value)}", *items[index + 1 :])


_TO_STRING = next(variants for name, variants in BODY_MISTAKES if name == "body-tostring")


def _struct_literal(_: V2Message, items: Items) -> Iterator[Items]:
    for index, name, value in _structured(items):
        for variant in _TO_STRING(value, JsonText(value)):
            if isinstance(variant, str):
                yield (*items[:index], f"{name}={variant}", *items[index + 1 :])


_RANDOM = ("nonce_str", "nonceStr", "noncestr", "timeStamp", "timestamp")


def _nonce_differs(claim: V2Message, items: Items) -> Iterator[Items]:
    for index, item in enumerate(items[:MAX_FIELDS]):
        name = name_of(item)
        if name in _RANDOM:
            for nonce in claim.neighbours:
                yield (*items[:index], f"{name}={nonce}", *items[index + 1 :])


def _mojibake_wire(_: V2Message, items: Items) -> Iterator[Items]:
    """The wire holds UTF-8 that was taken for Latin-1 or GBK and encoded once more."""
    if all(map(str.isascii, items)):
        return
    for name in ("latin-1", "cp1252", "gb18030"):
        try:
            yield tuple(item.encode(name).decode("utf-8") for item in items)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue


VALUE_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-get-raw-query", ITEMS, _get_raw_query),
    Mistake("v2-value-urlencoded-plus", ITEMS, _urlencoded_plus, combines=True),
    Mistake("v2-value-urlencoded-pct", ITEMS, _urlencoded_pct, combines=True),
    Mistake("v2-value-urlencoded-one", ITEMS, _urlencoded_one),
    Mistake("v2-number-format", ITEMS, _number_format),
    Mistake("v2-json-respaced", ITEMS, _json_respaced),
    Mistake("v2-charset-mojibake", ITEMS, _mojibake_wire),
    Mistake("v2-nonce-differs", ITEMS, _nonce_differs),
    Mistake("v2-trimmed", ITEMS, _trimmed, combines=True),
    Mistake("v2-newlines", ITEMS, _newlines, is_late=True),
    Mistake("v2-html-escaped", ITEMS, _html_escaped, is_late=True, combines=True),
    Mistake("v2-wire-encoded-only", ITEMS, _wire_encoded_only, is_late=True),
    Mistake("v2-cdata-signed", ITEMS, _cdata_signed, is_late=True),
    Mistake("v2-unicode-escaped", ITEMS, _unicode_escaped, is_late=True),
    Mistake("v2-unicode-form", ITEMS, _unicode_form, is_late=True),
    Mistake("v2-bool-format", ITEMS, _bool_format, is_late=True),
    Mistake("v2-struct-literal", ITEMS, _struct_literal, is_late=True),
)
