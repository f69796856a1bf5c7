"""Tokens told again by their parts and beginnings."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.detectors.diagnosed import jwt

from why401.history.shapes import MAX_CUTTABLE, MAX_KNOWN, Change, Shapes

TOKEN = jwt({"name": "someone"})
OPAQUE = "qz7" * 20


@pytest.mark.parametrize("end", range(len(TOKEN) - 40, len(TOKEN)))
def test_every_cut_is_told(end: int) -> None:
    shapes = Shapes()
    shapes.learn_issued(TOKEN, "t#1")
    found = shapes.likeness(TOKEN[:end])
    assert found is not None
    assert (found.change, found.length) == (Change.CUT, len(TOKEN))


SILENT: list[Any] = [
    pytest.param(TOKEN, id="the same"),
    pytest.param(TOKEN[:20], id="too short to tell"),
    pytest.param(jwt({"name": "another"})[:-20], id="cut of another"),
    pytest.param("é" * 40, id="no ASCII"),
    pytest.param("", id="empty"),
    pytest.param("v4.public." + "b" * 40, id="PASETO, with the parts that all of them have"),
]


@pytest.mark.parametrize("token", SILENT)
def test_no_likeness(token: str) -> None:
    shapes = Shapes()
    shapes.learn_issued(TOKEN, "t#1")
    shapes.learn_issued(OPAQUE, "t#2")
    shapes.learn_issued("v4.public." + "a" * 80, "t#3")
    assert shapes.likeness(token) is None


def test_from_whom_a_host_takes_tokens() -> None:
    shapes = Shapes()
    token = jwt({"iss": "https://id.example.com/", "tid": "t1"})
    shapes.learn_accepted(token.encode(), "a.example", "t#1")
    shapes.learn_accepted(OPAQUE.encode(), "b.example", "t#2")
    origin = shapes.accepted_jwt("a.example", None)
    assert origin is not None
    assert (origin.issuer, origin.tenant) == ("https://id.example.com/", "t1")
    assert shapes.accepted_jwt("b.example", None) is None
    assert shapes.accepted_opaque("b.example") is not None


@given(st.binary(max_size=200), st.text(max_size=200))
def test_no_token_makes_it_fail(accepted: bytes, issued: str) -> None:
    shapes = Shapes()
    shapes.learn_accepted(accepted, "a.example", "t#1")
    shapes.learn_accepted(b"ey" + accepted, "a.example", "t#1")
    shapes.learn_issued(issued, "t#2")
    shapes.likeness(issued)


def test_memory_is_bounded() -> None:
    shapes = Shapes()
    for number in range(MAX_KNOWN + 100):
        token = f"{TOKEN[:-8]}{number:08}"
        shapes.learn_accepted(f"ey{number:08}{token}".encode(), f"h{number}", "t#1")
        shapes.learn_issued(f"{number:08}{TOKEN}", "t#2")
    held = [len(value) for value in vars(shapes).values()]
    assert max(held) <= MAX_KNOWN
    assert len(shapes._beginnings) == MAX_CUTTABLE
    assert not any(TOKEN in repr(value) for value in vars(shapes).values())
    assert sys.getsizeof(shapes._signed) < 400_000
