"""Refusals that wait for an answer."""

from __future__ import annotations

from tests.traffic import BEARER, Traffic

from why401.case import Case
from why401.diagnose import HEALTHY
from why401.history.refusals import MAX_DIAGNOSES, MAX_REQUESTS, Refusals
from why401.history.sighting import Fingerprints
from why401.model import Exchange

URL = "GET https://api.example.com/x"
SCHEMES = frozenset({"bearer"})


def refusals(*exchanges: Exchange) -> Refusals:
    found = Refusals(Fingerprints(b"k"))
    for exchange in exchanges:
        found.learn(Case(exchange), HEALTHY, None, is_probe=True)
    return found


def test_the_same_request_answers_once() -> None:
    traffic = Traffic()
    found = refusals(traffic(URL, 401, got=BEARER))
    answer = Case(traffic(URL))
    assert found.awaits_answer_from("api.example.com")
    assert [(each.exchange, offered) for each, offered in found.answered(answer, SCHEMES)] == [
        ("#1", True)
    ]
    assert found.answered(answer, SCHEMES) == ()
    assert not found.awaits_answer_from("api.example.com")


def test_without_a_credential_nothing_is_answered() -> None:
    traffic = Traffic()
    found = refusals(traffic(URL, 401, got=BEARER))
    assert found.answered(Case(traffic(URL)), frozenset()) == ()
    assert found.awaits_answer_from("api.example.com")


def test_a_scheme_that_was_not_offered_is_told() -> None:
    traffic = Traffic()
    found = refusals(traffic(URL, 401, got=BEARER))
    ((_, offered),) = found.answered(Case(traffic(URL)), frozenset({"basic"}))
    assert not offered


def test_they_are_bounded() -> None:
    traffic = Traffic()
    found = refusals(*(traffic(f"{URL}/{number % 400}", 401, got=BEARER) for number in range(3000)))
    assert len(found._pending) <= MAX_REQUESTS
    assert found._held <= MAX_DIAGNOSES
    assert found._held == sum(len(each.refused) for each in found._pending.values())
    assert found._hosts == {"api.example.com": len(found._pending)}
