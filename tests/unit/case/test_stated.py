"""What an answer under HTTP 200 means: a refusal only where it is one in shape and host."""

from __future__ import annotations

from typing import Any

import pytest

from why401.case.stated import stated_status

SHOP = "shop.example.com"


def graphql(code: Any, data: Any = None) -> dict[str, Any]:
    return {"errors": [{"message": "x", "extensions": {"code": code}}], "data": data}


BODIES = [
    pytest.param(SHOP, {"code": 401, "msg": "登录已过期"}, 401, id="envelope"),
    pytest.param(SHOP, {"code": "403", "message": "no permission"}, 403, id="number as text"),
    pytest.param(SHOP, {"code": "UNAUTHORIZED", "message": "x"}, 401, id="by name"),
    pytest.param(SHOP, {"code": 401, "msg": "库存不足"}, None, id="not about credentials"),
    pytest.param(SHOP, {"code": 401, "msg": "token", "city": "x"}, None, id="a record"),
    pytest.param(SHOP, {"code": True, "msg": "token"}, None, id="a bool is no code"),
    pytest.param(SHOP, {"code": 1001, "msg": "请先登录"}, 401, id="in words"),
    pytest.param(SHOP, {"code": 500, "msg": "token 无效：undefined"}, 401, id="Sa-Token"),
    pytest.param(
        SHOP, {"code": 50008, "message": "Illegal token"}, 401, id="of the admin template"
    ),
    pytest.param(SHOP, {"code": 0, "msg": "请先登录"}, None, id="words beside success"),
    pytest.param(SHOP, {"status": 410000, "msg": "请先登录", "data": []}, 401, id="under status"),
    pytest.param(SHOP, {"status": 401, "msg": "token错误", "data": []}, 401, id="CRMEB"),
    pytest.param(SHOP, {"ret": 401, "msg": "认证失败，无法访问系统资源"}, 401, id="under ret"),
    pytest.param(SHOP, {"ret": 0, "msg": "请先登录"}, None, id="ret of success"),
    pytest.param(SHOP, {"resultCode": 416, "message": "未登录！"}, 401, id="newbee-mall"),
    pytest.param(SHOP, {"errno": 501, "errmsg": "请登录"}, 401, id="litemall"),
    pytest.param(SHOP, {"errno": 501, "errmsg": "error"}, None, id="litemall, something else"),
    pytest.param(
        SHOP, {"code": 403, "msg": "无效的token", "current": 1}, 401, id="in spite of more"
    ),
    pytest.param(SHOP, {"error": {"code": 401, "message": "请先登录"}}, 401, id="below error"),
    pytest.param(
        SHOP, {"error": {"code": 401, "message": "token"}, "data": [1]}, None, id="beside data"
    ),
    pytest.param(
        SHOP, {"status": 200, "msg": "请先登录", "data": []}, None, id="status of success"
    ),
    pytest.param(SHOP, {"status": True, "msg": "请先登录"}, None, id="status is a truth"),
    pytest.param(SHOP, {"code": 0, "status": 401, "msg": "请先登录"}, None, id="code comes first"),
    pytest.param(SHOP, {"code": 7, "msg": "优惠券已过期"}, None, id="something else is over"),
    pytest.param(SHOP, {"code": 7, "msg": "x", "text": "请先登录"}, None, id="words of a record"),
    pytest.param(SHOP, graphql("UNAUTHENTICATED"), 401, id="GraphQL"),
    pytest.param(SHOP, graphql("FORBIDDEN", {"me": None}), 403, id="GraphQL, fields null"),
    pytest.param(SHOP, graphql("FORBIDDEN", {"me": None, "a": 1}), None, id="GraphQL, in part"),
    pytest.param(SHOP, graphql("GRAPHQL_VALIDATION_FAILED"), None, id="GraphQL, another error"),
    pytest.param(SHOP, graphql("invalid-jwt"), 401, id="Hasura"),
    pytest.param(SHOP, graphql("access-denied"), 403, id="Hasura, no role"),
    pytest.param(SHOP, graphql("validation-failed"), None, id="Hasura, another error"),
    pytest.param(SHOP, graphql(["x"]), None, id="GraphQL, nonsense"),
    pytest.param(SHOP, {"errors": [1, None, {"extensions": 2}]}, None, id="GraphQL, odd"),
    pytest.param("slack.com", {"ok": False, "error": "invalid_auth"}, 401, id="Slack"),
    pytest.param("slack.com", {"ok": False, "error": "channel_not_found"}, None, id="Slack, other"),
    pytest.param("slack.com", {"ok": True, "error": None}, None, id="Slack, fine"),
    pytest.param(SHOP, {"ok": False, "error": "invalid_auth"}, None, id="as Slack, elsewhere"),
    pytest.param("open.feishu.cn", {"code": 99991663, "msg": "x"}, 401, id="Feishu"),
    pytest.param("open.feishu.cn", {"code": 0, "msg": "ok"}, None, id="Feishu, fine"),
    pytest.param("open.feishu.cn", {"code": [1], "msg": {}}, None, id="Feishu, odd"),
    pytest.param(SHOP, {"code": 99991663, "msg": "x"}, None, id="as Feishu, elsewhere"),
    pytest.param(SHOP, ["code", 401], None, id="a list"),
    pytest.param(SHOP, None, None, id="no JSON"),
]


@pytest.mark.parametrize(("host", "body", "expected"), BODIES)
def test_status_that_is_meant(host: str, body: Any, expected: int | None) -> None:
    assert stated_status(host, body) == expected
