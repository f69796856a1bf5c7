"""Notices as a merchant's server must be able to read them: opened and verified by our own core."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from why401.sandbox import Sandbox
from why401.sandbox.wechatpay_notices import PROBE, SIGNATURE, Notice
from why401.sandbox.wechatpay_v2 import read_xml, sign
from why401.signatures.decrypt import refund_key, refund_notice, unsealed

URL = "http://127.0.0.1:9/notify"
NOW_S = 1795132800.0
ORDER = {
    "appid": "wx0000000000000000",
    "mch_id": "1900000001",
    "out_trade_no": "A1",
    "trade_type": "JSAPI",
    "total_fee": "101",
}


def verify(sandbox: Sandbox, notice: Notice) -> None:
    key = sandbox.platform.certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    given = notice.headers
    message = f"{given['Wechatpay-Timestamp']}\n{given['Wechatpay-Nonce']}\n".encode()
    signature = base64.b64decode(given[SIGNATURE], validate=True)
    key.verify(signature, message + notice.body + b"\n", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("event", ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"])
def test_a_v3_notice_is_signed_and_sealed(sandbox: Sandbox, event: str) -> None:
    notice = sandbox.wechatpay.notices.v3(URL, event, {"out_trade_no": "A1"}, NOW_S)
    verify(sandbox, notice)
    value = json.loads(notice.body)
    assert value["event_type"] == event
    assert value["create_time"] == "2026-11-20T08:00:00+08:00"
    key = sandbox.merchant.api_v3_key.encode()
    assert json.loads(unsealed(key, value["resource"])) == {"out_trade_no": "A1"}


def test_a_probe_verifies_under_no_key(sandbox: Sandbox) -> None:
    notices = sandbox.wechatpay.notices
    notice = notices.v3(URL, "TRANSACTION.SUCCESS", {}, NOW_S)
    probe = notices.probe(notice)
    assert probe.headers[SIGNATURE].startswith(PROBE)
    assert (probe.body, probe.url) == (notice.body, notice.url)
    with pytest.raises((InvalidSignature, ValueError)):
        verify(sandbox, probe)


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256"])
def test_a_v2_payment_is_signed_as_its_order_was(sandbox: Sandbox, sign_type: str) -> None:
    order = {**ORDER, "sign_type": sign_type}
    notice = sandbox.wechatpay.notices.v2_payment(URL, order, "4200")
    fields = read_xml(notice.body)
    assert fields is not None
    assert fields["transaction_id"] == "4200"
    expected = sign({**fields, "sign_type": ""}, sandbox.merchant.api_v2_key)
    is_md5 = fields["sign"] == expected
    assert is_md5 == (sign_type == "MD5")
    assert len(fields["sign"]) == (32 if is_md5 else 64)


def test_a_v2_refund_is_sealed(sandbox: Sandbox) -> None:
    notice = sandbox.wechatpay.notices.v2_refund(URL, {"out_refund_no": "R1"})
    fields = read_xml(notice.body)
    assert fields is not None
    assert "sign" not in fields
    opened = refund_notice(refund_key(sandbox.merchant.api_v2_key.encode()), fields["req_info"])
    assert opened == b"<root><out_refund_no><![CDATA[R1]]></out_refund_no></root>"
