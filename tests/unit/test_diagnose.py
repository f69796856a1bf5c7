"""The one entry: who is looked at, what an earlier exchange becomes, and a fault of our own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.exchanges import AT_S, basic, exchange
from tests.unit.detectors.diagnosed import jwt, knowledge, refused

from why401 import diagnose, triage
from why401.case import Case
from why401.detectors import DETECTORS, Detector
from why401.diagnose import HEALTHY, Diagnoser
from why401.keys import NO_KEYS
from why401.masking import Masker
from why401.model import Exchange


def diagnoser() -> Diagnoser:
    return Diagnoser(knowledge(), NO_KEYS, Masker(b"k" * 32))


URL = "https://api.example.com/orders"
OLD = {"iat": int(AT_S) - 7200, "exp": int(AT_S) - 3600}
WECHAT = "https://api.weixin.qq.com/cgi-bin/user/get?access_token=TEST"


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        pytest.param(exchange(URL), None, id="healthy"),
        pytest.param(exchange(URL, status=404), None, id="not found is no refusal"),
        pytest.param(exchange(URL, status=500), None, id="a broken server is no refusal"),
        pytest.param(refused(), "auth/missing", id="401"),
        pytest.param(refused(f"Bearer {jwt(OLD)}"), "jwt/expired", id="expired"),
        pytest.param(
            exchange(WECHAT, json={"errcode": 40001, "errmsg": "invalid credential"}),
            "wechat/40001",
            id="WeChat refuses with 200",
        ),
        pytest.param(exchange(WECHAT, json={"errcode": 0}), None, id="WeChat accepts"),
    ],
)
def test_verdict(item: Exchange, verdict: str | None) -> None:
    found = diagnoser().diagnose(item).diagnosis.verdict
    assert (found and found.partition("#")[0]) == verdict


@pytest.mark.parametrize(
    ("path", "severity"),
    [pytest.param("robots.txt", "info", id="a file"), pytest.param("a", "error", id="anything")],
)
def test_what_nobody_misses_is_not_grave(path: str, severity: str) -> None:
    item = exchange(f"https://api.example.com/{path}", status=403)
    found = diagnoser().diagnose(item).diagnosis
    assert found.findings[0].rule == "auth/unknown"
    assert found.severity == severity


def test_what_leaves_at_triage_would_have_been_healthy_anyway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Judged all the same, the exchanges that nobody looks at have no finding."""
    item = exchange(URL, headers={"Authorization": f"Bearer {jwt()}"})
    assert diagnoser().diagnose(item).diagnosis == HEALTHY
    looked = diagnoser()
    monkeypatch.setattr(looked, "look", lambda *_: triage.Look.JUDGE)
    assert looked.diagnose(item).diagnosis.findings == ()


def test_who_has_looked_already_says_what_was_seen() -> None:
    item = refused()
    assert diagnoser().diagnose(item, triage.Look.JUDGE) == diagnoser().diagnose(item)
    assert diagnoser().diagnose(item, triage.Look.LEARN).diagnosis == HEALTHY


def test_a_handshake_s_first_leg_is_revised_when_the_second_succeeds() -> None:
    here = diagnoser()
    challenge: dict[str, Any] = {"challenge": 'Basic realm="r"'}
    first = here.diagnose(refused(id="t#0", **challenge))
    assert first.diagnosis.verdict is not None
    second = here.diagnose(
        exchange(
            URL,
            headers={"Authorization": basic("alice:pw")},
            id="t#1",
            at_s=AT_S + 1,
            client_address="127.0.0.1:50000",
        )
    )
    assert second.diagnosis == HEALTHY
    assert [(name, found.findings) for name, found in second.revised] == [("t#0", ())]


def test_the_same_twice_is_the_same() -> None:
    item = refused(f"Bearer {jwt(OLD)}")
    assert diagnoser().diagnose(item) == diagnoser().diagnose(item)


def test_a_fault_of_ours_costs_that_detector_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> Iterator[object]:
        raise RecursionError
        yield

    broken = Detector("breaks", (), breaks)  # type: ignore[arg-type]
    monkeypatch.setattr(diagnose, "DETECTORS", (broken, *DETECTORS))
    here = diagnoser()
    with caplog.at_level(logging.ERROR):
        found = [here.diagnose(refused(id=f"t#{number}")).diagnosis for number in range(3)]
    assert {each.faults for each in found} == {("breaks",)}
    assert all((each.verdict or "").startswith("auth/missing") for each in found[:1])
    assert len(caplog.records) == 1


def test_a_fault_in_what_is_learnt_costs_no_diagnosis(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise RecursionError

    here = diagnoser()
    monkeypatch.setattr(here.history, "learn", breaks)
    with caplog.at_level(logging.ERROR):
        outcomes = [here.diagnose(refused(id=f"t#{number}")) for number in range(2)]
    assert {each.diagnosis.verdict for each in outcomes} == {"auth/missing#not-sent"}
    assert len(caplog.records) == 1


def test_a_fault_in_the_verdict_stops_nothing_and_quotes_no_traffic(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(case: Case) -> None:
        raise ValueError(case.exchange.request.headers.get("Authorization"))

    here = diagnoser()
    monkeypatch.setattr(here.knowledge, "answers", breaks)
    with caplog.at_level(logging.ERROR):
        diagnosis = here.diagnose(refused("Bearer not-to-be-logged")).diagnosis
    assert diagnosis.faults == ("diagnosis",)
    assert not diagnosis.findings
    assert "in breaks" in caplog.text
    assert "ValueError" in caplog.text
    assert "not-to-be-logged" not in caplog.text


def test_a_fault_in_the_rules_costs_their_findings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> None:
        raise RecursionError

    here = diagnoser()
    monkeypatch.setattr(here.knowledge, "findings", breaks)
    diagnosis = here.diagnose(refused()).diagnosis
    assert diagnosis.faults == ("rules",)
    assert diagnosis.verdict == "auth/missing#not-sent"
