import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.challenge import MAX_CHALLENGES, Challenge, parse_challenges
from why401.credentials.parameters import MAX_PARAMETERS
from why401.model import Headers


def parse(*values: str | bytes) -> tuple[Challenge, ...]:
    raw = [value if isinstance(value, bytes) else value.encode() for value in values]
    return parse_challenges(Headers(tuple((b"WWW-Authenticate", value) for value in raw)))


def plain(found: tuple[Challenge, ...]) -> list[tuple[str, str | None, dict[str, str]]]:
    return [(each.scheme, each.token68, dict(each.params)) for each in found]


CLEAN = [
    pytest.param(
        r'Newauth realm="apps, internal", type=1, title="Log \"in\"", '
        'Basic realm="simple", Negotiate',
        [
            ("Newauth", None, {"realm": "apps, internal", "type": "1", "title": 'Log "in"'}),
            ("Basic", None, {"realm": "simple"}),
            ("Negotiate", None, {}),
        ],
        id="three in one field",
    ),
    pytest.param("Negotiate", [("Negotiate", None, {})], id="bare scheme"),
    pytest.param("NTLM, Negotiate", [("NTLM", None, {}), ("Negotiate", None, {})], id="two bare"),
    pytest.param("Negotiate YIIabc+/==", [("Negotiate", "YIIabc+/==", {})], id="token68 padded"),
    pytest.param(
        'Negotiate oYG2, Basic realm="x"',
        [("Negotiate", "oYG2", {}), ("Basic", None, {"realm": "x"})],
        id="token68 then another",
    ),
    pytest.param(', ,Basic realm="a",,', [("Basic", None, {"realm": "a"})], id="empty elements"),
    pytest.param('Basic realm = "a"', [("Basic", None, {"realm": "a"})], id="blanks around ="),
    pytest.param('Basic REALM="a"', [("Basic", None, {"REALM": "a"})], id="upper case"),
    pytest.param("Basic realm=foo", [("Basic", None, {"realm": "foo"})], id="token value"),
    pytest.param("", [], id="empty"),
    pytest.param(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
        [
            (
                "Digest",
                None,
                {
                    "realm": "http-auth@example.org",
                    "qop": "auth, auth-int",
                    "algorithm": "SHA-256",
                    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                },
            )
        ],
        id="RFC 7616 3.9.1",
    ),
    pytest.param(
        'Bearer realm="example", error="invalid_token", '
        'error_description="The access token expired"',
        [
            (
                "Bearer",
                None,
                {
                    "realm": "example",
                    "error": "invalid_token",
                    "error_description": "The access token expired",
                },
            )
        ],
        id="RFC 6750 3",
    ),
]


@pytest.mark.parametrize(("value", "expected"), CLEAN)
def test_clean(value: str, expected: object) -> None:
    found = parse(value)
    assert plain(found) == expected
    assert [each.flaws for each in found] == [()] * len(found)


FLAWED = [
    pytest.param(
        'Basic realm="security" charset="UTF-8"',
        [("Basic", None, {"realm": "security", "charset": "UTF-8"})],
        {"missing-comma"},
        id="Elasticsearch",
    ),
    pytest.param(
        'Basic realm="x" Bearer realm="y"',
        [("Basic", None, {"realm": "x"}), ("Bearer", None, {"realm": "y"})],
        {"missing-comma"},
        id="no comma between challenges",
    ),
    pytest.param(
        'Negotiate Basic realm="x"',
        [("Negotiate", None, {}), ("Basic", None, {"realm": "x"})],
        {"missing-comma"},
        id="no comma behind a bare scheme",
    ),
    pytest.param(
        "Negotiate NTLM",
        [("Negotiate", None, {}), ("NTLM", None, {})],
        {"missing-comma"},
        id="two bare without comma",
    ),
    pytest.param(
        'Basic realm="open, end',
        [("Basic", None, {"realm": "open, end"})],
        {"unterminated-quote"},
        id="unterminated",
    ),
    pytest.param(
        "Basic realm='x'", [("Basic", None, {"realm": "x"})], {"single-quotes"}, id="single quotes"
    ),
    pytest.param(
        "Basic realm=My Site, charset=UTF-8",
        [("Basic", None, {"realm": "My Site", "charset": "UTF-8"})],
        {"unquoted-spaces"},
        id="blanks without quotes",
    ),
    pytest.param(
        "Bearer realm=https://a/b",
        [("Bearer", None, {"realm": "https://a/b"})],
        {"unquoted-value"},
        id="URL without quotes",
    ),
    pytest.param(
        'Basic realm="a", Realm="b"',
        [("Basic", None, {"realm": "a"})],
        {"duplicate-parameter"},
        id="repeated: the first wins",
    ),
    pytest.param(
        'Basic realm="接口"', [("Basic", None, {"realm": "接口"})], {"non-ascii"}, id="not ASCII"
    ),
    pytest.param('realm="x"', [("", None, {"realm": "x"})], {"missing-scheme"}, id="no scheme"),
    pytest.param('"', [("", None, {})], {"missing-scheme", "unexpected-character"}, id="rubbish"),
    pytest.param(
        'Basic realm="x" ;;',
        [("Basic", None, {"realm": "x"})],
        {"unexpected-character"},
        id="rubbish behind",
    ),
]


@pytest.mark.parametrize(("value", "expected", "flaws"), FLAWED)
def test_flawed(value: str, expected: object, flaws: set[str]) -> None:
    found = parse(value)
    assert plain(found) == expected
    assert {flaw for each in found for flaw in each.flaws} == flaws


def test_several_fields_keep_their_line() -> None:
    found = parse("Negotiate", "NTLM", 'Basic realm="a", Bearer')
    assert [(each.name, each.line) for each in found] == [
        ("negotiate", 0),
        ("ntlm", 1),
        ("basic", 2),
        ("bearer", 2),
    ]
    assert found[0].where == "response.header.www-authenticate"


def test_proxy_field_and_param_look_up() -> None:
    headers = Headers(((b"proxy-authenticate", b'Basic Realm="p"'),))
    (found,) = parse_challenges(headers, "Proxy-Authenticate")
    assert (found.where, found.param("REALM"), found.param("x")) == (
        "response.header.proxy-authenticate",
        "p",
        None,
    )


def test_is_bounded() -> None:
    found = parse("A, " * 500)
    assert len(found) == MAX_CHALLENGES
    assert "too-many" in found[-1].flaws
    (many,) = parse("Basic " + ", ".join(f"a{n}=1" for n in range(500)))
    assert len(many.params) == MAX_PARAMETERS
    assert "too-many" in many.flaws
    assert "too-long" in parse("Basic " + 'a="b",' * 40_000)[0].flaws


@pytest.mark.parametrize("piece", ["a=", 'a="', '\\"', "'", "a b ", "=", " ", "a" * 9 + "= ", "A,"])
def test_long_hostile_values_end_soon(piece: str) -> None:
    parse(("Basic realm=" + piece * 70_000)[:65_536])


TEXT = st.text(st.sampled_from("aZ0=,\"'\\ \t;é/~"), max_size=80)


@given(st.one_of(st.binary(max_size=200), TEXT.map(str.encode)))
def test_any_bytes(value: bytes) -> None:
    parse(value)


@given(st.sampled_from([case.values[0] for case in CLEAN]), st.integers(0, 200))
def test_any_prefix(value: str, length: int) -> None:
    parse(value[:length])
