"""Encrypted fields of v3 requests and the header that names their key."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.certificates import private_pem
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import (
    MCHID,
    MERCHANT,
    PLATFORM,
    PLATFORM_SERIAL,
    SERIAL,
    private_key,
)
from tests.unit.signatures.messages import PAY, context, examined, rules_of

from why401.keys import NO_KEYS, Keys, wechatpay_keys
from why401.model import Certainty

CIPHER = base64.b64encode(bytes(256)).decode()
NO_HEADER = "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"
WRONG = "平台证书序列号Wechatpay-Serial错误"
NOT_CIPHER = "请确认待处理的消息是否为加密后的密文"


def request(says: str, serial: str | None, name: str = CIPHER) -> Any:
    headers = {
        "Authorization": (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{MCHID}",nonce_str="N",signature="AA==",'
            f'timestamp="1795132800",serial_no="{SERIAL:040X}"'
        )
    }
    if serial is not None:
        headers["Wechatpay-Serial"] = serial
    return exchange(
        f"{PAY}/v3/fund-app/mch-transfer/transfer-bills",
        method="POST",
        headers=headers,
        body=json.dumps({"user": {"user_name": name}}).encode(),
        status=400,
        json={"code": "PARAM_ERROR", "message": says},
    )


RIGHT = f"{PLATFORM_SERIAL:040X}"
NOT_OPENED = "平台私钥解密失败"
CASES = [
    pytest.param(request(NO_HEADER, None), ("enc-serial-missing",), id="no header"),
    pytest.param(request(NO_HEADER, RIGHT), (), id="header there all the same"),
    pytest.param(
        request("the field you encrypt is error ", RIGHT),
        ("enc-merchant-key", "enc-padding"),
        id="not opened, in English",
    ),
    pytest.param(request(WRONG, f"{SERIAL:040X}"), ("enc-serial-merchant",), id="merchant's"),
    pytest.param(request(WRONG, RIGHT.lower()), ("enc-serial-format",), id="lower case"),
    pytest.param(request(WRONG, str(PLATFORM_SERIAL)), ("enc-serial-format",), id="decimal"),
    pytest.param(request(WRONG, "0" * 40), (), id="unknown"),
    pytest.param(request(NOT_CIPHER, RIGHT, "张三"), ("enc-plaintext",), id="plain text"),
    pytest.param(request(NOT_CIPHER, RIGHT), (), id="a ciphertext"),
    pytest.param(request("参数错误", None, "张三"), (), id="another complaint"),
]


@pytest.mark.parametrize(("message", "rules"), CASES)
def test_encrypted_fields(message: Any, rules: tuple[str, ...]) -> None:
    assert rules_of(examined(message)) == rules


TRANSFER = "/v3/fund-app/mch-transfer/transfer-bills"


def complained(
    body: dict[str, Any], scheme: str = "WECHATPAY2-SHA256-RSA2048", path: str = TRANSFER
) -> Any:
    return exchange(
        PAY + path,
        method="POST",
        headers={"Authorization": f'{scheme} mchid="{MCHID}",nonce_str="N"'},
        body=json.dumps(body).encode(),
        status=400,
        json={"code": "PARAM_ERROR", "message": NOT_CIPHER},
    )


PLAIN = [
    pytest.param(TRANSFER, {"user_name": "张三"}, Certainty.PROVEN, id="documented"),
    pytest.param(
        TRANSFER, {"goods": {"name": "tea"}, "user_name": CIPHER}, None, id="the name of a thing"
    ),
    pytest.param(
        "/v3/profitsharing/orders",
        {"receivers": [{"account": "1", "name": CIPHER}, {"account": "2", "name": "张三"}]},
        Certainty.PROVEN,
        id="one of two, documented",
    ),
    pytest.param(
        "/v3/ecommerce/profitsharing/receivers/add",
        {"name": "某某商户", "encrypted_name": CIPHER},
        None,
        id="a name that goes in clear",
    ),
    pytest.param(
        "/v3/applyment4sub/applyment/",
        {"contact_info": {"contact_name": CIPHER, "contact_email": "a@b.example"}},
        Certainty.PROVEN,
        id="an applicant's",
    ),
    pytest.param("/v3/new/thing", {"name": "张三"}, Certainty.LIKELY, id="a path not listed"),
    pytest.param("/v3/new/thing", {"title": "张三"}, None, id="no such field"),
]


@pytest.mark.parametrize(("path", "body", "certainty"), PLAIN)
def test_a_field_in_clear_is_proven_where_the_documents_want_it_encrypted(
    path: str, body: dict[str, Any], certainty: Certainty | None
) -> None:
    found = [
        each
        for each in examined(complained(body, path=path)).findings
        if each.rule == "wechatpay/enc-plaintext"
    ]
    assert [each.certainty for each in found] == ([certainty] if certainty else [])


def test_a_ciphertext_of_sm2_is_not_taken_for_plain_text() -> None:
    sealed = base64.b64encode(bytes(110)).decode()
    sent = complained({"user": {"user_name": sealed}}, "WECHATPAY2-SM2-WITH-SM3")
    assert rules_of(examined(sent)) == ()


def encrypted(tag: str, algorithm: hashes.HashAlgorithm | None) -> str:
    """Encrypt a name for the key of `tag`: OAEP, or PKCS#1 v1.5 without an algorithm."""
    scheme = (
        padding.OAEP(padding.MGF1(algorithm), algorithm, None) if algorithm else padding.PKCS1v15()
    )
    data = private_key(tag).public_key().encrypt("张三".encode(), scheme)
    return base64.b64encode(data).decode()


WITH_PRIVATE = Keys(
    wechatpay=(
        wechatpay_keys(
            "credentials.wechatpay[0]", MCHID, private_key_pem=private_pem(private_key(MERCHANT))
        ),
    )
)
BOTH = ("enc-merchant-key", "enc-padding")
UNOPENED = [
    pytest.param(WITH_PRIVATE, MERCHANT, hashes.SHA1(), BOTH[:1], Certainty.PROVEN, id="own key"),
    pytest.param(
        WITH_PRIVATE, MERCHANT, hashes.SHA256(), BOTH[:1], Certainty.PROVEN, id="own key, SHA-256"
    ),
    pytest.param(WITH_PRIVATE, PLATFORM, None, BOTH[1:], Certainty.LIKELY, id="older padding"),
    pytest.param(WITH_PRIVATE, MERCHANT, None, BOTH[1:], Certainty.LIKELY, id="own, older padding"),
    pytest.param(NO_KEYS, MERCHANT, hashes.SHA1(), BOTH, Certainty.POSSIBLE, id="no private key"),
]


@pytest.mark.parametrize(("keys", "tag", "algorithm", "rules", "certainty"), UNOPENED)
def test_what_wechat_pay_cannot_open(
    keys: Keys,
    tag: str,
    algorithm: hashes.HashAlgorithm | None,
    rules: tuple[str, ...],
    certainty: Certainty,
) -> None:
    found = examined(request(NOT_OPENED, RIGHT, encrypted(tag, algorithm)), context(keys))
    assert rules_of(found) == rules
    assert {finding.certainty for finding in found.findings} == {certainty}


def test_what_is_no_ciphertext_is_not_guessed_at() -> None:
    assert rules_of(examined(request(NOT_OPENED, RIGHT, "张三"), context(WITH_PRIVATE))) == ()
