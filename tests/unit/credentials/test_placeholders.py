import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.placeholders import placeholder

STAND_IN = ["null", "UNDEFINED", "{{ token }}", "${API_KEY}", "%TOKEN%", "<your key>", "$(TOKEN)"]
REAL = ["abc", "nullable", "{}", "a{{b}}", "", "mytest", "$1", "your", "xx", "<a><b>"]


@pytest.mark.parametrize("text", STAND_IN)
def test_stand_in(text: str) -> None:
    assert placeholder(text) == text


@pytest.mark.parametrize("text", REAL)
def test_real(text: str) -> None:
    assert placeholder(text) is None


def test_a_pasted_token_between_marks_is_none() -> None:
    assert placeholder(f"<{'a1b2c3' + secrets.token_hex(8)}>") is None


@given(st.text())
def test_any_text(text: str) -> None:
    assert placeholder(text) in (None, text)
