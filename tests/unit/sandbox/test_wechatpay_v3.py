from __future__ import annotations

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from tests.servers import Clock, ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply
from why401.sandbox.wechatpay_v3 import read_parameters, request_message

HOST = "api.mch.weixin.qq.com"
ORDER = "/v3/pay/transactions/jsapi"
BAD_FORMAT = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"


def authorization(sandbox: Sandbox, method: str, target: str, body: bytes, **changed: str) -> str:
    """Return a right Authorization value, with parameters replaced after signing."""
    merchant = sandbox.merchant
    key = serialization.load_pem_private_key(merchant.private_key_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    parameters = {
        "mchid": merchant.mchid,
        "nonce_str": "5D1F4E0C9A8B47E3A1B2C3D4E5F60718",
        "timestamp": changed.pop("timestamp", str(int(sandbox.clock()))),
        "serial_no": merchant.serial,
    }
    lines = (method, target, parameters["timestamp"], parameters["nonce_str"])
    message = "".join(f"{line}\n" for line in lines).encode() + body + b"\n"
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    parameters["signature"] = base64.b64encode(signature).decode()
    scheme = changed.pop("scheme", "WECHATPAY2-SHA256-RSA2048")
    joined = ",".join(f'{name}="{value}"' for name, value in {**parameters, **changed}.items())
    return f"{scheme} {joined}"


def send(
    sandbox: Sandbox, method: str, target: str, body: bytes | None, value: str | None
) -> Reply:
    headers = {"Accept": "application/json", "User-Agent": "test"}
    if value is not None:
        headers["Authorization"] = value
    return ask(sandbox, HOST, target, headers, method=method, body=body)


def signed(
    sandbox: Sandbox, method: str, target: str, body: bytes | None = None, **changed: str
) -> Reply:
    value = authorization(sandbox, method, target, body or b"", **changed)
    return send(sandbox, method, target, body, value)


def order(sandbox: Sandbox, number: str, **changed: object) -> bytes:
    value = {
        "appid": sandbox.merchant.appid,
        "mchid": sandbox.merchant.mchid,
        "description": "测试商品",
        "out_trade_no": number,
        "notify_url": "https://shop.example/notify",
        "amount": {"total": 101, "currency": "CNY"},
        "payer": {"openid": "oEXAMPLE0001"},
        **changed,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def assert_signed_by_platform(sandbox: Sandbox, reply: Reply) -> None:
    certificate = x509.load_pem_x509_certificate(sandbox.platform.certificate_pem.encode())
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    headers = reply.headers
    assert headers["wechatpay-serial"] == f"{certificate.serial_number:040X}"
    lines = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n".encode()
    signature = base64.b64decode(headers["wechatpay-signature"])
    key.verify(signature, lines + reply.body + b"\n", padding.PKCS1v15(), hashes.SHA256())


def test_order_query_close(sandbox: Sandbox) -> None:
    query = f"/v3/pay/transactions/out-trade-no/A1?mchid={sandbox.merchant.mchid}"
    placed = signed(sandbox, "POST", ORDER, order(sandbox, "A1"))
    seen = signed(sandbox, "GET", query)
    closed = signed(sandbox, "POST", "/v3/pay/transactions/out-trade-no/A1/close", b"{}")
    gone = signed(sandbox, "GET", query)
    assert placed.json()["prepay_id"].startswith("wx")
    assert seen.json()["trade_state"] == "NOTPAY"
    assert (closed.status, closed.body) == (204, b"")
    assert (gone.status, gone.json()["code"]) == (404, "ORDER_NOT_EXIST")
    for reply in (placed, seen, closed, gone):
        assert_signed_by_platform(sandbox, reply)


REFUSED = [
    pytest.param({"scheme": "Bearer"}, "Http头Authorization认证类型不正确", id="scheme"),
    pytest.param(
        {"scheme": "wechatpay2-sha256-rsa2048"},
        "Http头Authorization认证类型不正确",
        id="scheme in lower case",
    ),
    pytest.param({"timestamp": "now"}, BAD_FORMAT, id="timestamp no number"),
    pytest.param(
        {"timestamp": "1795132800000"},
        "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
        id="timestamp in milliseconds",
    ),
    pytest.param(
        {"mchid": "1"}, "商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。", id="mchid"
    ),
    pytest.param(
        {"serial_no": "7F"}, "商户证书序列号有误。请使用签名私钥匹配的证书序列号", id="serial"
    ),
    pytest.param({"signature": "AAAA"}, "签名错误，请检查后再试", id="signature"),
    pytest.param({"signature": "!"}, "签名错误，请检查后再试", id="signature no base64"),
    pytest.param({"nonce_str": "other"}, "签名错误，请检查后再试", id="nonce changed"),
    # The earlier check speaks first.
    pytest.param(
        {"scheme": "Basic", "timestamp": "1", "serial_no": "7F"},
        "Http头Authorization认证类型不正确",
        id="scheme before time",
    ),
    pytest.param(
        {"timestamp": "1", "serial_no": "7F"},
        "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
        id="time before serial",
    ),
    pytest.param(
        {"serial_no": "7F", "signature": "AAAA"},
        "商户证书序列号有误。请使用签名私钥匹配的证书序列号",
        id="serial before signature",
    ),
]


@pytest.mark.parametrize(("changed", "message"), REFUSED)
def test_refused(sandbox: Sandbox, changed: dict[str, str], message: str) -> None:
    reply = signed(sandbox, "POST", ORDER, order(sandbox, "B1"), **changed)
    assert reply.status == 401
    assert (reply.json()["code"], reply.json()["message"]) == ("SIGN_ERROR", message)
    assert reply.headers["request-id"].rpartition("-")[2].isdigit()
    assert "wechatpay-signature" not in reply.headers
    assert "www-authenticate" not in reply.headers


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="no header"),
        pytest.param("WECHATPAY2-SHA256-RSA2048", id="no parameters"),
        pytest.param("WECHATPAY2-SHA256-RSA2048 mchid='1',nonce_str='n'", id="single quotes"),
        pytest.param('WECHATPAY2-SHA256-RSA2048 mchid="1" nonce_str="n"', id="no commas"),
    ],
)
def test_malformed(sandbox: Sandbox, value: str | None) -> None:
    reply = send(sandbox, "GET", "/v3/certificates", None, value)
    assert (reply.status, reply.json()["message"]) == (401, BAD_FORMAT)
    assert reply.headers["request-id"].endswith("-270924346")


