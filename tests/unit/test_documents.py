"""YAML as people write it, and as nobody should."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.documents import MAX_BYTES, DocumentError, parse_document, read_document

SCALARS = [
    pytest.param("no", "no", id="no is text"),
    pytest.param("on", "on", id="on is text"),
    pytest.param("2026-11-20", "2026-11-20", id="a date is text"),
    pytest.param("12", 12, id="integer"),
    pytest.param("-12", -12, id="negative"),
    pytest.param("0o17", "0o17", id="octal is text"),
    pytest.param("1_000", "1_000", id="underscore is text"),
    pytest.param("12:30", "12:30", id="sexagesimal is text"),
    pytest.param("1.5", 1.5, id="float"),
    pytest.param("1e3", 1000.0, id="exponent"),
    pytest.param("true", True, id="true"),
    pytest.param('"true"', "true", id="quoted true"),
    pytest.param("~", None, id="null"),
    pytest.param("'12'", "12", id="quoted number"),
    pytest.param("9" * 30, "9" * 30, id="too large for a number"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    parsed = parse_document("x", f"a: {text}\n".encode()).value
    assert parsed == {"a": value}
    assert type(parsed["a"]) is type(value)


FAULTS = [
    pytest.param(b"a: 1\na: 2\n", 2, '"a" stands here twice', id="duplicate key"),
    pytest.param(b"a: &x 1\nb: *x\n", None, "aliases", id="scalar alias"),
    pytest.param(b"a: &x [1, *x]\n", None, "aliases", id="cycle"),
    pytest.param(b"a: !!python/name:os.system\n", 1, "tags", id="python tag"),
    pytest.param(b"a: !x\n", 1, "quotes around", id="text that begins as a tag does"),
    pytest.param(b"a: *x\n", 1, "quotes around", id="text that begins as an alias does"),
    pytest.param(b"a:\n\t- 1\n", 2, "spaces, not tabs", id="tab"),
    pytest.param("a: 中".encode("gbk"), 1, "not UTF-8", id="GBK"),
    pytest.param(b"a: 1\n? [b]\n: 2\n", 2, "plain text", id="key is a list"),
    pytest.param(b"a: [" + b"[" * 40 + b"]" * 41, 1, "nested more than", id="nested"),
    pytest.param(b"[" * 400_000, 1, "nested more than", id="brackets that overflow a stack"),
    pytest.param(b"- " * 400_000, 1, "nested more than", id="dashes that overflow a stack"),
    pytest.param(b"x" * (MAX_BYTES + 1), None, "larger than", id="huge"),
    pytest.param(b"--- a\n--- b\n", 2, "", id="two documents"),
]


@pytest.mark.parametrize(("data", "line", "said"), FAULTS)
def test_fault_is_one_line_with_a_place(data: bytes, line: int | None, said: str) -> None:
    with pytest.raises(DocumentError) as raised:
        parse_document("some.yaml", data)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    if line is not None:
        assert str(raised.value).startswith(f"some.yaml:{line}: ")


@pytest.mark.parametrize("sign", ["!", "*", "@", "%", "&", "|", ">", "`"])
def test_a_password_without_its_quotes_is_not_repeated(sign: str) -> None:
    said = "a value"
    try:
        parse_document("c.yaml", f"password: {sign}Tr0ub4dor\n".encode())
    except DocumentError as error:
        said = str(error)
    assert "Tr0ub4dor" not in said


class Part(msgspec.Struct, forbid_unknown_fields=True):
    size: int = 0


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    parts: list[Part] = []


SHAPES = [
    pytest.param("nam: x\n", 1, 'unknown key "nam"; did you mean "name"?', id="near miss"),
    pytest.param(
        "name: 3\n", 1, "name: expected text, got a number; put it in quotes", id="wrong type"
    ),
    pytest.param("name: x\nparts:\n  - siz: 3\n", 3, 'did you mean "size"?', id="deep near miss"),
    pytest.param(
        "name: x\nparts:\n  - size: a\n",
        3,
        "parts[0].size: expected a number, got text",
        id="deep type",
    ),
    pytest.param("parts: []\n", 1, "missing required field name", id="missing"),
]


@pytest.mark.parametrize(("text", "line", "said"), SHAPES)
def test_shape_faults_name_line_and_nearest_key(text: str, line: int, said: str) -> None:
    document = parse_document("some.yaml", text.encode())
    with pytest.raises(DocumentError) as raised:
        document.decode(Whole)
    assert said in str(raised.value)
    assert raised.value.line == line


@given(st.binary(max_size=300) | st.text(alphabet="-?:[]{}&*!|>'\"# \na1\t", max_size=300))
def test_any_bytes_give_a_value_or_one_error(data: bytes | str) -> None:
    said = "a value"
    try:
        parse_document("x", data if isinstance(data, bytes) else data.encode())
    except DocumentError as error:
        said = str(error)
    assert said
    assert "\n" not in said


@pytest.mark.parametrize("size", [10, 1 << 16, (1 << 16) + 1, MAX_BYTES])
def test_a_file_is_read_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: " + "x" * (size - 3), encoding="ascii")
    assert read_document(path).value == {"a": "x" * (size - 3)}


def test_a_file_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(DocumentError, match="larger than"):
        read_document(path)


def test_a_ruler_in_a_comment_is_no_nesting() -> None:
    assert parse_document("x", b"# " + b"-" * 80 + b"\na: 1\n").value == {"a": 1}
