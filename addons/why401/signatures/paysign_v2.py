"""paySign and APP sign of API v2, and the other calls that are signed with the APIv2 key.

The text is that of every v2 message over a fixed set of fields; what goes wrong is the set, its
spelling, and the key.
Source: https://developers.weixin.qq.com/community/pay/article/doc/0004683a910a8867da10b2dc261413
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote_plus

from why401.signatures import v2_seals
from why401.signatures.engine import Mistake, Told
from why401.signatures.paysign_v3 import near
from why401.signatures.v2_message import ITEMS, SEAL, Items, V2Message
from why401.signatures.v2_mistakes import V2_MISTAKES

_CAMEL = {
    "appid": "appId", "partnerid": "partnerId", "prepayid": "prepayId", "package": "packageValue",
    "noncestr": "nonceStr", "timestamp": "timeStamp",
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


def _resorted(items: list[str]) -> Items:
    return tuple(sorted(items, key=lambda item: item.partition("=")[0]))


def _renamed(items: Items, names: dict[str, str]) -> Iterator[Items]:
    """Yield the items under other names, sorted before and after renaming."""
    changed = []
    for item in items:
        name, sign, value = item.partition("=")
        changed.append(names.get(name, name) + sign + value)
    yield _resorted(changed)
    yield tuple(changed)


def _with_value(items: Items, names: tuple[str, ...], value: str) -> Items:
    return tuple(
        f"{item.partition('=')[0]}={value}" if item.partition("=")[0] in names else item
        for item in items
    )


def _value(items: Items, *names: str) -> str:
    return next((item.partition("=")[2] for item in items if item.partition("=")[0] in names), "")


_APPID = ("appId", "appid")
_NONCE = ("nonceStr", "noncestr", "nonce_str")
_TIME = ("timeStamp", "timestamp")
_PACKAGE = ("package",)


def _appid_name(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "app":
        yield from _renamed(items, {"appId": "appid"})
        yield from _renamed(items, {"appId": "app_id"})


def _appid_missing(_: PaySignV2, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if item.partition("=")[0] not in _APPID)


def _appid_value(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for appid in claim.appids:
        yield _with_value(items, _APPID, appid)


def _signtype_unsigned(_: PaySignV2, items: Items) -> Iterator[Items]:
    yield tuple(item for item in items if item.partition("=")[0] not in ("signType", "sign_type"))


def _signtype_phantom(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene in ("app", "redpack"):
        for text in ("MD5", "HMAC-SHA256"):
            yield _resorted([*items, f"signType={text}"])


def _prefix_missing(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "jsapi":
        package = _value(items, "package")
        yield _with_value(items, _PACKAGE, package.removeprefix("prepay_id="))
        without = [item for item in items if item.partition("=")[0] != "package"]
        yield _resorted([*without, package])


def _package_encoded(_: PaySignV2, items: Items) -> Iterator[Items]:
    package = _value(items, "package")
    yield _with_value(items, _PACKAGE, quote(package, safe=""))
    yield _with_value(items, _PACKAGE, quote_plus(package).lower())


def _package_renamed(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for name in ("packageValue", "payPackage", "packageStr", "pkg", "Package"):
        if claim.scene != "app" or name != "packageValue":
            yield from _renamed(items, {"package": name})


def _field_names(claim: PaySignV2, items: Items) -> Iterator[Items]:
    names = _CAMEL if claim.scene == "app" else _LOWER
    pairs = [(old, new) for old, new in names.items() if old not in ("appId", "package")]
    for old, new in pairs:
        yield from _renamed(items, {old: new})
    yield from _renamed(items, {"timeStamp": "timestamp", "nonceStr": "noncestr"})
    yield from _renamed(items, {"timestamp": "timeStamp", "noncestr": "nonceStr"})
    yield from _renamed(items, {"nonceStr": "nonce_str", "noncestr": "nonce_str"})
    yield from _renamed(items, {"signType": "sign_type"})


def _camel_names(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "app":
        yield from _renamed(items, _CAMEL)
        yield from _renamed(items, {**_CAMEL, "package": "package"})
        yield from _renamed(items, {**_CAMEL, "appid": "appid"})
        yield from _renamed(items, {**_CAMEL, "appid": "appid", "package": "package"})


def _one_missing(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "app":
        for index in range(len(items)):
            yield items[:index] + items[index + 1 :]


def _jsapi_set_for_app(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "app":
        return
    for sign_type in (claim.algorithm, "MD5"):
        yield _resorted(
            [
                f"appId={_value(items, *_APPID)}",
                f"nonceStr={_value(items, *_NONCE)}",
                f"package=prepay_id={claim.prepay_id}",
                f"signType={sign_type}",
                f"timeStamp={_value(items, *_TIME)}",
            ]
        )


def _app_set_for_jsapi(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene != "jsapi":
        return
    for package in ("Sign=WXPay", f"prepay_id={claim.prepay_id}"):
        yield _resorted(
            [
                f"appid={_value(items, *_APPID)}",
                f"noncestr={_value(items, *_NONCE)}",
                f"package={package}",
                f"partnerid={claim.partnerid}",
                f"prepayid={claim.prepay_id}",
                f"timestamp={_value(items, *_TIME)}",
            ]
        )


def _times(items: Items, times: Iterator[bytes]) -> Iterator[Items]:
    for text in times:
        yield _with_value(items, _TIME, text.decode())


def _near(_: PaySignV2, items: Items) -> Iterator[Items]:
    return _times(items, near(_value(items, *_TIME).encode(), range(1, 6)))


def _far(_: PaySignV2, items: Items) -> Iterator[Items]:
    return _times(items, near(_value(items, *_TIME).encode(), range(6, 601)))


def _nonces(claim: PaySignV2, items: Items) -> Iterator[Items]:
    for nonce in claim.neighbours:
        if nonce != claim.order_nonce:
            yield _with_value(items, _NONCE, nonce)


def _order_nonce(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.order_nonce:
        yield _with_value(items, _NONCE, claim.order_nonce)


def _millis(_: PaySignV2, items: Items) -> Iterator[Items]:
    value = _value(items, *_TIME)
    yield _with_value(items, _TIME, value + "000" if len(value) == 10 else value[:10])


def _all_millis(_: PaySignV2, items: Items) -> Iterator[Items]:
    value = _value(items, *_TIME)
    if len(value) == 10:
        for millis in range(1, 1000):
            yield _with_value(items, _TIME, f"{value}{millis:03d}")


def _redpack_unencoded(claim: PaySignV2, items: Items) -> Iterator[Items]:
    if claim.scene == "redpack":
        yield _with_value(items, _PACKAGE, unquote_plus(_value(items, "package")))


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
