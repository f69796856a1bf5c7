"""WeChat and WeChat Pay: what they answer to those who do everything right, and refusals."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
from urllib.parse import urlencode

from tests.negatives.healthy import Player, fine
from tests.negatives.world import Scene, Step, World, form_type, json_type
from tests.unit.signatures.example_keys import MCHID, SERIAL, V2_KEY, sign
from tests.unit.signatures.messages import BODY, JSAPI, ORDER, PAY, v2_sign, v2_text, xml

from why401.knowledge.load import rules_folder
from why401.model import Exchange

WEIXIN = "https://api.weixin.qq.com"
WECOM = "https://qyapi.weixin.qq.com"


def open_platform(world: World) -> Scene:
    """A token, and calls with it."""
    token = f"70_{world.text(120)}"
    appid, secret = f"wx{world.hex(16)}", world.hex(32)
    query = urlencode({"grant_type": "client_credential", "appid": appid, "secret": secret})
    steps = [
        world.call(
            f"{WEIXIN}/cgi-bin/token?{query}", answer={"access_token": token, "expires_in": 7200}
        )
    ]
    for path, answer in (
        ("/cgi-bin/menu/create", {"errcode": 0, "errmsg": "ok"}),
        (
            "/cgi-bin/user/get",
            {"total": 2, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"},
        ),
        (
            "/wxa/business/getuserphonenumber",
            {"errcode": 0, "errmsg": "ok", "phone_info": {"countryCode": "86"}},
        ),
        ("/datacube/getusersummary", {"list": [{"ref_date": "2026-11-19", "new_user": 40001}]}),
        ("/cgi-bin/message/custom/send", {"errcode": 0, "errmsg": "ok", "msgid": 40001}),
    ):
        if world.random.random() < 0.5:
            url = f"{WEIXIN}{path}?access_token={token}"
            steps.append(
                world.call(url, method="POST", sent=json_type(), body=b"{}", answer=answer)
            )
    return [fine(step) for step in steps]


def login(world: World) -> Scene:
    """A mini program's code, exchanged once."""
    query = {"appid": f"wx{world.hex(16)}", "secret": world.hex(32), "js_code": world.text(32)}
    answer = {"openid": f"o{world.text(27)}", "session_key": "tiihtNczf5v6AKRyjwEUhQ=="}
    url = f"{WEIXIN}/sns/jscode2session?{urlencode(query | {'grant_type': 'authorization_code'})}"
    return [fine(world.call(url, answer=answer))]


def wecom(world: World) -> Scene:
    query = urlencode({"corpid": f"ww{world.hex(16)}", "corpsecret": world.text(43)})
    token = world.text(200)
    first = {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}
    sent = {"errcode": 0, "errmsg": "ok. Warning: wrong json format. ", "invaliduser": ""}
    return [
        fine(world.call(f"{WECOM}/cgi-bin/gettoken?{query}", answer=first)),
        fine(
            world.call(
                f"{WECOM}/cgi-bin/message/send?access_token={token}",
                method="POST",
                sent=json_type(),
                body=b"{}",
                answer=sent,
            )
        ),
    ]


def pay_v3(world: World) -> Scene:
    """An order, signed with the merchant's key at the present moment."""
    at, nonce = int(world.now_s + 1), world.hex(32).upper()
    message = f"POST\n{JSAPI}\n{at}\n{nonce}\n{BODY}\n".encode()
    value = f'WECHATPAY2-SHA256-RSA2048 mchid="{MCHID}",nonce_str="{nonce}",timestamp="{at}",'
    value += f'serial_no="{SERIAL:040X}",signature="{sign(message)}"'
    sent = (("Authorization", value), ("Accept", "application/json"), *json_type())
    answer = {"prepay_id": f"wx{world.hex(32)}"}
    return [
        fine(world.call(PAY + JSAPI, method="POST", sent=sent, body=BODY.encode(), answer=answer))
    ]


def pay_v2(world: World) -> Scene:
    """An order of API v2 and the answer, both signed."""
    fields = tuple((name, world.hex(32) if name == "nonce_str" else value) for name, value in ORDER)
    body = xml((*fields, ("sign", v2_sign(v2_text(fields)))))
    back = (
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("result_code", "SUCCESS"),
        ("mch_id", MCHID),
        ("nonce_str", world.text(16)),
        ("prepay_id", f"wx{world.hex(32)}"),
    )
    text = xml((*back, ("sign", v2_sign(v2_text(back)))))
    sent = (("Content-Type", "text/xml"),)
    return [
        fine(world.call(f"{PAY}/pay/unifiedorder", method="POST", sent=sent, body=body, text=text))
    ]


def pushed(world: World) -> Scene:
    """A message that WeChat pushes to the application, taken."""
    stamp, nonce = str(int(world.now_s)), str(world.random.randrange(10**9))
    signature = hashlib.sha1("".join(sorted(("a-token", stamp, nonce))).encode()).hexdigest()
    query = urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce, "openid": "o1"})
    body = b"<xml><ToUserName>gh_1</ToUserName><MsgType>text</MsgType><Content>hi</Content></xml>"
    return [
        fine(
            world.call(
                f"/wx?{query}",
                method="POST",
                sent=(("Content-Type", "text/xml"),),
                body=body,
                text=b"success",
            )
        )
    ]


