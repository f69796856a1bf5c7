"""`why401 sign`: computed as in the worked examples, checked, every step shown, no secret."""

from __future__ import annotations

import json

import pytest
from tests.certificates import private_pem
from tests.unit.signatures.example_keys import (
    APPID,
    MERCHANT,
    NONCE,
    SERIAL,
    TIMESTAMP,
    V2_KEY,
    V3_KEY,
    certificate_pem,
    private_key,
    sign,
)
from tests.unit.signatures.messages import BODY, JSAPI, ORDER, five_lines, parsed_body, v2_text

from why401.keys import Secret, certificate
from why401.sign.digests import sign_jssdk, sign_paysign_v2, sign_v2
from why401.sign.rsa import paysign_v3_request, sign_v3, v3_request
from why401.sign.steps import Signing, UnusableKeyError

KEY = Secret("credentials.wechatpay[0].api_v2_key", V2_KEY)
PEM = private_pem(private_key(MERCHANT))
CERTIFICATE = certificate("credentials.wechatpay[0].certificate", certificate_pem(MERCHANT, SERIAL))
PAY = (
    ("appId", APPID),
    ("nonceStr", "PayNonce01"),
    ("package", "prepay_id=wx20112000000000example0001"),
    ("signType", "MD5"),
    ("timeStamp", str(TIMESTAMP)),
)
HMAC = (*ORDER, ("sign_type", "HMAC-SHA256"))


def v3(given: str | None = None, **change: object) -> Signing:
    values: dict[str, object] = {"certificate": CERTIFICATE, "given": given, **change}
    claim = v3_request("POST", JSAPI, BODY.encode(), str(TIMESTAMP), NONCE, "api.mch.weixin.qq.com")
    return sign_v3(claim, **values)  # type: ignore[arg-type]


COMPUTED = [
    pytest.param(sign_v2(ORDER, KEY), "554ECE40880219FD4512BB13C0C15FA1", id="v2, MD5"),
    pytest.param(
        sign_v2(HMAC, KEY),
        "AD73AC4279B8C52E9856C32CE98DD7BEA9326162F322EBFAABE9D5736433570B",
        id="v2, HMAC",
    ),
    pytest.param(v3(private_key=PEM), sign(five_lines()), id="v3"),
    pytest.param(
        sign_paysign_v2("jsapi", PAY, KEY), "B8AD002F9E022C4D377BE15143BD067D", id="paySign, v2"
    ),
    pytest.param(
        sign_v3(
            paysign_v3_request(
                APPID, str(TIMESTAMP), "PayNonce01", "prepay_id=wx20112000000000example0001"
            ),
            private_key=PEM,
        ),
        sign(f"{APPID}\n{TIMESTAMP}\nPayNonce01\nprepay_id=wx20112000000000example0001\n".encode()),
        id="paySign, v3",
    ),
    pytest.param(
        sign_jssdk(
            "https://shop.example/pay?oid=1&x=%E6%B5%8B#top",
            Secret("ticket", "EXAMPLE-jsapi_ticket-0001"),
            "JsNonce01",
            str(TIMESTAMP),
        ),
        "c74d8ac09d708bcb70ffcba8fe09116a8924ed0e",
        id="JS-SDK",
    ),
]


@pytest.mark.parametrize(("signing", "expected"), COMPUTED)
def test_signatures_are_computed(signing: Signing, expected: str) -> None:
    assert signing.signature == signing.check.expected == expected
    assert signing.check.status == "valid"


MISSPELT = (*ORDER, ("sign_type", "HMAC_SHA256"))
RIGHT_TYPE, WRONG_TYPE = (sign_v2(each, KEY).signature for each in (HMAC, MISSPELT))
CHECKED = [
    pytest.param(sign_v2(HMAC, KEY, given=RIGHT_TYPE), "valid", None),
    pytest.param(sign_v2(MISSPELT, KEY, given=WRONG_TYPE), "mismatch", "wechatpay/v2-sign-type"),
    pytest.param(sign_v2(ORDER, KEY, given="554ECE40880219FD4512BB13C0C15FA1"), "valid", None),
    pytest.param(
        sign_v2((*ORDER, ("sign", "0482C9BFBB525F4453E74248B980807C")), KEY),
        "mismatch",
        "wechatpay/v2-empty-included",
    ),
    pytest.param(
        sign_v2(
            ORDER,
            KEY,
            given="12043E98B5037A628B7A2AB07A9F7E85",
            others=(("v2-key-is-v3key", Secret("v3", V3_KEY)),),
        ),
        "mismatch",
        "wechatpay/v2-key-is-v3key",
    ),
    pytest.param(
        sign_v2(ORDER, None, given="B250DE53B5C87ACD7B192C37986FCF90"),
        "mismatch",
        "wechatpay/v2-key-missing",
    ),
    pytest.param(sign_v2(ORDER, None, given="0" * 32), "unverifiable", None),
    pytest.param(v3(sign(five_lines())), "valid", None),
    pytest.param(
        v3(sign(five_lines(body=json.dumps(parsed_body())))),
        "mismatch",
        "wechatpay/v3-body-spaced",
    ),
    pytest.param(v3(sign(b"x", "stranger")), "mismatch", "wechatpay/v3-key-foreign"),
    pytest.param(v3(sign(five_lines()), certificate=None), "unverifiable", None),
    pytest.param(
        sign_paysign_v2("jsapi", PAY, KEY, given="B8AD002F9E022C4D377BE15143BD067D".lower()),
        "mismatch",
        "wechatpay/v2-lower-hex",
    ),
]


@pytest.mark.parametrize(("signing", "status", "rule"), CHECKED)
def test_signatures_are_checked(signing: Signing, status: str, rule: str | None) -> None:
    assert (signing.check.status, signing.check.explained_by) == (status, rule)


@pytest.mark.parametrize(
    "signing", [case.values[0] for case in (*COMPUTED, *CHECKED)], ids=lambda _: "steps"
)
def test_no_step_holds_a_secret(signing: object) -> None:
    text = repr(signing)
    for secret in (V2_KEY, V3_KEY, "EXAMPLE-jsapi_ticket-0001", "PRIVATE KEY"):
        assert secret not in text


def test_the_steps_say_what_was_left_out_and_where_texts_part() -> None:
    signing = sign_v2((*ORDER, ("sign", "0482C9BFBB525F4453E74248B980807C")), KEY)
    shown = {step.name.en: step.value for step in signing.steps}
    assert [each["name"] for each in shown["fields that are left out"]] == ["attach", "sign"]  # type: ignore[index, union-attr, call-overload]
    assert shown["length in bytes"] == len(f"{v2_text(ORDER)}&key={V2_KEY}".encode())
    assert shown["where they part"]["signed"].startswith("attach=")  # type: ignore[index, union-attr, call-overload]


@pytest.mark.parametrize("pem", ["", "nonsense", certificate_pem(MERCHANT, SERIAL)])
def test_a_bad_private_key_is_said_to_be_one(pem: str) -> None:
    if pem:
        with pytest.raises(UnusableKeyError):
            v3(private_key=pem)
