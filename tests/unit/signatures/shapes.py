"""Requests of every shape that signatures are made over, to be broken by every mistake."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from tests.unit.signatures.example_keys import (
    APPID,
    MCHID,
    OLD_V2_KEY,
    OTHER_V2_KEY,
    V2_KEY,
    V3_KEY,
)

from why401.keys import Secret
from why401.signatures.invocation import Invocation
from why401.signatures.jssdk import JsConfig
from why401.signatures.paysign_v2 import PaySignV2
from why401.signatures.paysign_v3 import PaySignV3
from why401.signatures.v2_message import V2Message
from why401.signatures.v3_message import V3Message
from why401.signatures.virtual_payment import VirtualPayment

TEXTS = st.text(
    st.one_of(
        st.sampled_from("测试商品 /&<>'\"\\=+%äé\u2028"),
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    ),
    max_size=12,
)
WORDS = st.text("abcXYZ019_-", min_size=3, max_size=10)
NONCES = st.text("0123456789ABCDEFabcdef", min_size=8, max_size=32)
NUMBERS = st.one_of(
    st.integers(0, 10**12), st.sampled_from([1.0, 0.1, 1e21, 12345678901234567890, -5, 1.10])
)
TIMES = st.integers(1_700_000_000, 1_899_999_999)
KEYS = (
    ("v2-key-is-v3key", Secret("v3", V3_KEY)),
    ("v2-key-old", Secret("old", OLD_V2_KEY)),
    ("v2-key-other-merchant", Secret("other", OTHER_V2_KEY)),
)


@st.composite
def v3_messages(draw: st.DrawFn) -> V3Message:
    """A v3 request: order or query, compact, spaced, escaped or pretty, or an upload."""
    kind = draw(st.sampled_from(["compact", "spaced", "ascii", "pretty", "get", "upload"]))
    order = {
        "appid": APPID,
        "description": draw(TEXTS),
        "out_trade_no": draw(WORDS),
        "notify_url": f"https://shop.example/{draw(WORDS)}",
        "attach": draw(st.one_of(st.none(), st.just(""), TEXTS)),
        "amount": {"total": draw(NUMBERS), "currency": "CNY"},
        "list": draw(st.lists(NUMBERS, max_size=3)),
    }
    url = draw(
        st.sampled_from(
            [
                "/v3/pay/transactions/jsapi",
                f"/v3/pay/transactions/id/420000{draw(TIMES)}?mchid={MCHID}",
                f"/v3/x?b={quote(draw(TEXTS))}&a=1&c={quote_plus(draw(TEXTS))}",
                f"/v3/y?filter={quote(json.dumps({'k': draw(WORDS)}))}",
            ]
        )
    )
    multipart = None
    if kind == "get":
        body = ""
    elif kind == "upload":
        body = json.dumps(
            {"filename": draw(WORDS) + ".png", "sha256": draw(NONCES)}, separators=(",", ":")
        )
        multipart = b"--b\r\nContent-Disposition: form-data; name=meta\r\n\r\n" + body.encode()
    elif kind == "pretty":
        body = json.dumps(order, ensure_ascii=False, indent=2)
    elif kind == "spaced":
        body = json.dumps(order, ensure_ascii=False)
    else:
        body = json.dumps(order, ensure_ascii=kind == "ascii", separators=(",", ":"))
    return V3Message(
        method=b"GET" if kind == "get" else b"POST",
        url=url.encode(),
        timestamp=str(draw(TIMES)).encode(),
        nonce=draw(NONCES).encode(),
        body=body.encode(),
        host="api.mch.weixin.qq.com",
        multipart=multipart,
        neighbours=tuple(draw(st.lists(NONCES, max_size=3))),
    )


@st.composite
def v2_messages(draw: st.DrawFn) -> V2Message:
    """A v2 message with empty fields, Chinese text, JSON inside, odd numbers."""
    fields = {
        "appid": APPID,
        "mch_id": MCHID,
        "nonce_str": draw(NONCES),
        "body": draw(TEXTS) or "x",
        "attach": draw(TEXTS),
        "detail": draw(st.sampled_from(["", '{"a":1,"b":"/x"}', '{"名": "值", "n": 1.0}'])),
        "total_fee": str(draw(st.integers(0, 10**7))),
        "notify_url": f"https://shop.example/{draw(WORDS)}",
        "out_trade_no": draw(WORDS),
    }
    algorithm = draw(st.sampled_from(["MD5", "HMAC-SHA256"]))
    if algorithm != "MD5":
        fields["sign_type"] = algorithm
    order = draw(st.permutations(list(fields.items())))
    return V2Message(
        tuple(order),
        algorithm,
        Secret("credentials.wechatpay[0].api_v2_key", V2_KEY),
        KEYS,
        tuple(draw(st.lists(NONCES, max_size=3))),
    )


@st.composite
def paysigns_v3(draw: st.DrawFn) -> PaySignV3:
    """paySign of v3, for a mini program or an APP."""
    is_app = draw(st.booleans())
    prepay = f"wx{draw(TIMES)}{draw(WORDS)}"
    return PaySignV3(
        is_app=is_app,
        appid=APPID.encode(),
        timestamp=str(draw(TIMES)).encode(),
        nonce=draw(NONCES).encode(),
        fourth=(prepay if is_app else f"prepay_id={prepay}").encode(),
        package=b"Sign=WXPay" if is_app else f"prepay_id={prepay}".encode(),
        appids=("wx00000000000000bb", "wx00000000000000cc"),
        nonces=tuple(draw(st.lists(NONCES, max_size=3))),
    )


@st.composite
def paysigns_v2(draw: st.DrawFn) -> PaySignV2:
    """paySign of v2 in each scene."""
    scene = draw(st.sampled_from(["jsapi", "app", "redpack"]))
    algorithm = draw(st.sampled_from(["MD5", "HMAC-SHA256"]))
    time, nonce, prepay = str(draw(TIMES)), draw(NONCES), f"wx{draw(TIMES)}{draw(WORDS)}"
    fields: tuple[tuple[str, str], ...] = (
        ("appId", APPID), ("nonceStr", nonce), ("package", f"prepay_id={prepay}"),
        ("signType", algorithm), ("timeStamp", time),
    )  # fmt: skip
    if scene == "app":
        fields = (
            ("appid", APPID), ("noncestr", nonce), ("package", "Sign=WXPay"),
            ("partnerid", MCHID), ("prepayid", prepay), ("timestamp", time),
        )  # fmt: skip
    elif scene == "redpack":
        package = quote_plus(f"sendid={draw(WORDS)}&ver=8&sign=zz%2B")
        fields = (
            ("appId", APPID), ("nonceStr", nonce), ("package", package), ("timeStamp", time)
        )  # fmt: skip
    return PaySignV2(
        fields,
        algorithm,
        Secret("credentials.wechatpay[0].api_v2_key", V2_KEY),
        KEYS,
        tuple(draw(st.lists(NONCES, max_size=3))),
        scene=scene,
        appids=("wx00000000000000bb",),
        order_nonce=draw(NONCES),
        prepay_id=prepay,
        partnerid=MCHID,
    )


@st.composite
def js_configs(draw: st.DrawFn) -> JsConfig:
    """A page's configuration."""
    values = {
        "appid": APPID,
        "timestamp": str(draw(TIMES)),
        "noncestr": draw(NONCES),
        "signature": "0" * 40,
    }
    given = Invocation("jssdk", "response.json.signature", values, {}, frozenset(), "0" * 40)
    query = f"?oid={draw(WORDS)}&x={quote(draw(TEXTS))}&from=singlemessage&code={draw(WORDS)}"
    page = "https://shop.example/" + draw(st.sampled_from(["", "pay", "pay/", "a/index.html"]))
    return JsConfig(
        given,
        page + draw(st.sampled_from(["", query])),
        "TICKET-" + draw(WORDS),
        (("js-ticket-stale", "OLD-TICKET"), ("js-ticket-empty", "undefined")),
        tuple(draw(st.lists(NONCES, max_size=2))),
        "https://api.shop.example/jsconfig?url=x",
    )


@st.composite
def virtual_payments(draw: st.DrawFn) -> VirtualPayment:
    """A server call of virtual payment."""
    body = json.dumps(
        {"openid": draw(WORDS), "env": 0, "名": draw(TEXTS)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    uri = "/xpay/query_user_balance"
    key = Secret("key", "exampleappkey")
    others = (("vp-appkey-env", b"sandbox"), ("vp-key-swapped", b"session"))
    return VirtualPayment(uri, f"{uri}?pay_sig=x", body, key, others)
