import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.masking import PLACEHOLDER, Masker, is_redacted

MASKER = Masker(b"k" * 32)


def test_the_same_secret_has_the_same_placeholder_as_text_and_as_bytes() -> None:
    assert MASKER.placeholder("token", "abc") == MASKER.placeholder("token", b"abc")
    assert MASKER.placeholder("token", "abc") != MASKER.placeholder("token", "abd")


def test_another_session_has_other_fingerprints() -> None:
    assert Masker(b"x" * 32).placeholder("token", "abc") != MASKER.placeholder("token", "abc")


@given(st.text())
def test_a_placeholder_is_recognised_and_never_masked_again(secret: str) -> None:
    once = MASKER.placeholder("password", secret)
    assert PLACEHOLDER.fullmatch(once)
    assert MASKER.placeholder("token", once) == once


def test_the_key_is_not_shown() -> None:
    assert repr(MASKER) == "<Masker>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[redacted:token:0123abcd]", True, id="ours"),
        pytest.param("REDACTED", True, id="another writer's"),
        pytest.param("opaque-token", False, id="a token"),
    ],
)
def test_placeholders_of_captures(text: str, expected: bool) -> None:
    assert is_redacted(text) is expected
