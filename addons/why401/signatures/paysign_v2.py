"""paySign and APP sign of API v2, and the other calls that are signed with the APIv2 key.

The text is that of every v2 message over a fixed set of fields; what goes wrong is the set, its
spelling, and the key.
Source: https://developers.weixin.qq.com/community/pay/article/doc/0004683a910a8867da10b2dc261413
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from why401.signatures import v2_seals
from why401.signatures.engine import Mistake, Told
from why401.signatures.percent import percent, plus
from why401.signatures.timestamps import milliseconds, near
from why401.signatures.v2_message import ITEMS, SEAL, Items, V2Message, name_of, resorted, utf8
from why401.signatures.v2_mistakes import V2_MISTAKES

_CAMEL = {
    b"appid": b"appId", b"partnerid": b"partnerId", b"prepayid": b"prepayId",
    b"package": b"packageValue", b"noncestr": b"nonceStr", b"timestamp": b"timeStamp",
}  # fmt: skip
_LOWER = {value: key for key, value in _CAMEL.items()}


@dataclass(frozen=True)
class PaySignV2(V2Message):
    """What is handed to the app; `scene` as in `invocation`."""

    scene: str = "jsapi"
    appids: tuple[str, ...] = ()
    order_nonce: str = ""
    prepay_id: str = field(default="", repr=False)
    partnerid: str = ""
    names: tuple[tuple[bytes, bytes], ...] = ()
    """Under which names the app is given the fields, each behind the name in small letters."""


def _renamed(items: Items, names: dict[bytes, bytes]) -> Iterator[Items]:
    """Yield the items under other names, sorted before and after renaming."""
    changed = []
    for item in items:
        name, sign, value = item.partition(b"=")
        changed.append(names.get(name, name) + sign + value)
    yield resorted(changed)
    yield tuple(changed)


def _with_value(items: Items, names: tuple[bytes, ...], value: bytes) -> Items:
    return tuple(name_of(item) + b"=" + value if name_of(item) in names else item for item in items)


def _value(items: Items, *names: bytes) -> bytes:
    return next((item.partition(b"=")[2] for item in items if name_of(item) in names), b"")


_APPID = (b"appId", b"appid")
_NONCE = (b"nonceStr", b"noncestr", b"nonce_str")
_TIME = (b"timeStamp", b"timestamp")
_PACKAGE = (b"package",)


def _appid_name(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "app":
        yield from _renamed(items, {b"appId": b"appid"})
        yield from _renamed(items, {b"appId": b"app_id"})


def _appid_missing(_: PaySignV2, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if name_of(item) not in _APPID)


def _appid_value(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for appid in claim.appids:
        yield _with_value(items, _APPID, utf8(appid))


def _signtype_unsigned(_: PaySignV2, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if name_of(item) not in (b"signType", b"sign_type"))


def _signtype_phantom(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene in ("app", "redpack"):
        for text in (b"MD5", b"HMAC-SHA256"):
            yield resorted([*items, b"signType=" + text])


def _prefix_missing(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "jsapi":
        package = _value(items, b"package")
        yield _with_value(items, _PACKAGE, package.removeprefix(b"prepay_id="))
        without = [item for item in items if name_of(item) != b"package"]
        yield resorted([*without, package])


def _package_encoded(_: PaySignV2, items: Items) -> Iterator[Items]:
    package = _value(items, b"package")
    yield _with_value(items, _PACKAGE, percent(package))
    yield _with_value(items, _PACKAGE, plus(percent(package)).lower())


def _package_renamed(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for name in (b"packageValue", b"payPackage", b"packageStr", b"pkg", b"Package"):
        if claim.scene != "app" or name != b"packageValue":
            yield from _renamed(items, {b"package": name})


def _field_names(claim: PaySignV2, items: Items) -> Iterator[Items]:
    names = _CAMEL if claim.scene == "app" else _LOWER
    pairs = [(old, new) for old, new in names.items() if old not in (b"appId", b"package")]
    for old, new in pairs:
        yield from _renamed(items, {old: new})
    if claim.scene == "app":
        yield from _renamed(items, dict(claim.names))
    yield from _renamed(items, {b"timeStamp": b"timestamp", b"nonceStr": b"noncestr"})
    yield from _renamed(items, {b"timestamp": b"timeStamp", b"noncestr": b"nonceStr"})
    yield from _renamed(items, {b"nonceStr": b"nonce_str", b"noncestr": b"nonce_str"})
    yield from _renamed(items, {b"signType": b"sign_type"})
    if claim.scene != "app":
        for spelt in _SPELT_ALIKE:
            yield from _renamed(items, spelt)


_SPELT_ALIKE = (
    {b"appId": b"appid", b"timeStamp": b"timestamp", b"nonceStr": b"noncestr",
     b"signType": b"signtype"},
    {b"appId": b"appid", b"timeStamp": b"timestamp", b"nonceStr": b"noncestr"},
    {b"appId": b"app_id", b"timeStamp": b"time_stamp", b"nonceStr": b"nonce_str",
     b"signType": b"sign_type"},
    {b"appId": b"appid", b"timeStamp": b"time_stamp", b"nonceStr": b"nonce_str",
     b"signType": b"sign_type"},
)  # fmt: skip
"""All names in one manner, as a whole data class writes them."""


_DOCUMENTED = (
    (b"appId", b"timeStamp", b"nonceStr", b"package", b"signType"),
    (b"appid", b"partnerid", b"prepayid", b"package", b"noncestr", b"timestamp"),
)


def _unsorted(_: PaySignV2, items: Items) -> Iterator[Items]:
    """In the order in which the documents name the parameters."""
    places = {name: at for names in _DOCUMENTED for at, name in enumerate(names)}
    yield tuple(sorted(items, key=lambda item: places.get(name_of(item), len(places))))


def _camel_names(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "app":
        yield from _renamed(items, _CAMEL)
        yield from _renamed(items, {**_CAMEL, b"package": b"package"})
        yield from _renamed(items, {**_CAMEL, b"appid": b"appid"})
        yield from _renamed(items, {**_CAMEL, b"appid": b"appid", b"package": b"package"})


def _one_missing(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "app":
        for index in range(len(items)):
            yield items[:index] + items[index + 1 :]


def _jsapi_set_for_app(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "app":
        return
    for sign_type in (utf8(claim.algorithm), b"MD5"):
        yield resorted(
            [
                b"appId=" + _value(items, *_APPID),
                b"nonceStr=" + _value(items, *_NONCE),
                b"package=prepay_id=" + utf8(claim.prepay_id),
                b"signType=" + sign_type,
                b"timeStamp=" + _value(items, *_TIME),
            ]
        )


def _app_set_for_jsapi(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "jsapi":
        return
    prepay_id = utf8(claim.prepay_id)
    for package in (b"Sign=WXPay", b"prepay_id=" + prepay_id):
        yield resorted(
            [
                b"appid=" + _value(items, *_APPID),
                b"noncestr=" + _value(items, *_NONCE),
                b"package=" + package,
                b"partnerid=" + utf8(claim.partnerid),
                b"prepayid=" + prepay_id,
                b"timestamp=" + _value(items, *_TIME),
            ]
        )


def _near(_: PaySignV2, items: Items) -> Iterator[Items]:
    for time in near(_value(items, *_TIME), range(1, 6)):
        yield _with_value(items, _TIME, time)


def _far(_: PaySignV2, items: Items) -> Iterator[Items]:
    for time in near(_value(items, *_TIME), range(6, 601)):
        yield _with_value(items, _TIME, time)


def _nonces(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for nonce in claim.neighbours:
        if nonce != claim.order_nonce:
            yield _with_value(items, _NONCE, utf8(nonce))


def _order_nonce(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.order_nonce:
        yield _with_value(items, _NONCE, utf8(claim.order_nonce))


def _millis(_: PaySignV2, items: Items) -> Iterator[Items]:
    value = _value(items, *_TIME)
    yield _with_value(items, _TIME, value + b"000" if len(value) == 10 else value[:10])


def _all_millis(_: PaySignV2, items: Items) -> Iterator[Items]:
    for time in milliseconds(_value(items, *_TIME)):
        yield _with_value(items, _TIME, time)


def _redpack_unencoded(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "redpack":
        package = _value(items, b"package").decode("utf-8", "surrogatepass")
        yield _with_value(items, _PACKAGE, utf8(unquote_plus(package)))


def _other_keys(claim: PaySignV2, _: v2_seals.Seal) -> Iterator[Told]:
    for rule, key in claim.others:
        name = {
            "v2-key-is-v3key": "ps-key-v3-for-v2",
            "v2-key-other-merchant": "ps-key-other-merchant",
        }.get(rule, rule)
        if claim.scene in ("payscore", "payscore-detail", "coupon"):
            name = "ps-payscore-rsa" if name == "ps-key-v3-for-v2" else name
        yield Told((name,), v2_seals.seal(claim.algorithm, key.data))


_SPECIFIC = frozenset(
    {"v2-field-name-case", "v2-field-unsigned", "v2-signtype-omitted", "v2-signtype-phantom",
     "v2-nonce-differs", "v2-key-is-v3key", "v2-field-phantom", "v2-value-urlencoded-one",
     "v2-null-literal", "v2-number-format"}
)  # fmt: skip

PAYSIGN_V2_MISTAKES: tuple[Mistake, ...] = (
    Mistake("ps-appid-name", ITEMS, _appid_name),
    Mistake("ps-appid-missing", ITEMS, _appid_missing),
    Mistake("ps-app-camel-names", ITEMS, _camel_names),
    Mistake("ps-prefix-missing", ITEMS, _prefix_missing),
    Mistake("ps-appid-value", ITEMS, _appid_value),
    Mistake("ps-signtype-unsigned", ITEMS, _signtype_unsigned, combines=True),
    Mistake("ps-nonce-is-response-nonce", ITEMS, _order_nonce),
    Mistake("ps-ts-nonce-regenerated", ITEMS, _near),
    Mistake("ps-ts-nonce-regenerated", ITEMS, _nonces),
    Mistake("ps-field-name-case", ITEMS, _field_names, combines=True),
    Mistake("v2-unsorted", ITEMS, _unsorted),
    Mistake("ps-app-partner-missing", ITEMS, _one_missing),
    Mistake("ps-jsapi-set-for-app", ITEMS, _jsapi_set_for_app),
    Mistake("ps-app-set-for-jsapi", ITEMS, _app_set_for_jsapi),
    Mistake("ps-package-encoded", ITEMS, _package_encoded),
    Mistake("ps-package-renamed", ITEMS, _package_renamed),
    Mistake("ps-ts-millis", ITEMS, _millis),
    Mistake("ps-redpack-unencoded", ITEMS, _redpack_unencoded),
    Mistake("v2-signtype-phantom", ITEMS, _signtype_phantom),
    Mistake("ps-key-v3-for-v2", SEAL, _other_keys),
    *(mistake for mistake in V2_MISTAKES if mistake.rule not in _SPECIFIC),
    Mistake("ps-ts-nonce-regenerated", ITEMS, _far, is_wide=True),
    Mistake("ps-ts-millis", ITEMS, _all_millis, is_wide=True),
)
