import pytest

from why401.credentials.schemes import could_be_scheme, edit_distance, meant_scheme

CASES = [
    pytest.param("Beaerer", "bearer", id="letter too many"),
    pytest.param("Berer", "bearer", id="letter missing"),
    pytest.param("Baerer", "bearer", id="neighbours swapped"),
    pytest.param("Barear", "bearer", id="two slips"),
    pytest.param("Bassic", "basic", id="basic"),
    pytest.param("Digset", "digest", id="digest"),
    pytest.param("Bearer", None, id="right"),
    pytest.param("bearer", None, id="right in lower case"),
    pytest.param("Token", None, id="other known scheme"),
    pytest.param("Hawk", None, id="known and short"),
    pytest.param("Hearer", None, id="other first letter"),
    pytest.param("Custom", None, id="unknown"),
    pytest.param("B", None, id="one letter"),
    pytest.param("", None, id="empty"),
]


@pytest.mark.parametrize(("word", "meant"), CASES)
def test_meant_scheme(word: str, meant: str | None) -> None:
    assert meant_scheme(word) == meant


def test_edit_distance_counts_a_swap_once() -> None:
    assert edit_distance("baerer", "bearer") == 1


SCHEME_LIKE = [
    pytest.param("Bearer", True, id="known"),
    pytest.param("WECHATPAY2-SHA256-RSA2048", True, id="known with digits"),
    pytest.param("Acme-HMAC-SHA512", True, id="unknown with an algorithm"),
    pytest.param("CustomScheme", True, id="unknown"),
    pytest.param("d816e1a782f48563169beab8bd3522ff", False, id="hex key"),
    pytest.param("a8a2b8eb022e7a3bBasic", False, id="key glued to a scheme"),
    pytest.param('username="a",', False, id="parameter"),
    pytest.param("x" * 40, False, id="too long"),
    pytest.param("", False, id="empty"),
]


@pytest.mark.parametrize(("word", "expected"), SCHEME_LIKE)
def test_could_be_scheme(word: str, expected: bool) -> None:
    assert could_be_scheme(word) is expected
