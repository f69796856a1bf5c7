from __future__ import annotations

import http.client
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from tests.servers import ask, ask_over, trusting

from why401.sandbox import Sandbox
from why401.sandbox.authority import certificate_pem, private_key_pem
from why401.sandbox.client import Reply
from why401.sandbox.wechatpay_v2 import digest, read_xml, sign, write_xml

HOST = "api.mch.weixin.qq.com"

# Made-up values; the signatures were computed with another program.
EXAMPLE_KEY = "example0v2key0123456789ABCDEFGHI"
EXAMPLE = {
    "appid": "wx00000000000000aa",
    "mch_id": "1900000001",
    "nonce_str": "N0nceExample01",
    "body": "测试 商品&1",
    "out_trade_no": "T202611200001",
    "total_fee": "101",
    "spbill_create_ip": "203.0.113.7",
    "notify_url": "https://shop.example/notify",
    "trade_type": "JSAPI",
    "openid": "oEXAMPLE0001",
    "attach": "",
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(EXAMPLE, "554ECE40880219FD4512BB13C0C15FA1", id="MD5"),
        pytest.param(
            {**EXAMPLE, "sign_type": "HMAC-SHA256", "sign": "ignored"},
            "AD73AC4279B8C52E9856C32CE98DD7BEA9326162F322EBFAABE9D5736433570B",
            id="HMAC-SHA256",
        ),
    ],
)
def test_sign(fields: dict[str, str], expected: str) -> None:
    assert sign(fields, EXAMPLE_KEY) == expected


def order(sandbox: Sandbox, number: str, **changed: str) -> dict[str, str]:
    merchant = sandbox.merchant
    fields = {
        **EXAMPLE,
        "appid": merchant.appid,
        "mch_id": merchant.mchid,
        "out_trade_no": number,
        **changed,
    }
    return {"sign": sign(fields, merchant.api_v2_key), **fields}


def post(
    sandbox: Sandbox, fields: dict[str, str], path: str = "/pay/unifiedorder"
) -> dict[str, str]:
    reply = ask(sandbox, HOST, path, method="POST", body=write_xml(fields))
    assert reply.status == 200
    answer = read_xml(reply.body)
    assert answer is not None
    return answer


@pytest.mark.parametrize("algorithm", ["MD5", "HMAC-SHA256"])
def test_order_is_answered_and_signed_alike(sandbox: Sandbox, algorithm: str) -> None:
    answer = post(sandbox, order(sandbox, f"T-{algorithm}", sign_type=algorithm))
    assert (answer["return_code"], answer["result_code"]) == ("SUCCESS", "SUCCESS")
    assert answer["prepay_id"].startswith("wx")
    assert answer["sign"] == digest(answer, sandbox.merchant.api_v2_key, algorithm)


REFUSED = [
    pytest.param({"sign": "0" * 32}, "签名错误，请检查后再试", id="signature wrong"),
    pytest.param({"sign": ""}, "签名错误，请检查后再试", id="signature missing"),
    pytest.param({"total_fee": "102"}, "签名错误，请检查后再试", id="changed after signing"),
    pytest.param({"mch_id": "1"}, "商户号mch_id或sub_mch_id不存在", id="merchant unknown"),
    pytest.param({"appid": "wx1"}, "appid和mch_id不匹配", id="appid of another"),
    pytest.param({"sign_type": "md5"}, "签名类型不支持", id="sign_type in lower case"),
]


@pytest.mark.parametrize(("spoilt", "message"), REFUSED)
def test_order_refused(sandbox: Sandbox, spoilt: dict[str, str], message: str) -> None:
    answer = post(sandbox, {**order(sandbox, "T2"), **spoilt})
    assert answer.pop("err_code", None) in (None, "MCHID_NOT_EXIST")
    assert answer == {"return_code": "FAIL", "return_msg": message}


def test_lower_case_and_v3_key_do_not_verify(sandbox: Sandbox) -> None:
    fields = order(sandbox, "T3")
    lower = post(sandbox, {**fields, "sign": fields["sign"].lower()})
    other = post(sandbox, {**fields, "sign": sign(fields, sandbox.merchant.api_v3_key)})
    assert lower["return_msg"] == other["return_msg"] == "签名错误，请检查后再试"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"total_fee": "1.01"}, "无法将输入源“/body/xml/total_fee”", id="yuan"),
        pytest.param({"body": ""}, "缺少参数body", id="field missing"),
    ],
)
def test_signed_but_wrong(sandbox: Sandbox, changed: dict[str, str], message: str) -> None:
    answer = post(sandbox, order(sandbox, "T4", **changed))
    assert answer["return_code"] == "FAIL"
    assert answer["return_msg"].startswith(message)


def test_same_number_other_price(sandbox: Sandbox) -> None:
    post(sandbox, order(sandbox, "T5"))
    answer = post(sandbox, order(sandbox, "T5", total_fee="999"))
    assert answer["return_code"] == "SUCCESS"
    assert (answer["result_code"], answer["err_code"]) == ("FAIL", "OUT_TRADE_NO_USED")


