"""Messages that WeChat Pay signs with SM2, judged as those with RSA are; and its answers."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import msgspec
import pytest
from tests.certificates import public_pem
from tests.exchanges import exchange
from tests.sm2_keys import sm2_certificate_pem, sm2_public_pem, sm2_sign
from tests.unit.signatures.callbacks import body
from tests.unit.signatures.example_keys import (
    MCHID,
    PLATFORM,
    PLATFORM_SERIAL,
    TIMESTAMP,
    V3_KEY,
    certificate_pem,
    private_key,
    sign,
)
from tests.unit.signatures.messages import PAY, context, examined, rules_of, v3_request
from tests.unit.signatures.seals import KEY as SEAL_KEY
from tests.unit.signatures.seals import sealed

from why401.case import Case
from why401.context import Context
from why401.keys import Keys, wechatpay_keys
from why401.model import Exchange
from why401.signatures.callback import opened_resource
from why401.signatures.decrypt import SM4
from why401.signatures.v3_answer import sm2_platform_keys

SERIAL = 0x5A5A


def keys(*platform: Any, api_v3_key: str = SEAL_KEY.decode()) -> Keys:
    merchant = wechatpay_keys(
        "credentials.wechatpay[0]", MCHID, api_v3_key=api_v3_key, platform_keys=platform
    )
    return Keys(wechatpay=(merchant,))


CERTIFIED = keys(sm2_certificate_pem("platform", SERIAL, "Tenpay.com sign"))
TEXT = body(sealed(SM4, b'{"trade_state":"SUCCESS"}'))


def callback(
    *,
    signed: str = TEXT,
    tag: str = "platform",
    serial: str = f"{SERIAL:040X}",
    status: int = 200,
    answer: str = "",
    text: str = TEXT,
    signature: str = "",
) -> Exchange:
    message = f"{TIMESTAMP}\nNONCE\n{signed}\n".encode()
    headers = {
        "Wechatpay-Timestamp": str(TIMESTAMP),
        "Wechatpay-Nonce": "NONCE",
        "Wechatpay-Signature": signature or base64.b64encode(sm2_sign(message, tag)).decode(),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3",
    }
    return exchange(
        "https://shop.example/notify",
        method="POST",
        headers=headers,
        body=text.encode(),
        status=status,
        response_body=answer.encode(),
    )


CASES = [
    pytest.param({}, (), id="genuine and taken"),
    pytest.param(
        {"status": 401, "answer": "bad signature"}, ("cb-valid-but-rejected",), id="refused"
    ),
    pytest.param({"tag": "stranger", "status": 401}, ("cb-sm2-invalid",), id="forged"),
    pytest.param({"signed": "another text"}, ("cb-sm2-invalid",), id="altered, nobody knows how"),
    pytest.param({"signature": "AAAA", "status": 401}, ("cb-sm2-invalid",), id="no signature"),
    pytest.param(
        {"signed": json.dumps(json.loads(TEXT)), "status": 401},
        ("cb-body-altered-upstream",),
        id="altered by a serialiser in front",
    ),
    pytest.param(
        {"serial": "0" * 39 + "1", "status": 401}, ("cb-serial-unknown", "cb-ack"), id="serial"
    ),
    pytest.param(
        {"serial": "PUB_KEY_ID_1", "status": 401}, ("cb-pubkey-migration", "cb-ack"), id="mode"
    ),
]


@pytest.mark.parametrize(("change", "rules"), CASES)
def test_sm2_callbacks(change: dict[str, Any], rules: tuple[str, ...]) -> None:
    assert rules_of(examined(callback(**change), context(CERTIFIED))) == rules


def test_a_public_key_serves_as_a_certificate_does() -> None:
    within = context(keys(("PUB_KEY_ID_1", sm2_public_pem("platform"))))
    assert rules_of(examined(callback(serial="PUB_KEY_ID_1"), within)) == ()
    forged = callback(serial="PUB_KEY_ID_1", tag="stranger")
    assert rules_of(examined(forged, within)) == ("cb-sm2-invalid",)


def test_sm4_is_opened_and_a_wrong_key_named() -> None:
    assert opened_resource(Case(callback()), context(CERTIFIED)) == b'{"trade_state":"SUCCESS"}'
    wrong = keys(sm2_certificate_pem("platform", SERIAL, "Tenpay.com sign"), api_v3_key=V3_KEY)
    assert rules_of(examined(callback(), context(wrong))) == ("cb-gcm-key",)


def test_an_unknown_algorithm_accuses_no_key() -> None:
    text = body({**sealed(SM4), "algorithm": "AEAD_NEW"})
    assert rules_of(examined(callback(text=text, signed=text), context(CERTIFIED))) == ()


def test_the_extra_is_asked_for_where_a_callback_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gmalg", None)
    assert rules_of(examined(callback(), context(CERTIFIED))) == ()
    refused = examined(callback(status=401, answer="bad signature"), context(CERTIFIED))
    assert rules_of(refused) == ("v3-sm2-unverifiable", "cb-ack")
    assert refused.checks[0].needs == ("why401[sm]",)


def learning(within: Context) -> None:
    pem = sm2_certificate_pem("new", 0x2222, "Tenpay.com sign").encode()
    order = v3_request(method="GET", url="/v3/certificates", body="", status=200)
    headers = tuple((name.decode(), value.decode()) for name, value in order.request.headers.fields)
    data = {"data": [{"encrypt_certificate": sealed(SM4, pem, "certificate")}]}
    url = f"{PAY}/v3/certificates?algorithm_type=SM2"
    examined(exchange(url, headers=headers, json=data), within)


def test_sm2_certificates_are_learnt_and_used() -> None:
    within = context(keys())
    learning(within)
    assert [key.serial for key in sm2_platform_keys(within)] == ["2222".zfill(40)]
    forged = callback(serial="2222".zfill(40), tag="stranger", status=401)
    assert rules_of(examined(forged, within)) == ("cb-sm2-invalid",)
    assert rules_of(examined(callback(serial="2222".zfill(40), tag="new"), within)) == ()


# -- answers, looked at where everything is to be verified ---------------------------------------

PUBLIC_KEY = public_pem(private_key(PLATFORM))


def answered(path: str, serial: str | None, *, asks: bool = False, method: str = "GET") -> Exchange:
    sent = v3_request(method=method, url=path, body="", status=200)
    headers = {name.decode(): value.decode() for name, value in sent.request.headers.fields}
    if asks:
        headers["Wechatpay-Serial"] = "PUB_KEY_ID_1"
    signed = {
        "Wechatpay-Timestamp": str(TIMESTAMP),
        "Wechatpay-Nonce": "NONCE",
        "Wechatpay-Signature": sign(f"{TIMESTAMP}\nNONCE\n{{}}\n".encode(), PLATFORM),
        "Wechatpay-Serial": serial or "",
    }
    return exchange(
        PAY + path,
        method=method,
        headers=headers,
        response_headers=signed if serial else {},
        json={},
    )


CERTIFICATE = f"{PLATFORM_SERIAL:040X}"
PICTURE = "/v3/merchant-service/images/ChsyMDAwMDAw"
ANSWERS = [
    pytest.param(answered("/v3/pay/x", "PUB_KEY_ID_1"), (), id="signed with the public key"),
    pytest.param(
        answered("/v3/pay/x", CERTIFICATE), ("cb-request-serial-missing",), id="never asked for"
    ),
    pytest.param(answered("/v3/pay/x", CERTIFICATE, asks=True), (), id="asked for in vain"),
    pytest.param(answered("/v3/pay/x", None), (), id="unsigned"),
    pytest.param(
        answered("/v3/billdownload/file?token=x", None), ("cb-resp-unsigned-endpoint",), id="bill"
    ),
    pytest.param(answered(PICTURE, None), ("cb-resp-unsigned-endpoint",), id="picture"),
    pytest.param(
        answered("/v3/merchant-service/images/upload", None, method="POST"), (), id="upload"
    ),
]


def test_a_certificates_user_who_gets_the_public_key_was_asking_for_nothing_else() -> None:
    known = keys(certificate_pem(PLATFORM, PLATFORM_SERIAL, "Tenpay.com sign"))
    everything = msgspec.structs.replace(known, verify_accepted=True)
    message = answered("/v3/pay/x", "PUB_KEY_ID_1")
    assert rules_of(examined(message, context(everything))) == ()


@pytest.mark.parametrize(("message", "rules"), ANSWERS)
def test_answers(message: Exchange, rules: tuple[str, ...]) -> None:
    known = keys(("PUB_KEY_ID_1", PUBLIC_KEY))
    everything = msgspec.structs.replace(known, verify_accepted=True)
    assert rules_of(examined(message, context(everything))) == rules
    assert rules_of(examined(message, context(known))) == ()
