"""The text that WeChat Pay v2 signs, and how clients get it wrong.

Every non-empty field but `sign`, sorted by name, joined `name=value` with `&`, values raw.
Source: https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=4_3
"""

from __future__ import annotations

import bisect
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from why401.keys import Secret
from why401.signatures import v2_seals
from why401.signatures.body_mistakes import BODY_MISTAKES, serialisers
from why401.signatures.engine import Mistake, Parts, Told
from why401.signatures.json_text import JsonText

ITEMS, RENDER, SEAL = range(3)
MAX_FIELDS = 100

type Items = tuple[str, ...]
"""`name=value`, in the order in which they are joined."""
type Render = Callable[[Items], bytes]


def joined(items: Items) -> bytes:
    """Return the text as it should be."""
    return "&".join(items).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class V2Message:
    """What a message says it signed: the fields on the wire without `sign`, in their order.

    `key` is the key that should have been used, None where it is not known; `others` are the
    further keys with the rule that the use of each breaks.
    """

    fields: tuple[tuple[str, str], ...]
    algorithm: str
    key: Secret | None = None
    others: tuple[tuple[str, Secret], ...] = field(default=(), repr=False)
    neighbours: tuple[str, ...] = ()
    raw_query: tuple[tuple[str, str], ...] = ()
    """Of a GET: the fields as they stand in the query, still encoded."""

    @cached_property
    def items(self) -> Items:
        """The right items."""
        return tuple(
            f"{name}={value}" for name, value in sorted(self.fields, key=_first) if value != ""
        )

    @cached_property
    def parts(self) -> Parts:
        """The right parts; without a key the seal is one that nobody uses."""
        key = self.key.data if self.key else None
        right = v2_seals.reused(self.algorithm, key) if key is not None else _no_seal
        return (self.items, joined, right)

    def value(self, name: str) -> str:
        """Return the value of a field, empty where it was not sent."""
        return next((value for key, value in self.fields if key == name), "")


def message(parts: Parts) -> bytes:
    """Return the text without the key."""
    text: bytes = parts[RENDER](parts[ITEMS])
    return text


def sealed(parts: Parts) -> bytes:
    """Return the digest that `parts` give."""
    items, render, seal = parts
    digest: bytes = seal(render(items))
    return digest


def _no_seal(_: bytes) -> bytes:
    return b""


def _first(pair: tuple[str, str]) -> str:
    return pair[0]


def _name(item: str) -> str:
    return item.partition("=")[0]


def _resorted(items: Iterable[str]) -> Items:
    return tuple(sorted(items, key=_name))


def _with_item(items: Items, item: str) -> Items:
    """Return sorted items with one more, in its place."""
    at = bisect.bisect_left(items, _name(item), key=_name)
    return (*items[:at], item, *items[at:])


# -- which fields, in which order ---------------------------------------------------------------


def _unsorted(claim: V2Message, _: Items) -> Iterator[Items]:
    yield tuple(f"{name}={value}" for name, value in claim.fields if value != "")
    yield tuple(f"{name}={value}" for name, value in claim.fields)


def _sort_caseless(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items, key=lambda item: _name(item).lower()))


def _sort_desc(_: V2Message, items: Items) -> Iterator[Items]:
    yield items[::-1]


def _sort_pairs(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items))


def _empty_included(claim: V2Message, _: Items) -> Iterator[Items]:
    yield tuple(f"{name}={value}" for name, value in sorted(claim.fields, key=_first))


_OPTIONAL = ("attach", "detail", "device_info", "fee_type", "goods_tag", "limit_pay", "openid",
             "product_id", "receipt", "scene_info", "sign_type", "sub_appid", "sub_mch_id",
             "sub_openid", "time_expire", "time_start", "profit_sharing")  # fmt: skip
_NOTHING = ("null", "None", "undefined", "nil")


def _null_literal(claim: V2Message, items: Items) -> Iterator[Items]:
    empty = [name for name, value in claim.fields if value == ""]
    if empty:
        for text in _NOTHING:
            yield _resorted((*items, *(f"{name}={text}" for name in empty)))


def _null_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    sent = {name for name, _ in claim.fields}
    for name in _OPTIONAL:
        if name not in sent:
            yield _with_item(items, f"{name}=null")
            yield _with_item(items, f"{name}=")


def _zero_dropped(_: V2Message, items: Items) -> Iterator[Items]:
    for dropped in (("0",), ("0", "false", "False"), ("false", "False")):
        yield tuple(item for item in items if item.partition("=")[2] not in dropped)


def _sign_included(_: V2Message, items: Items) -> Iterator[Items]:
    yield _with_item(items, "sign=")
    yield _with_item(items, "sign=null")


def _signtype_omitted(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if _name(item) not in ("sign_type", "signType"))


