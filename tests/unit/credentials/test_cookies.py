import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.cookies import SetCookie, parse_cookie_header, parse_set_cookie

HEADER = [
    pytest.param("a=1; b=2", (("a", "1"), ("b", "2")), id="two"),
    pytest.param("a=1;b=2;", (("a", "1"), ("b", "2")), id="no blanks"),
    pytest.param("a=b=c", (("a", "b=c"),), id="equals in the value"),
    pytest.param("flag; a=", (("", "flag"), ("a", "")), id="no equals"),
    pytest.param("", (), id="empty"),
]


@pytest.mark.parametrize(("text", "expected"), HEADER)
def test_cookie_header(text: str, expected: object) -> None:
    assert parse_cookie_header(text) == expected


SET = [
    pytest.param(
        "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly",
        SetCookie("SID", "31d4d96e407aad42", (("path", "/"), ("secure", ""), ("httponly", ""))),
        id="RFC 6265 3.1",
    ),
    pytest.param(
        "lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
        SetCookie("lang", "en-US", (("expires", "Wed, 09 Jun 2021 10:18:14 GMT"),)),
        id="expires",
    ),
    pytest.param("a", SetCookie("", "a"), id="no equals"),
    pytest.param("", None, id="empty"),
    pytest.param("; Path=/", None, id="attributes alone"),
]


@pytest.mark.parametrize(("text", "expected"), SET)
def test_set_cookie(text: str, expected: SetCookie | None) -> None:
    assert parse_set_cookie(text) == expected


def test_the_last_attribute_counts() -> None:
    found = parse_set_cookie("a=1; Path=/x; PATH=/y")
    assert found is not None
    assert (found.attribute("Path"), found.attribute("domain")) == ("/y", None)


def test_is_bounded() -> None:
    assert len(parse_cookie_header("a=1;" * 10_000)) == 200
    found = parse_set_cookie("a=1;" + "b=2;" * 10_000)
    assert found is not None
    assert len(found.attributes) == 50


@given(st.text())
def test_any_text(text: str) -> None:
    parse_cookie_header(text)
    parse_set_cookie(text)
