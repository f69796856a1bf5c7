"""What detectors that look back share."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import Traffic, bearer, diagnoser

from why401.case import Case
from why401.detectors.earlier import (
    began_after,
    earlier,
    is_turned_away,
    judged,
    sent_authorization,
    since_s,
    wants_json,
)
from why401.history.sighting import sighting
from why401.model import Times

URL = "GET https://api.example.com/x"


def test_what_passed_between_is_counted_from_the_answer() -> None:
    traffic = Traffic()
    seen = sighting(traffic(URL, took_s=2.0))
    case = Case(traffic(URL, after_s=10.0))
    assert began_after(case, seen)
    assert since_s(case, seen) == pytest.approx(8.1)
    early = msgspec.structs.replace(case.exchange, times=Times(started=(seen.ended_s or 0) - 1))
    assert not began_after(Case(early), seen)


def test_an_exchange_as_evidence_shows_no_query() -> None:
    evidence = earlier("token-issued", sighting(Traffic()("GET https://a.example/t?secret=x")))
    assert evidence.where == "history.token-issued"
    assert evidence.seen["request"] == "GET /t"


@pytest.mark.parametrize(
    ("status", "got", "expected"),
    [
        pytest.param(401, {}, True, id="401"),
        pytest.param(302, {"Location": "/login"}, True, id="login page"),
        pytest.param(302, {"Location": "/x"}, False, id="elsewhere"),
        pytest.param(200, {}, False, id="200"),
    ],
)
def test_who_is_turned_away(status: int, got: dict[str, str], expected: bool) -> None:
    assert is_turned_away(Case(Traffic()(URL, status, got=got))) is expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param({"Accept": "application/json"}, True, id="accept"),
        pytest.param({"X-Requested-With": "XMLHttpRequest"}, True, id="xhr"),
        pytest.param({"Sec-Fetch-Mode": "cors"}, True, id="fetch"),
        pytest.param({"Accept": "text/html"}, False, id="page"),
    ],
)
def test_who_wants_json(sent: dict[str, str], expected: bool) -> None:
    assert wants_json(Case(Traffic()(URL, sent=sent))) is expected


def test_the_credential_judged_is_that_of_authorization() -> None:
    case = Case(Traffic()(f"{URL}?api_key=0123456789", 401, sent=bearer("opaque-token-1")))
    (carried,) = judged(case, diagnoser().context)
    assert carried.credential.where == "request.header.authorization"
    assert sent_authorization(case) == b"Bearer opaque-token-1"
