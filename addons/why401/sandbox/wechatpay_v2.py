"""WeChat Pay's API v2: XML, signed with MD5 or HMAC-SHA256 under the merchant's v2 key.

The string to sign: every non-empty element but `sign`, sorted by name, joined `name=value` with
`&`, then `&key=` and the key; values raw, never URL-encoded.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from xml.etree import ElementTree

from why401.sandbox.calls import Answer, Call, keep, text_answer
from why401.sandbox.merchant import Merchant

ORDER_FIELDS = (
    "appid",
    "mch_id",
    "nonce_str",
    "body",
    "out_trade_no",
    "total_fee",
    "spbill_create_ip",
    "notify_url",
    "trade_type",
)
MAX_XML_BYTES = 64 * 1024
NO_CERTIFICATE = (
    "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n"
    "<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
    "<center>No required SSL certificate was sent</center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


WRONG_CERTIFICATE = NO_CERTIFICATE.replace(
    "No required SSL certificate was sent", "The SSL certificate error"
)


class WechatpayV2:
    """The v2 half of the host: unified orders, their queries and refunds."""

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant
        self._orders: dict[str, dict[str, str]] = {}
        self._paid: dict[str, str] = {}
        self._refunds: dict[str, dict[str, str]] = {}

    def pay(self, number: str) -> tuple[Mapping[str, str], str]:
        """Pay an order; return it and its `transaction_id`. Raises KeyError where there is none."""
        order = self._orders[number]
        keep(self._paid, number, self._paid.get(number) or f"4200{secrets.randbelow(10**24):024d}")
        return order, self._paid[number]

    def refunded(self, number: str) -> tuple[str, Mapping[str, str]]:
        """Return where a refund wants its notice, and what that says. Raises KeyError."""
        refund = self._refunds[number]
        order = self._orders[refund["out_trade_no"]]
        return refund.get("notify_url") or order["notify_url"], {
            **{name: refund[name] for name in ("out_trade_no", "out_refund_no", "total_fee")},
            "refund_fee": refund["refund_fee"],
            "refund_id": refund["refund_id"],
            "transaction_id": self._paid[refund["out_trade_no"]],
            "refund_status": "SUCCESS",
        }

    def answer(self, call: Call) -> Answer:
        """Answer one call; what goes wrong is said in XML, with HTTP status 200."""
        if call.path.startswith("/secapi/") and not call.certificate_serial:
            return text_answer(400, NO_CERTIFICATE, content_type="text/html")
        if call.path.startswith("/secapi/") and call.certificate_serial != self._merchant.serial:
            return text_answer(400, WRONG_CERTIFICATE, content_type="text/html")
        if call.method != "POST":
            return _fail("请使用post方法", err_code="REQUIRE_POST_METHOD")
        if not call.body:
            return _fail("post数据为空", err_code="POST_DATA_EMPTY")
        fields = read_xml(call.body)
        if fields is None:
            return _fail("输入请求参数xml格式错误", err_code="XML_FORMAT_ERROR")
        return self._refused(fields) or self._business(call, fields)

    def _refused(self, fields: Mapping[str, str]) -> Answer | None:
        merchant = self._merchant
        if fields.get("mch_id") != merchant.mchid:
            return _fail("商户号mch_id或sub_mch_id不存在", err_code="MCHID_NOT_EXIST")
        if fields.get("appid") != merchant.appid:
            return _fail("appid和mch_id不匹配")
        if fields.get("sign_type", "MD5") not in ("MD5", "HMAC-SHA256", ""):
            return _fail("签名类型不支持")
        expected = sign(fields, merchant.api_v2_key)
        if not secrets.compare_digest(fields.get("sign", "").encode(), expected.encode()):
            return _fail("签名错误，请检查后再试")
        return None

    def _business(self, call: Call, fields: dict[str, str]) -> Answer:
        match call.path:
            case "/pay/unifiedorder":
                return self._order(fields)
            case "/pay/orderquery":
                order = self._orders.get(fields.get("out_trade_no", ""))
                if order is None:
                    return self._refuse_business(fields, "ORDERNOTEXIST", "订单不存在")
                paid = order["out_trade_no"] in self._paid
                state = {"trade_state": "SUCCESS" if paid else "NOTPAY"}
                return self._succeed(fields, {**state, "out_trade_no": order["out_trade_no"]})
            case "/secapi/pay/refund":
                return self._refund(fields)
            case "/pay/closeorder":
                if self._orders.pop(fields.get("out_trade_no", ""), None) is None:
                    return self._refuse_business(fields, "ORDERNOTEXIST", "订单不存在")
                return self._succeed(fields, {})
        return text_answer(404, "", content_type="text/plain")

    def _order(self, fields: dict[str, str]) -> Answer:
        missing = next((name for name in ORDER_FIELDS if not fields.get(name)), None)
        if missing:
            return _fail(f"缺少参数{missing}")
        if not re.fullmatch(r"[0-9]{1,18}", fields["total_fee"]):
            return _fail(
                "无法将输入源“/body/xml/total_fee”映射到目标字段“标价金额”中，"
                "此字段需要一个合法的 64 位有符号整数"
            )
        number = fields["out_trade_no"]
        if self._orders.get(number, fields)["total_fee"] != fields["total_fee"]:
            return self._refuse_business(fields, "OUT_TRADE_NO_USED", "商户订单号重复")
        keep(self._orders, number, fields)
        prepay_id = f"wx{secrets.token_hex(17)}"
        return self._succeed(fields, {"trade_type": fields["trade_type"], "prepay_id": prepay_id})

    def _refund(self, fields: dict[str, str]) -> Answer:
        names = ("out_trade_no", "out_refund_no", "total_fee", "refund_fee")
        missing = next((name for name in names if not fields.get(name)), None)
        if missing:
            return _fail(f"缺少参数{missing}")
        number = fields["out_trade_no"]
        if number not in self._paid:
            return self._refuse_business(fields, "ORDERNOTEXIST", "订单不存在")
        amounts = (fields["total_fee"], fields["refund_fee"], self._orders[number]["total_fee"])
        if not all(re.fullmatch(r"[0-9]{1,18}", each) for each in amounts):
            return _fail("refund_fee参数格式错误")
        total, refund, ordered = map(int, amounts)
        if total != ordered or refund > total:
            text = "订单金额或退款金额与之前请求不一致，请核实后再试"
            return self._refuse_business(fields, "REFUND_FEE_MISMATCH", text)
        refund_id = f"5030{secrets.randbelow(10**24):024d}"
        keep(self._refunds, fields["out_refund_no"], {**fields, "refund_id": refund_id})
        return self._succeed(
            fields, {**{name: fields[name] for name in names}, "refund_id": refund_id}
        )

    def _succeed(self, sent: Mapping[str, str], value: Mapping[str, str]) -> Answer:
        return self._signed(sent, {"result_code": "SUCCESS", **value})

    def _refuse_business(self, sent: Mapping[str, str], code: str, text: str) -> Answer:
        value = {"result_code": "FAIL", "err_code": code, "err_code_des": text}
        return self._signed(sent, value)

    def _signed(self, sent: Mapping[str, str], value: Mapping[str, str]) -> Answer:
        fields = {
            "return_code": "SUCCESS",
            "return_msg": "OK",
            "appid": self._merchant.appid,
            "mch_id": self._merchant.mchid,
            "nonce_str": secrets.token_hex(16),
            **value,
        }
        # The answer is signed as the request was, but does not name the algorithm.
        algorithm = sent.get("sign_type", "MD5")
        fields["sign"] = digest(fields, self._merchant.api_v2_key, algorithm)
        return _xml_answer(fields)


def sign(fields: Mapping[str, str], key: str) -> str:
    """Return the `sign` of these elements, by the algorithm that their `sign_type` names."""
    return digest(fields, key, fields.get("sign_type", "MD5"))


def digest(fields: Mapping[str, str], key: str, algorithm: str) -> str:
    """Return the upper-case hexadecimal digest under `key` (MD5 unless HMAC-SHA256 is asked)."""
    parts = [f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name]]
    message = "&".join([*parts, f"key={key}"]).encode()
    if algorithm == "HMAC-SHA256":
        return hmac.new(key.encode(), message, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(message, usedforsecurity=False).hexdigest().upper()


def read_xml(body: bytes) -> dict[str, str] | None:
    """Return the elements below the root with their text untrimmed; None if this is not XML.

    A document type is refused: nobody needs one here, and entities can be made to explode.
    """
    if len(body) > MAX_XML_BYTES or b"<!DOCTYPE" in body:
        return None
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 -- no document type, bounded size
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return {child.tag: child.text or "" for child in root} if root.tag == "xml" else None


def write_xml(fields: Mapping[str, str]) -> bytes:
    """Return the elements as the XML of API v2, every value in a CDATA section."""
    lines = [
        f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        for name, value in fields.items()
    ]
    return ("<xml>" + "\n".join(lines) + "</xml>").encode()


def _fail(message: str, err_code: str | None = None) -> Answer:
    fields = {"return_code": "FAIL", "return_msg": message}
    return _xml_answer(fields if err_code is None else {**fields, "err_code": err_code})


def _xml_answer(fields: Mapping[str, str]) -> Answer:
    return Answer(200, write_xml(fields), (("Content-Type", "text/plain"),))
