import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.digest import decode_extended, parse_digest

GOOD = (
    'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
    'response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtz"'
)


def test_rfc_7616_example() -> None:
    found = parse_digest(GOOD)
    assert found.flaws == ()
    assert (found.username, found.param("NC"), found.param("qop")) == ("Mufasa", "00000001", "auth")


CASES = [
    pytest.param(GOOD.replace("nc=00000001", "nc=1"), {"nc-format"}, id="short nc"),
    pytest.param(GOOD.replace("nc=00000001", 'nc="00000001"'), {"nc-format"}, id="quoted nc"),
    pytest.param(GOOD.replace("qop=auth", 'qop="auth"'), {"quoted-token"}, id="quoted qop"),
    pytest.param(
        GOOD.replace('"http-auth@example.org"', "x"), {"unquoted-string"}, id="unquoted realm"
    ),
    pytest.param(GOOD.replace("nc=00000001, ", ""), {"missing-nc"}, id="no nc"),
    pytest.param(GOOD.replace("cnonce=", "xnonce="), {"missing-cnonce"}, id="no cnonce"),
    pytest.param(GOOD.replace("username=", "x="), {"missing-username"}, id="no user"),
    pytest.param(GOOD + ", username*=UTF-8''J", {"two-usernames"}, id="two users"),
    pytest.param(GOOD.replace("8ca5", "zz"), {"response-format"}, id="response not hex"),
    pytest.param(
        GOOD.replace('username="Mufasa"', "username*=x"),
        {"username-format"},
        id="bad username*",
    ),
    pytest.param(
        "",
        {
            "missing-username",
            "missing-realm",
            "missing-nonce",
            "missing-uri",
            "missing-response",
        },
        id="empty",
    ),
]


@pytest.mark.parametrize(("credential", "flaws"), CASES)
def test_flaws(credential: str, flaws: set[str]) -> None:
    assert set(parse_digest(credential).flaws) == flaws


EXTENDED = [
    pytest.param("UTF-8''J%C3%A4s%C3%B8n%20Doe", "Jäsøn Doe", id="RFC 7616 3.9.2"),
    pytest.param("iso-8859-1'en'%A3%20rates", "£ rates", id="RFC 8187 3.2.2"),
    pytest.param("UTF-8''%FF", None, id="not UTF-8"),
    pytest.param("plain", None, id="no charset"),
    pytest.param("UTF-16''x", None, id="other charset"),
]


@pytest.mark.parametrize(("value", "expected"), EXTENDED)
def test_decode_extended(value: str, expected: str | None) -> None:
    assert decode_extended(value) == expected


@given(st.text(), st.integers(0, len(GOOD)))
def test_any_text(text: str, cut: int) -> None:
    assert isinstance(parse_digest(text).username, str | None)
    parse_digest(GOOD[:cut] + text)
