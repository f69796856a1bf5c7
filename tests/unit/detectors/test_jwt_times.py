from typing import Any

import pytest
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import (
    diagnosed,
    finding,
    jwt,
    knowledge,
    outcome,
    refused,
    rules,
)

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.masking import Masker

NOW = int(AT_S)
OLD = {"iat": NOW - 9000, "exp": NOW - 2460}

FIRING: list[Any] = [
    pytest.param(OLD, {}, "expired#expired", "likely", id="expired"),
    pytest.param(OLD, {"says": "jwt expired"}, "expired#expired", "proven", id="and stated"),
    pytest.param(
        OLD,
        {"challenge": 'Bearer error="invalid_token", error_description="Jwt expired at 2026"'},
        "expired#expired",
        "proven",
        id="stated in the challenge",
    ),
    pytest.param(
        OLD,
        {"response_headers": {"Token-Expired": "true"}},
        "expired#expired",
        "proven",
        id="ASP.NET",
    ),
    pytest.param(OLD, {"says": "登录状态已过期"}, "expired#expired", "proven", id="in Chinese"),
    pytest.param(
        OLD, {"says": "Token is invalid or expired"}, "expired#expired", "likely", id="vague words"
    ),
    pytest.param(
        OLD, {"says": "Your password has expired"}, "expired#expired", "likely", id="another expiry"
    ),
    pytest.param(OLD, {"status": 403}, "expired#expired", "likely", id="with 403"),
    pytest.param({"exp": NOW - 3}, {}, "expired#expired", "likely", id="by 3 s"),
    pytest.param({"exp": NOW}, {}, "expired#expired", "likely", id="at this second"),
    pytest.param({"nbf": NOW + 300}, {}, "not-yet-valid#too-early", "likely", id="nbf"),
    pytest.param(
        {"nbf": NOW + 300},
        {"says": "jwt not active"},
        "not-yet-valid#too-early",
        "proven",
        id="stated",
    ),
    pytest.param({"iat": NOW + 300}, {}, "iat-future#issued-in-future", "possible", id="iat"),
    pytest.param(
        {"iat": NOW + 300},
        {"says": "The token is not yet valid (iat)"},
        "iat-future#issued-in-future",
        "proven",
        id="iat stated",
    ),
    pytest.param(
        {"exp": NOW - 60}, {"at_s": AT_S - 600}, "clock-skew#differ", "likely", id="clock behind"
    ),
    pytest.param(
        {"nbf": NOW + 60}, {"at_s": AT_S + 600}, "clock-skew#differ", "likely", id="clock ahead"
    ),
    pytest.param(
        {"exp": None},
        {"says": "The token has no expiration"},
        "exp-missing#not-set",
        "proven",
        id="no exp",
    ),
]


@pytest.mark.parametrize(("claims", "parts", "verdict", "certainty"), FIRING)
def test_times_are_the_verdict(
    claims: dict[str, Any], parts: dict[str, Any], verdict: str, certainty: str
) -> None:
    token = jwt(claims)
    diagnosis = diagnosed(refused(f"Bearer {token}", **parts), token)
    assert outcome(diagnosis) == (f"jwt/{verdict}", certainty)


@pytest.mark.parametrize(("claims", "parts", "verdict", "certainty"), FIRING)
def test_cured(
    claims: dict[str, Any],
    parts: dict[str, Any],
    verdict: str,
    certainty: str,
) -> None:
    fresh = {"iat": NOW - 700, "nbf": NOW - 700, "exp": NOW + 3600}
    rule = f"jwt/{verdict.partition('#')[0]}"
    # Once the times are right, a server has no words about them either.
    silent = {name: value for name, value in parts.items() if name in ("at_s", "status")}
    assert rule not in rules(diagnosed(refused(f"Bearer {jwt(fresh)}", **silent)))


def test_times_are_put_into_words_of_the_server() -> None:
    found = finding(diagnosed(refused(f"Bearer {jwt(OLD)}")), "jwt/expired")
    assert round(found.values["age_s"]) == 2460  # type: ignore[arg-type]
    assert found.values["exp_time"] == NOW - 2460


def test_server_clock_decides_not_the_local_one() -> None:
    sent = refused(f"Bearer {jwt({'exp': NOW + 60})}", at_s=AT_S + 600)
    assert "jwt/expired" not in rules(diagnosed(sent))


