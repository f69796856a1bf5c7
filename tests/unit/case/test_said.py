"""What a server says in its own words, and where."""

import json

import pytest

from why401.case import MAX_HEAD, Case
from why401.case.bodies import MAX_SEARCHED
from why401.case.said import MAX_PAGE, MAX_SENTENCES, place_of, said, sentences
from why401.model import Body, Exchange, Headers, Request, Response


def case(body: bytes, *headers: tuple[bytes, bytes], status: int = 401) -> Case:
    request = Request("GET", "https", "api.test", 443, b"/", Headers())
    response = Response(status, headers=Headers(headers), body=Body(body))
    return Case(Exchange("x", request, response))


SAID = [
    pytest.param(
        b'{"a": {"b": ["x", 1, "y"]}}',
        (("response.json.a.b.0", "x"), ("response.json.a.b.2", "y")), id="JSON",
    ),
    pytest.param(b'["x"]', (("response.json.0", "x"),), id="JSON list"),
    pytest.param(b"<xml><a>x</a></xml>", (("response.xml.a", "x"),), id="XML"),
    pytest.param(b"Jwt is expired", (("response.text", "Jwt is expired"),), id="text"),
    pytest.param(b"", (), id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), SAID)
def test_sentences_of_a_body(body: bytes, expected: tuple) -> None:
    assert sentences(case(body)) == expected
    assert said(case(body)) == tuple(text for _, text in expected)


def test_the_challenge_comes_first_and_places_are_found_again() -> None:
    challenge = (b"WWW-Authenticate", b'Bearer error="invalid_token", error_description="late"')
    subject = case(b'{"m": "x"}', challenge)
    assert said(subject) == ("invalid_token", "late", "x")
    assert place_of(subject, "late") == "response.challenge.error_description"
    assert place_of(subject, "x") == "response.json.m"


def test_no_answer_says_nothing() -> None:
    request = Request("GET", "https", "api.test", 443, b"/", Headers())
    assert said(Case(Exchange("x", request, None, error="reset"))) == ()


HOSTILE = [
    pytest.param(json.dumps({str(n): "x" for n in range(10_000)}).encode(), id="wide"),
    pytest.param(b'{"a":' * 30 + b'"x"' + b"}" * 30, id="deep"),
    pytest.param(b"a" * (1 << 20), id="long"),
]


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_bodies_are_bounded(body: bytes) -> None:
    found = said(case(body))
    assert len(found) <= MAX_SENTENCES
    assert all(len(text) <= MAX_PAGE for text in found)


@pytest.mark.parametrize(
    ("status", "size", "read"),
    [
        pytest.param(401, 70_000, MAX_HEAD, id="of a refusal without end, its head"),
        pytest.param(401, 60_000, 60_000, id="a refusal that can be searched, whole"),
        pytest.param(200, 70_000, MAX_SEARCHED, id="of what was asked for, what can be searched"),
    ],
)
def test_a_page_that_refuses_is_read_at_its_head(status: int, size: int, read: int) -> None:
    words = b"<title>Your session has expired</title>"
    page = words + b"." * (size - len(words))
    subject = case(page, status=status)
    assert len(subject.response.text) == read
    assert "session has expired" in said(subject)[0]
