import pytest

from why401.report.redaction.fields import (
    assignments,
    escaped_pairs,
    json_fields,
    parameters,
    xml_fields,
)

_TABLE = {"password": "password", "token": "token", "openid": "openid"}


def kind_of(name: str) -> str | None:
    return _TABLE.get(name.lower())


def mask(kind: str, secret: str) -> str:
    return f"<{kind}:{len(secret)}>"


def as_it_is(text: str, depth: int) -> str:
    return text


def known_number(digits: str) -> str | None:
    return "<n>" if digits == "13800000000" else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"password": "a b"}', '{"password": "<password:3>"}', id="member"),
        pytest.param('{"Password":"x"}', '{"Password":"<password:1>"}', id="any case"),
        pytest.param('{"token": 12345}', '{"token": "<token:5>"}', id="number"),
        pytest.param(
            '{"token": {"a": "xx", "b": [1, "yyy"]}, "c": "d"}',
            '{"token": {"a": "<token:2>", "b": ["<token:1>", "<token:3>"]}, "c": "d"}',
            id="everything below",
        ),
        pytest.param('{"password": "cut of', '{"password": "<password:6>', id="cut off"),
        pytest.param('{"password":"a\\"b"}', '{"password":"<password:3>"}', id="escaped quote"),
        pytest.param(
            '{"pass\\u0077ord":"ab"}', '{"pass\\u0077ord":"<password:2>"}', id="name escaped"
        ),
        pytest.param('{"password": ""}', '{"password": ""}', id="empty"),
        pytest.param('{"a": "password"}', '{"a": "password"}', id="the name as a value"),
        pytest.param('{"phone": 13800000000}', '{"phone": "<n>"}', id="a number known elsewhere"),
        pytest.param('junk {"token":"t"} junk', 'junk {"token":"<token:1>"} junk', id="in text"),
    ],
)
def test_json(text: str, expected: str) -> None:
    assert json_fields(text, kind_of, mask, as_it_is, known_number, 0) == expected


def test_what_is_nested_in_a_string_is_looked_into() -> None:
    def inner(text: str, depth: int) -> str:
        return json_fields(text, kind_of, mask, as_it_is, None, depth)

    text = '{"body": "{\\"password\\":\\"abc\\"}"}'
    found = json_fields(text, kind_of, mask, inner, None, 0)
    assert found == '{"body": "{\\"password\\":\\"<password:3>\\"}"}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/a?token=abc&b=1", "/a?token=%3Ctoken%3A3%3E&b=1", id="query"),
        pytest.param("/a?%74oken=abc", "/a?%74oken=%3Ctoken%3A3%3E", id="name percent-encoded"),
        pytest.param("password=a%20b", "password=%3Cpassword%3A3%3E", id="form, decoded first"),
        pytest.param("see x token=abc", "see x token=%3Ctoken%3A3%3E", id="in text"),
        pytest.param("/a?tokens=abc&b=token", "/a?tokens=abc&b=token", id="not by part of a name"),
        pytest.param("/a?token=", "/a?token=", id="empty"),
    ],
)
def test_parameters(text: str, expected: str) -> None:
    assert parameters(text, kind_of, kind_of, mask, as_it_is, 0) == expected


def test_a_placeholder_in_a_url_stays_legible() -> None:
    def placeholder(kind: str, secret: str) -> str:
        return f"[redacted:{kind}:0123abcd]"

    found = parameters("/a?token=x", kind_of, kind_of, placeholder, as_it_is, 0)
    assert found == "/a?token=[redacted:token:0123abcd]"


def test_a_query_in_the_value_of_another() -> None:
    def inner(text: str, depth: int) -> str:
        return parameters(text, kind_of, kind_of, mask, as_it_is, depth)

    found = parameters("0; url=https://a/?token=abc", kind_of, kind_of, mask, inner, 0)
    assert found == "0; url=https://a/?token=%3Ctoken%3A3%3E"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a%3Dpassword%3Dx1", "<a=password=x1>", id="once"),
        pytest.param("u%253D1%2526password%253Dx", "<u%3D1%26password%3Dx>", id="twice"),
        pytest.param("a%20b", "a%20b", id="no pair"),
    ],
)
def test_a_query_encoded_as_a_whole(text: str, expected: str) -> None:
    met: list[str] = []

    def inner(plain: str, depth: int) -> str:
        met.append(f"<{plain}>")
        return plain

    assert escaped_pairs(text, inner, 0) == text
    assert (met or [text]) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<openid>abc</openid>", "<openid><openid:3></openid>", id="text"),
        pytest.param(
            "<openid><![CDATA[a<b]]></openid>",
            "<openid><![CDATA[<openid:3>]]></openid>",
            id="CDATA",
        ),
        pytest.param(
            '<n:openid a="1">x</n:openid>', '<n:openid a="1"><openid:1></n:openid>', id="ns"
        ),
        pytest.param("<openid>a&amp;b</openid>", "<openid><openid:3></openid>", id="entity"),
        pytest.param("<openid>cut", "<openid><openid:3>", id="cut off"),
        pytest.param("Expected 'Bearer <openid>'", "Expected 'Bearer <openid>'", id="sample name"),
        pytest.param("a <openid> is missing", "a <openid> is missing", id="name in a sentence"),
        pytest.param("<openid/>x<a>y</a>", "<openid/>x<a>y</a>", id="empty element"),
        pytest.param("<openid>  </openid>", "<openid>  </openid>", id="blank"),
    ],
)
def test_xml(text: str, expected: str) -> None:
    assert xml_fields(text, kind_of, mask) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("token: 'abc'", "token: '<token:3>'", id="object literal"),
        pytest.param('let password = "a"', 'let password = "<password:1>"', id="assignment"),
        pytest.param("mytoken = 'abc'", "mytoken = 'abc'", id="another name"),
        pytest.param("$token = 'abc';", "$token = '<token:3>';", id="PHP variable"),
        pytest.param("'token' => 'abc'", "'token' => '<token:3>'", id="PHP array"),
        pytest.param("token := `abc`", "token := `<token:3>`", id="back quotes"),
    ],
)
def test_assignments(text: str, expected: str) -> None:
    assert assignments(text, kind_of, mask) == expected
