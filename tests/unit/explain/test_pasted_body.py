"""A body pasted whole is explained as it would be in traffic."""

import json

import pytest

from why401.explain.pasted_body import explained_as_answer
from why401.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge().knowledge


def asked(text: str) -> list[str]:
    found = explained_as_answer(text, KNOWLEDGE, 1_795_132_800.0)
    return [f"{each.rule}#{each.causes[0]['id']}" for each in found]


def v3(code: str, message: str) -> str:
    return json.dumps({"code": code, "message": message}, ensure_ascii=False)


def v2(message: str) -> str:
    return f"<xml><return_code>FAIL</return_code><return_msg>{message}</return_msg></xml>"


LINK = "hint: [1], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com/devtool/query?e=40001"

FIRST = [
    pytest.param('{"errcode":40163,"errmsg":"code been used"}', "wechat/40163#exchanged-twice",
                 id="platform"),
    pytest.param(json.dumps({"errcode": 40001, "errmsg": f"invalid credential, {LINK}"}),
                 "wecom/40001#", id="WeCom by its link"),
    pytest.param(v3("NO_AUTH", "此IP地址不允许调用接口"), "wechatpay/v3-no-auth#ip", id="v3"),
    pytest.param(v3("INVALID_REQUEST", "201 商户订单号重复"), "wechatpay/v3-out-trade-no-used#",
                 id="v3 by its message"),
    pytest.param(v3("SIGN_ERROR", "商户证书序列号有误"), "wechatpay/v3-serial-refused#",
                 id="what belongs to a 401"),
    pytest.param(v2("商户号该产品权限未开通"), "wechatpay/v2-noauth#product", id="v2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "first"), FIRST)
def test_the_first_is_what_traffic_would_show(text: str, first: str) -> None:
    assert asked(text)[0].startswith(first)


def test_both_platforms_are_named_where_the_shape_leaves_it_open() -> None:
    rules = [each.partition("#")[0] for each in asked('{"errcode":40001,"errmsg":"x"}')]
    assert rules == ["wechat/40001", "wecom/40001"]


NOTHING = [
    pytest.param('{"errcode":0,"errmsg":"ok"}', id="success"),
    pytest.param('{"errcode":987654,"errmsg":"x"}', id="unlisted"),
    pytest.param('{"code":40001,"message":"x"}', id="a number"),
    pytest.param('{"code":"PARAM_ERROR"}', id="no message"),
    pytest.param("<html></html>", id="a page"),
    pytest.param("{", id="cut off"),
    pytest.param("", id="empty"),
]


@pytest.mark.parametrize("text", NOTHING)
def test_other_bodies_are_left_to_the_rest(text: str) -> None:
    assert asked(text) == []
