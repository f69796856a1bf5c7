"""What WeChat's servers answer, with what was sent to them."""

from __future__ import annotations

from tests.exchanges import exchange
from tests.stories.answered import LIKELY, POSSIBLE, PROVEN

from why401.model import Exchange


def weixin(target: str, code: object, method: str = "GET", message: str = "x") -> Exchange:
    """Return an answer of WeChat's with an errcode."""
    body = {"errcode": code, "errmsg": message}
    return exchange(f"https://api.weixin.qq.com{target}", method=method, status=200, json=body)


TOKEN = "/cgi-bin/token?grant_type=client_credential"
OF_WEIXIN = [
    ("no token, and none sent", weixin("/cgi-bin/menu/get", 41001), "wechat/41001", PROVEN),
    (
        "no token, but one sent",
        weixin("/cgi-bin/menu/get?access_token=70_abc", 41001),
        "wechat/41001",
        POSSIBLE,
    ),
    (
        "no refresh_token, but one",
        weixin("/sns/oauth2/refresh_token?refresh_token=r", 41003),
        "wechat/41003",
        POSSIBLE,
    ),
    ("no appid, and none", weixin(TOKEN, 41002), "wechat/41002", PROVEN),
    ("no appid, but one", weixin(f"{TOKEN}&appid=wx1", 41002), "wechat/41002", POSSIBLE),
    ("no secret, but one", weixin(f"{TOKEN}&secret=s", 41004), "wechat/41004", POSSIBLE),
    ("no code, but one", weixin("/sns/jscode2session?js_code=c", 41008), "wechat/41008", POSSIBLE),
    ("POST wanted, GET sent", weixin("/cgi-bin/menu/create", 43002), "wechat/43002", PROVEN),
    (
        "POST wanted, POST sent",
        weixin("/cgi-bin/menu/create", 43002, "POST"),
        "wechat/43002",
        POSSIBLE,
    ),
    (
        "retired or not",
        weixin("/cgi-bin/menu/get?access_token=70_abc", "40001"),
        "wechat/40001",
        POSSIBLE,
    ),
    (
        "another host's 40001",
        exchange("https://oapi.dingtalk.com/x", status=200, json={"errcode": 40001, "errmsg": "x"}),
        None,
        None,
    ),
    (
        "a host that only begins so",
        exchange("https://api.weixin.qq.com.evil.com/x", status=200, json={"errcode": 42001}),
        None,
        None,
    ),
    (
        "a trailing dot",
        exchange(
            "https://api.weixin.qq.com./cgi-bin/x?access_token=T",
            status=200,
            json={"errcode": 42001, "errmsg": "x"},
        ),
        "wechat/42001",
        LIKELY,
    ),
]