def test_only_a_known_order_is_found(sandbox: Sandbox) -> None:
    post(sandbox, order(sandbox, "T6"))
    known = post(sandbox, order(sandbox, "T6"), "/pay/orderquery")
    unknown = post(sandbox, order(sandbox, "T7"), "/pay/orderquery")
    assert known["trade_state"] == "NOTPAY"
    assert unknown["err_code"] == "ORDERNOTEXIST"


def test_an_order_is_closed_once(sandbox: Sandbox) -> None:
    post(sandbox, order(sandbox, "T8"))
    closed = post(sandbox, order(sandbox, "T8"), "/pay/closeorder")
    again = post(sandbox, order(sandbox, "T8"), "/pay/closeorder")
    assert (closed["result_code"], again["err_code"]) == ("SUCCESS", "ORDERNOTEXIST")


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        pytest.param("GET", None, "REQUIRE_POST_METHOD", id="GET"),
        pytest.param("POST", b"", "POST_DATA_EMPTY", id="empty"),
        pytest.param("POST", b"appid=wx", "XML_FORMAT_ERROR", id="form"),
        pytest.param("POST", b"<xml><a>", "XML_FORMAT_ERROR", id="unclosed"),
        pytest.param("POST", b"<!DOCTYPE x><xml/>", "XML_FORMAT_ERROR", id="document type"),
    ],
)
def test_not_an_order(sandbox: Sandbox, method: str, body: bytes | None, code: str) -> None:
    reply = ask(sandbox, HOST, "/pay/unifiedorder", method=method, body=body)
    answer = read_xml(reply.body)
    assert answer is not None
    assert answer["err_code"] == code


class Merchant:
    """A client that may show a certificate, over TLS."""

    def __init__(self, sandbox: Sandbox, folder: Path, pem: str = "") -> None:
        self._tls = trusting(sandbox)
        # The sandbox's certificate is for the name that is asked for, its address is loopback.
        self._tls.check_hostname = False
        if pem:
            path = folder / "client.pem"
            path.write_text(pem)
            self._tls.load_cert_chain(path)
        self._port = sandbox.https_port

    def refund(self, fields: dict[str, str]) -> Reply:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self._port, timeout=10, context=self._tls
        )
        try:
            return ask_over(
                connection, HOST, "/secapi/pay/refund", method="POST", body=write_xml(fields)
            )
        finally:
            connection.close()


def refund_fields(sandbox: Sandbox, **changed: str) -> dict[str, str]:
    merchant = sandbox.merchant
    fields = {
        "appid": merchant.appid,
        "mch_id": merchant.mchid,
        "nonce_str": "x",
        "out_trade_no": "R0",
        "out_refund_no": "R1",
        "total_fee": "101",
        "refund_fee": "60",
        **changed,
    }
    return {**fields, "sign": sign(fields, merchant.api_v2_key)}


def own_pem(sandbox: Sandbox) -> str:
    return sandbox.merchant.private_key_pem + sandbox.merchant.certificate_pem


def test_a_refund_takes_the_merchants_certificate(sandbox: Sandbox, tmp_path: Path) -> None:
    client = Merchant(sandbox, tmp_path, own_pem(sandbox))
    early = read_xml(client.refund(refund_fields(sandbox)).body)
    assert early is not None
    assert early["err_code"] == "ORDERNOTEXIST"
    assert post(sandbox, order(sandbox, "R0"))["result_code"] == "SUCCESS"
    notice = sandbox.wechatpay.paid("R0", 0)
    assert notice.url == EXAMPLE["notify_url"]
    answer = read_xml(client.refund(refund_fields(sandbox)).body)
    assert answer is not None
    assert (answer["result_code"], answer["refund_fee"]) == ("SUCCESS", "60")
    assert b"req_info" in sandbox.wechatpay.refunded("R1", 0).body
    too_much = read_xml(client.refund(refund_fields(sandbox, refund_fee="102")).body)
    assert too_much is not None
    assert too_much["err_code"] == "REFUND_FEE_MISMATCH"
    words = read_xml(client.refund(refund_fields(sandbox, refund_fee="1.01")).body)
    assert words is not None
    assert words["return_code"] == "FAIL"


def test_another_certificate_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = sandbox._authority.issue("1900000109", key.public_key())
    pem = private_key_pem(key) + certificate_pem(certificate)
    reply = Merchant(sandbox, tmp_path, pem).refund(refund_fields(sandbox))
    assert reply.status == 400
    assert b"The SSL certificate error" in reply.body


def test_client_certificate_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    bare = Merchant(sandbox, tmp_path).refund(refund_fields(sandbox))
    assert bare.status == 400
    assert b"<title>400 No required SSL certificate was sent</title>" in bare.body
    reply = ask(sandbox, HOST, "/secapi/pay/refund", method="POST", body=b"<xml/>")
    assert reply.status == 400
    assert b"<title>400 No required SSL certificate was sent</title>" in reply.body


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_xml(b"<xml>" + body + b"</xml>")
    read_xml(body)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
        st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn", "Co"))),
    )
)
def test_xml_is_read_back(fields: dict[str, str]) -> None:
    assert read_xml(write_xml(fields)) == fields
