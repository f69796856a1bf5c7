import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.authorization import has_parameters, parse_authorization

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"

CASES = [
    pytest.param("Bearer abc", ("Bearer", "abc", "abc"), id="plain"),
    pytest.param("bearer  abc", ("bearer", "abc", "abc"), id="two blanks"),
    pytest.param("Bearer\u00a0abc", ("Bearer", "abc", "abc"), id="no-break space"),
    pytest.param("Bearer: abc", ("Bearer", "abc", "abc"), id="colon"),
    pytest.param("Bearer=abc", ("Bearer", "abc", "abc"), id="equals"),
    pytest.param(f"Bearer{JWT}", ("Bearer", JWT, JWT), id="glued JWT"),
    pytest.param("BasicYTpiYmI=", ("Basic", "YTpiYmI=", "YTpiYmI="), id="glued Basic"),
    pytest.param('Bearer "abc"', ("Bearer", '"abc"', "abc"), id="quotes"),
    pytest.param('"Bearer abc"', ("Bearer", "abc", "abc"), id="quotes around all"),
    pytest.param("Bearer Bearer abc", ("Bearer", "Bearer abc", "abc"), id="doubled"),
    pytest.param("Bearer", ("Bearer", "", ""), id="scheme alone"),
    pytest.param("", ("", "", ""), id="empty"),
    pytest.param(JWT, ("", JWT, JWT), id="JWT alone"),
    pytest.param(
        'username="a", realm="b"',
        ("", 'username="a", realm="b"', 'username="a", realm="b"'),
        id="parameters alone",
    ),
    pytest.param("key=AAAA:bb", ("", "key=AAAA:bb", "key=AAAA:bb"), id="legacy push key"),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_parse(value: str, expected: tuple[str, str, str]) -> None:
    found = parse_authorization(value.encode())
    assert (found.scheme, found.credential, found.token) == expected
    assert found.raw == value


def test_name_is_lower_case() -> None:
    assert parse_authorization(b"BEARER x").name == "bearer"


PARAMETERS = [
    pytest.param("Digest username=x", True, id="digest"),
    pytest.param('Token token="abc", nonce="x"', True, id="Rails token"),
    pytest.param("AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h", True, id="SigV4"),
    pytest.param("Token abc==", False, id="padding is no parameter"),
    pytest.param("Bearer a=b", False, id="bearer never"),
]


@pytest.mark.parametrize(("value", "expected"), PARAMETERS)
def test_has_parameters(value: str, expected: bool) -> None:
    assert has_parameters(parse_authorization(value.encode())) is expected


@given(st.binary())
def test_any_bytes(value: bytes) -> None:
    found = parse_authorization(value)
    assert isinstance(found.token, str)
