import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.report.story import Line, Style
from why401.report.text import columns, plain_text, wrapped


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        pytest.param("one two three", 8, ["one two", "  three"], id="at blanks"),
        pytest.param("签名错误了", 6, ["签名错", "  误了"], id="between Chinese characters"),
        pytest.param("签名，错误", 5, ["签", "  名，", "  错", "  误"], id="never before a comma"),
        pytest.param("see https://example.com/long/path now", 10,
                     ["see", "  https://example.com/long/path", "  now"], id="a URL stays whole"),
        pytest.param("  indented text here", 12,
                     ["  indented", "    text", "    here"], id="indented"),
        pytest.param("", 10, [""], id="empty"),
    ],
)  # fmt: skip
def test_lines_break_where_a_reader_expects(text: str, width: int, expected: list[str]) -> None:
    assert list(wrapped(text, width)) == expected


@given(st.text(alphabet=st.sampled_from("ab 签名，。/:-"), max_size=60), st.integers(10, 40))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_headings_stand_in_the_left_column_in_both_scripts() -> None:
    lines = [Line(Style.TEXT, "值", "看到"), Line(Style.TEXT, "value", "")]
    rows = plain_text(lines, "zh").splitlines()
    assert columns(rows[0][: rows[0].index("值")]) == columns(rows[1][: rows[1].index("value")])