def _signtype_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    if not claim.value("sign_type"):
        for text in ("MD5", "HMAC-SHA256"):
            yield _with_item(items, f"sign_type={text}")


def _field_unsigned(_: V2Message, items: Items) -> Iterator[Items]:
    for index in range(min(len(items), MAX_FIELDS)):
        yield items[:index] + items[index + 1 :]


_PHANTOMS = ("device_info=WEB", "fee_type=CNY", "version=1.0", "input_charset=UTF-8",
             "limit_pay=no_credit", "charset=UTF-8", "trade_type=JSAPI", "trade_type=NATIVE",
             "trade_type=APP", "spbill_create_ip=127.0.0.1")  # fmt: skip


def _field_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    sent = {name for name, _ in claim.fields}
    for item in _PHANTOMS:
        if _name(item) not in sent:
            yield _with_item(items, item)
    for nonce in claim.neighbours[-4:]:
        if "nonce_str" not in sent:
            yield _with_item(items, f"nonce_str={nonce}")


_SPELLINGS = (
    ("appid", "appId", "app_id", "APPID"),
    ("mch_id", "mchid", "mchId", "mch_Id"),
    ("nonce_str", "nonceStr", "noncestr", "nonce"),
    ("timeStamp", "timestamp", "time_stamp"),
    ("prepayid", "prepayId", "prepay_id"),
    ("partnerid", "partnerId", "partner_id"),
    ("sign_type", "signType", "signtype"),
    ("package", "packageValue", "payPackage", "packageStr"),
    ("out_trade_no", "outTradeNo", "out_tradeno"),
    ("total_fee", "totalFee", "total_Fee"),
    ("notify_url", "notifyUrl", "notifyurl"),
    ("spbill_create_ip", "spbillCreateIp"),
    ("trade_type", "tradeType"),
    ("openid", "openId"),
)
_OTHER_SPELLINGS = {
    name: tuple(other for other in group if other != name) for group in _SPELLINGS for name in group
}


def _field_name_case(_: V2Message, items: Items) -> Iterator[Items]:
    for index, item in enumerate(items[:MAX_FIELDS]):
        name, _sign, value = item.partition("=")
        for other in _OTHER_SPELLINGS.get(name, ()):
            changed = f"{other}={value}"
            # Some rename before they sort, some after.
            rest = items[:index] + items[index + 1 :]
            before = _with_item(rest, changed)
            yield before
            after = (*items[:index], changed, *items[index + 1 :])
            if after != before:
                yield after


# -- values -------------------------------------------------------------------------------------


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
    return _lower_hex(quote_plus(text))


def _lower_hex(text: str) -> str:
    head, *rest = text.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def _component(text: str) -> str:
    return quote(text, safe="-_.!~*'()")


def _urlencoded_plus(_: V2Message, items: Items) -> Iterator[Items]:
    yield _encoded_values(quote_plus, items)
    yield _encoded_values(_quote_lower, items)
    yield _encoded_values(lambda value: quote_plus(value, safe="*-._"), items)


def _urlencoded_pct(_: V2Message, items: Items) -> Iterator[Items]:
    for safe in ("", "/", "-_.!~*'()", "/:", "/:?&="):
        yield _encoded_values(lambda value, safe=safe: quote(value, safe=safe), items)  # type: ignore[misc]
    yield _encoded_values(lambda value: _lower_hex(quote(value, safe="")), items)


def _urlencoded_one(_: V2Message, items: Items) -> Iterator[Items]:
    for change in (quote_plus, _component, _quote_lower):
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
        name = _name(item)
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


# -- joining and encoding -----------------------------------------------------------------------


def _rendered(change: Callable[[str], str]) -> Render:
    return lambda items: change("&".join(items)).encode("utf-8", "surrogatepass")


def _encoded(change: Callable[[str], bytes]) -> Render:
    return lambda items: change("&".join(items))


_WHOLE = (
    _rendered(lambda text: quote(text, safe="")),
    _rendered(quote_plus),
    _rendered(_component),
    _rendered(lambda text: _lower_hex(quote_plus(text))),
)
_AMP = (
    _rendered(lambda text: "&" + text),
    _rendered(lambda text: text + "&"),
    _rendered(lambda text: "?" + text),
    _rendered(lambda text: text + "?"),
    lambda items: ";".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "".join(items).encode("utf-8", "surrogatepass"),
    lambda items: " & ".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "&amp;".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "&".join(items).replace("=", "= ").encode("utf-8", "surrogatepass"),
    lambda items: "&".join(map(_value_of, items)).encode("utf-8", "surrogatepass"),
    lambda items: "".join(map(_value_of, items)).encode("utf-8", "surrogatepass"),
)
_GBK = (
    _encoded(lambda text: text.encode("gbk", "replace")),
    _encoded(lambda text: text.encode("gb18030", "replace")),
)
_LATIN1 = (_encoded(lambda text: text.encode("latin-1", "replace")),)
_MOJIBAKE = (
    _encoded(lambda text: text.encode("utf-8", "replace").decode("latin-1").encode()),
    _encoded(lambda text: text.encode("utf-8", "replace").decode("cp1252", "replace").encode()),
    _encoded(lambda text: text.encode("utf-8", "replace").decode("gbk", "replace").encode()),
    _encoded(lambda text: text.encode("gbk", "replace").decode("latin-1").encode()),
)


