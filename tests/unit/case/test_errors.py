from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.case.errors import caller_ip, platform_error, request_id_code, rid
from why401.hosts import Family

V2, V3 = Family.WECHATPAY_V2, Family.WECHATPAY_V3


def code(
    family: Family,
    *,
    status: int = 200,
    json: Any = None,
    xml: dict[str, str] | None = None,
) -> tuple[str, str] | None:
    """Return code and place of the error in a body."""
    found = platform_error(family, status, json, tuple(xml.items()) if xml else None)
    return (found.code, found.place) if found else None


STATED: list[Any] = [
    pytest.param(
        Family.WECHAT, {"json": {"errcode": 40001, "errmsg": "x"}}, "40001", "json.errcode",
        id="a number",
    ),
    pytest.param(
        Family.WECHAT, {"json": {"errcode": "40007"}}, "40007", "json.errcode", id="as text"
    ),
    pytest.param(Family.WECHAT, {"json": {"errcode": -1}}, "-1", "json.errcode", id="negative"),
    pytest.param(
        Family.WECHAT, {"json": {"base_resp": {"errcode": 41001}}}, "41001",
        "json.base_resp.errcode", id="device interfaces",
    ),
    pytest.param(Family.WECOM, {"json": {"errcode": 60020}}, "60020", "json.errcode", id="WeCom"),
    pytest.param(
        V2, {"xml": {"return_code": "FAIL", "return_msg": "签名错误"}}, "FAIL", "xml.return_code",
        id="v2 transport",
    ),
    pytest.param(
        V2, {"xml": {"return_code": "SUCCESS", "result_code": "FAIL", "err_code": "NOAUTH"}},
        "NOAUTH", "xml.err_code", id="v2 business",
    ),
    pytest.param(
        V2,
        {"xml": {"return_code": "FAIL", "return_msg": "No Bill Exist", "error_code": "20002"}},
        "No Bill Exist", "xml.return_msg", id="v2 bill",
    ),
    pytest.param(
        V2, {"xml": {"return_code": "FAIL", "return_msg": "x", "error_code": "20001"}}, "20001",
        "xml.error_code", id="v2 error_code",
    ),
    pytest.param(
        V2, {"xml": {"retcode": "1", "retmsg": "x"}}, "1", "xml.retcode", id="v2 retcode"
    ),
    pytest.param(
        V3, {"status": 401, "json": {"code": "SIGN_ERROR"}}, "SIGN_ERROR", "json.code", id="v3"
    ),
    pytest.param(
        V3, {"status": 202, "json": {"code": "USERPAYING"}}, "USERPAYING", "json.code", id="v3 202"
    ),
    pytest.param(
        V2, {"status": 401, "json": {"code": "SIGN_ERROR"}}, "SIGN_ERROR", "json.code",
        id="v3 on a historic path",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("family", "body", "wanted", "place"), STATED)
def test_error_is_read(family: Family, body: dict[str, Any], wanted: str, place: str) -> None:
    assert code(family, **body) == (wanted, f"response.{place}")


@pytest.mark.parametrize(
    ("family", "body"),
    [
        pytest.param(Family.WECHAT, {"json": {"errcode": 0, "errmsg": "ok"}}, id="errcode 0"),
        pytest.param(Family.WECHAT, {"json": {"errcode": "0"}}, id="errcode 0 as text"),
        pytest.param(Family.WECHAT, {"json": {"access_token": "T"}}, id="no errcode"),
        pytest.param(Family.WECHAT, {"json": {"errcode": True}}, id="a bool is no code"),
        pytest.param(Family.WECHAT, {"json": {"errcode": "none"}}, id="text that is no number"),
        pytest.param(Family.WECHAT, {"json": [{"errcode": 1}]}, id="a list"),
        pytest.param(
            Family.WECOM, {"json": {"errcode": 0, "invaliduser": "u1|u2"}}, id="partial success"
        ),
        pytest.param(
            V2, {"xml": {"return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS"}},
            id="v2 success",
        ),
        pytest.param(
            V2, {"xml": {"return_code": "SUCCESS", "result_code": "SUCCESS",
                         "trade_state": "NOTPAY"}},
            id="a state is no error",
        ),
        pytest.param(V2, {}, id="a bill as text"),
        pytest.param(V3, {"json": {"code": "SUCCESS"}}, id="v3 200"),
        pytest.param(V3, {"status": 204}, id="v3 204"),
        pytest.param(V3, {"status": 400, "json": {"code": 1}}, id="a number is no v3 code"),
        pytest.param(Family.CRYPT, {"json": {"errcode": -41003}}, id="no server's family"),
    ],
)  # fmt: skip
def test_what_is_no_error_is_silent(family: Family, body: dict[str, Any]) -> None:
    assert code(family, **body) is None


@given(
    st.sampled_from(Family),
    st.integers(0, 999),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["errcode", "errmsg", "base_resp", "code", "message"]), inner
            )
        ),
        max_leaves=8,
    ),
    st.lists(
        st.tuples(st.sampled_from(["return_code", "result_code", "err_code"]), st.text()),
        max_size=5,
    ),
)
def test_any_body_is_read_without_raising(
    family: Family, status: int, json: Any, xml: list[tuple[str, str]]
) -> None:
    found = platform_error(family, status, json, tuple(xml))
    assert found is None or isinstance(found.code, str)


@pytest.mark.parametrize(
    ("request_id", "number"),
    [
        pytest.param("08E6CF05-268578704", "268578704", id="an error"),
        pytest.param("08E6CF05-0", None, id="no error"),
        pytest.param("08E6CF05", None, id="none"),
        pytest.param("", None, id="empty"),
        pytest.param("-" * 10_000, None, id="rubbish"),
    ],
)
def test_number_behind_request_id(request_id: str, number: str | None) -> None:
    assert request_id_code(request_id) == number


@pytest.mark.parametrize(
    ("message", "address", "trace"),
    [
        pytest.param(
            "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist "
            "rid: 6a000003-11111111-22222222",
            "203.0.113.9",
            "6a000003-11111111-22222222",
            id="40164",
        ),
        pytest.param(
            "not allow to access from your ip, hint: [17], from ip: 2001:db8::1, more info",
            "2001:db8::1",
            None,
            id="WeCom 60020",
        ),
        pytest.param("… hint: [x] requestIP: 203.0.113.9", "203.0.113.9", None, id="61004"),
        pytest.param("invalid ip, not in whitelist", None, None, id="no address"),
        pytest.param("", None, None, id="nothing"),
    ],
)
def test_details_of_a_message(message: str, address: str | None, trace: str | None) -> None:
    assert (caller_ip(message), rid(message)) == (address, trace)