def test_without_a_date_nothing_is_proven() -> None:
    token = jwt(OLD)
    sent = refused(f"Bearer {token}", says="jwt expired", response_headers={"Age": "90"})
    assert finding(diagnosed(sent, token), "jwt/expired").certainty == "likely"


def test_healthy_exchange_is_not_judged() -> None:
    assert diagnosed(refused(f"Bearer {jwt(OLD)}", status=200, challenge="")).findings == ()


def test_structure_comes_before_times() -> None:
    token = jwt(OLD)[:-10]
    assert "jwt/expired" not in rules(diagnosed(refused(f"Bearer {token}"), token))


def test_the_claim_itself_is_seen_and_the_token_is_not() -> None:
    token = jwt({"exp": int(AT_S) - 60})
    found = finding(diagnosed(refused(f"Bearer {token}"), token), "jwt/expired")
    assert found.evidence[0].seen == {"exp": int(AT_S) - 60, "time": "2026-11-19 23:59:00 UTC"}


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        ("invalid signature", "jwt/signature-wrong-key#other-key"),
        ("Invalid audience", "jwt/aud-mismatch#other-audience"),
        ("Token has been revoked", "bearer/revoked#revoked"),
    ],
)
def test_a_defect_that_the_server_names_stands_before_expiry(says: str, verdict: str) -> None:
    token = jwt({**OLD, "aud": "orders"})
    diagnosis = diagnosed(refused(f"Bearer {token}", says=says))
    assert diagnosis.verdict == verdict
    assert finding(diagnosis, "jwt/expired").causes[0].certainty == "possible"


def test_expiry_of_another_token_proves_nothing() -> None:
    token = jwt(OLD)
    says = "Jwt expired at 2026-11-01T00:00:00Z"
    diagnosis = diagnosed(refused(f"Bearer {token}", says=says))
    assert finding(diagnosis, "jwt/expired").causes[0].certainty == "possible"


def test_keycloak_calls_an_expired_token_not_active() -> None:
    token = jwt(OLD)
    diagnosis = diagnosed(refused(f"Bearer {token}", says="Token is not active"))
    assert (diagnosis.verdict, diagnosis.certainty) == ("jwt/expired#expired", "proven")


CLOCKS = [
    pytest.param(-600.0, {"exp": NOW - 60}, "behind", id="another site is ahead as well"),
    pytest.param(600.0, {"nbf": NOW + 60}, "ahead", id="another site is behind as well"),
    pytest.param(0.0, {"exp": NOW - 60}, "server", id="another site agrees with this machine"),
]


@pytest.mark.parametrize(("skew_s", "claims", "cause"), CLOCKS)
def test_whose_clock_is_off_is_told_by_other_sites(
    skew_s: float, claims: dict[str, Any], cause: str
) -> None:
    diagnoser = Diagnoser(knowledge(), NO_KEYS, Masker(b"k" * 32))
    local_s = AT_S + 600 if cause == "ahead" else AT_S - 600
    fields = [("Date", http_date(local_s - skew_s)), ("Set-Cookie", "a=1")]
    diagnoser.diagnose(
        exchange("https://www.other.example/", response_headers=fields, at_s=local_s, id="t#1")
    )
    refusal = refused(f"Bearer {jwt(claims)}", at_s=local_s)
    found = finding(diagnoser.diagnose(refusal).diagnosis, "jwt/clock-skew")
    assert [each.id for each in found.causes] == [cause]


@pytest.mark.parametrize(
    ("headers", "claims", "expected"),
    [
        pytest.param("Authorization", OLD, True, id="expired"),
        pytest.param("Authorization", {"exp": NOW + 3600}, False, id="cured: it lasts"),
        pytest.param("Cookie", OLD, False, id="an old session logs in anew"),
    ],
)
def test_a_token_answered_with_a_login_page(
    headers: str, claims: dict[str, Any], *, expected: bool
) -> None:
    value = f"Bearer {jwt(claims)}" if headers == "Authorization" else f"session={jwt(claims)}"
    sent = exchange(
        "https://api.example.com/orders",
        headers={headers: value},
        status=302,
        response_headers={"Location": "/login", "Date": http_date(AT_S)},
    )
    assert ("jwt/expired" in rules(diagnosed(sent))) is expected
