from typing import Any

import msgspec
import pytest
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules
from tests.unit.detectors.keyed import diagnosed as diagnosed_after

from why401.keys import NO_KEYS
from why401.model import Exchange, Times

NOW = int(AT_S)
HOUR = 3600


def waited(sent: Exchange, seconds: float) -> Exchange:
    """Return `sent` with its answer so long after it was sent."""
    times = Times(started=AT_S - seconds, request_sent=AT_S - seconds, response_started=AT_S)
    return msgspec.structs.replace(sent, times=times)


IN_FLIGHT: list[Any] = [
    pytest.param("", "likely", id="no words"),
    pytest.param("jwt expired", "proven", id="the server says so"),
]


@pytest.mark.parametrize(("says", "certainty"), IN_FLIGHT)
def test_expired_on_the_way(says: str, certainty: str) -> None:
    token = jwt({"iat": NOW - 3600, "exp": NOW - 10})
    diagnosis = diagnosed(waited(refused(f"Bearer {token}", says=says), 30), token)
    assert outcome(diagnosis) == ("jwt/expired-in-flight#on-the-way", certainty)
    assert "jwt/expired" not in rules(diagnosis)


@pytest.mark.parametrize(
    ("exp", "seconds"),
    [(NOW - 60, 30), (NOW + 60, 30), (NOW - 10, 0)],
    ids=["before it was sent", "after the answer", "at once"],
)
def test_not_on_the_way(exp: int, seconds: float) -> None:
    token = jwt({"iat": NOW - 3600, "exp": exp})
    sent = waited(refused(f"Bearer {token}"), seconds)
    assert "jwt/expired-in-flight" not in rules(diagnosed(sent))


TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"


def test_a_github_app_may_not_sign_for_an_hour() -> None:
    token = jwt({"iat": NOW - 10, "exp": NOW + HOUR})
    sent = refused(f"Bearer {token}", url="https://api.github.com/app", says=TOO_FAR)
    assert outcome(diagnosed(sent)) == ("jwt/lifetime-too-long#over-the-limit", "proven")


def test_words_alone_are_likely() -> None:
    token = jwt({"iat": NOW - 10, "exp": NOW + HOUR})
    sent = refused(f"Bearer {token}", says=TOO_FAR)
    found = finding(diagnosed(sent), "jwt/lifetime-too-long")
    assert found.causes[0].certainty == "likely"


@pytest.mark.parametrize("url", ["https://api.github.com/app", "https://api.example.com/app"])
def test_a_short_life_is_right(url: str) -> None:
    token = jwt({"iat": NOW - 10, "exp": NOW + 500})
    assert "jwt/lifetime-too-long" not in rules(diagnosed(refused(f"Bearer {token}", url=url)))


def handed_out(token: str) -> Exchange:
    return exchange(
        "https://id.example.com/token",
        method="POST",
        at_s=AT_S - 5,
        response_headers={"Date": http_date(AT_S - 5)},
        json={"access_token": token, "token_type": "Bearer"},
        id="t#1",
    )


def local_zone(iat: int, says: str) -> Any:
    token = jwt({"iat": iat, "exp": iat + HOUR})
    sent = refused(f"Bearer {token}", says=says)
    return diagnosed_after(sent, NO_KEYS, handed_out(token), hide=(token,))


def test_an_issuer_that_counts_local_time() -> None:
    diagnosis = local_zone(NOW - 5 + 8 * HOUR, "token used before issued")
    found = finding(diagnosis, "jwt/time-local-zone")
    assert (found.certainty, found.values["offset_s"]) == ("proven", 8 * HOUR)
    assert found.related == ("t#1",)


def test_an_issuer_behind_utc_is_a_guess() -> None:
    diagnosis = local_zone(NOW - 5 - 5 * HOUR, "token is expired")
    assert finding(diagnosis, "jwt/time-local-zone").certainty == "possible"


@pytest.mark.parametrize("iat", [NOW - 5, NOW + 8 * HOUR + 400, NOW - HOUR])
def test_other_times_are_no_zone(iat: int) -> None:
    assert "jwt/time-local-zone" not in rules(local_zone(iat, "Unauthorized"))
