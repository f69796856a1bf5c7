from typing import Any

import pytest
from tests.unit.detectors.diagnosed import refused

from why401.case import Case
from why401.detectors.refusal import is_refused

REFUSED: list[Any] = [
    pytest.param({"status": 401, "challenge": ""}, True, id="401"),
    pytest.param({"status": 422, "challenge": "", "says": "Not enough segments"}, True, id="Flask"),
    pytest.param(
        {"status": 422, "challenge": "", "json": {"msg": "Only non-refresh tokens are allowed"}},
        True,
        id="Flask-JWT-Extended",
    ),
    pytest.param(
        {"status": 422, "challenge": "", "json": {"msg": "name is required"}}, False, id="msg"
    ),
    pytest.param(
        {"status": 400, "challenge": "", "json": {"error": "invalid_grant"}}, True, id="OAuth"
    ),
    pytest.param({"status": 400, "challenge": "", "says": "name is empty"}, False, id="validation"),
    pytest.param({"status": 400, "challenge": "", "says": "Malformed body"}, False, id="body"),
    pytest.param(
        {"status": 422, "challenge": "", "says": "coupon has expired"}, False, id="coupon"
    ),
    pytest.param({"status": 200, "challenge": ""}, False, id="accepted"),
    pytest.param({"status": 500, "says": "JsonWebTokenError: jwt malformed"}, True, id="unhandled"),
    pytest.param({"status": 500, "says": "the token table is locked"}, False, id="a broken server"),
    pytest.param({"status": 401, "url": "https://api.weixin.qq.com/a"}, False, id="WeChat"),
]


@pytest.mark.parametrize(("parts", "expected"), REFUSED)
def test_is_refused(parts: dict[str, Any], expected: bool) -> None:
    assert is_refused(Case(refused(**parts))) is expected
