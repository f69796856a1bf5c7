"""How much of a known text stands in a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.explain.known_texts import (
    NOTHING,
    Likeness,
    alternatives,
    length_in,
    length_of_errmsg,
    likeness,
    literals_of,
    numbers_of,
    texts_of_conditions,
    values_of,
)
from why401.knowledge.fingerprints import Row
from why401.knowledge.rule import Conditions

LITERALS = [
    pytest.param("jwt expired", "error: jwt expired", 11, id="inside"),
    pytest.param("JWT  Expired", "jwt expired", 11, id="folded"),
    pytest.param("expired at {time} by", "it expired at noon by now", 12, id="varying part"),
    pytest.param("expired at {time} by", "it expired at noon", 0, id="one part missing"),
    pytest.param("no", "no", 0, id="too short to mean anything"),
    pytest.param("{text}", "whatever", 0, id="nothing fixed"),
]


@pytest.mark.parametrize(("literal", "message", "length"), LITERALS)
def test_a_literal_is_there_with_all_its_fixed_parts(
    literal: str, message: str, length: int
) -> None:
    assert length_in(literal, message) == length


WHITELIST = "invalid ip, not in whitelist"
ERRMSGS = [
    pytest.param(WHITELIST, True, WHITELIST, 29, id="all of it"),
    pytest.param(WHITELIST, True, "invalid ip 203.0.113.9, not in whitelist", 26, id="filled in"),
    pytest.param(WHITELIST, False, "invalid ip 1 , not in whitelist x", 26, id="without a rule"),
    pytest.param(WHITELIST, True, "invalid ip 203.0.113.9", 10, id="head"),
    pytest.param(WHITELIST, False, "invalid ip 203.0.113.9", 0, id="head without a rule"),
    pytest.param(WHITELIST, True, "an invalid ip 203.0.113.9", 0, id="head in the middle"),
    pytest.param(WHITELIST, True, "invalid ipsec", 0, id="head of a longer word"),
    pytest.param("ok, done", True, "ok then", 0, id="head too short"),
    pytest.param("", True, "", 0, id="no text"),
    pytest.param("invalid ip", False, "invalid ip", 11, id="all of a short one"),
]


@pytest.mark.parametrize(("errmsg", "has_rule", "message", "length"), ERRMSGS)
def test_an_errmsg_may_have_something_filled_in(
    errmsg: str, has_rule: bool, message: str, length: int
) -> None:
    assert length_of_errmsg(errmsg, message, has_rule=has_rule) == length


ALIKE = [
    pytest.param("jwt expired", "error: jwt expired", (11, 0), id="holds the text"),
    pytest.param("TokenExpiredError: jwt expired", "tokenexpirederror", (17, -13), id="held"),
    pytest.param("TokenExpiredErrors", "tokenexpirederror", NOTHING, id="part of a word"),
    pytest.param("AnError", "error", NOTHING, id="end of a word"),
    pytest.param("errors: error", "error", (5, -8), id="whole further on"),
    pytest.param("商户证书序列号有误", "证书序列号", (5, -4), id="Chinese has no blanks"),
    pytest.param("no way", "no", NOTHING, id="too short to mean anything"),
    pytest.param("jwt expired", "", NOTHING, id="nothing asked"),
    pytest.param("", "jwt expired", NOTHING, id="nothing known"),
]


@pytest.mark.parametrize(("literal", "message", "expected"), ALIKE)
def test_what_says_all_that_was_asked_is_alike(
    literal: str, message: str, expected: Likeness
) -> None:
    assert likeness(literal, message) == expected


CONDITIONS: list[object] = [
    pytest.param({"error.message|contains": ["a b", "c"]}, ["a b", "c"], id="any of several"),
    pytest.param({"response.said": "a b"}, ["a b"], id="equals"),
    pytest.param({"response.json.message|startswith": "a b"}, ["a b"], id="startswith"),
    pytest.param({"error.message|re": "a b"}, [], id="an expression is no text"),
    pytest.param({"request.header.x|contains": "a b"}, [], id="not what a server says"),
    pytest.param({"response.said": 12345}, [], id="a number is no text"),
]


@pytest.mark.parametrize(("conditions", "texts"), CONDITIONS)
def test_conditions_give_their_texts(conditions: Conditions, texts: list[str]) -> None:
    assert list(texts_of_conditions(conditions)) == texts


def test_a_row_gives_all_that_it_looks_for_in_words() -> None:
    row = Row(says=["a", "b"], exactly="c", json={"code": ["d", 5]})
    assert list(literals_of(row)) == ["a", "b", "c", "d"]


def test_one_is_taken_for_a_list_of_one() -> None:
    one: Conditions = {"error.code": "1"}
    assert list(alternatives(None)) == []
    assert list(alternatives(one)) == list(alternatives([one])) == [one]
    assert values_of(one, "error.code") == ["1"]
    assert values_of(one, "error.family") == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_a_length(errmsg: str, message: str) -> None:
    assert length_of_errmsg(errmsg, message, has_rule=True) >= 0


def test_numbers_of_a_fingerprint() -> None:
    row = Row(json={"code": [99991663, 99991668], "data.error_code": 7, "error": "text"})
    assert numbers_of(row) == {"99991663", "99991668", "7"}
