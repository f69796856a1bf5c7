"""Failures grouped by cause, and the texts that differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.rows import FINDING, diagnosis, row

from why401.report.html_groups import (
    Groups,
    compared,
    difference,
    facts,
    fix_parts,
    host_of,
    links,
    lives,
)


def grouped(*diagnoses: dict[str, object]) -> Groups:
    groups = Groups(60)
    for number, each in enumerate(diagnoses):
        groups.add(row(number, each), f"e{number}", f"#{number}")
    return groups


def test_the_worst_comes_first_then_the_surest_then_the_largest() -> None:
    found = grouped(
        diagnosis(verdict="a/warned#x", severity="warning"),
        diagnosis(verdict="a/likely#x", certainty="likely"),
        diagnosis(verdict="b/once#x"),
        diagnosis(verdict="b/twice#x"),
        diagnosis(verdict="b/twice#x"),
    ).ranked()
    assert [group.verdict for group in found] == [
        "b/twice#x",
        "b/once#x",
        "a/likely#x",
        "a/warned#x",
    ]
    assert [group.number for group in found] == [1, 2, 3, 4]
    assert [group.color for group in found] == [0, 0, 1, 1]


def text_of(pieces: tuple[object, ...]) -> str:
    return "".join(piece.text for piece in pieces)  # type: ignore[attr-defined]


def test_a_blank_that_makes_the_difference_is_seen() -> None:
    should_be, signed = compared('"a":1', '"a": 1')
    assert text_of(should_be) == '"a":1'
    assert text_of(signed) == '"a":␣1'
    assert [piece.text for piece in signed if piece.is_changed] == ["␣"]


def test_where_a_text_is_cut_is_no_difference() -> None:
    should_be, signed = compared('"wx0","mc…', ' "wx0", "…')
    assert [piece.text for piece in should_be if piece.is_changed] == []
    assert [piece.text for piece in signed if piece.is_changed] == ["␣", "␣"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    should_be, signed = compared(one, other)
    assert (one == other) is not any(piece.is_changed for piece in (*should_be, *signed))


def test_the_place_is_marked_in_the_string_to_sign() -> None:
    seen = {"at_byte": 6, "should_be": '"b"', "signed": ' "b"'}
    finding = FINDING | {"evidence": [{"where": "signature.first-difference", "seen": seen}]}
    assert difference(finding) is not None
    check = {"scheme": "x", "subject": "request", "status": "mismatch"}
    found = diagnosis(findings=[finding], signatures=[check | {"string_to_sign": 'GET\n中"b"\n'}])
    # Bytes count, not characters: GET, a line break, three bytes of a character.
    seen["at_byte"] = 7
    (group,) = grouped(found).ranked()
    lines = group.shown[0].signatures[0].lines
    assert [text_of(line) for line in lines] == ["GET⏎", '中"b"⏎']
    assert [piece.text for piece in lines[1] if piece.is_changed] == ['"']


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example:8443/x", "a.example:8443"),
        ("https://user:secret@a.example/x", "a.example"),
        ("data:text/plain,x", "data"),
        ("http://[broken", ""),
        ("/relative", ""),
    ],
)
def test_the_host(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_fix_is_words_and_code() -> None:
    assert fix_parts("Serialise once:\nPython  x = 1\nNode    y") == (
        ("", "Serialise once:"),
        ("Python", "x = 1"),
        ("Node", "y"),
    )


def test_facts_have_names_where_there_are_several() -> None:
    assert facts({"a": 1, "b": None}) == (("a", "1"), ("b", "—"))
    assert facts("x") == (("", "x"),)


def test_tokens_and_causes_come_from_the_timelines() -> None:
    events = [
        {"event": "issued", "exchange": "a.har#1", "at_s": 1.0, "subject": "t"},
        {"event": "superseded", "exchange": "a.har#2", "at_s": 2.0, "subject": "t"},
        {"event": "refused", "exchange": "a.har#3", "at_s": 3.0, "subject": "t"},
    ]
    finding = FINDING | {"related": ["a.har#2", "a.har#0"]}
    found = grouped(diagnosis(timeline=events, findings=[finding])).ranked()
    (life,) = lives(found)
    assert (life.issued, life.ended, life.event) == ("a.har#1", "a.har#2", "superseded")
    assert links(found) == (("a.har#2", "a.har#0"),)
