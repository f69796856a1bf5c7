import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.parameters import parse_parameters

CASES = [
    pytest.param('a="1", b=2', [("a", "1", True), ("b", "2", False)], (), id="both kinds"),
    pytest.param(r'a="x\"y\\z"', [("a", r'x"y\z', True)], (), id="escapes"),
    pytest.param('a="1" b="2"', [("a", "1", True), ("b", "2", True)], ("missing-comma",), id="gap"),
    pytest.param("a='1'", [("a", "1", False)], ("single-quotes",), id="single quotes"),
    pytest.param("a=“1”", [("a", "1", False)], ("curly-quotes",), id="curly quotes"),
    pytest.param("a=b==", [("a", "b==", False)], ("unquoted-value",), id="base64 unquoted"),
    pytest.param("stray, a=1", [("a", "1", False)], ("unexpected-text",), id="stray word"),
    pytest.param('a="1', [("a", "1", True)], ("unterminated-quote",), id="open quote"),
    pytest.param("a=", [("a", "", False)], (), id="empty"),
    pytest.param("", [], (), id="nothing"),
]


@pytest.mark.parametrize(("text", "expected", "flaws"), CASES)
def test_parameters(text: str, expected: object, flaws: tuple[str, ...]) -> None:
    params, found = parse_parameters(text)
    assert [(each.name, each.value, each.quoted) for each in params] == expected
    assert found == flaws


def test_is_bounded() -> None:
    params, flaws = parse_parameters("a=1," * 50_000)
    assert len(params) == 100
    assert {"too-long", "too-many"} <= set(flaws)


@pytest.mark.parametrize("piece", ["a=", 'a="', '\\"', "'", "a b ", "= ", "a  ", "“"])
def test_long_hostile_values_end_soon(piece: str) -> None:
    parse_parameters("a=" + piece * 40_000)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    parse_parameters(text)
