"""Which fields v2 signs, in which order and under which names: what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

from why401.signatures.engine import Mistake
from why401.signatures.v2_message import (
    ITEMS,
    MAX_FIELDS,
    Items,
    V2Message,
    by_name,
    name_of,
    resorted,
    with_item,
)


def _unsorted(claim: V2Message, _: Items) -> Iterator[Items]:
    yield tuple(f"{name}={value}" for name, value in claim.fields if value != "")
    yield tuple(f"{name}={value}" for name, value in claim.fields)


def _sort_caseless(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items, key=lambda item: name_of(item).lower()))


def _sort_desc(_: V2Message, items: Items) -> Iterator[Items]:
    yield items[::-1]


def _sort_pairs(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items))


def _empty_included(claim: V2Message, _: Items) -> Iterator[Items]:
    yield tuple(f"{name}={value}" for name, value in sorted(claim.fields, key=by_name))


_OPTIONAL = ("attach", "detail", "device_info", "fee_type", "goods_tag", "limit_pay", "openid",
             "product_id", "receipt", "scene_info", "sign_type", "sub_appid", "sub_mch_id",
             "sub_openid", "time_expire", "time_start", "profit_sharing")  # fmt: skip
_NOTHING = ("null", "None", "undefined", "nil")


def _null_literal(claim: V2Message, items: Items) -> Iterator[Items]:
    empty = [name for name, value in claim.fields if value == ""]
    if empty:
        for text in _NOTHING:
            yield resorted((*items, *(f"{name}={text}" for name in empty)))


def _null_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    sent = {name for name, _ in claim.fields}
    for name in _OPTIONAL:
        if name not in sent:
            yield with_item(items, f"{name}=null")
            yield with_item(items, f"{name}=")


def _zero_dropped(_: V2Message, items: Items) -> Iterator[Items]:
    for dropped in (("0",), ("0", "false", "False"), ("false", "False")):
        yield tuple(item for item in items if item.partition("=")[2] not in dropped)


def _sign_included(_: V2Message, items: Items) -> Iterator[Items]:
    yield with_item(items, "sign=")
    yield with_item(items, "sign=null")


def _signtype_omitted(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if name_of(item) not in ("sign_type", "signType"))


def _signtype_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    if not claim.value("sign_type"):
        for text in ("MD5", "HMAC-SHA256"):
            yield with_item(items, f"sign_type={text}")


def _field_unsigned(_: V2Message, items: Items) -> Iterator[Items]:
    for index in range(min(len(items), MAX_FIELDS)):
        yield items[:index] + items[index + 1 :]


_PHANTOMS = ("device_info=WEB", "fee_type=CNY", "version=1.0", "input_charset=UTF-8",
             "limit_pay=no_credit", "charset=UTF-8", "trade_type=JSAPI", "trade_type=NATIVE",
             "trade_type=APP", "spbill_create_ip=127.0.0.1")  # fmt: skip


def _field_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    sent = {name for name, _ in claim.fields}
    for item in _PHANTOMS:
        if name_of(item) not in sent:
            yield with_item(items, item)
    for nonce in claim.neighbours[-4:]:
        if "nonce_str" not in sent:
            yield with_item(items, f"nonce_str={nonce}")


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
            before = with_item(rest, changed)
            yield before
            after = (*items[:index], changed, *items[index + 1 :])
            if after != before:
                yield after


FIELD_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-empty-included", ITEMS, _empty_included, combines=True),
    Mistake("v2-unsorted", ITEMS, _unsorted),
    Mistake("v2-signtype-omitted", ITEMS, _signtype_omitted, combines=True),
    Mistake("v2-signtype-phantom", ITEMS, _signtype_phantom, combines=True),
    Mistake("v2-zero-dropped", ITEMS, _zero_dropped),
    Mistake("v2-field-unsigned", ITEMS, _field_unsigned),
    Mistake("v2-field-name-case", ITEMS, _field_name_case),
    Mistake("v2-field-phantom", ITEMS, _field_phantom),
    Mistake("v2-null-literal", ITEMS, _null_literal),
    Mistake("v2-null-literal", ITEMS, _null_phantom, is_late=True),
    Mistake("v2-sign-included", ITEMS, _sign_included, combines=True),
    Mistake("v2-sort-caseless", ITEMS, _sort_caseless, is_late=True, combines=True),
    Mistake("v2-sort-desc", ITEMS, _sort_desc, is_late=True, combines=True),
    Mistake("v2-sort-pairs", ITEMS, _sort_pairs, is_late=True, combines=True),
)
