"""Signed messages for tests: right ones, and whatever a test wants signed in their place."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.exchanges import exchange
from tests.unit.signatures.example_keys import (
    MCHID,
    MERCHANT,
    NONCE,
    SERIAL,
    TIMESTAMP,
    V2_KEY,
    all_keys,
    sign,
)

from why401.case import Case
from why401.context import Context
from why401.history import History
from why401.keys import Keys
from why401.masking import Masker
from why401.model import Exchange
from why401.signatures import Examination, examine

PAY = "https://api.mch.weixin.qq.com"
JSAPI = "/v3/pay/transactions/jsapi"
BODY = (
    '{"appid":"wx00000000000000aa","mchid":"1900000001","description":"测试商品",'
    '"out_trade_no":"T202611200001","notify_url":"https://shop.example/notify",'
    '"amount":{"total":101,"currency":"CNY"},"payer":{"openid":"oEXAMPLE0001"}}'
)
ORDER = (
    ("appid", "wx00000000000000aa"),
    ("mch_id", MCHID),
    ("nonce_str", "N0nceExample01"),
    ("body", "测试 商品&1"),
    ("out_trade_no", "T202611200001"),
    ("total_fee", "101"),
    ("spbill_create_ip", "203.0.113.7"),
    ("notify_url", "https://shop.example/notify"),
    ("trade_type", "JSAPI"),
    ("openid", "oEXAMPLE0001"),
    ("attach", ""),
)
SIGN_ERROR = "签名错误，请检查后再试"


def context(keys: Keys | None = None) -> Context:
    """Return a context with the example keys, or others."""
    return Context(History(), all_keys() if keys is None else keys, Masker(b"tests"))


def examined(message: Exchange, within: Context | None = None) -> Examination:
    """Return what the signatures of `message` show."""
    return examine(Case(message), within or context())


def five_lines(
    method: str = "POST",
    url: str = JSAPI,
    body: str | bytes = BODY,
    timestamp: int | str = TIMESTAMP,
    nonce: str = NONCE,
) -> bytes:
    """Return what a v3 request should sign."""
    data = body.encode() if isinstance(body, str) else body
    return f"{method}\n{url}\n{timestamp}\n{nonce}\n".encode() + data + b"\n"


def v3_request(
    signed: bytes | None = None,
    *,
    signature: str | None = None,
    method: str = "POST",
    url: str = JSAPI,
    body: str | bytes = BODY,
    tag: str = MERCHANT,
    serial: int | str = SERIAL,
    mchid: str = MCHID,
    saw: dict[str, Any] | None = None,
    says: str = SIGN_ERROR,
    code: str = "SIGN_ERROR",
    status: int = 401,
    content_type: str = "application/json",
    id: str = "t#0",  # noqa: A002
) -> Exchange:
    """Return a refused v3 request over which `signed` was signed, by default the right text."""
    data = body.encode() if isinstance(body, str) else body
    if signature is None:
        signature = sign(five_lines(method, url, data) if signed is None else signed, tag)
    serial_no = serial if isinstance(serial, str) else f"{serial:040X}"
    answer: dict[str, Any] = {"code": code, "message": says}
    if saw is not None:
        detail = {"field": "signature", "location": "authorization", "sign_information": saw}
        answer["detail"] = detail
    return exchange(
        PAY + url,
        method=method,
        headers={
            "Authorization": (
                f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{NONCE}",'
                f'signature="{signature}",timestamp="{TIMESTAMP}",serial_no="{serial_no}"'
            ),
            "Accept": "application/json",
            "User-Agent": "test",
            "Content-Type": content_type,
        },
        body=data,
        status=status,
        json=answer if status >= 400 else {"prepay_id": "wx20112000000000example0001"},
        id=id,
    )


def sign_information(url: str = JSAPI, body: str = BODY, method: str = "POST") -> dict[str, Any]:
    """Return what WeChat Pay says that it verified, for a request that arrives as it was sent."""
    text = f"{method}\n{url}\n{TIMESTAMP}\n{NONCE}\n"
    return {
        "method": method,
        "url": url,
        "sign_message_length": len((text + body + "\n").encode()),
        "truncated_sign_message": text + body[:8] + "\n",
    }


def xml(fields: tuple[tuple[str, str], ...]) -> bytes:
    """Return the XML of API v2."""
    return (
        "<xml>"
        + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields)
        + "</xml>"
    ).encode()


def v2_text(fields: tuple[tuple[str, str], ...]) -> str:
    """Return what v2 signs, without the key."""
    return "&".join(f"{name}={value}" for name, value in sorted(fields) if value)


def v2_sign(text: str | bytes, key: str = V2_KEY, algorithm: str = "MD5") -> str:
    """Return the sign of `text` with `&key=` appended."""
    data = (text.encode() if isinstance(text, str) else text) + f"&key={key}".encode()
    if algorithm == "MD5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    return hmac.new(key.encode(), data, hashlib.sha256).hexdigest().upper()


def v2_request(
    sign_value: str,
    fields: tuple[tuple[str, str], ...] = ORDER,
    *,
    path: str = "/pay/unifiedorder",
    says: str = SIGN_ERROR,
    body: bytes | None = None,
    id: str = "t#0",  # noqa: A002
) -> Exchange:
    """Return a refused v2 request with this sign."""
    answer = xml((("return_code", "FAIL"), ("return_msg", says)))
    return exchange(
        PAY + path,
        method="POST",
        headers={"Content-Type": "text/xml"},
        body=xml((*fields, ("sign", sign_value))) if body is None else body,
        response_body=answer,
        id=id,
    )


def rules_of(examination: Examination) -> tuple[str, ...]:
    """Return the rules found, without their folder."""
    return tuple(finding.rule.partition("/")[2] for finding in examination.findings)


def parsed_body() -> dict[str, Any]:
    """Return the example body as a value."""
    parsed: dict[str, Any] = json.loads(BODY)
    return parsed
