"""Messages under HTTP 200 that refuse, and those that only sound so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.triage.envelope_words import MAX_MESSAGE, may_refuse_in_words, status_by_words

MESSAGES = [
    pytest.param("请登录", 401, id="litemall, CRMEB"),
    pytest.param("请先登录！", 401, id="with a mark"),
    pytest.param("未授权，请先登录", 401, id="behind a comma"),
    pytest.param("请登录后操作", 401, id="FastAdmin"),
    pytest.param("登录状态有误,请重新登录", 401, id="CRMEB, state"),
    pytest.param("用户未登录", 401, id="user"),
    pytest.param("账号未登录", 401, id="account"),
    pytest.param("您还没有登录", 401, id="not yet"),
    pytest.param("未登录或非法访问", 401, id="gin-vue-admin"),
    pytest.param("授权已过期", 401, id="gin-vue-admin, expired"),
    pytest.param("您的帐户异地登陆或令牌失效", 401, id="gin-vue-admin, elsewhere"),
    pytest.param("登录状态已过期", 401, id="state expired"),
    pytest.param("登录失效~", 401, id="cool-admin"),
    pytest.param("token错误", 401, id="CRMEB, token"),
    pytest.param("Token 无效：undefined", 401, id="Sa-Token"),
    pytest.param("token 已被冻结：abc", 401, id="Sa-Token, frozen"),
    pytest.param("Token缺失", 401, id="absent"),
    pytest.param("无效的token", 401, id="adjective first"),
    pytest.param("访问令牌不存在", 401, id="yudao"),
    pytest.param("令牌不能为空", 401, id="RuoYi-Cloud"),
    pytest.param("用户令牌 user-token 不能为空", 401, id="with its name"),
    pytest.param("身份验证失败。", 401, id="identity"),
    pytest.param("鉴权失败，签名错误", 401, id="authentication"),
    pytest.param("Please login first", 401, id="Casdoor"),
    pytest.param("must login", 401, id="must"),
    pytest.param("User Not Login", 401, id="not login"),
    pytest.param("The access token is wrong.", 401, id="XXL-JOB"),
    pytest.param("Illegal token: x", 401, id="admin template"),
    pytest.param("没有该操作权限", 403, id="permission"),
    pytest.param("没有权限，请联系管理员分配权限！", 403, id="JeecgBoot"),
    pytest.param("无此角色：super-admin", 403, id="Sa-Token, role"),
    pytest.param("登录成功", None, id="logged in"),
    pytest.param("no permission", 403, id="permission, English"),
    pytest.param("请先登录淘宝APP领取优惠券", None, id="another place"),
    pytest.param("请先登录 VPN 再同步", None, id="another place, after a blank"),
    pytest.param("Access denied to door 3 was logged", None, id="a door"),
    pytest.param("请登录后台管理系统查看", None, id="advice"),
    pytest.param("订单已过期，请重新下单", None, id="an order"),
    pytest.param("验证码已过期", None, id="a code"),
    pytest.param("您的登录密码已过期30天提醒开启成功", None, id="a password"),
    pytest.param("实名认证失败", None, id="a person"),
    pytest.param("暂无权限数据", None, id="data about permissions"),
    pytest.param("Token expires soon", None, id="soon"),
    pytest.param("token刷新成功", None, id="refreshed"),
    pytest.param("Please login with your new password", None, id="later"),
    pytest.param("Invalid token in template line 3", None, id="a token of a language"),
    pytest.param("", None, id="empty"),
    pytest.param("x" * MAX_MESSAGE + "请先登录", None, id="far behind"),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_status_by_words(message: str, expected: int | None) -> None:
    assert status_by_words(message) == expected
    for name in ("msg", "message", "errmsg"):
        body = json.dumps({"code": 7, name: message}, ensure_ascii=False, separators=(",", ":"))
        assert may_refuse_in_words(body.encode()) is (expected is not None)


BODIES = [
    pytest.param('{"code":7,"data":{"msg":"x"},"msg":"请登录"}', True, id="the last"),
    pytest.param('{"code":7,"msg":"请登录","data":{"msg":"x"}}', True, id="the first"),
    pytest.param('{"code":7,"msg": "请登录"}', True, id="a blank"),
    pytest.param('{"code":0,"msg":"请登录"}', False, id="code of success first"),
    pytest.param('{"code":7,"msg":["请登录"]}', False, id="a list"),
    pytest.param('{"code":7,"data":[{"msg":"a"},{"msg":"请登录"},{"msg":"b"}]}', False, id="inner"),
    pytest.param('{"code":7,"msg":"请登', False, id="cut"),
    pytest.param('{"code":7,"msg":', False, id="nothing"),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_which_message_counts(body: str, expected: bool) -> None:
    assert may_refuse_in_words(body.encode()) is expected


@given(st.binary(max_size=300))
def test_anything_may_come(content: bytes) -> None:
    assert may_refuse_in_words(b'{"msg":' + content) in (True, False)


@given(st.recursive(st.text(max_size=9), lambda each: st.dictionaries(st.text(max_size=4), each)))
def test_letters_alone_say_nothing(value: Any) -> None:
    text = json.dumps({"code": 7, "data": value}).encode()
    assert not may_refuse_in_words(text) or b"sg" in text or b"ssage" in text
