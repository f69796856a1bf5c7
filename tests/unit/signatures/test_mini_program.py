"""Mini-program data, pushed messages and virtual payment."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import APPID
from tests.unit.signatures.messages import context, examined, rules_of, xml
from tests.unit.signatures.virtual_payments import pay_sig

from why401.context import Context
from why401.keys import NO_KEYS, Keys, Secret, WechatAccount
from why401.model import Certainty
from why401.signatures.push import opened_appid, push_signature

SESSION_KEY = "NuQrduxY48/dw4eDEI4PMQ=="
RAW = '{"nickName":"测试","gender":0}'
IV = "EzCDInc3Thxp2Cvq+S3VCw=="
DATA = (
    "xd93lb9pq+cQpl0D+vpnavIExFY5QpAuOtQESsPDEepN0FgY7ivKKsJk+L6V/+RcVt00s27AqUVNM1MduvTA0GeN63w8N"
    "bTCQI5pTbkCqvus9CbrVjr295rS0uTLkJyi"
)


def logged_in(*keys: str, appid: str = APPID, openid: str = "o1") -> Context:
    within = context()
    for key in keys:
        answer = exchange(
            f"https://api.weixin.qq.com/sns/jscode2session?appid={appid}&js_code=c",
            json={"session_key": key, "openid": openid},
        )
        examined(answer, within)
    return within


def brought(within: Context, **fields: Any) -> tuple[str, ...]:
    message = exchange(
        "https://api.shop.example/login",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps(fields, ensure_ascii=False).encode(),
    )
    return rules_of(examined(message, within))


def sha1(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()


def test_the_worked_example_is_reproduced() -> None:
    assert sha1(RAW + SESSION_KEY) == "9418c07b5a69b167a18cc00e39b4a187fbe4ec87"
    within = logged_in(SESSION_KEY)
    assert brought(within, rawData=RAW, signature=sha1(RAW + SESSION_KEY)) == ()
    assert brought(within, encryptedData=DATA, iv=IV) == ()


OTHER_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
CASES = [
    pytest.param(
        (SESSION_KEY, OTHER_KEY),
        {"rawData": RAW, "signature": sha1(RAW + SESSION_KEY)},
        "mp-session-stale",
        id="signed with an older key",
    ),
    pytest.param(
        (SESSION_KEY, OTHER_KEY),
        {"encryptedData": DATA, "iv": IV},
        "mp-session-stale",
        id="encrypted with an older key",
    ),
    pytest.param(
        (SESSION_KEY,),
        {
            "rawData": RAW,
            "signature": sha1(json.dumps(json.loads(RAW), ensure_ascii=False) + SESSION_KEY),
        },
        "mp-rawdata-redumped",
        id="serialised anew",
    ),
]


@pytest.mark.parametrize(("keys", "fields", "rule"), CASES)
def test_mini_program_data(keys: tuple[str, ...], fields: dict[str, str], rule: str) -> None:
    assert brought(logged_in(*keys), **fields) == (rule,)


PLUS_LOST = {"encryptedData": DATA.replace("+", " "), "iv": IV.replace("+", " ")}
CUT = {"encryptedData": DATA, "iv": IV.rstrip("=")}
ENCODED = {"encryptedData": DATA, "iv": IV.replace("=", "%3D")}
SWAPPED = {"encryptedData": IV, "iv": DATA}
ELSE = {"encryptedData": DATA, "iv": "AAAAAAAAAAAAAAAA"}
P, L = Certainty.PROVEN, Certainty.LIKELY
FORMS = [
    pytest.param((SESSION_KEY,), PLUS_LOST, "", ("mp-plus-lost", P), id="plus lost, key known"),
    pytest.param((SESSION_KEY,), CUT, "", ("mp-iv-length", P), id="padding lost, key known"),
    pytest.param((SESSION_KEY,), ENCODED, "", ("mp-iv-length", P), id="iv encoded, key known"),
    pytest.param((SESSION_KEY,), SWAPPED, "", ("mp-params-swapped", P), id="swapped, key known"),
    pytest.param((OTHER_KEY,), PLUS_LOST, "", None, id="plus lost, other key, taken"),
    pytest.param((), PLUS_LOST, "", None, id="plus lost, taken"),
    pytest.param((), ELSE, "", None, id="another cipher's data, taken"),
    pytest.param((), PLUS_LOST, '{"code":-41003}', ("mp-plus-lost", L), id="plus lost, refused"),
    pytest.param((), SWAPPED, "decrypt error", ("mp-params-swapped", L), id="swapped, refused"),
    pytest.param((), CUT, '{"errCode":-41002}', ("mp-iv-length", P), id="iv cut, by its code"),
    pytest.param((), CUT, '{"errCode":-41003}', ("mp-iv-length", L), id="iv cut, by another code"),
    pytest.param((), ELSE, '{"code":0,"cost":"-410031"}', None, id="a number like a code"),
]


@pytest.mark.parametrize(("keys", "fields", "said", "told"), FORMS)
def test_data_of_odd_form_is_proven_wrong_by_a_key_that_opens_it_put_right(
    keys: tuple[str, ...],
    fields: dict[str, str],
    said: str,
    told: tuple[str, Certainty] | None,
) -> None:
    message = exchange(
        "https://api.shop.example/login",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps(fields).encode(),
        response_body=said.encode(),
    )
    found = examined(message, logged_in(*keys)).findings
    expected = [(f"wechat-js/{told[0]}", told[1])] if told else []
    assert [(each.rule, each.certainty) for each in found] == expected


def test_data_of_another_mini_program() -> None:
    within = logged_in(SESSION_KEY, appid="wx00000000000000bb")
    assert brought(within, encryptedData=DATA, iv=IV) == ("mp-watermark",)


def test_another_users_key_is_not_a_stale_one() -> None:
    within = logged_in(SESSION_KEY)
    examined(
        exchange(
            f"https://api.weixin.qq.com/sns/jscode2session?appid={APPID}",
            json={"session_key": OTHER_KEY, "openid": "o2"},
        ),
        within,
    )
    assert brought(within, rawData=RAW, signature=sha1(RAW + SESSION_KEY)) == ()


# -- pushed messages ----------------------------------------------------------------------------

TOKEN = "ExampleToken"
AES_KEY = "U8KgH61lqDbZsf8z5LEv+JzgFe2CW2H9mo0oaBpXuBw"
SEALED = (
    "OWFMQhTgq1pcCYwqhd4VUhpujbR4Ha4jvEjF0Qo3tSvJOjNRHUeA7ftvebpoCavgZJh+s0Th1suhH9EK0sCxPVC47ncWP"
    "kEiIVgrf5Mg7ERVXp+fsZgx9NfjQv/j1pSu"
)


def account(**change: Any) -> Context:
    values: dict[str, Any] = {
        "label": "credentials.wechat[0]",
        "appid": APPID,
        "token": Secret("credentials.wechat[0].token", TOKEN),
        "encoding_aes_key": Secret("credentials.wechat[0].encoding_aes_key", AES_KEY),
        **change,
    }
    return context(Keys(wechat=(WechatAccount(**values),)))


def pushed(signature: str, sealed: str = "", status: int = 200, answer: str = "") -> Any:
    query = f"signature={signature}&timestamp=1795132800&nonce=1234567890"
    if sealed:
        query += f"&msg_signature={signature}"
    return exchange(
        f"https://shop.example/push?{query}",
        method="POST",
        body=xml((("ToUserName", "x"), ("Encrypt", sealed))) if sealed else b"<xml></xml>",
        status=status,
        response_body=answer.encode(),
    )


def test_the_worked_push_example_is_reproduced() -> None:
    plain = push_signature(TOKEN, "1795132800", "1234567890")
    assert plain == "f8f8789f817cc4f4c14ce4ae4c7814aae107b86a"
    sealed = push_signature(TOKEN, "1795132800", "1234567890", SEALED)
    assert sealed == "7b25673ac7512fbf900f793ef281865276f33983"
    assert opened_appid(Secret("x", AES_KEY), SEALED) == "wx00000000000000aa"
    assert rules_of(examined(pushed(plain), account())) == ()
    assert rules_of(examined(pushed(sealed, SEALED), account())) == ()


def test_why_a_pushed_message_does_not_open_is_told() -> None:
    sealed = push_signature(TOKEN, "1795132800", "1234567890", SEALED)
    spaced = Secret("credentials.wechat[0].token", TOKEN + "\n")
    found = examined(pushed(sealed, SEALED), account(token=spaced))
    assert rules_of(found) == ("push-token",)
    found = examined(pushed(sealed, SEALED), account(appid="wx00000000000000bb"))
    assert rules_of(found) == ("push-appid",)
    older = (Secret("credentials.wechat[0].previous[0]", AES_KEY),)
    new = Secret("credentials.wechat[0].encoding_aes_key", "A" * 43)
    changed = account(encoding_aes_key=new, previous_aes_keys=older)
    assert rules_of(examined(pushed(sealed, SEALED), changed)) == ("push-aeskey-old",)


PUSH_ANSWERS = [
    pytest.param(200, "success", (), id="taken"),
    pytest.param(403, "invalid signature", ("push-mode",), id="refused"),
    pytest.param(200, '{"errcode":-40001}', ("push-mode",), id="refused with the sample's code"),
    pytest.param(500, "database is down", (), id="refused for something else"),
]


@pytest.mark.parametrize(
    "sealed", [pytest.param("", id="plain"), pytest.param(SEALED, id="sealed")]
)
@pytest.mark.parametrize(("status", "answer", "rules"), PUSH_ANSWERS)
def test_a_genuine_push_refused_for_its_signature(
    sealed: str, status: int, answer: str, rules: tuple[str, ...]
) -> None:
    parts = (sealed,) if sealed else ()
    signature = push_signature(TOKEN, "1795132800", "1234567890", *parts)
    found = examined(pushed(signature, sealed, status, answer), account())
    assert rules_of(found) == rules
    # A forged one is refused rightly.
    forged = pushed("0" * 40, sealed, status, answer)
    assert rules_of(examined(forged, account())) == ()


# -- virtual payment ----------------------------------------------------------------------------


def test_the_worked_virtual_payment_example_is_reproduced() -> None:
    value = pay_sig("exampleappkey", 'requestVirtualPayment&{"offerId":"1","env":1}')
    assert value == "7c19b8ac4acd61cb51963cf7732c734f87c2221c402a52e91da8fe54370cddc0"


BODY = '{"openid":"o1","env":0}'
VIRTUAL = [
    pytest.param(pay_sig("app", f"/xpay/query_user_balance&{BODY}"), (), id="right"),
    pytest.param(pay_sig("app", f"xpay/query_user_balance&{BODY}"), ("vp-uri",), id="no slash"),
    pytest.param(
        pay_sig("sandbox", f"/xpay/query_user_balance&{BODY}"), ("vp-appkey-env",), id="other key"
    ),
    pytest.param(
        pay_sig("app", '/xpay/query_user_balance&{"openid": "o1", "env": 0}'),
        ("vp-body-redumped",),
        id="spaced",
    ),
    pytest.param(
        pay_sig("app", "/xpay/query_user_balance&env=0&openid=o1"), ("vp-sorted-kv",), id="k=v"
    ),
    pytest.param("0" * 64, (), id="unknown"),
]


@pytest.mark.parametrize(("value", "rules"), VIRTUAL)
def test_virtual_payment(value: str, rules: tuple[str, ...]) -> None:
    within = account(app_key=Secret("k", "app"), sandbox_app_key=Secret("s", "sandbox"))
    message = exchange(
        f"https://api.weixin.qq.com/xpay/query_user_balance?access_token=A&pay_sig={value}",
        method="POST",
        body=BODY.encode(),
        json={"errcode": 268490003 if rules else 0, "errmsg": "x"},
    )
    assert rules_of(examined(message, within)) == rules


def handed(pay_sig: str, data: Any = BODY, **wrapped: Any) -> Any:
    given = {"signData": data, "paySig": pay_sig, "mode": "short_series_goods"}
    return exchange("https://shop.example/buy?id=1", json=wrapped or {"code": 0, "data": given})


CALL = f"requestVirtualPayment&{BODY}"
HANDED = [
    pytest.param(pay_sig("app", CALL), (), id="right"),
    pytest.param(pay_sig("app", BODY), ("vp-uri",), id="no uri"),
    pytest.param(pay_sig("stranger", CALL), (), id="nobody knows"),
    pytest.param(pay_sig("app", f"/buy&{BODY}"), ("vp-uri",), id="the backend's own path"),
    pytest.param(pay_sig("app", f"/{CALL}"), ("vp-uri",), id="a slash"),
    pytest.param(pay_sig("app", f"/xpay/{CALL}"), ("vp-uri",), id="as a server's call"),
    pytest.param(pay_sig("app", f"wx.{CALL}"), ("vp-uri",), id="as the page calls it"),
    pytest.param(
        pay_sig("app", 'requestVirtualPayment&{\n    "openid": "o1",\n    "env": 0\n}'),
        ("vp-body-redumped",),
        id="indented",
    ),
    pytest.param(pay_sig("app", f"buy&{BODY}!"), (), id="another text"),
    pytest.param(pay_sig("sandbox", CALL), ("vp-appkey-env",), id="other environment"),
    pytest.param(
        pay_sig("app", 'requestVirtualPayment&{"openid": "o1", "env": 0}'),
        ("vp-body-redumped",),
        id="written anew",
    ),
]


@pytest.mark.parametrize(("value", "rules"), HANDED)
def test_what_a_backend_hands_to_its_mini_program(value: str, rules: tuple[str, ...]) -> None:
    within = account(app_key=Secret("k", "app"), sandbox_app_key=Secret("s", "sandbox"))
    assert rules_of(examined(handed(value), within)) == rules
    assert rules_of(examined(handed(value), context(NO_KEYS))) == ()


WRITTEN = [
    pytest.param(pay_sig("app", CALL).upper(), ("vp-hash",), id="capitals"),
    pytest.param(pay_sig("app", BODY).upper(), ("vp-uri", "vp-hash"), id="capitals, no uri"),
    pytest.param("84F93E07D5024B422C9308FCA31A2741", ("vp-hash",), id="an MD5"),
    pytest.param("A" * 43 + "=", ("vp-hash",), id="base64"),
    pytest.param(hashlib.sha256(CALL.encode()).hexdigest(), ("vp-hash",), id="no HMAC"),
    pytest.param(hashlib.sha256(f"{CALL}app".encode()).hexdigest(), ("vp-hash",), id="key at end"),
    pytest.param(hashlib.sha256(f"{CALL}x".encode()).hexdigest(), (), id="a hash of other text"),
    pytest.param(pay_sig("another", CALL).upper(), (), id="capitals, key not known"),
    pytest.param(pay_sig(SESSION_KEY, CALL), ("vp-key-swapped",), id="the user's key"),
]


@pytest.mark.parametrize(("value", "rules"), WRITTEN)
def test_how_a_pay_signature_is_written(value: str, rules: tuple[str, ...]) -> None:
    within = account(app_key=Secret("k", "app"))
    learnt = logged_in(SESSION_KEY).learnt.session_keys
    for key, session in learnt.items():
        within.learnt.session_keys.remember(key, session)
    assert rules_of(examined(handed(value), within)) == rules


OF_USER = [
    pytest.param(pay_sig(SESSION_KEY, BODY), (), id="right"),
    pytest.param(pay_sig(SESSION_KEY, BODY).upper(), ("vp-hash",), id="capitals"),
    pytest.param(pay_sig(OTHER_KEY, BODY), ("mp-session-stale",), id="an older key"),
    pytest.param(pay_sig("app", BODY), ("vp-key-swapped",), id="the app key"),
    pytest.param(pay_sig(SESSION_KEY, CALL), ("vp-uri",), id="a uri in front"),
    pytest.param(
        pay_sig(SESSION_KEY, '{"openid": "o1", "env": 0}'), ("vp-body-redumped",), id="written anew"
    ),
    pytest.param(
        hmac.new(base64.b64decode(SESSION_KEY), BODY.encode(), hashlib.sha256).hexdigest(),
        ("mp-session-decoded",),
        id="the key decoded",
    ),
    pytest.param(pay_sig("nobody's", BODY), (), id="nobody knows"),
]


@pytest.mark.parametrize(("value", "rules"), OF_USER)
def test_the_users_signature_beside_it(value: str, rules: tuple[str, ...]) -> None:
    within = account(app_key=Secret("k", "app"))
    for key, session in logged_in(OTHER_KEY, SESSION_KEY).learnt.session_keys.items():
        within.learnt.session_keys.remember(key, session)
    given = {"signData": BODY, "paySig": pay_sig("app", CALL), "signature": value}
    message = exchange("https://shop.example/buy", json={"data": given})
    assert rules_of(examined(message, within)) == rules


def test_the_key_of_the_other_environment_alone_is_enough_to_know_it() -> None:
    within = account(sandbox_app_key=Secret("s", "sandbox"))
    assert rules_of(examined(handed(pay_sig("sandbox", CALL)), within)) == ("vp-appkey-env",)
    assert rules_of(examined(handed(pay_sig("app", CALL)), within)) == ()
    sandbox = BODY.replace('"env":0', '"env":1')
    right = handed(pay_sig("sandbox", f"requestVirtualPayment&{sandbox}"), sandbox)
    assert rules_of(examined(right, within)) == ()


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"signData": BODY, "paySig": 1}, id="a number"),
        pytest.param({"signData": {"env": 1}, "paySig": "0" * 64}, id="an object"),
        pytest.param({"signData": "{", "paySig": "zz" * 32}, id="no hexadecimal"),
        pytest.param({"signData": "[" * 5000, "paySig": "0" * 64}, id="deep"),
        pytest.param({"paySig": "0" * 64}, id="nothing signed"),
    ],
)
def test_odd_parameters_are_left_alone(odd: dict[str, Any]) -> None:
    within = account(app_key=Secret("k", "app"), sandbox_app_key=Secret("s", "sandbox"))
    assert rules_of(examined(handed("", **odd), within)) == ()