def backend(world: World) -> Scene:
    """A mini program's own back end that answers 200 whatever happens."""
    answer = world.pick(
        {"code": 0, "data": {}},
        {"code": 1001, "msg": "库存不足"},
        {"errno": 0, "errmsg": ""},
        {"success": False, "message": "手机号格式错误"},
        {"errcode": 0, "errmsg": "ok"},
    )
    sent = (("token", world.hex(32)), *form_type())
    body = json.dumps({"a": 1}).encode()
    return [fine(world.call("/wxapp/api", method="POST", sent=sent, body=body, answer=answer))]


WECHAT: tuple[Player, ...] = (open_platform, login, wecom, pay_v3, pay_v2, pushed, backend)


# -- refused, and no bytes show why ----------------------------------------------------------------


@functools.cache
def codes_of(table: str) -> tuple[str, ...]:
    """Return the codes of a table of WeChat's."""
    text = (rules_folder() / "codes" / f"{table}.csv").read_text("utf-8")
    return tuple(row["code"] for row in csv.DictReader(io.StringIO(text)) if row["code"])


def refused_code(world: World) -> Scene:
    """A call with everything that it needs, refused with any code that there is."""
    token, table = f"70_{world.text(120)}", world.pick("wechat", "wechat", "wecom")
    host = WEIXIN if table == "wechat" else WECOM
    path = world.pick("/cgi-bin/message/custom/send", "/wxa/msg_sec_check", "/cgi-bin/user/info")
    code = world.pick(*codes_of(table))
    if not code.lstrip("-").isdigit() or code.startswith("410") or code == "43001":
        # 410xx is said of what is missing, and of this call much is; 43001 asks for GET.
        return []
    body = json.dumps({"touser": f"o{world.text(27)}", "msgtype": "text", "text": {"content": "x"}})
    answer = {"errcode": int(code), "errmsg": f"refused rid: {world.hex(8)}"}
    asked = world.call(
        f"{host}{path}?access_token={token}",
        method="POST",
        sent=json_type(),
        body=body.encode(),
        answer=answer,
    )
    return [Step(asked)]


def _paid(world: World, body: str, signed: str, url: str = JSAPI, mchid: str = MCHID) -> Exchange:
    at, nonce = int(world.now_s + 1), world.hex(32).upper()
    message = f"POST\n{url}\n{at}\n{nonce}\n{signed}\n".encode()
    value = f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",timestamp="{at}",'
    value += f'serial_no="{SERIAL:040X}",signature="{sign(message)}"'
    sent = (("Authorization", value), ("Accept", "application/json"), *json_type())
    code = world.pick("SIGN_ERROR", "SIGN_ERROR", "NO_AUTH", "PARAM_ERROR", "SYSTEM_ERROR")
    answer = {"code": code, "message": world.pick("签名错误", "系统错误", "商户号无权限")}
    status = 401 if code == "SIGN_ERROR" else 403 if code == "NO_AUTH" else 400
    return world.call(
        PAY + url, status, method="POST", sent=sent, body=body.encode(), answer=answer
    )


def pay_v3_refused(world: World) -> Scene:
    """Signed as it should be, and refused all the same."""
    return [Step(_paid(world, BODY, BODY), frozenset({"wechatpay/v3-consistent-rejected"}))]


def pay_v3_mistaken(world: World) -> Scene:
    """Signed over another body than the one that was sent."""
    other, *rules = world.pick(
        (json.dumps(json.loads(BODY), ensure_ascii=False), "v3-body-spaced"),
        (json.dumps(json.loads(BODY), ensure_ascii=True, separators=(",", ":")), "v3-body-ascii"),
        ("", "v3-body-not-signed"),
        (BODY + "\n", "v3-body-final-newline", "v3-extra-newline"),
    )
    return [Step(_paid(world, BODY, other), frozenset(f"wechatpay/{rule}" for rule in rules))]


def pay_v2_refused(world: World) -> Scene:
    """An order of API v2, signed rightly or with a key that nobody knows."""
    fields = tuple((name, world.hex(32) if name == "nonce_str" else value) for name, value in ORDER)
    key = world.pick(V2_KEY, world.text(32))
    body = xml((*fields, ("sign", v2_sign(v2_text(fields), key))))
    back = xml(
        (("return_code", "FAIL"), ("return_msg", world.pick("签名错误", "商户号mch_id错误")))
    )
    asked = world.call(
        f"{PAY}/pay/unifiedorder",
        method="POST",
        sent=(("Content-Type", "text/xml"),),
        body=body,
        text=back,
    )
    true = {"wechatpay/v2-consistent-key-not-registered"} if key == V2_KEY else set[str]()
    return [Step(asked, frozenset(true))]


WECHAT += (refused_code, refused_code, pay_v3_refused, pay_v3_mistaken, pay_v2_refused)
