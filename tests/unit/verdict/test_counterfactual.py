"""A pair of requests that differ in one thing proves what that thing does."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty

URL = "GET https://api.example.com/orders"
QUOTED = {"Authorization": 'Bearer "opaque-token-1"'}


def test_the_same_token_written_well_worked_before() -> None:
    traffic = Traffic()
    told = tell([traffic(URL, sent=bearer("opaque-token-1")), traffic(URL, 403, sent=QUOTED)])
    diagnosis = told.diagnoses["#2"]
    assert diagnosis.findings[0].rule == "auth/quoted"
    assert diagnosis.certainty is Certainty.PROVEN
    assert diagnosis.findings[0].related == ("#1",)


def test_what_was_cured_afterwards_is_proven() -> None:
    traffic = Traffic()
    told = tell(
        [traffic(URL, 401, sent=QUOTED, got=BEARER), traffic(URL, sent=bearer("opaque-token-1"))]
    )
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN
    assert "#2" in told.diagnoses["#1"].findings[0].related


@pytest.mark.parametrize(
    ("after_s", "sent"),
    [
        pytest.param(1.0, bearer("opaque-token-2"), id="another token"),
        pytest.param(3600.0, bearer("opaque-token-1"), id="an hour ago"),
        pytest.param(1.0, QUOTED, id="written as badly, and it worked"),
    ],
)
def test_what_is_no_pair(after_s: float, sent: dict[str, str]) -> None:
    traffic = Traffic()
    told = tell([traffic(URL, sent=sent), traffic(URL, 403, sent=QUOTED, after_s=after_s)])
    assert told.diagnoses["#2"].certainty is not Certainty.PROVEN


@pytest.mark.parametrize(
    ("challenge", "cookies", "is_proven"),
    [
        pytest.param("Bearer", {}, True, id="a token is asked for"),
        pytest.param("Basic", {}, False, id="a password is asked for"),
        pytest.param("Bearer", {"Cookie": "sid=abcdefgh"}, False, id="a session went along"),
    ],
)
@pytest.mark.parametrize("is_sanitised", [False, True], ids=["whole", "perhaps left out"])
def test_one_with_a_token_worked(
    challenge: str, cookies: dict[str, str], is_proven: bool, is_sanitised: bool
) -> None:
    traffic = Traffic()
    got = {"WWW-Authenticate": f'{challenge} realm="x"'}
    refused = traffic(URL, 401, sent=cookies, got=got)
    refused = msgspec.structs.replace(refused, is_sanitised=is_sanitised)
    told = tell([traffic(URL, sent=bearer("opaque-token-1")), refused])
    best = told.diagnoses[refused.id].findings[0]
    assert best.rule == "auth/missing"
    seen = {each.where for each in best.evidence}
    assert ("history.request-worked" in seen) is (is_proven and not is_sanitised)


SPACED = {"Authorization": "Bearer  opaque-token-1"}
LOWER = {"Authorization": "bearer opaque-token-1"}


@pytest.mark.parametrize("sent", [pytest.param(QUOTED, id="quoted"), pytest.param(SPACED, id="2")])
def test_the_same_field_again_proves_nothing(sent: dict[str, str]) -> None:
    traffic = Traffic()
    refused, worked = traffic(URL, 401, sent=sent, got=BEARER), traffic(URL, sent=sent)
    assert tell([refused, worked]).diagnoses["#1"].certainty is not Certainty.PROVEN


def test_what_has_worked_as_written_is_no_more_than_possible() -> None:
    traffic = Traffic()
    told = tell([traffic(URL, sent=SPACED), traffic(URL, 401, sent=SPACED, got=BEARER)])
    assert told.diagnoses["#2"].findings[0].rule == "auth/scheme-whitespace"
    assert told.diagnoses["#2"].certainty is Certainty.POSSIBLE


def test_a_server_that_minds_the_case_of_the_scheme() -> None:
    traffic = Traffic()
    refused = traffic(URL, 401, sent=LOWER, got=BEARER)
    told = tell([refused, traffic(URL, sent=bearer("opaque-token-1"))])
    assert told.diagnoses["#1"].verdict == "auth/scheme-case#case-sensitive"
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


@pytest.mark.parametrize(
    ("token", "after_s", "verdict"),
    [
        pytest.param("1", 98.0, "session/no-longer-accepted#ended", id="it worked"),
        pytest.param("2", 98.0, "auth/unknown#refused", id="cured: another token"),
        pytest.param("1", 3600.0, "auth/unknown#refused", id="too long ago"),
    ],
)
def test_what_was_right_a_moment_before(token: str, after_s: float, verdict: str) -> None:
    traffic = Traffic()
    sent = bearer(f"opaque-token-{token}")
    told = tell(
        [traffic(URL, sent=bearer("opaque-token-1")), traffic(URL, 401, sent=sent, after_s=after_s)]
    )
    diagnosis = told.diagnoses["#2"]
    assert diagnosis.verdict == verdict
    assert diagnosis.certainty is not Certainty.PROVEN
    assert (diagnosis.findings[0].related == ("#1",)) is ("session" in verdict)