def test_user_agent_is_wanted(sandbox: Sandbox) -> None:
    reply = ask(sandbox, HOST, "/v3/certificates", {"Accept": "*/*"})
    assert (reply.status, reply.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("off_s", "status"),
    [
        pytest.param(300, 200, id="just in time"),
        pytest.param(301, 401, id="slow"),
        pytest.param(-301, 401, id="fast"),
    ],
)
def test_five_minutes(clocked_sandbox: Sandbox, clock: Clock, off_s: int, status: int) -> None:
    stamp = str(int(clock.now_s) - off_s)
    reply = signed(clocked_sandbox, "GET", "/v3/certificates", timestamp=stamp)
    assert reply.status == status


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"mchid":"1"}', id="longer than shown"),
        pytest.param(b"{}", id="shorter than shown"),
        pytest.param("测试测试测试测试测试".encode(), id="not ASCII"),
        pytest.param(b"", id="empty"),
    ],
)
def test_what_the_server_signed_is_told(sandbox: Sandbox, body: bytes) -> None:
    value = authorization(sandbox, "POST", ORDER + "?a=%20b", b"something else")
    reply = send(sandbox, "POST", ORDER + "?a=%20b", body, value)
    detail = reply.json()["detail"]
    saw = detail["sign_information"]
    assert (detail["field"], detail["location"]) == ("signature", "authorization")
    assert detail["detail"] == {"issue": "sign not match"}
    assert (saw["method"], saw["url"]) == ("POST", ORDER + "?a=%20b")
    lines = saw["truncated_sign_message"].split("\n")
    assert lines[:2] == ["POST", ORDER + "?a=%20b"]
    assert lines[4:] == [body.decode()[:8], ""]
    before = len("".join(f"{line}\n" for line in lines[:4]).encode())
    assert saw["sign_message_length"] == before + len(body) + 1
    assert reply.headers["request-id"].endswith("-268443699")


def test_target_is_verified_as_sent(sandbox: Sandbox) -> None:
    target = "//v3/pay/transactions/jsapi?b=2&a=%e6%b5%8b"
    value = authorization(sandbox, "GET", target, b"")
    # Two slashes are no v3 path, so v2 answers: what matters is the path that is one.
    assert b"<xml>" in send(sandbox, "GET", target, None, value).body
    query = "/v3/pay/transactions/out-trade-no/A%31?mchid=1&x=%e6%b5%8b"
    assert signed(sandbox, "GET", query).json()["code"] == "RESOURCE_NOT_EXISTS"


BUSINESS = [
    pytest.param({"mchid": "1"}, 400, "PARAM_ERROR", id="mchid of another"),
    pytest.param({"appid": "wx1"}, 400, "APPID_MCHID_NOT_MATCH", id="appid of another"),
    pytest.param({"amount": {"total": "1"}}, 400, "PARAM_ERROR", id="amount as text"),
    pytest.param({"amount": {"total": True}}, 400, "PARAM_ERROR", id="amount as truth"),
    pytest.param({"amount": None}, 400, "PARAM_ERROR", id="no amount"),
    pytest.param({"description": ""}, 400, "PARAM_ERROR", id="no description"),
]


