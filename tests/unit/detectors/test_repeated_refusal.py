"""Stories of the same credential refused again, or now and then, or at one host only."""

from __future__ import annotations

import pytest
from tests.exchanges import basic
from tests.traffic import Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
SENT = bearer("opaque-token-1")
INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def call(traffic: Traffic, status: int, host: str = API, **kwargs: object) -> Exchange:
    got = INVALID if status == 401 else {}
    return traffic(f"GET {host}/orders", status, **({"sent": SENT, "got": got} | kwargs))  # type: ignore[arg-type]


def test_the_third_try_with_the_same_token_is_a_loop() -> None:
    traffic = Traffic()
    told = tell([call(traffic, 401), call(traffic, 401), call(traffic, 401)])
    assert "session/retry-loop" not in told.rules("#2")
    finding = next(f for f in told.diagnoses["#3"].findings if f.rule == "session/retry-loop")
    assert finding.certainty is Certainty.PROVEN
    assert finding.related == ("#1", "#2")
    assert told.rules("#3")[0] != "session/retry-loop"


BASIC = {"WWW-Authenticate": 'Basic realm="x"'}


@pytest.mark.parametrize(
    ("sent", "got", "verdict"),
    [
        # java.net.http.HttpClient asks its Authenticator three times, HttpURLConnection twenty.
        pytest.param({"Authorization": basic("a:b")}, BASIC, "basic/wrong-password", id="Basic"),
        pytest.param(SENT, {}, "auth/unknown", id="no reason given"),
    ],
)
def test_that_it_was_tried_again_is_not_why_it_was_refused(
    sent: dict[str, str], got: dict[str, str], verdict: str
) -> None:
    traffic = Traffic()
    told = tell([call(traffic, 401, sent=sent, got=got) for _ in range(4)])
    assert "session/retry-loop" in told.rules("#4")
    assert {told.rules(key)[0] for key in told.diagnoses} == {verdict}


def test_cured_other_tokens_other_machines_and_long_pauses_are_no_loop() -> None:
    traffic = Traffic()
    told = tell(
        [
            call(traffic, 401),
            call(traffic, 401, sent=bearer("opaque-token-2")),
            call(traffic, 401, address="10.0.0.8:1"),
            call(traffic, 401, after_s=300),
        ]
    )
    assert not any("session/retry-loop" in told.rules(key) for key in told.diagnoses)


def test_the_same_request_works_and_fails_in_turn() -> None:
    traffic = Traffic()
    told = tell(
        [
            call(traffic, 401, got=INVALID | {"X-Served-By": "b"}),
            call(traffic, 200, got={"X-Served-By": "a"}),
            call(traffic, 401, got=INVALID | {"X-Served-By": "b"}),
            call(traffic, 200, got={"X-Served-By": "a"}),
            call(traffic, 401, got=INVALID | {"X-Served-By": "b"}),
        ]
    )
    finding = next(f for f in told.diagnoses["#5"].findings if f.rule == "session/flapping")
    assert finding.certainty is Certainty.PROVEN
    assert finding.causes[0].certainty is Certainty.LIKELY


def test_the_success_before_the_first_refusal_counts() -> None:
    """It is healthy traffic, of which nobody keeps the outcomes."""
    traffic = Traffic()
    told = tell([call(traffic, status) for status in (200, 401, 200, 401)])
    assert told.rules("#4")[0] == "session/flapping"


INSTANCES = [
    pytest.param("ab", ["own-sessions"], id="one of them refuses"),
    pytest.param("aa", [], id="one and the same"),
    pytest.param("  ", [], id="nobody knows which"),
]


@pytest.mark.parametrize(("names", "causes"), INSTANCES)
def test_a_session_that_one_instance_knows(names: str, causes: list[str]) -> None:
    """What a session opens, a login and a logout change as well: where the instances are not told
    apart, it is no flapping."""
    traffic = Traffic()
    sent = {"Cookie": "sid=abcdefgh12345678"}
    good, bad = ({"X-Served-By": name.strip()} for name in names)
    steps = [(200, good), (401, bad), (200, good), (401, bad), (200, good), (401, bad)]
    told = tell([call(traffic, status, sent=sent, got=got) for status, got in steps])
    found = [each for each in told.diagnoses["#6"].findings if each.rule == "session/flapping"]
    assert [cause.id for each in found for cause in each.causes] == causes


def test_a_login_and_a_logout_are_no_flapping() -> None:
    """Of a session that keeps its value, at instances of which each answers once."""
    traffic = Traffic()
    sent = {"Cookie": "sid=abcdefgh12345678"}
    steps = [(401, "a"), (200, "b"), (401, "c")]
    told = tell([call(traffic, status, sent=sent, got={"X-Served-By": at}) for status, at in steps])
    assert "session/flapping" not in told.rules("#3")


def test_cured_a_token_that_ends_once_does_not_flap() -> None:
    traffic = Traffic()
    told = tell([call(traffic, 200), call(traffic, 200), call(traffic, 401), call(traffic, 401)])
    assert not any("session/flapping" in told.rules(key) for key in told.diagnoses)


def refresh(traffic: Traffic, number: int) -> Exchange:
    return traffic(
        "POST https://id.example.com/oauth/token",
        form={"grant_type": "refresh_token", "refresh_token": f"refresh-{number}"},
        answer={"access_token": f"access-{number}-xx", "refresh_token": f"refresh-{number + 1}"},
    )


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        pytest.param(401, None, id="401"),
        pytest.param(200, {"code": 401, "msg": "token expired"}, id="401 under 200"),
    ],
)
def test_refreshing_does_not_help(status: int, answer: object) -> None:
    traffic = Traffic()
    told = tell(
        [
            refresh(traffic, 1),
            call(traffic, status, sent=bearer("access-1-xx"), answer=answer),
            refresh(traffic, 2),
            call(traffic, status, sent=bearer("access-2-xx"), answer=answer),
        ]
    )
    assert "session/refresh-loop" in told.rules("#4")


def test_cured_a_token_that_worked_before_it_ended() -> None:
    traffic = Traffic()
    told = tell(
        [
            refresh(traffic, 1),
            call(traffic, 200, sent=bearer("access-1-xx")),
            call(traffic, 401, sent=bearer("access-1-xx")),
            refresh(traffic, 2),
            call(traffic, 401, sent=bearer("access-2-xx")),
        ]
    )
    assert "session/refresh-loop" not in told.rules("#5")


def test_a_token_that_works_at_another_host() -> None:
    traffic = Traffic()
    told = tell([call(traffic, 200, "https://a.example.com"), call(traffic, 401)])
    finding = next(f for f in told.diagnoses["#2"].findings if f.rule == "session/partial-failure")
    assert finding.certainty is Certainty.LIKELY
    assert finding.related == ("#1",)


def test_cured_a_token_that_works_at_both() -> None:
    traffic = Traffic()
    told = tell([call(traffic, 200, "https://a.example.com"), call(traffic, 200)])
    assert told.verdicts() == {}


def test_refusals_under_200_are_no_successes() -> None:
    traffic = Traffic()
    answer = {"code": 401, "message": "token expired"}
    told = tell([call(traffic, 200, answer=answer) for _ in range(3)])
    assert "session/retry-loop" in told.rules("#3")
