"""What a server had better not accept, on requests that it has refused before."""

from __future__ import annotations

import pytest
from tests.exchanges import b64url
from tests.traffic import BEARER, START_S, Traffic, bearer, tell
from tests.unit.detectors.diagnosed import jwt

from why401.model import Certainty, Exchange, Severity

API = "https://api.example.com"
NOW = int(START_S)
GOOD = jwt({"iat": NOW - 60, "exp": NOW + 3600})
OLD = jwt({"iat": NOW - 7200, "exp": NOW - 3600})
JUST_OVER = jwt({"iat": NOW - 7200, "exp": NOW - 60})
UNSIGNED = f"{b64url({'alg': 'none'})}.{b64url({'sub': 'u1', 'exp': NOW + 3600})}."
_, _, SIGNATURE = GOOD.rpartition(".")
EDITED = f"{b64url({'alg': 'HS256'})}.{b64url({'sub': 'admin', 'exp': NOW + 3600})}.{SIGNATURE}"


def refused(traffic: Traffic) -> Exchange:
    """A refusal without any credential, so that a success means something."""
    return traffic(f"GET {API}/orders", 401, got=BEARER)


STORIES = [
    pytest.param(bearer(UNSIGNED), {}, "server/alg-none-accepted#unsigned", id="unsigned"),
    pytest.param(bearer(OLD), {}, "server/expired-accepted#not-checked", id="expired"),
    pytest.param(
        bearer(GOOD),
        {"Cache-Control": "public, max-age=60"},
        "server/cacheable-private#public",
        id="cacheable",
    ),
    pytest.param({}, {}, "session/works-without-auth#flapping", id="nothing sent"),
    pytest.param(bearer(GOOD), {}, None, id="cured"),
    pytest.param(bearer(JUST_OVER), {}, None, id="within what servers allow"),
    pytest.param({"Cookie": "session=abcdef"}, {}, None, id="a session"),
    pytest.param({"X-Api-Key": "k-1234567890"}, {}, None, id="an API key"),
    pytest.param({"X-Tenant-Token": "k-1234567890"}, {}, None, id="a key of its own making"),
    pytest.param({}, {"Age": "60"}, None, id="out of a cache"),
]


@pytest.mark.parametrize(("sent", "got", "verdict"), STORIES)
def test_accepted_where_it_was_refused(
    sent: dict[str, str], got: dict[str, str], verdict: str | None
) -> None:
    traffic = Traffic()
    first = refused(traffic)
    # Another machine, so that the first is not taken for the beginning of a handshake.
    opened = traffic(f"GET {API}/orders", 200, sent=sent, got=got, address="10.0.0.9:1")
    told = tell([first, opened])
    assert told.diagnoses[opened.id].verdict == verdict
    if verdict is not None:
        assert told.diagnoses[opened.id].certainty is Certainty.LIKELY
        assert told.diagnoses[opened.id].severity in (Severity.WARNING, Severity.INFO)


def test_a_token_that_was_edited_and_still_accepted() -> None:
    traffic = Traffic()
    issued = traffic(f"POST {API}/login", 200, answer={"access_token": GOOD})
    first = refused(traffic)
    edited = traffic(f"GET {API}/orders", 200, sent=bearer(EDITED), address="10.0.0.9:1")
    told = tell([issued, first, edited])
    assert told.diagnoses[edited.id].verdict == "server/signature-not-checked#altered"


def test_cured_the_token_as_it_was_issued() -> None:
    traffic = Traffic()
    issued = traffic(f"POST {API}/login", 200, answer={"access_token": GOOD})
    first = refused(traffic)
    good = traffic(f"GET {API}/orders", 200, sent=bearer(GOOD), address="10.0.0.9:1")
    assert tell([issued, first, good]).diagnoses[good.id].verdict is None


@pytest.mark.parametrize("token", [UNSIGNED, OLD])
def test_nobody_looks_where_nothing_was_ever_refused(token: str) -> None:
    told = tell([Traffic()(f"GET {API}/news", 200, sent=bearer(token))])
    assert told.verdicts() == {}


def test_the_same_is_not_said_for_ever() -> None:
    traffic = Traffic()
    first = refused(traffic)
    many = [
        traffic(f"GET {API}/orders", 200, sent=bearer(OLD), address="10.0.0.9:1") for _ in range(8)
    ]
    told = tell([first, *many])
    assert sum("server/expired-accepted" in told.rules(each.id) for each in many) == 3


LOGIN = {"username": "a", "password": "b"}


def test_a_login_that_succeeds_at_last_is_no_open_door() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {API}/login", 401, data=LOGIN),
            traffic(f"POST {API}/login", 200, data=LOGIN),
        ]
    )
    assert told.rules("#2") == ()


def test_a_connection_that_is_authenticated_needs_no_field() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/x", 401, got={"WWW-Authenticate": "NTLM"}),
            traffic(f"GET {API}/x", 200),
        ]
    )
    assert told.rules("#2") == ()
