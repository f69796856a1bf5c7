"""Which refusals a later exchange settles."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, Traffic, bearer

from why401.case import Case
from why401.history import History
from why401.history.settling import Settled, Settlement, settled_by, settled_by_login
from why401.history.sighting import sighting
from why401.model import Diagnosis, Exchange

URL = "https://api.example.com/orders"


def learnt(*exchanges: Exchange) -> History:
    history = History()
    for exchange in exchanges:
        history.learn(Case(exchange), Diagnosis())
    return history


def settled(history: History, exchange: Exchange) -> list[Settled]:
    case = Case(exchange)
    return list(
        settled_by(case, history.carried(case), history.key(case), history.refusals, history.tokens)
    )


STORIES = [
    pytest.param({}, bearer("opaque-token-1"), 200, Settlement.HANDSHAKE, id="handshake"),
    pytest.param(
        {"Authorization": "bearer opaque-token-1"}, bearer("opaque-token-1"), 200,
        Settlement.REWRITTEN, id="written otherwise",
    ),
    pytest.param(
        {"X-Api-Key": "k-1234567890"}, {"Api-Key": "k-1234567890"}, 200,
        Settlement.MOVED, id="another place",
    ),
    pytest.param(
        {"X-Api-Key": "k-1234567890"}, {"Api-Key": "k-1234567890"}, 401, None, id="refused again",
    ),
    pytest.param(
        bearer("opaque-token-1"), bearer("opaque-token-1"), 200,
        Settlement.FLAPPED, id="the same",
    ),
    pytest.param(
        bearer("opaque-token-1"), bearer("opaque-token-1"), 403, None, id="the same, forbidden",
    ),
    pytest.param({}, {}, 200, None, id="nothing sent"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "then", "status", "expected"), STORIES)
def test_what_became_of_a_refusal(
    sent: dict[str, str], then: dict[str, str], status: int, expected: Settlement | None
) -> None:
    traffic = Traffic()
    history = learnt(traffic(f"GET {URL}", 401, sent=sent, got=BEARER))
    found = settled(history, traffic(f"GET {URL}", status, sent=then))
    assert [each.settlement for each in found] == ([expected] if expected else [])


def test_after_half_a_minute_nothing_is_settled() -> None:
    traffic = Traffic()
    history = learnt(traffic(f"GET {URL}", 401, sent={"X-Api-Key": "k-1234567890"}))
    later = traffic(f"GET {URL}", sent={"Api-Key": "k-1234567890"}, after_s=60)
    assert settled(history, later) == []


@pytest.mark.parametrize(
    ("left_s", "expected"),
    [
        pytest.param(-1.0, 0, id="before the login"),
        pytest.param(0.5, 1, id="meanwhile"),
        pytest.param(3.0, 0, id="after it"),
    ],
)
def test_a_login_settles_what_left_while_it_ran(left_s: float, expected: int) -> None:
    traffic = Traffic()
    login = traffic("POST https://id.example.com/login", took_s=2.0)
    begin = login.times.started or 0.0
    early = traffic(f"GET {URL}", 401, got=BEARER)
    times = msgspec.structs.replace(early.times, started=begin + left_s)
    history = learnt(msgspec.structs.replace(early, times=times))
    assert len(list(settled_by_login(sighting(login), history.refusals))) == expected
