"""The half of the tour that goes to WeChat: a mini program's server, and a merchant's."""

from __future__ import annotations

import base64
import json
import secrets

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from why401.sandbox import wechatpay_v2
from why401.sandbox.client import TourClient

WEIXIN = "api.weixin.qq.com"
PAY = "api.mch.weixin.qq.com"
XML = {"Content-Type": "text/xml; charset=utf-8"}


# WeChat: every answer has status 200, the error is in the body.


def fetch_an_access_token(client: TourClient) -> None:
    """Fetch the token and use it at once."""
    client.get(WEIXIN, "/cgi-bin/get_api_domain_ip", query={"access_token": weixin_token(client)})


def use_a_superseded_token(client: TourClient) -> None:
    """Keep a token although somebody fetched a newer one since."""
    first = weixin_token(client)
    weixin_token(client)
    client.get(WEIXIN, "/cgi-bin/get_current_selfmenu_info", query={"access_token": first})


def call_from_an_unlisted_address(client: TourClient) -> None:
    """Fetch a token from an address that is not on the account's list."""
    account = client.sandbox.account_not_ip_listed
    query = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
    }
    client.get(WEIXIN, "/cgi-bin/token", query=query)


def spend_a_login_code_twice(client: TourClient) -> None:
    """Exchange what `wx.login` gave, and exchange it again."""
    account = client.sandbox.account
    query = {
        "appid": account.appid,
        "secret": account.secret,
        "js_code": client.sandbox.weixin.login_code(account.appid, client.sandbox.clock()),
        "grant_type": "authorization_code",
    }
    client.get(WEIXIN, "/sns/jscode2session", query=query)
    client.get(WEIXIN, "/sns/jscode2session", query=query)


# WeChat Pay: requests are signed.


def place_an_order_v2(client: TourClient) -> None:
    """Sign the sorted fields with the v2 key."""
    fields = order_v2(client)
    fields["sign"] = wechatpay_v2.sign(fields, client.sandbox.merchant.api_v2_key)
    client.post(PAY, "/pay/unifiedorder", wechatpay_v2.write_xml(fields), XML)


def sign_v2_with_the_wrong_key(client: TourClient) -> None:
    """Sign with the v3 key where the v2 key belongs."""
    fields = order_v2(client)
    fields["sign"] = wechatpay_v2.sign(fields, client.sandbox.merchant.api_v3_key)
    client.post(PAY, "/pay/unifiedorder", wechatpay_v2.write_xml(fields), XML)


def place_an_order_v3(client: TourClient) -> None:
    """Serialise once, sign these bytes, send these bytes."""
    body = json.dumps(order_v3(client), ensure_ascii=False, separators=(",", ":")).encode()
    header = authorization_v3(client, "POST", "/v3/pay/transactions/jsapi", body)
    client.post(PAY, "/v3/pay/transactions/jsapi", body, header)


def sign_other_bytes_than_are_sent(client: TourClient) -> None:
    """Serialise twice: the text that is signed has blanks, the body that is sent has none."""
    order = order_v3(client)
    header = authorization_v3(
        client, "POST", "/v3/pay/transactions/jsapi", json.dumps(order).encode()
    )
    body = json.dumps(order, separators=(",", ":")).encode()
    client.post(PAY, "/v3/pay/transactions/jsapi", body, header)


def weixin_token(client: TourClient) -> str:
    """Fetch and return a new access_token; the one before is void from now on."""
    account = client.sandbox.account
    query = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
    }
    return str(client.get(WEIXIN, "/cgi-bin/token", query=query).json()["access_token"])


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


def authorization_v3(client: TourClient, method: str, target: str, body: bytes) -> dict[str, str]:
    """Return the headers of a v3 request: five lines, each ended by a newline, signed with RSA."""
    merchant = client.sandbox.merchant
    timestamp, nonce = str(int(client.sandbox.clock())), secrets.token_hex(16).upper()
    message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
    key = serialization.load_pem_private_key(merchant.private_key_pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the merchant's key is not an RSA key")
    signature = base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()
    return {
        "Authorization": (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{merchant.mchid}",nonce_str="{nonce}",'
            f'signature="{signature}",timestamp="{timestamp}",serial_no="{merchant.serial}"'
        ),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