def _value_of(item: str) -> str:
    return item.partition("=")[2]


def _renders(
    *renders: Render, ascii_too: bool = True
) -> Callable[[V2Message, Render], Iterator[Render]]:
    def of(claim: V2Message, _: Render) -> Iterator[Render]:
        if ascii_too or not all(map(str.isascii, claim.items)):
            yield from renders

    return of


# -- key and algorithm --------------------------------------------------------------------------


def _keyless(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    return v2_seals.keyless(claim.algorithm)


def _wrongly_used(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    if claim.key is not None:
        yield from v2_seals.wrongly_used(claim.algorithm, claim.key.data)


def _carelessly_used(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    if claim.key is not None:
        yield from v2_seals.carelessly_used(claim.algorithm, claim.key.data)


def _other_keys(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    return v2_seals.other_keys(claim.algorithm, claim.others)


V2_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-key-is-v3key", SEAL, _other_keys),
    Mistake("v2-key-missing", SEAL, _keyless),
    Mistake("v2-key-whitespace", SEAL, _carelessly_used),
    Mistake("v2-key-label", SEAL, _wrongly_used, is_late=True),
    Mistake("v2-empty-included", ITEMS, _empty_included, combines=True),
    Mistake("v2-unsorted", ITEMS, _unsorted),
    Mistake("v2-get-raw-query", ITEMS, _get_raw_query),
    Mistake("v2-value-urlencoded-plus", ITEMS, _urlencoded_plus, combines=True),
    Mistake("v2-value-urlencoded-pct", ITEMS, _urlencoded_pct, combines=True),
    Mistake("v2-charset-gbk", RENDER, _renders(*_GBK, ascii_too=False)),
    Mistake("v2-signtype-omitted", ITEMS, _signtype_omitted, combines=True),
    Mistake("v2-signtype-phantom", ITEMS, _signtype_phantom, combines=True),
    Mistake("v2-zero-dropped", ITEMS, _zero_dropped),
    Mistake("v2-field-unsigned", ITEMS, _field_unsigned),
    Mistake("v2-field-name-case", ITEMS, _field_name_case),
    Mistake("v2-field-phantom", ITEMS, _field_phantom),
    Mistake("v2-value-urlencoded-one", ITEMS, _urlencoded_one),
    Mistake("v2-null-literal", ITEMS, _null_literal),
    Mistake("v2-null-literal", ITEMS, _null_phantom, is_late=True),
    Mistake("v2-number-format", ITEMS, _number_format),
    Mistake("v2-json-respaced", ITEMS, _json_respaced),
    Mistake("v2-charset-latin1", RENDER, _renders(*_LATIN1, ascii_too=False)),
    Mistake("v2-charset-mojibake", RENDER, _renders(*_MOJIBAKE, ascii_too=False)),
    Mistake("v2-charset-mojibake", ITEMS, _mojibake_wire),
    Mistake("v2-nonce-differs", ITEMS, _nonce_differs),
    Mistake("v2-sign-included", ITEMS, _sign_included, combines=True),
    Mistake("v2-trimmed", ITEMS, _trimmed, combines=True),
    Mistake("v2-newlines", ITEMS, _newlines, is_late=True),
    Mistake("v2-html-escaped", ITEMS, _html_escaped, is_late=True, combines=True),
    Mistake("v2-wire-encoded-only", ITEMS, _wire_encoded_only, is_late=True),
    Mistake("v2-sort-caseless", ITEMS, _sort_caseless, is_late=True, combines=True),
    Mistake("v2-sort-desc", ITEMS, _sort_desc, is_late=True, combines=True),
    Mistake("v2-sort-pairs", ITEMS, _sort_pairs, is_late=True, combines=True),
    Mistake("v2-amp-extra", RENDER, _renders(*_AMP), is_late=True),
    Mistake("v2-whole-urlencoded", RENDER, _renders(*_WHOLE), is_late=True),
    Mistake("v2-cdata-signed", ITEMS, _cdata_signed, is_late=True),
    Mistake("v2-unicode-escaped", ITEMS, _unicode_escaped, is_late=True),
    Mistake("v2-unicode-form", ITEMS, _unicode_form, is_late=True),
    Mistake("v2-bool-format", ITEMS, _bool_format, is_late=True),
    Mistake("v2-struct-literal", ITEMS, _struct_literal, is_late=True),
)
