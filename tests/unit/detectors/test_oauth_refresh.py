"""Stories of refresh tokens that were refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.traffic import Traffic, tell

from why401.model import Certainty, Exchange

TOKEN = "POST https://id.example.com/oauth/token"


def refreshed(traffic: Traffic, sent: str, new: str | None, **kwargs: Any) -> Exchange:
    form = {"grant_type": "refresh_token", "refresh_token": sent}
    answer = {"access_token": f"access-for-{sent}", "expires_in": 60}
    if new:
        answer["refresh_token"] = new
    return traffic(TOKEN, form=form, answer=answer, **kwargs)


def refused(traffic: Traffic, sent: str, **kwargs: Any) -> Exchange:
    form = {"grant_type": "refresh_token", "refresh_token": sent}
    return traffic(TOKEN, 400, form=form, answer={"error": "invalid_grant"}, **kwargs)


def test_a_rotated_refresh_token_is_used_again() -> None:
    traffic = Traffic()
    told = tell(
        [refreshed(traffic, "refresh-1", "refresh-2"), refused(traffic, "refresh-1", after_s=60)]
    )
    assert told.verdicts() == {"#2": "oauth/refresh-reuse#old-one-kept"}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


def test_cured_the_new_refresh_token_is_used() -> None:
    traffic = Traffic()
    told = tell(
        [refreshed(traffic, "refresh-1", "refresh-2"), refreshed(traffic, "refresh-2", "refresh-3")]
    )
    assert told.verdicts() == {}


def test_two_refreshes_at_once() -> None:
    traffic = Traffic()
    first = refreshed(traffic, "refresh-1", "refresh-2", took_s=2.0)
    started_s = traffic.now_s + 0.5
    told = tell([first, refused(traffic, "refresh-1", started_s=started_s, after_s=3.0)])
    assert told.verdicts() == {"#2": "session/concurrent-refresh#not-single-flight"}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN


@pytest.mark.parametrize(
    ("other", "overlaps", "verdict"),
    [
        pytest.param(
            "refresh-1", True, "session/concurrent-refresh#not-single-flight", id="at once"
        ),
        pytest.param("refresh-9", True, "oauth/refresh-expired-or-revoked#ended", id="another"),
        pytest.param("refresh-1", False, "oauth/refresh-expired-or-revoked#ended", id="later"),
    ],
)
def test_the_refusal_of_two_refreshes_is_answered_first(
    other: str, verdict: str, *, overlaps: bool
) -> None:
    traffic = Traffic()
    loser = refused(traffic, "refresh-1")
    started_s = traffic.now_s - 0.5 if overlaps else traffic.now_s + 0.5
    told = tell([loser, refreshed(traffic, other, "refresh-2", started_s=started_s)])
    assert told.verdicts() == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY


@pytest.mark.parametrize(
    ("reused", "cause"),
    [
        pytest.param("refresh-1", "family-ended", id="the one before it was used again"),
        pytest.param("refresh-9", "ended", id="another was"),
    ],
)
def test_a_server_that_notices_reuse_ends_what_came_of_it(reused: str, cause: str) -> None:
    traffic = Traffic()
    told = tell(
        [
            refreshed(traffic, "refresh-1", "refresh-2"),
            refused(traffic, reused, after_s=60),
            refused(traffic, "refresh-2", after_s=10),
        ]
    )
    assert told.verdicts()["#3"] == f"oauth/refresh-expired-or-revoked#{cause}"
    assert told.diagnoses["#3"].certainty is Certainty.LIKELY


OWN = "POST https://api.example.com/auth/refresh"
OWN_REFRESHES = [
    pytest.param({"refreshToken": "refresh-1"}, {}, {"message": "token expired"},
                 "oauth/refresh-reuse", id="used before"),
    pytest.param({"refreshToken": "refresh-9"}, {}, {"message": "refresh token expired"},
                 "oauth/refresh-expired-or-revoked", id="not seen before"),
    pytest.param({"refreshToken": "refresh-9"}, {}, {"message": "No token provided"},
                 "auth/unknown", id="something else is missing"),
    pytest.param({"refreshToken": "refresh-9"}, {"Authorization": "Bearer opaque-token-1"},
                 {"message": "token expired"}, "bearer/invalid-token-opaque", id="with a token"),
    pytest.param({"token": "refresh-9"}, {}, {"message": "Unauthorized"},
                 "auth/unknown", id="a field of another name"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sent", "answer", "rule"), OWN_REFRESHES)
@pytest.mark.parametrize("status", [401, 200])
def test_a_refresh_at_an_endpoint_of_its_own(
    data: dict[str, str], sent: dict[str, str], answer: dict[str, str], rule: str, status: int
) -> None:
    traffic = Traffic()
    new = {"accessToken": "access-token-2", "refreshToken": "refresh-2"}
    first = traffic(OWN, data={"refreshToken": "refresh-1"}, answer=new)
    said = answer if status == 401 else {"code": 401, **answer}
    told = tell([first, traffic(OWN, status, data=data, sent=sent, answer=said, after_s=60)])
    assert told.rules("#2")[0] == rule


@pytest.mark.parametrize(
    "text",
    ["Invalid API key", "captcha required", "CSRF token mismatch", "User account is disabled"],
)
def test_a_refresh_that_was_refused_for_something_else(text: str) -> None:
    traffic = Traffic()
    new = {"accessToken": "access-token-2", "refreshToken": "refresh-2"}
    old, sent = {"refreshToken": "refresh-1"}, {"X-Api-Key": "k-0123456789abcdef"}
    first = traffic(OWN, data=old, answer=new)
    told = tell([first, traffic(OWN, 401, data=old, sent=sent, answer={"message": text})])
    assert not any(rule.startswith("oauth/") for rule in told.rules("#2"))


def test_an_answer_that_says_nothing_leaves_the_reason_open() -> None:
    traffic = Traffic()
    new = {"accessToken": "access-token-2", "refreshToken": "refresh-2"}
    old = {"refreshToken": "refresh-1"}
    first = traffic(OWN, data=old, answer=new)
    told = tell([first, traffic(OWN, 401, data=old, answer={"error": "Unauthorized"}, after_s=9)])
    assert told.rules("#2")[0] == "oauth/refresh-reuse"
    assert told.diagnoses["#2"].certainty is Certainty.LIKELY


def test_a_refresh_token_of_which_nothing_is_known_is_only_likely_to_have_ended() -> None:
    told = tell([refused(Traffic(), "refresh-1")])
    assert told.verdicts() == {"#1": "oauth/refresh-expired-or-revoked#ended"}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY


def test_a_server_that_does_not_rotate_blames_no_reuse() -> None:
    traffic = Traffic()
    told = tell([refreshed(traffic, "refresh-1", None), refused(traffic, "refresh-1", after_s=60)])
    assert told.verdicts() == {"#2": "oauth/refresh-expired-or-revoked#ended"}


# -- codes
