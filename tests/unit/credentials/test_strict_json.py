import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.strict_json import MAX_BYTES, parse_object

CASES = [
    pytest.param(b'{"a":1}', {"a": 1}, set(), id="object"),
    pytest.param(b'{"a":1,"a":2}', {"a": 2}, {"duplicate-key"}, id="repeated key"),
    pytest.param(b'{"a":{"b":1,"b":1}}', {"a": {"b": 1}}, {"duplicate-key"}, id="repeated within"),
    pytest.param(b"[1]", None, {"malformed"}, id="array"),
    pytest.param(b'"x"', None, {"malformed"}, id="text"),
    pytest.param(b'{"a":NaN}', None, {"malformed", "bad-number"}, id="NaN"),
    pytest.param(b'{"a":-Infinity}', None, {"malformed", "bad-number"}, id="Infinity"),
    pytest.param(b'{"a":1e400}', None, {"malformed", "bad-number"}, id="overflow"),
    pytest.param(b'{"a":12345678901234567890}', {"a": 12345678901234567890}, set(), id="20 digits"),
    pytest.param(b'{"a":123456789012345678901}', None, {"malformed", "bad-number"}, id="21 digits"),
    pytest.param(b'{"a":"123456789012345678901"}', {"a": "123456789012345678901"}, set(), id="sub"),
    pytest.param(
        b'{"a":' + b"9" * 5000 + b"}", None, {"malformed", "bad-number"}, id="5000 digits"
    ),
    pytest.param(b'{"a":' * 33 + b"1" + b"}" * 33, None, {"malformed", "too-deep"}, id="33 deep"),
    pytest.param(b'{"a":"[[[[' + b"[" * 40 + b'"}', {"a": "[" * 44}, set(), id="brackets in text"),
    pytest.param(b"[" * 10_000, None, {"malformed", "too-deep"}, id="recursion"),
    pytest.param(b'{"a":1}x', None, {"malformed"}, id="rubbish behind"),
    pytest.param(b"\xff", None, {"malformed"}, id="not UTF-8"),
    pytest.param(b"", None, {"malformed"}, id="empty"),
    pytest.param(b" " * (MAX_BYTES + 1), None, {"too-large"}, id="too large"),
    pytest.param(b'{"\\"' + b'\\"' * 8000, None, {"malformed"}, id="open string of escapes"),
]


@pytest.mark.parametrize(("data", "expected", "problems"), CASES)
def test_parse(data: bytes, expected: object, problems: set[str]) -> None:
    value, found = parse_object(data)
    assert value == expected
    assert set(found) == problems


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    parse_object(data)


@given(st.text(st.sampled_from('{}[]":,\\1e-.tN '), max_size=100))
def test_anything_that_looks_like_json(text: str) -> None:
    parse_object(text.encode())
