"""WeChat Pay's API v3: JSON, signed with RSA over method, target, time, nonce and body.

The checks run in the server's order: header, scheme, parameters, time, certificate, signature.
Answers are signed by the platform only where the request's own signature was good.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from why401.sandbox.calls import Answer, Call, json_answer, keep
from why401.sandbox.merchant import Merchant, Platform

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S = 300
PARAMETERS = frozenset({"mchid", "nonce_str", "signature", "timestamp", "serial_no"})
PARAMETER = re.compile(r'([A-Za-z_]{1,32})="([^"]{0,1024})"')
ORDER_PATH = "/v3/pay/transactions/jsapi"
QUERY_PATH = re.compile(r"/v3/pay/transactions/out-trade-no/([0-9A-Za-z_|*@-]{1,32})(/close)?")
ORDER_FIELDS = (
    ("appid", "公众号ID"),
    ("description", "商品描述"),
    ("out_trade_no", "商户订单号"),
    ("notify_url", "通知地址"),
)

# Internal codes at the end of Request-ID, as far as they are publicly known; a message whose own
# code is not known carries that of its nearest relative.
OK = 0
BAD_FORMAT = 270924346
BAD_AUTHORIZATION = 270924332
BAD_IDENTITY = 270924360
NO_CERTIFICATE = 269546518
BAD_SIGNATURE = 268443699
BAD_PARAMETER = 268435461
APPID_MISMATCH = 268445527
REENTRY = 268498688
NO_ORDER = 268512771


class WechatpayV3:
    """The v3 half of the host: JSAPI orders, their queries, and the platform certificate."""

    def __init__(self, merchant: Merchant, key: rsa.RSAPublicKey, platform: Platform) -> None:
        self._merchant = merchant
        self._key = key
        self._platform = platform
        self._orders: dict[str, dict[str, Any]] = {}

    def answer(self, call: Call) -> Answer:
        """Answer one call: refused, or judged and signed by the platform."""
        refused = self._refused(call)
        if refused is not None:
            return refused
        answer = self._business(call)
        timestamp, nonce = str(int(call.now_s)), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + answer.body + b"\n"
        return answer.plus(
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Serial", self._platform.serial),
            ("Wechatpay-Signature", self._platform.sign(message)),
            ("Wechatpay-Signature-Type", SCHEME),
            ("Wechatpay-Timestamp", timestamp),
        )

    def _refused(self, call: Call) -> Answer | None:
        if not call.text("accept") or not call.text("user-agent"):
            return _error(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent", BAD_PARAMETER)
        header = call.text("authorization")
        malformed = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
        if not header:
            return _sign_error(malformed, BAD_FORMAT)
        scheme, _, rest = header.partition(" ")
        if scheme != SCHEME:
            return _sign_error("Http头Authorization认证类型不正确", BAD_AUTHORIZATION)
        claim = read_parameters(rest)
        if claim is None or not re.fullmatch(r"[0-9]{1,16}", claim["timestamp"]):
            return _sign_error(malformed, BAD_FORMAT)
        if abs(call.now_s - int(claim["timestamp"])) > TOLERANCE_S:
            text = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
            return _sign_error(text, BAD_AUTHORIZATION)
        if claim["mchid"] != self._merchant.mchid:
            text = "商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。"
            return _sign_error(text, NO_CERTIFICATE)
        if claim["serial_no"] != self._merchant.serial:
            text = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
            return _sign_error(text, BAD_IDENTITY)
        return None if self._verifies(call, claim) else _signature_mismatch(call, claim)

    def _verifies(self, call: Call, claim: Mapping[str, str]) -> bool:
        try:
            signature = base64.b64decode(claim["signature"], validate=True)
            message = request_message(
                call.method, call.target, claim["timestamp"], claim["nonce_str"], call.body
            )
            self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def _business(self, call: Call) -> Answer:
        query = QUERY_PATH.fullmatch(call.path)
        if call.path == ORDER_PATH and call.method == "POST":
            return self._order(call)
        if query and query[2] and call.method == "POST":
            return self._close(query[1])
        if query and not query[2] and call.method == "GET":
            return self._state(call, query[1])
        if call.path == "/v3/certificates" and call.method == "GET":
            return self._certificates()
        return _error(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在", BAD_PARAMETER)

    def _order(self, call: Call) -> Answer:
        order = call.json
        for name, label in ORDER_FIELDS:
            if not isinstance(order.get(name), str) or not order[name]:
                text = f"输入源“/body/{name}”映射到字段“{label}”必填性规则校验失败，此字段为必填项"
                return _parameter_error(text, f"/{name}")
        amount = order.get("amount")
        total = amount.get("total") if isinstance(amount, dict) else None
        if type(total) is not int or total < 1:
            text = (
                "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，"
                "此字段需要一个合法的 64 位有符号整数"
            )
            return _parameter_error(text, "/amount/total")
        if order.get("mchid") != self._merchant.mchid:
            text = "http header中的mchid与post payload中的mchid不匹配"
            return _parameter_error(text, "/mchid")
        if order["appid"] != self._merchant.appid:
            text = "appid和mch_id不匹配，请检查后再试"
            return _error(400, "APPID_MCHID_NOT_MATCH", text, APPID_MISMATCH)
        number = order["out_trade_no"]
        if self._orders.get(number, order) != order:
            text = "请求重入时，参数与首次请求时不一致，请检查后再试"
            return _error(400, "INVALID_REQUEST", text, REENTRY)
        keep(self._orders, number, order)
        return _json(200, {"prepay_id": f"wx{secrets.token_hex(17)}"}, OK)

    def _close(self, number: str) -> Answer:
        if self._orders.pop(number, None) is None:
            return _error(404, "ORDER_NOT_EXIST", "订单不存在", NO_ORDER)
        return Answer(204, b"", (("Request-ID", _request_id(OK)),))

    def _state(self, call: Call, number: str) -> Answer:
        order = self._orders.get(number)
        if call.query.get("mchid") != self._merchant.mchid:
            text = "输入源“/query/mchid”映射到字段“直连商户号”必填性规则校验失败，此字段为必填项"
            return _parameter_error(text, "mchid", location="query")
        if order is None:
            return _error(404, "ORDER_NOT_EXIST", "订单不存在", NO_ORDER)
        value = {
            "amount": {"currency": "CNY", "total": order["amount"]["total"]},
            "appid": order["appid"],
            "mchid": order["mchid"],
            "out_trade_no": number,
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
        }
        return _json(200, value, OK)

    def _certificates(self) -> Answer:
        nonce = secrets.token_hex(6)
        cipher = AESGCM(self._merchant.api_v3_key.encode())
        secret = cipher.encrypt(
            nonce.encode(), self._platform.certificate_pem.encode(), b"certificate"
        )
        certificate = self._platform.certificate
        entry = {
            "effective_time": certificate.not_valid_before_utc.isoformat(),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(secret).decode(),
                "nonce": nonce,
            },
            "expire_time": certificate.not_valid_after_utc.isoformat(),
            "serial_no": self._platform.serial,
        }
        return _json(200, {"data": [entry]}, OK)


def request_message(method: str, target: bytes, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the five lines that a v3 request signs; the last, too, ends with a newline."""
    parts = (method.encode(), target, timestamp.encode(), nonce.encode(), body)
    return b"".join(part + b"\n" for part in parts)


