"""The stories of the tour about WeChat Pay, where every request is signed.

Seven of them sign something else than they send, or with something else: the mistakes behind most
of the world's `签名错误`. The last are the other way round: the merchant's server verifies.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from why401.sandbox import wechatpay_v2
from why401.sandbox.client import TourClient
from why401.sandbox.notified import PARSED, RAW
from why401.sandbox.wechatpay_notices import Notice

PAY = "api.mch.weixin.qq.com"
SHOP = "pay.shop.example"
JSAPI = "/v3/pay/transactions/jsapi"
XML = {"Content-Type": "text/xml; charset=utf-8"}


# API v2: XML, a digest over the sorted fields and a key.


def place_an_order_v2(client: TourClient) -> None:
    """Sign the sorted fields with the v2 key."""
    fields = order_v2(client)
    send_v2(client, fields, wechatpay_v2.sign(fields, client.sandbox.merchant.api_v2_key))


def sign_v2_with_the_v3_key(client: TourClient) -> None:
    """Sign with the APIv3 key where the API key belongs."""
    fields = order_v2(client)
    send_v2(client, fields, wechatpay_v2.sign(fields, client.sandbox.merchant.api_v3_key))


def sign_encoded_values(client: TourClient) -> None:
    """URL-encode the values before they are signed, as for a query; they are signed raw."""
    fields = {**order_v2(client), "body": "Tea 茶"}
    encoded = {name: quote(value, safe="") for name, value in fields.items()}
    send_v2(client, fields, wechatpay_v2.sign(encoded, client.sandbox.merchant.api_v2_key))


# API v3: JSON, an RSA signature over method, target, time, nonce and body.


def place_an_order_v3(client: TourClient) -> None:
    """Serialise once, sign these bytes, send these bytes."""
    body = compact(order_v3(client))
    client.post(PAY, JSAPI, body, authorization_v3(client, "POST", JSAPI, body))


def sign_other_bytes_than_are_sent(client: TourClient) -> None:
    """Serialise twice: the text that is signed has blanks, the body that is sent has none."""
    order = order_v3(client)
    header = authorization_v3(client, "POST", JSAPI, json.dumps(order).encode())
    client.post(PAY, JSAPI, compact(order), header)


def sign_with_a_key_of_nobody(client: TourClient) -> None:
    """Sign with a private key that does not belong to the certificate that is named."""
    body = compact(order_v3(client))
    key = rsa.generate_private_key(65537, 2048)
    header = authorization_v3(client, "POST", JSAPI, body, key=key)
    client.post(PAY, JSAPI, body, header)


def sign_the_path_without_its_query(client: TourClient) -> None:
    """Leave the query out of the line of the URL."""
    path = f"/v3/pay/transactions/out-trade-no/T{secrets.token_hex(12)}"
    header = authorization_v3(client, "GET", path, b"")
    client.get(PAY, path, header, query={"mchid": client.sandbox.merchant.mchid})


def give_the_time_in_milliseconds(client: TourClient) -> None:
    """Take `Date.now()` for the timestamp: WeChat Pay wants seconds."""
    body = compact(order_v3(client))
    now_ms = int(client.sandbox.clock() * 1000)
    header = authorization_v3(client, "POST", JSAPI, body, timestamp=now_ms)
    client.post(PAY, JSAPI, body, header)


def name_another_certificate(client: TourClient) -> None:
    """Name the serial number of the platform's certificate where the merchant's belongs."""
    body = compact(order_v3(client))
    serial = client.sandbox.platform.serial
    client.post(PAY, JSAPI, body, authorization_v3(client, "POST", JSAPI, body, serial=serial))


# What WeChat Pay sends to the merchant.


def fetch_the_platform_certificates(client: TourClient) -> None:
    """Fetch the certificates that answers and notices are verified with; so does the proxy."""
    path = "/v3/certificates"
    client.get(PAY, path, authorization_v3(client, "GET", path, b""))


def verify_what_was_received(client: TourClient) -> None:
    """Verify a notice over its bytes: a probe with a wrong signature is refused, the real one is
    taken."""
    notice = paid_notice(client, RAW)
    deliver(client, client.sandbox.wechatpay.notices.probe(notice))
    deliver(client, notice)


def verify_what_was_parsed(client: TourClient) -> None:
    """Parse a notice first and verify what comes out when it is written again."""
    deliver(client, paid_notice(client, PARSED))


def paid_notice(client: TourClient, path: str) -> Notice:
    """Return the notice of a payment, for the shop's address with this path."""
    paid = {"out_trade_no": f"T{secrets.token_hex(12)}", "trade_state": "SUCCESS"}
    url = f"https://{SHOP}{path}"
    now_s = client.sandbox.clock()
    return client.sandbox.wechatpay.notices.v3(url, "TRANSACTION.SUCCESS", paid, now_s)


