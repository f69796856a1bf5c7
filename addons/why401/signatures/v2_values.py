"""Values that v2 signs written otherwise than they are sent."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus

from why401.signatures.body_mistakes import BODY_MISTAKES
from why401.signatures.engine import Mistake
from why401.signatures.json_text import JsonText
from why401.signatures.percent import JAVASCRIPT, percent, percent_lower, plus
from why401.signatures.serialisers import serialisers
from why401.signatures.v2_message import (
    ITEMS,
    MAX_FIELDS,
    Items,
    Odd,
    V2Message,
    utf8,
    with_values,
)

type Change = Callable[[bytes], bytes]


def _values(change: Change, items: Items) -> Items:
    out = []
    for item in items:
        name, sign, value = item.partition(b"=")
        out.append(name + sign + change(value))
    return tuple(out)


def _texts(change: Callable[[str], str]) -> Change:
    return lambda value: utf8(change(value.decode("utf-8", "surrogatepass")))


def _odd_values(change: Change, items: Items, odd: tuple[Odd, ...]) -> Items:
    """As `_values`, for changes that leave letters, digits and `_.-` alone."""
    return with_values(items, [(each, change(each.value)) for each in odd])


def _plus_lower(value: bytes) -> bytes:
    return plus(percent_lower(value))


def _urlencoded_plus(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = claim.taken(items).odd
    yield with_values(items, [(each, plus(each.encoded)) for each in odd])
    yield _odd_values(_plus_lower, items, odd)
    yield _odd_values(lambda value: plus(percent(value, b"*")), items, odd)


def _urlencoded_pct(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = claim.taken(items).odd
    yield with_values(items, [(each, each.encoded) for each in odd])
    yield _odd_values(percent_lower, items, odd)
    # The others leave some marks as they are: that is a difference only where one stands.
    marks = b"".join([each.value for each in odd])
    for safe in (JAVASCRIPT, b"/", b"/:", b"/:?&="):
        if any(mark in marks for mark in safe):
            yield _odd_values(lambda value, safe=safe: percent(value, safe), items, odd)  # type: ignore[misc]


def _urlencoded_one(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = claim.taken(items).odd[:MAX_FIELDS]
    for each in odd:
        yield with_values(items, ((each, plus(each.encoded)),))
    for each in odd:
        yield with_values(items, ((each, percent(each.value, JAVASCRIPT)),))
    for each in odd:
        yield with_values(items, ((each, _plus_lower(each.value)),))


_decoded = _texts(unquote)


def _wire_encoded_only(claim: V2Message, items: Items) -> Iterator[Items]:
    if any(b"%" in item for item in items):
        yield _values(_decoded, items)
        yield _values(_texts(unquote_plus), items)
        for each in claim.taken(items).odd[:MAX_FIELDS]:
            if b"%" in each.value:
                yield with_values(items, ((each, _decoded(each.value)),))


def _get_raw_query(claim: V2Message, _: Items) -> Iterator[Items]:
    if claim.raw_query:
        yield tuple(utf8(f"{name}={value}") for name, value in sorted(claim.raw_query) if value)


def _html_escaped(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = claim.taken(items).odd
    yield _odd_values(_texts(html.escape), items, odd)
    yield _odd_values(_texts(lambda value: html.escape(value, quote=False)), items, odd)
    if any(b"&" in item for item in items):
        yield _odd_values(_texts(html.unescape), items, odd)


def _cdata_signed(_: V2Message, items: Items) -> Iterator[Items]:
    yield _values(lambda value: b"<![CDATA[" + value + b"]]>", items)


def _trimmed(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = claim.taken(items).odd
    trimmed = [(each, _stripped(each.value)) for each in odd]
    changed = [(each, value) for each, value in trimmed if value != each.value]
    if changed:
        whole = with_values(items, changed)
        yield tuple(item for item in whole if not item.endswith(b"="))
        yield whole
        for one in changed[:MAX_FIELDS]:
            yield with_values(items, (one,))
    if any(b" " in each.value for each in odd):
        yield _odd_values(lambda value: value.replace(b" ", b""), items, odd)


def _stripped(value: bytes) -> bytes:
    # Of other white space than ASCII's, none ends in an ASCII byte.
    if value.isascii() or (value[:1].isalnum() and value[-1:].isalnum()):
        return value.strip(b" \t\n\r\x0b\f\x1c\x1d\x1e\x1f")
    return utf8(value.decode("utf-8", "surrogatepass").strip())


def _newlines(claim: V2Message, items: Items) -> Iterator[Items]:
    # An XML parser makes LF of CRLF: what was signed with CRLF arrives with LF.
    if any(b"\n" in item or b"\r" in item for item in items):
        odd = claim.taken(items).odd
        for other in (b"\r\n", b"", b" "):
            yield _odd_values(lambda value, other=other: value.replace(b"\n", other), items, odd)  # type: ignore[misc]


def _unicode_escaped(_: V2Message, items: Items) -> Iterator[Items]:
    escaped = _texts(lambda value: json.dumps(value)[1:-1])
    yield _values(lambda value: value if value.isascii() else escaped(value), items)


def _unicode_form(claim: V2Message, items: Items) -> Iterator[Items]:
    odd = [each for each in claim.taken(items).odd if not each.value.isascii()]
    for name in ("NFC", "NFD", "NFKC") if odd else ():
        form = _texts(lambda value, name=name: unicodedata.normalize(name, value))  # type: ignore[misc]
        yield with_values(items, [(each, form(each.value)) for each in odd])


_AMOUNTS = frozenset(
    {b"total_fee", b"refund_fee", b"amount", b"total_amount", b"cash_fee", b"settlement_total_fee",
     b"min_value", b"max_value", b"total_num", b"refund_fee_type"}
)  # fmt: skip
_NUMBER_FORMS: tuple[Callable[[int], str], ...] = (
    lambda number: f"{number}.0",
    lambda number: f"{number}.00",
    lambda number: f"{number / 100:.2f}",
    lambda number: f"{number / 100:g}",
    lambda number: f"{number * 100}",
    lambda number: f"{number:,}",
    lambda number: f"{number:.0E}",
    lambda number: f"{float(number)!r}E0",
)


def _number_format(claim: V2Message, items: Items) -> Iterator[Items]:
    found = [
        (index, name + b"=", int(value))
        for index, (name, value) in enumerate(claim.taken(items).pairs[:MAX_FIELDS])
        if value.isdigit() and len(value) < 16 and (len(value) <= 9 or name in _AMOUNTS)
    ]
    for form in _NUMBER_FORMS:
        for index, start, number in found:
            yield (*items[:index], start + form(number).encode(), *items[index + 1 :])


_BOOLS = ((b"True", b"False"), (b"true", b"false"), (b"1", b"0"), (b"Y", b"N"))
_OTHER_BOOLS = {
    pair[index]: tuple(other[index] for other in _BOOLS if other is not pair)
    for index in (0, 1)
    for pair in _BOOLS
}


def _bool_format(claim: V2Message, items: Items) -> Iterator[Items]:
    for index, (name, value) in enumerate(claim.taken(items).pairs[:MAX_FIELDS]):
        for other in _OTHER_BOOLS.get(value, ()):
            yield (*items[:index], name + b"=" + other, *items[index + 1 :])


def _structured(claim: V2Message, items: Items) -> Iterator[tuple[Odd, str]]:
    for each in claim.taken(items).odd[:MAX_FIELDS]:
        if each.value[:1] in (b"{", b"[") and each.value[-1:] in (b"}", b"]"):
            yield each, each.value.decode("utf-8", "surrogatepass")


def _json_respaced(claim: V2Message, items: Items) -> Iterator[Items]:
    for each, value in _structured(claim, items):
        body = JsonText(value)
        for _rule, variants in BODY_MISTAKES[:9]:
            for variant in variants(value, body):
                if isinstance(variant, str) and variant:
                    yield with_values(items, ((each, utf8(variant)),))
        for told in serialisers("", value, body, all_of_them=False):
            yield with_values(items, ((each, utf8(told.value)),))
        yield with_values(items, ((each, utf8(html.escape(value))),))


_TO_STRING = next(variants for name, variants in BODY_MISTAKES if name == "body-tostring")


def _struct_literal(claim: V2Message, items: Items) -> Iterator[Items]:
    for each, value in _structured(claim, items):
        for variant in _TO_STRING(value, JsonText(value)):
            if isinstance(variant, str):
                yield with_values(items, ((each, utf8(variant)),))


_RANDOM = frozenset({b"nonce_str", b"nonceStr", b"noncestr", b"timeStamp", b"timestamp"})


def _nonce_differs(claim: V2Message, items: Items) -> Iterator[Items]:
    for index, name in enumerate(claim.taken(items).names[:MAX_FIELDS]):
        if name in _RANDOM:
            for nonce in reversed(claim.neighbours):
                yield (*items[:index], name + b"=" + utf8(nonce), *items[index + 1 :])


def _mojibake_wire(claim: V2Message, items: Items) -> Iterator[Items]:
    """The wire holds UTF-8 that was taken for Latin-1 or GBK and encoded once more."""
    foreign = [each for each in claim.taken(items).odd if not each.value.isascii()]
    whole = b"\n".join([each.value for each in foreign])
    if not whole:
        return
    # The highest character of Windows-1252, U+2122, begins with this byte.
    western = ("latin-1", "cp1252") if max(whole) <= 0xE2 else ()
    for name in (*western, "gb18030"):
        try:
            whole.decode().encode(name).decode()
            yield with_values(items, [(each, each.value.decode().encode(name)) for each in foreign])
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue


VALUE_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-get-raw-query", ITEMS, _get_raw_query),
    Mistake("v2-value-urlencoded-plus", ITEMS, _urlencoded_plus, at_once=1, combines=True),
    Mistake("v2-value-urlencoded-pct", ITEMS, _urlencoded_pct, at_once=1, combines=True),
    Mistake("v2-value-urlencoded-one", ITEMS, _urlencoded_one, at_once=3),
    Mistake("v2-number-format", ITEMS, _number_format, at_once=2),
    Mistake("v2-json-respaced", ITEMS, _json_respaced, at_once=12),
    Mistake("v2-charset-mojibake", ITEMS, _mojibake_wire, at_once=0),
    Mistake("v2-nonce-differs", ITEMS, _nonce_differs, at_once=8),
    Mistake("v2-trimmed", ITEMS, _trimmed, at_once=0, combines=True),
    Mistake("v2-newlines", ITEMS, _newlines, at_once=0),
    Mistake("v2-html-escaped", ITEMS, _html_escaped, at_once=0, combines=True),
    Mistake("v2-wire-encoded-only", ITEMS, _wire_encoded_only, at_once=0),
    Mistake("v2-cdata-signed", ITEMS, _cdata_signed, at_once=0),
    Mistake("v2-unicode-escaped", ITEMS, _unicode_escaped, at_once=0),
    Mistake("v2-unicode-form", ITEMS, _unicode_form, at_once=0),
    Mistake("v2-bool-format", ITEMS, _bool_format, at_once=0),
    Mistake("v2-struct-literal", ITEMS, _struct_literal, at_once=0),
)
