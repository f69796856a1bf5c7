from __future__ import annotations

import json
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, finding, rules

from why401.model import Exchange

TAIL = "rid: 6425d22a-37dd8402-0c127510"
RID = "invalid credential, access_token is invalid or not latest rid: 6425d22a-37dd8402-0c127510"

REFUSED = {"errcode": 40001, "errmsg": RID}


def answer(body: Any, *, host: str = "shop.example.com", status: int = 200) -> Exchange:
    return exchange(f"https://{host}/api/login", method="POST", json=body, status=status)


FIRING = [
    pytest.param(answer(REFUSED), "40001", id="as it was"),
    pytest.param(answer({"errcode": 40029, "errmsg": "invalid code, hints: [ req_id: A-1 ]"}),
                 "40029", id="with a hint"),
    pytest.param(answer({"code": 500, "msg": "wx: " + json.dumps(REFUSED)}), "40001",
                 id="in a text"),
    pytest.param(answer({"data": REFUSED}, status=500), "40001", id="under 500"),
    pytest.param(answer(dict(reversed(REFUSED.items()))), "40001", id="the message first"),
    pytest.param(answer({"code": 40029, "msg": f"invalid code, {TAIL}"}), "40029",
                 id="under names of its own"),
    pytest.param(answer({"code": 500, "message": f"40163: code been used, {TAIL}"}, status=500),
                 "40163", id="a number in a sentence"),
    pytest.param(answer({"msg": f"错误代码：40164，invalid ip 203.0.113.9, {TAIL}"}), "40164",
                 id="beside an address"),
    pytest.param(answer({"msg": "not allow, hint: [1741842467591810604040261], from ip: 203.0.113.9"
                                ", more info at https://x/devtool/query?e=60020"}), "60020",
                 id="WeCom, with a link alone"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "code"), FIRING)
def test_answer_of_wechat_behind_another_server(seen: Exchange, code: str) -> None:
    found = diagnosed(seen)
    passed_on = finding(found, "wechat/passed-on")
    assert (passed_on.certainty, found.severity) == ("likely", "warning")
    assert passed_on.values["code"] == code


SILENT = [
    pytest.param(answer({"errcode": 0, "errmsg": "ok"}), id="cured: success"),
    pytest.param(answer({"errcode": 40001, "errmsg": "余额不足"}), id="another table"),
    pytest.param(answer({"errcode": 41001, "errmsg": "access_token missing"}), id="words alone"),
    pytest.param(answer({"code": 40029, "msg": "invalid code"}), id="no rid"),
    pytest.param(answer({"msg": f"failed, {TAIL}"}), id="no code"),
    pytest.param(answer({"code": 40029, "msg": "grid: 1, order id: 40029"}), id="another id"),
    pytest.param(answer({"errcode": 40014, "errmsg": "invalid access_token"},
                        host="oapi.dingtalk.com"), id="DingTalk has a table of its own"),
    pytest.param(answer(REFUSED, host="api.weixin.qq.com"), id="WeChat"),
]  # fmt: skip


@pytest.mark.parametrize("seen", SILENT)
def test_other_numbers_are_left_alone(seen: Exchange) -> None:
    assert "wechat/passed-on" not in rules(diagnosed(seen))
