"""Answers to which there is nothing to say: success, and refusals of something else."""

from __future__ import annotations

from typing import Any

from tests.exchanges import AT_S, exchange
from tests.stories.answered import FORM, GOOD, OLD, api, auth

from why401.model import Exchange

V2 = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[{}]]></return_msg>"
V2 += "<result_code><![CDATA[SUCCESS]]></result_code>{}</xml>"


def pay(answer: str) -> Exchange:
    url = "https://api.mch.weixin.qq.com/pay/orderquery"
    return exchange(url, method="POST", status=200, response_body=answer.encode())


def wx(path: str, answer: Any) -> Exchange:
    return exchange(f"https://api.weixin.qq.com{path}?access_token=T", status=200, json=answer)


def polled(error: str) -> Exchange:
    url, form = "https://id.example.com/token", b"grant_type=urn:x:device_code&device_code=d"
    return exchange(url, method="POST", headers=FORM, body=form, status=400, json={"error": error})


HEALTHY = [
    ("token", wx("/cgi-bin/token", {"access_token": "70_abc", "expires_in": 7200})),
    ("session", wx("/sns/jscode2session", {"openid": "o", "session_key": "a" * 24})),
    ("ok", wx("/cgi-bin/menu/create", {"errcode": 0, "errmsg": "ok"})),
    ("text 0", wx("/wxa/getwxacodeunlimit", {"errcode": "0", "errmsg": "ok"})),
    ("no code", wx("/cgi-bin/message/custom/send", {"errmsg": "ok"})),
    ("null", wx("/cgi-bin/menu/get", {"errcode": None, "errmsg": "ok"})),
    (
        "a code inside of a quoted answer",
        wx(
            "/cgi-bin/openapi/rid/get",
            {"errcode": 0, "errmsg": "ok", "request": {"response_body": '{"errcode":45009}'}},
        ),
    ),
    ("a list without codes", wx("/cgi-bin/user/get", {"total": 1, "data": {"openid": ["o"]}})),
    (
        "wecom's warning",
        exchange(
            "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=T",
            status=200,
            json={"errcode": 0, "errmsg": "ok. Warning: wrong json format. "},
        ),
    ),
    ("v2", pay(V2.format("OK", "<trade_state>NOTPAY</trade_state>"))),
    ("v2, lower case", pay(V2.format("ok", ""))),
    ("v2, empty err_code", pay(V2.format("OK", "<err_code></err_code>"))),
    (
        "v2, empty result_code",
        pay("<xml><return_code>SUCCESS</return_code><result_code></result_code></xml>"),
    ),
    ("v2, bill", pay("交易时间,公众账号ID\n`2026-01-01,`wx1\n")),
    (
        "v3, closed",
        exchange("https://api.mch.weixin.qq.com/v3/pay/x/close", method="POST", status=204),
    ),
    (
        "v3, 202 without a body",
        exchange("https://api.mch.weixin.qq.com/v3/x", method="POST", status=202),
    ),
    (
        "a refused probe",
        exchange(
            "https://shop.cn/notify",
            method="POST",
            headers={
                "Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc",
                "Wechatpay-Timestamp": str(int(AT_S)),
                "Wechatpay-Nonce": "n",
                "Wechatpay-Serial": "5157F09EFDC096DE",
            },
            body=b'{"resource_type":"encrypt-resource","resource":{}}',
            status=401,
            json={"code": "FAIL"},
        ),
    ),
    (
        "echostr",
        exchange(
            "https://shop.cn/wx?signature=a&timestamp=1&nonce=2&echostr=1",
            status=200,
            response_body=b"1",
        ),
    ),
    ("device flow, pending", polled("authorization_pending")),
    ("device flow, slow down", polled("slow_down")),
    ("an entry of a log", api(auth(GOOD), {"code": 401, "name": "Unauthorized"}, 200)),
    ("an expired token that was taken", api(auth(OLD), "fine", 200)),
    ("a lower-case scheme that was taken", api(auth(GOOD, "bearer "), "fine", 200)),
    ("validation, with an expired token", api(auth(OLD), "name is required", 400)),
    ("a missing page, with an expired token", api(auth(OLD), "no such page", 404)),
    (
        "a page for people that needs a login",
        exchange(
            "https://e.com/orders",
            headers={"Accept": "text/html"},
            status=302,
            response_headers={"Location": "/login"},
        ),
    ),
]