def read_parameters(text: str) -> dict[str, str] | None:
    """Return the five parameters behind the scheme; None unless each is there in double quotes."""
    found: dict[str, str] = {}
    for part in text[:4096].split(","):
        match = PARAMETER.fullmatch(part.strip(" "))
        if match is None:
            return None
        found[match[1]] = match[2]
    return found if found.keys() >= PARAMETERS else None


def _signature_mismatch(call: Call, claim: Mapping[str, str]) -> Answer:
    timestamp, nonce = claim["timestamp"], claim["nonce_str"]
    message = request_message(call.method, call.target, timestamp, nonce, call.body)
    shown = call.body.decode("utf-8", "replace")[:8].encode()
    short = request_message(call.method, call.target, timestamp, nonce, shown)
    detail = {
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": call.method,
            "url": call.target.decode("latin-1"),
            "truncated_sign_message": short.decode("utf-8", "replace"),
            "sign_message_length": len(message),
        },
    }
    return _sign_error("签名错误，请检查后再试", BAD_SIGNATURE, detail)


def _sign_error(message: str, internal: int, detail: Mapping[str, Any] | None = None) -> Answer:
    return _error(401, "SIGN_ERROR", message, internal, detail)


def _parameter_error(message: str, field: str, location: str = "body") -> Answer:
    detail = {"field": field, "location": location, "value": None}
    return _error(400, "PARAM_ERROR", message, BAD_PARAMETER, detail)


def _error(
    status: int, code: str, message: str, internal: int, detail: Mapping[str, Any] | None = None
) -> Answer:
    value: dict[str, Any] = {"code": code, "message": message}
    if detail is not None:
        value = {"code": code, "detail": detail, "message": message}
    return _json(status, value, internal)


def _json(status: int, value: Mapping[str, Any], internal: int) -> Answer:
    answer = json_answer(status, value, content_type="application/json; charset=utf-8")
    return answer.plus(
        ("Cache-Control", "no-cache, must-revalidate"),
        ("Content-Language", "zh-CN"),
        ("Request-ID", _request_id(internal)),
        ("X-Content-Type-Options", "nosniff"),
    )


def _request_id(internal: int) -> str:
    return f"08{secrets.token_hex(10).upper()}-{internal}"
