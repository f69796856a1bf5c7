import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.sketch import quoted_from, sketch
from why401.masking import Masker

MASKER = Masker(b"k" * 32)
SECRET = "abcdef0123456789"
HIDDEN = MASKER.placeholder("token", SECRET)

CASES = [
    pytest.param(f"Bearer {SECRET}", f"Bearer {HIDDEN}", id="plain"),
    pytest.param(f"Bearer Bearer {SECRET}", f"Bearer Bearer {HIDDEN}", id="doubled"),
    pytest.param(f'Bearer "{SECRET}"', f'Bearer "{HIDDEN}"', id="quoted"),
    pytest.param(f"Bearer: {SECRET}", f"Bearer: {HIDDEN}", id="colon"),
    pytest.param(f"Bearer\u200b{SECRET}", f"Bearer⟨U+200B⟩{HIDDEN}", id="invisible"),
    pytest.param("Bearer {{token}}", "Bearer {{token}}", id="placeholder"),
    pytest.param("Bearer", "Bearer", id="scheme alone"),
    pytest.param(SECRET, HIDDEN, id="credential alone"),
    pytest.param("Basic alice:p w", f"Basic {MASKER.placeholder('password', 'p w')}", id="clear"),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_sketch(value: str, expected: str) -> None:
    assert sketch(value.encode(), MASKER) == expected


@given(
    st.sampled_from(
        ["Bearer ", "Basic ", "Token ", "", "Bearer: ", 'Bearer "', "Digest a=", "x y "]
    ),
    st.text("ABCDEFGHJKMNPQRSTUVWXYZ23456789", min_size=12, max_size=40),
    st.sampled_from(["", '"', "\n", " ", "…", "}", ", Bearer x"]),
)
def test_no_secret_is_left(before: str, secret: str, after: str) -> None:
    assert secret not in sketch(f"{before}{secret}{after}".encode(), MASKER)


@given(st.binary(max_size=200))
def test_any_bytes(value: bytes) -> None:
    sketch(value, MASKER)


def test_words_of_the_server_lose_what_they_echo() -> None:
    said = quoted_from(f"bad token {SECRET}", (SECRET,), MASKER)
    assert said == f"bad token {HIDDEN}"
