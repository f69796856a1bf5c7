"""Where a server says why it refused, and what is read from its words once."""

import pytest
from tests.unit.detectors.diagnosed import refused

from why401.case import Case
from why401.detectors.server_texts import (
    MAX_CHARS_REMEMBERED,
    MAX_TEXT,
    MAX_TEXTS,
    Texts,
    reading,
    texts,
)
from why401.knowledge.recurring import MAX_KNOWN_BYTES

DEEP = {"a": {"b": {"c": {"message": "m"}}}}
PLACES = [
    pytest.param({}, (), id="nothing said"),
    pytest.param(
        {"challenge": 'Bearer error="e", error_description="d"', "json": {"message": "m"}},
        (
            ("response.challenge.error_description", "d"),
            ("response.challenge.error", "e"),
            ("response.json.message", "m"),
        ),
        id="challenge before body, description before code",
    ),
    pytest.param(
        {"json": {"Error-Code": "c", "name": "n", "errors": ["a", {"msg": "b"}], "n": 1}},
        (
            ("response.json.Error-Code", "c"),
            ("response.json.errors.0", "a"),
            ("response.json.errors.1.msg", "b"),
        ),
        id="messages by name, and what stands in lists",
    ),
    pytest.param({"json": {"d": DEEP}}, (), id="too deep"),
    pytest.param(
        {"json": DEEP},
        (("response.json.a.b.c.message", "m"),),
        id="not too deep",
    ),
    pytest.param(
        {"response_body": b"<h1>No</h1>  <p>token</p>"},
        (("response.text", "No token"),),
        id="page",
    ),
]


@pytest.mark.parametrize(("answer", "expected"), PLACES)
def test_places(answer: dict[str, object], expected: Texts) -> None:
    assert texts(Case(refused(**{"challenge": "", **answer}))) == expected


def test_texts_are_bounded() -> None:
    many = texts(Case(refused(challenge="", json=[{"message": "m" * 9000}] * 10 + [["a"]])))
    assert len(many) == 10
    assert {len(text) for _, text in many} == {MAX_TEXT}
    named = [{f"error{n}": "", "errors": ["m"] * 10} for n in range(10)]
    assert len(texts(Case(refused(challenge="", json=named)))) == MAX_TEXTS


def test_the_same_words_are_read_once_and_long_ones_each_time() -> None:
    seen: list[Texts] = []

    @reading
    def count(found: Texts) -> int:
        seen.append(found)
        return len(found)

    bodies = [{"message": "read once", "timestamp": at} for at in (1, 1, 2)]
    cases = [Case(refused(challenge="", json=body)) for body in bodies]
    assert [count(case) for case in cases for _ in range(2)] == [1] * 6
    assert len(seen) == 1
    long = {"message": "x" * max(MAX_CHARS_REMEMBERED, MAX_KNOWN_BYTES)}
    assert [count(Case(refused(challenge="", json=long))) for _ in range(3)] == [1] * 3
    assert len(seen) == 4


def test_the_same_words_elsewhere_are_not_the_same() -> None:
    @reading
    def first(found: Texts) -> str:
        return found[0][0]

    assert first(Case(refused(challenge="", json={"message": "m"}))) == "response.json.message"
    assert first(Case(refused(challenge="", json={"error": "m"}))) == "response.json.error"
