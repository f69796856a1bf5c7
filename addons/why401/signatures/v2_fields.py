"""Which fields v2 signs, in which order and under which names: what goes wrong."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from why401.signatures.engine import Mistake
from why401.signatures.v2_message import (
    ITEMS,
    MAX_FIELDS,
    Items,
    V2Message,
    name_of,
    resorted,
    utf8,
    with_item,
)


def _unsorted(claim: V2Message, _: Items) -> Iterator[Items]:
    if len(claim.document) != len(claim.items):
        fields = zip(claim.document, claim.fields, strict=True)
        yield tuple([item for item, (_name, value) in fields if value])
    yield claim.document


def _sort_caseless(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items, key=lambda item: name_of(item).lower()))


def _sort_desc(_: V2Message, items: Items) -> Iterator[Items]:
    yield items[::-1]


def _sort_pairs(_: V2Message, items: Items) -> Iterator[Items]:
    yield tuple(sorted(items))


def _empty_included(claim: V2Message, _: Items) -> Iterator[Items]:
    yield claim.sorted_document


_OPTIONAL = (b"attach", b"detail", b"device_info", b"fee_type", b"goods_tag", b"limit_pay",
             b"openid", b"product_id", b"receipt", b"scene_info", b"sign_type", b"sub_appid",
             b"sub_mch_id", b"sub_openid", b"time_expire", b"time_start",
             b"profit_sharing")  # fmt: skip
_NOTHING = (b"null", b"None", b"undefined", b"nil")


def _null_literal(claim: V2Message, items: Items) -> Iterator[Items]:
    empty = [utf8(name) for name, value in claim.fields if value == ""]
    names = claim.taken(items).names
    for text in _NOTHING if empty else ():
        if len(empty) == 1:
            yield with_item(items, names, empty[0] + b"=" + text)
        else:
            yield resorted((*items, *(name + b"=" + text for name in empty)))


def _null_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    names = claim.taken(items).names
    for name in _OPTIONAL:
        if name not in claim.sent_names:
            yield with_item(items, names, name + b"=null")
            yield with_item(items, names, name + b"=")


def _zero_dropped(claim: V2Message, items: Items) -> Iterator[Items]:
    values = [value for _, value in claim.taken(items).pairs]
    if not _FALSY.isdisjoint(values):
        for dropped in ((b"0",), (b"0", b"false", b"False"), (b"false", b"False")):
            yield tuple(
                item for item, value in zip(items, values, strict=True) if value not in dropped
            )


_FALSY = frozenset({b"0", b"false", b"False"})


def _sign_included(claim: V2Message, items: Items) -> Iterator[Items]:
    names = claim.taken(items).names
    yield with_item(items, names, b"sign=")
    yield with_item(items, names, b"sign=null")


def _signtype_omitted(claim: V2Message, items: Items) -> Iterator[Items]:
    names = claim.taken(items).names
    if b"sign_type" in names or b"signType" in names:
        yield tuple(item for item in items if name_of(item) not in (b"sign_type", b"signType"))


def _signtype_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    if not claim.value("sign_type"):
        names = claim.taken(items).names
        for text in (b"MD5", b"HMAC-SHA256"):
            yield with_item(items, names, b"sign_type=" + text)


def _field_unsigned(_: V2Message, items: Items) -> Iterator[Items]:
    for index in range(min(len(items), MAX_FIELDS)):
        yield items[:index] + items[index + 1 :]


_PHANTOMS = (b"device_info=WEB", b"fee_type=CNY", b"version=1.0", b"input_charset=UTF-8",
             b"limit_pay=no_credit", b"charset=UTF-8", b"trade_type=JSAPI", b"trade_type=NATIVE",
             b"trade_type=APP", b"spbill_create_ip=127.0.0.1")  # fmt: skip


def _field_phantom(claim: V2Message, items: Items) -> Iterator[Items]:
    names, sent = claim.taken(items).names, claim.sent_names
    for item in _PHANTOMS:
        if name_of(item) not in sent:
            yield with_item(items, names, item)
    for nonce in claim.neighbours[-4:]:
        if b"nonce_str" not in sent:
            yield with_item(items, names, utf8(f"nonce_str={nonce}"))


_SPELLINGS = (
    (b"appid", b"appId", b"app_id", b"APPID"),
    (b"mch_id", b"mchid", b"mchId", b"mch_Id"),
    (b"nonce_str", b"nonceStr", b"noncestr", b"nonce"),
    (b"timeStamp", b"timestamp", b"time_stamp"),
    (b"prepayid", b"prepayId", b"prepay_id"),
    (b"partnerid", b"partnerId", b"partner_id"),
    (b"sign_type", b"signType", b"signtype"),
    (b"package", b"packageValue", b"payPackage", b"packageStr"),
    (b"out_trade_no", b"outTradeNo", b"out_tradeno"),
    (b"total_fee", b"totalFee", b"total_Fee"),
    (b"notify_url", b"notifyUrl", b"notifyurl"),
    (b"spbill_create_ip", b"spbillCreateIp"),
    (b"trade_type", b"tradeType"),
    (b"openid", b"openId"),
)
_OTHER_SPELLINGS = {
    name: tuple(other for other in group if other != name) for group in _SPELLINGS for name in group
}

_MOST_SPELLINGS = max(map(len, _OTHER_SPELLINGS.values()))


def _camel(name: bytes) -> bytes:
    first, *others = name.split(b"_")
    return first + b"".join(map(bytes.capitalize, others))


def _field_name_case(claim: V2Message, items: Items) -> Iterator[Items]:
    taken = claim.taken(items)
    if any(b"__" in name for name in taken.names):
        # XStream doubles the underscores of what it sends.
        yield resorted(name.replace(b"__", b"_") + b"=" + value for name, value in taken.pairs)
    if any(b"_" in name for name in taken.names):
        # A bean's own names, where its annotations were for sending only.
        yield resorted(_camel(name) + b"=" + value for name, value in taken.pairs)
    renamed_late: list[Items] = []
    spelt = [
        (index, value, _OTHER_SPELLINGS[name])
        for index, (name, value) in enumerate(taken.pairs[:MAX_FIELDS])
        if name in _OTHER_SPELLINGS
    ]
    for rank in range(_MOST_SPELLINGS):
        for index, value, others in spelt:
            if rank >= len(others):
                continue
            changed = others[rank] + b"=" + value
            before, behind = items[:index], items[index + 1 :]
            # Most rename before they sort, some after.
            at = bisect_left(taken.names, others[rank])
            if at < index:
                yield (*before[:at], changed, *before[at:], *behind)
            elif at > index + 1:
                at -= index + 1
                yield (*before, *behind[:at], changed, *behind[at:])
            else:
                yield (*before, changed, *behind)
                continue
            renamed_late.append((*before, changed, *behind))
    yield from renamed_late


FIELD_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-empty-included", ITEMS, _empty_included, combines=True),
    Mistake("v2-unsorted", ITEMS, _unsorted),
    Mistake("v2-signtype-omitted", ITEMS, _signtype_omitted, combines=True),
    Mistake("v2-signtype-phantom", ITEMS, _signtype_phantom, combines=True),
    Mistake("v2-zero-dropped", ITEMS, _zero_dropped),
    Mistake("v2-field-unsigned", ITEMS, _field_unsigned),
    Mistake("v2-field-name-case", ITEMS, _field_name_case, at_once=6),
    Mistake("v2-field-phantom", ITEMS, _field_phantom, at_once=1),
    Mistake("v2-null-literal", ITEMS, _null_literal, at_once=1),
    Mistake("v2-null-literal", ITEMS, _null_phantom, at_once=0),
    Mistake("v2-sign-included", ITEMS, _sign_included, at_once=0, combines=True),
    Mistake("v2-sort-caseless", ITEMS, _sort_caseless, at_once=0, combines=True),
    Mistake("v2-sort-desc", ITEMS, _sort_desc, at_once=0, combines=True),
    Mistake("v2-sort-pairs", ITEMS, _sort_pairs, at_once=0, combines=True),
)
