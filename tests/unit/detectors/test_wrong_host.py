"""Stories of credentials that went to a host they are not for."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, START_S, Traffic, bearer, tell
from tests.unit.detectors.diagnosed import jwt

from why401.model import Certainty, Severity

API = "https://api.example.com"
OTHER = "https://api.unrelated.example"
SENT = bearer("opaque-token-1")
RULE = "transport/credentials-to-third-party"


def story(traffic: Traffic, to: str, sent: dict[str, str], **got: str) -> tuple[str, ...]:
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"GET {to}/v1/x", 401, sent=sent, got=BEARER | got),
        ]
    )
    found = [each for each in told.diagnoses["#2"].findings if each.rule == RULE]
    assert all(each.severity is Severity.WARNING for each in found)
    return told.rules("#2")


def test_a_token_that_an_interceptor_adds_to_every_request() -> None:
    assert RULE in story(Traffic(), OTHER, SENT)


def named(**claims: object) -> dict[str, str]:
    return bearer(jwt({"iat": int(START_S) - 60, "exp": int(START_S) + 3600, **claims}))


SILENT = [
    pytest.param("https://static.example.com", SENT, id="the same site"),
    pytest.param("http://127.0.0.1:8000", SENT, id="this machine"),
    pytest.param("https://10.0.0.7", SENT, id="an address"),
    pytest.param("https://backend.internal", SENT, id="a private name"),
    pytest.param(OTHER, bearer("opaque-token-2"), id="a token of its own"),
    pytest.param("https://api.weixin.qq.com", SENT, id="WeChat"),
]


@pytest.mark.parametrize(("to", "sent"), SILENT)
def test_nothing_of_it(to: str, sent: dict[str, str]) -> None:
    assert RULE not in story(Traffic(), to, sent)


def test_a_token_that_names_the_other_site() -> None:
    traffic = Traffic()
    sent = named(aud=["https://api.unrelated.example/"])
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=sent),
            traffic(f"GET {OTHER}/x", 401, sent=sent, got=BEARER),
        ]
    )
    assert RULE not in told.rules("#2")


def test_the_site_that_issued_it() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic("POST https://id.unrelated.example/token", 200,
                    answer={"access_token": "opaque-token-1"}),
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"GET {OTHER}/userinfo", 401, sent=SENT, got=BEARER),
        ]
    )  # fmt: skip
    assert RULE not in told.rules("#3")


def test_a_redirect_took_it_along() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"GET {API}/file", 302, sent=SENT, got={"Location": f"{OTHER}/f"}),
            traffic(f"GET {OTHER}/f", 401, sent=SENT, got=BEARER),
        ]
    )
    found = next(each for each in told.diagnoses["#3"].findings if each.rule == RULE)
    assert found.certainty is Certainty.PROVEN
    assert [each.id for each in found.causes] == ["by-redirect"]
    assert found.causes[0].certainty is Certainty.LIKELY


def test_cured_healthy_traffic_to_two_sites() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders", 200, sent=SENT),
            traffic(f"GET {OTHER}/x", 200, sent=SENT),
        ]
    )
    assert told.verdicts() == {}


MISMATCHES = [
    pytest.param("https://10.0.0.7", "https://api.example.com", True, id="an address"),
    pytest.param("https://www.example.com", "https://api.example.com", True, id="another name"),
    pytest.param("https://api.example.com", "https://api.example.com", False, id="cured"),
    pytest.param("https://api.example.com", "https://identifier.other", False, id="an identifier"),
    pytest.param("https://10.0.0.7", "shop", False, id="no URL"),
    pytest.param("http://localhost:8000", "http://localhost:9000", False, id="both here"),
]


@pytest.mark.parametrize(("origin", "audience", "expected"), MISMATCHES)
def test_an_audience_of_another_name(origin: str, audience: str, expected: bool) -> None:
    told = tell([Traffic()(f"GET {origin}/x", 401, sent=named(aud=audience), got=BEARER)])
    found = [e for e in told.diagnoses["#1"].findings if e.rule == "transport/host-mismatch"]
    assert bool(found) is expected
    assert all(each.certainty is Certainty.POSSIBLE for each in found)
    assert told.verdicts() != {"#1": "transport/host-mismatch#other-name"}
