import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.jose.variants import MAX_SECRET, secret_variants

FORMS = [
    pytest.param("c2VjcmV0LXNlY3JldA==", "base64", b"secret-secret", id="base64"),
    pytest.param("_-7-", "base64", base64.urlsafe_b64decode("_-7-"), id="base64url"),
    pytest.param("00ff10", "hex", b"\x00\xff\x10", id="hex"),
    pytest.param("s", "newline", b"s\n", id="newline"),
    pytest.param(" s ", "newline", b"s", id="stripped"),
    pytest.param('"s"', "quotes", b"s", id="unquoted"),
    pytest.param("s", "encoded", b"cw==", id="encoded"),
    pytest.param("s", "charset", b"s\0", id="UTF-16LE"),
    pytest.param("é!", "charset", b"\xe9!", id="Latin-1"),
    pytest.param("a\\nb", "escape", b"a\nb", id="interpreted"),
    pytest.param("a\nb", "escape", b"a\\nb", id="literal"),
    pytest.param("base64:c2VjcmV0", "prefix", b"secret", id="Laravel"),
    pytest.param("a%20b", "percent", b"a b", id="percent"),
    pytest.param("x" * 40, "cut", b"x" * 32, id="cut"),
]


@pytest.mark.parametrize(("secret", "cause", "data"), FORMS)
def test_form_is_among_the_variants(secret: str, cause: str, data: bytes) -> None:
    assert (cause, data) in [(each.cause, each.data) for each in secret_variants(secret)]


@given(st.text(max_size=80))
def test_each_variant_once_and_the_plain_one_never(secret: str) -> None:
    found = [each.data for each in secret_variants(secret)]
    assert len(found) == len(set(found)) <= 64
    assert secret.encode("utf-8", "surrogatepass") not in found
    assert b"" not in found


def test_giant_secret_has_no_variants() -> None:
    assert secret_variants("x" * (MAX_SECRET + 1)) == ()


def test_variant_is_never_shown() -> None:
    assert "c2VjcmV0" not in repr(secret_variants("secret"))
