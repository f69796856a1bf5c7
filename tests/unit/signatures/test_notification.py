"""Notifications of WeChat Pay v2 and its refund notices: by which key, and the shop's receipt."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.exchanges import exchange
from tests.unit.signatures.callbacks import callback
from tests.unit.signatures.example_keys import (
    MCHID,
    OLD_V2_KEY,
    SANDBOX_KEY,
    V2_KEY,
    V3_KEY,
)
from tests.unit.signatures.messages import (
    context,
    examined,
    rules_of,
    v2_sign,
    v2_text,
    xml,
)

from why401.case import Case
from why401.keys import Secret
from why401.model import Exchange
from why401.signatures.decrypt import refund_key
from why401.signatures.notification import notification_of

FIELDS = (
    ("appid", "wx00000000000000aa"),
    ("mch_id", "1900000001"),
    ("nonce_str", "x"),
    ("return_code", "SUCCESS"),
    ("result_code", "SUCCESS"),
    ("coupon_fee_0", "1"),
    ("attach", "a&b"),
)


TAKEN = "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"


def notification(
    signed: tuple[tuple[str, str], ...] = FIELDS,
    *,
    algorithm: str = "MD5",
    answer: str = "<xml><return_code>SUCCESS</return_code></xml>",
    status: int = 200,
    sign_value: str = "",
) -> Exchange:
    value = sign_value or v2_sign(v2_text(signed), algorithm=algorithm)
    return exchange(
        "https://shop.example/notify",
        method="POST",
        body=xml((*FIELDS, ("sign", value))),
        status=status,
        response_body=answer.encode(),
    )


REFUSED = "<xml><return_code>FAIL</return_code><return_msg>sign</return_msg></xml>"
NOTIFICATIONS = [
    pytest.param({}, (), id="genuine and taken"),
    pytest.param({"answer": REFUSED}, ("v2-notify-unknown-dropped",), id="refused"),
    pytest.param({"answer": '{"code":"SUCCESS"}'}, ("cb-ack",), id="taken, in JSON"),
    pytest.param({"answer": "success"}, ("cb-ack",), id="taken, in a word"),
    pytest.param({"answer": "", "status": 302}, ("cb-ack",), id="redirected"),
    pytest.param(
        {"answer": REFUSED, "algorithm": "HMAC-SHA256"}, ("v2-notify-alg-default",), id="HMAC"
    ),
    pytest.param({"sign_value": "0" * 32}, ("v2-notify-sign-invalid",), id="not from WeChat"),
    pytest.param(
        {"signed": (*FIELDS[:-1], ("attach", "a&amp;b"))}, ("v2-notify-mangled",), id="unescaped"
    ),
    pytest.param(
        {"status": 400, "answer": "missing Wechatpay-Signature"},
        ("cb-v2-to-v3-handler",),
        id="at a v3 handler",
    ),
]


@pytest.mark.parametrize(("change", "rules"), NOTIFICATIONS)
def test_v2_notifications(change: dict[str, Any], rules: tuple[str, ...]) -> None:
    assert rules_of(examined(notification(**change))) == rules


BY_OTHER_KEYS = [
    pytest.param(OLD_V2_KEY, {}, ("v2-key-old",), id="the key before"),
    pytest.param(V3_KEY, {}, ("v2-key-is-v3key",), id="the APIv3 key"),
    pytest.param(SANDBOX_KEY, {}, (), id="the sandbox's"),
    pytest.param(SANDBOX_KEY, {"answer": REFUSED}, ("v2-key-sandbox-mixed",), id="and refused"),
    pytest.param("f" * 32, {}, ("v2-notify-sign-invalid",), id="nobody's"),
]


@pytest.mark.parametrize(("key", "change", "rules"), BY_OTHER_KEYS)
def test_a_notification_signed_with_a_known_key_is_not_forged(
    key: str, change: dict[str, Any], rules: tuple[str, ...]
) -> None:
    within = context()
    secret = Secret("history.sandbox-key", SANDBOX_KEY)
    within.learnt.sandbox_keys.remember(MCHID, secret)
    sent = notification(sign_value=v2_sign(v2_text(FIELDS), key), **change)
    assert rules_of(examined(sent, within)) == rules


def refund(key: bytes, answer: str = TAKEN) -> Exchange:
    plain = b"<root><out_refund_no>R1</out_refund_no></root>"
    plain += bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    return exchange(
        "https://shop.example/refund",
        method="POST",
        body=xml((("return_code", "SUCCESS"), ("req_info", sealed))),
        status=200,
        response_body=answer.encode(),
    )


REFUNDS = [
    pytest.param(refund_key(V2_KEY.encode()), (), id="as it should be"),
    pytest.param(V2_KEY.encode(), ("v2-reqinfo-key-raw",), id="the key itself"),
    pytest.param(refund_key(V2_KEY.encode()).upper(), ("v2-reqinfo-key-upper",), id="upper case"),
    pytest.param(refund_key(V3_KEY.encode()), ("v2-reqinfo-key-v3",), id="the APIv3 key"),
]


def test_a_refund_notice_wants_its_receipt() -> None:
    right = refund_key(V2_KEY.encode())
    assert rules_of(examined(refund(right, "ok"))) == ("cb-ack",)


@pytest.mark.parametrize(("key", "rules"), REFUNDS)
def test_refund_notices(key: bytes, rules: tuple[str, ...]) -> None:
    assert rules_of(examined(refund(key))) == rules


def test_what_is_no_notification_is_left_alone() -> None:
    within = context()
    found = notification_of(Case(notification()), within)
    assert found is not None
    assert (found.subject, found.mchid) == ("callback", "1900000001")
    assert notification_of(Case(callback()), within) is None