def deliver(client: TourClient, notice: Notice) -> None:
    """Send a notice through the proxy, as if that stood before the shop."""
    client.post(SHOP, urlsplit(notice.url).path, notice.body, notice.headers)


def send_v2(client: TourClient, fields: Mapping[str, str], sign: str) -> None:
    """Send a unified order with this signature."""
    body = wechatpay_v2.write_xml({**fields, "sign": sign})
    client.post(PAY, "/pay/unifiedorder", body, XML)


def compact(value: Mapping[str, object]) -> bytes:
    """Return JSON without blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def order_v2(client: TourClient) -> dict[str, str]:
    """Return an order as API v2 wants it, not yet signed."""
    merchant = client.sandbox.merchant
    return {
        "appid": merchant.appid,
        "mch_id": merchant.mchid,
        "nonce_str": secrets.token_hex(16),
        "body": "测试商品",
        "out_trade_no": f"T{secrets.token_hex(12)}",
        "total_fee": "101",
        "spbill_create_ip": "203.0.113.7",
        "notify_url": "https://api.shop.example/notify",
        "trade_type": "JSAPI",
        "openid": "oEXAMPLE0001",
    }


def order_v3(client: TourClient) -> dict[str, object]:
    """Return an order as API v3 wants it."""
    merchant = client.sandbox.merchant
    return {
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "description": "Tea",
        "out_trade_no": f"T{secrets.token_hex(12)}",
        "notify_url": "https://api.shop.example/notify",
        "amount": {"total": 101, "currency": "CNY"},
        "payer": {"openid": "oEXAMPLE0001"},
    }


def authorization_v3(
    client: TourClient,
    method: str,
    target: str,
    body: bytes,
    *,
    key: rsa.RSAPrivateKey | None = None,
    timestamp: int | None = None,
    serial: str | None = None,
) -> dict[str, str]:
    """Return the headers of a v3 request: five lines, each ended by a newline, signed with RSA.

    With the merchant's own key and certificate, and the time of now, where nothing else is given.
    """
    merchant = client.sandbox.merchant
    serial_sent = merchant.serial if serial is None else serial
    time_sent = str(int(client.sandbox.clock()) if timestamp is None else timestamp)
    nonce = secrets.token_hex(16).upper()
    message = f"{method}\n{target}\n{time_sent}\n{nonce}\n".encode() + body + b"\n"
    signed = (key or own_key(client)).sign(message, padding.PKCS1v15(), hashes.SHA256())
    signature = base64.b64encode(signed).decode()
    return {
        "Authorization": (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{merchant.mchid}",nonce_str="{nonce}",'
            f'signature="{signature}",timestamp="{time_sent}",serial_no="{serial_sent}"'
        ),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def own_key(client: TourClient) -> rsa.RSAPrivateKey:
    """Return the private key in the merchant's apiclient_key.pem."""
    pem = client.sandbox.merchant.private_key_pem.encode()
    # It was made for this sandbox a moment ago: to check its primes takes longer than to sign.
    key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the merchant's key is not an RSA key")
    return key
