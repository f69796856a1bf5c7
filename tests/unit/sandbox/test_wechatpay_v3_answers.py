"""How API v3 words its answers."""

import json
import re
from typing import Any

import pytest

from why401.sandbox.calls import Answer
from why401.sandbox.wechatpay_v3_answers import (
    BAD_PARAMETER,
    BAD_SIGNATURE,
    OK,
    answer,
    error,
    parameter_error,
    request_id,
    sign_error,
)

ANSWERS: list[Any] = [
    pytest.param(answer(200, {"a": 1}, OK), 200, {"a": 1}, OK, id="success"),
    pytest.param(
        error(404, "ORDER_NOT_EXIST", "订单不存在", 7), 404,
        {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}, 7, id="without detail",
    ),
    pytest.param(
        error(400, "X", "m", 7, {"issue": "y"}), 400,
        {"code": "X", "detail": {"issue": "y"}, "message": "m"}, 7, id="with detail",
    ),
    pytest.param(
        sign_error("签名错误", BAD_SIGNATURE), 401,
        {"code": "SIGN_ERROR", "message": "签名错误"}, BAD_SIGNATURE, id="signature",
    ),
    pytest.param(
        parameter_error("必填", "/appid"), 400,
        {
            "code": "PARAM_ERROR",
            "detail": {"field": "/appid", "location": "body", "value": None},
            "message": "必填",
        },
        BAD_PARAMETER, id="field of the body",
    ),
    pytest.param(
        parameter_error("必填", "mchid", location="query"), 400,
        {
            "code": "PARAM_ERROR",
            "detail": {"field": "mchid", "location": "query", "value": None},
            "message": "必填",
        },
        BAD_PARAMETER, id="field of the query",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "status", "value", "internal"), ANSWERS)
def test_an_answer_is_json_with_its_number(
    given: Answer, status: int, value: dict[str, Any], internal: int
) -> None:
    headers = dict(given.headers)
    assert given.status == status
    assert json.loads(given.body) == value
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Request-ID"].endswith(f"-{internal}")
    assert headers["Cache-Control"] == "no-cache, must-revalidate"


def test_a_request_id_is_fresh_and_ends_with_its_number() -> None:
    first, second = request_id(BAD_SIGNATURE), request_id(BAD_SIGNATURE)
    assert first != second
    assert re.fullmatch(r"08[0-9A-F]{20}-268443699", first)