@pytest.mark.parametrize(("changed", "status", "code"), BUSINESS)
def test_order_refused(
    sandbox: Sandbox, changed: dict[str, object], status: int, code: str
) -> None:
    reply = signed(sandbox, "POST", ORDER, order(sandbox, "C1", **changed))
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert_signed_by_platform(sandbox, reply)


def test_same_number_other_order(sandbox: Sandbox) -> None:
    signed(sandbox, "POST", ORDER, order(sandbox, "D1"))
    again = signed(sandbox, "POST", ORDER, order(sandbox, "D1"))
    other = signed(sandbox, "POST", ORDER, order(sandbox, "D1", description="Tea"))
    assert again.status == 200
    assert other.json()["code"] == "INVALID_REQUEST"
    assert other.headers["request-id"].endswith("-268498688")


@pytest.mark.parametrize(
    ("kind", "answered"),
    [
        pytest.param("jsapi", "prepay_id", id="JSAPI"),
        pytest.param("app", "prepay_id", id="APP"),
        pytest.param("native", "code_url", id="Native"),
        pytest.param("h5", "h5_url", id="H5"),
    ],
)
def test_four_ways_to_pay(sandbox: Sandbox, kind: str, answered: str) -> None:
    path = f"/v3/pay/transactions/{kind}"
    reply = signed(sandbox, "POST", path, order(sandbox, f"F-{kind}"))
    assert list(reply.json()) == [answered]
    assert_signed_by_platform(sandbox, reply)


def refund(sandbox: Sandbox, number: str, fen: object, total: int = 101, **named: str) -> Reply:
    value = {"out_refund_no": number, "amount": {"refund": fen, "total": total}, **named}
    return signed(sandbox, "POST", "/v3/refund/domestic/refunds", json.dumps(value).encode())


def test_pay_and_refund(sandbox: Sandbox) -> None:
    signed(sandbox, "POST", ORDER, order(sandbox, "G1"))
    unpaid = refund(sandbox, "R0", 1, out_trade_no="G1")
    paid = sandbox.wechatpay.orders.pay("G1")
    path = f"/v3/pay/transactions/id/{paid}?mchid={sandbox.merchant.mchid}"
    seen = signed(sandbox, "GET", path).json()
    first = refund(sandbox, "R1", 100, transaction_id=paid)
    again = refund(sandbox, "R1", 100, out_trade_no="G1")
    beyond = refund(sandbox, "R2", 2, out_trade_no="G1")
    rest = refund(sandbox, "R2", 1, out_trade_no="G1")
    asked = signed(sandbox, "GET", "/v3/refund/domestic/refunds/R1")
    assert (seen["trade_state"], seen["transaction_id"]) == ("SUCCESS", paid)
    assert [each.status for each in (unpaid, first, beyond, rest)] == [404, 200, 400, 200]
    assert first.json() == again.json() == asked.json()
    assert signed(sandbox, "GET", "/v3/refund/domestic/refunds/R3").status == 404


@pytest.mark.parametrize(
    ("number", "fen", "total", "code"),
    [
        pytest.param("", 1, 101, "PARAM_ERROR", id="no number"),
        pytest.param("R1", 1, 100, "INVALID_REQUEST", id="another total"),
        pytest.param("R1", "1", 101, "INVALID_REQUEST", id="amount as text"),
        pytest.param("R1", 0, 101, "INVALID_REQUEST", id="nothing"),
    ],
)
def test_refund_refused(sandbox: Sandbox, number: str, fen: object, total: int, code: str) -> None:
    signed(sandbox, "POST", ORDER, order(sandbox, "H1"))
    sandbox.wechatpay.orders.pay("H1")
    assert refund(sandbox, number, fen, total, out_trade_no="H1").json()["code"] == code


def test_query_needs_the_merchant(sandbox: Sandbox) -> None:
    reply = signed(sandbox, "GET", "/v3/pay/transactions/out-trade-no/E1")
    assert reply.json()["detail"]["location"] == "query"


def test_certificates_are_encrypted_under_the_v3_key(sandbox: Sandbox) -> None:
    reply = signed(sandbox, "GET", "/v3/certificates")
    assert_signed_by_platform(sandbox, reply)
    (entry,) = reply.json()["data"]
    secret = entry["encrypt_certificate"]
    plain = AESGCM(sandbox.merchant.api_v3_key.encode()).decrypt(
        secret["nonce"].encode(),
        base64.b64decode(secret["ciphertext"]),
        secret["associated_data"].encode(),
    )
    assert plain.decode() == sandbox.platform.certificate_pem
    assert entry["serial_no"] == sandbox.platform.serial


def test_request_message_ends_every_line() -> None:
    message = request_message("GET", b"/v3/certificates?a=1", "1795132800", "N", b"")
    assert message == b"GET\n/v3/certificates?a=1\n1795132800\nN\n\n"


@given(st.text(max_size=200))
def test_any_parameters_are_read_or_refused(text: str) -> None:
    read_parameters(text)
