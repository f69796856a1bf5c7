"""Texts without their escapes, and the way back to where their parts came from."""

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from why401.report.redaction.layers import Bare, bare

SECRET = "Zq3+x/Vn8 Lw2!é😀"
WRAPS = {
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "percent of every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, Unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(char):X};" for char in text),
}


@pytest.mark.parametrize("outer", WRAPS)
@pytest.mark.parametrize("inner", WRAPS)
def test_two_layers_are_undone_and_found_again(inner: str, outer: str) -> None:
    wrapped = WRAPS[outer](WRAPS[inner](SECRET))
    text = f"before & {wrapped} \\ behind".encode()
    assert bare(SECRET.encode()) in bare(text)
    below = Bare(text)
    begin = below.data.index(bare(SECRET.encode()))
    start, end = below.span(begin, begin + len(bare(SECRET.encode())))
    assert text[start:end].strip() == wrapped.encode()


PIECES = st.sampled_from(
    (
        "%41",
        "%2541",
        "\\u0041",
        "\\\\u0041",
        "\\n",
        "\\",
        "\\ud83d\\ude00",
        "&#65;",
        "&#x41",
        "&amp;",
        *("&", "+", "%", "a", "é", "\n", '"', "\\ud83d", "&#1114112;", "&amp;#65;", "%5Cu0041"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("\\" * 9)
def test_both_ways_agree_and_every_part_has_its_place(text: str) -> None:
    data = text.encode()
    below = Bare(data)
    assert below.data == bare(data)
    spans = [below.span(at, at + 1) for at in range(len(below.data))]
    assert all(0 <= begin < end <= len(data) for begin, end in spans)
    assert spans == sorted(spans)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    assert Bare(data).data == bare(data)
