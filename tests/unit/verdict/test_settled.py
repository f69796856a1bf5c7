"""What is said about a refusal once a later exchange explains it."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, Traffic, bearer, started, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
TOKEN = {"access_token": "opaque-token-1", "token_type": "Bearer"}


def over(made: Exchange, version: str) -> Exchange:
    return msgspec.structs.replace(
        made, request=msgspec.structs.replace(made.request, http_version=version)
    )


MOVES = [
    pytest.param("?api_key=k-1234567890", {}, "", {"X-Api-Key": "k-1234567890"},
                 "auth/key-wrong-place#other-place", id="query to header"),
    pytest.param("", {"X-Api-Key": "k-1234567890"}, "?api_key=k-1234567890", {},
                 "auth/key-wrong-place#other-place", id="header to query"),
    pytest.param("", {"Api-Key": "k-1234567890"}, "", {"X-Api-Key": "k-1234567890"},
                 "auth/key-wrong-place#other-place", id="another header"),
    pytest.param("", {"X-Api-Key": "k-1234567890"}, "", {"X-Api-Key": "k-0987654321"},
                 None, id="another key"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sent", "then_query", "then_sent", "verdict"), MOVES)
def test_the_same_key_at_another_place(
    query: str,
    sent: dict[str, str],
    then_query: str,
    then_sent: dict[str, str],
    verdict: str | None,
) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/orders{query}", 401, sent=sent, answer={"error": "invalid key"}),
            traffic(f"GET {API}/orders{then_query}", 200, sent=then_sent, answer={"a": 1}),
        ]
    )
    found = told.verdicts()
    if verdict is None:
        assert "auth/key-wrong-place" not in told.rules("#1")
        return
    assert found == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


VERSIONS = [
    pytest.param("HTTP/2.0", "HTTP/1.1", True, id="over HTTP/1"),
    pytest.param("h2", "http/1.1", True, id="as browsers write it"),
    pytest.param("HTTP/2.0", "HTTP/2.0", False, id="over the same"),
    pytest.param("HTTP/1.1", "HTTP/2.0", False, id="the other way round"),
]


@pytest.mark.parametrize(("refused", "works", "expected"), VERSIONS)
def test_the_same_bytes_over_another_version(refused: str, works: str, expected: bool) -> None:
    traffic = Traffic()
    sent = bearer("opaque-token-1")
    told = tell(
        [
            over(traffic(f"GET {API}/orders", 401, sent=sent, got=BEARER), refused),
            over(traffic(f"GET {API}/orders", 200, sent=sent), works),
        ]
    )
    assert ("transport/h2-uppercase-assumption" in told.rules("#1")) is expected
    assert told.diagnoses["#1"].certainty is not Certainty.PROVEN


def test_a_refresh_that_worked_is_proven() -> None:
    traffic = Traffic()
    old = {"access_token": "opaque-token-0", "refresh_token": "refresh-token-0"}
    new = {"access_token": "opaque-token-1", "refresh_token": "refresh-token-1"}
    form = {"grant_type": "refresh_token", "refresh_token": "refresh-token-0"}
    got = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    told = tell(
        [
            traffic(f"POST {API}/login", 200, answer=old),
            traffic(f"GET {API}/orders", 401, sent=bearer("opaque-token-0"), got=got),
            traffic(f"POST {API}/token", 200, form=form, answer=new),
            traffic(f"GET {API}/orders", 200, sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {"#2": "session/refreshed-ok#refreshed"}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN


def test_the_case_of_a_scheme_is_the_servers_fault_as_well() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/x", 401, sent={"Authorization": "bearer opaque-token-1"}),
            traffic(f"GET {API}/x", 200, sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {"#1": "auth/scheme-case#" + told.verdicts()["#1"].split("#")[1]}
    assert "server/scheme-case-sensitive" in told.rules("#1")


SAYS = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "refresh-token-0"}
RENEWED = {"access_token": "opaque-token-1", "refresh_token": "refresh-token-1"}
ANSWERS = [
    pytest.param(401, None, 0.0, id="401"),
    pytest.param(403, {"message": "Token expired"}, 0.0, id="403"),
    pytest.param(200, {"code": 401, "msg": "token expired"}, 0.0, id="401 under 200"),
    pytest.param(401, None, 0.6, id="answered when the refresh was over"),
]


@pytest.mark.parametrize(("status", "answer", "took_s"), ANSWERS)
def test_however_it_was_refused_a_refresh_puts_it_right(
    status: int, answer: dict[str, object] | None, took_s: float
) -> None:
    """Two requests with the old token; the second is answered last, whatever it takes."""
    traffic = Traffic()
    begin = traffic.now_s + 5
    old, new = bearer("opaque-token-0"), bearer("opaque-token-1")
    got = SAYS if status == 401 else {}
    refused = [
        traffic(f"GET {API}/{path}", status, sent=old, got=got, answer=answer)
        for path in ("a", "b")
    ]
    first = started(refused[0], begin, begin + 0.1)
    second = started(refused[1], begin + 0.05, begin + 0.15 + took_s)
    refresh = started(
        traffic(f"POST {API}/token", form=REFRESH, answer=RENEWED), begin + 0.2, begin + 0.4
    )
    retried = [
        started(traffic(f"GET {API}/{path}", sent=new), begin + 1, begin + 1.1)
        for path in ("a", "b")
    ]
    in_order = sorted([first, second, refresh, *retried], key=lambda each: each.times.ended or 0.0)
    told = tell(in_order)
    assert set(told.verdicts()) == {first.id, second.id}
    assert set(told.verdicts().values()) == {"session/refreshed-ok#refreshed"}


@pytest.mark.parametrize(
    ("old", "certainty"),
    [
        pytest.param("opaque-token-0", Certainty.PROVEN, id="the one that was refreshed"),
        pytest.param("opaque-token-9", Certainty.LIKELY, id="perhaps another user's"),
    ],
)
def test_whose_token_was_renewed(old: str, certainty: Certainty) -> None:
    traffic = Traffic()
    issued = {"access_token": "opaque-token-0", "refresh_token": "refresh-token-0"}
    told = tell(
        [
            traffic(f"POST {API}/token", answer=issued),
            traffic(f"GET {API}/a", 401, sent=bearer(old), got=SAYS),
            traffic(f"POST {API}/token", form=REFRESH, answer=RENEWED),
            traffic(f"GET {API}/a", sent=bearer("opaque-token-1")),
        ]
    )
    assert told.verdicts() == {"#2": "session/refreshed-ok#refreshed"}
    assert told.diagnoses["#2"].certainty is certainty


def test_forbidden_twice_is_not_put_right() -> None:
    traffic = Traffic()
    answer = {"message": "Token expired"}
    told = tell(
        [
            traffic(f"GET {API}/a", 403, sent=bearer("opaque-token-0"), answer=answer),
            traffic(f"POST {API}/token", form=REFRESH, answer=RENEWED),
            traffic(f"GET {API}/a", 403, sent=bearer("opaque-token-1"), answer=answer),
        ]
    )
    assert "session/refreshed-ok" not in told.rules("#1")


@pytest.mark.parametrize(
    ("status", "first", "verdict"),
    [
        pytest.param(200, "opaque-token-1", "session/flapping#one-replica", id="the same worked"),
        pytest.param(200, "opaque-token-2", "bearer/invalid-token-opaque#expired", id="another"),
        pytest.param(401, "opaque-token-1", "bearer/invalid-token-opaque#expired", id="again"),
    ],
)
def test_a_credential_that_works_again_was_not_over(status: int, first: str, verdict: str) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {API}/a", 401, sent=bearer(first), got=SAYS),
            traffic(f"GET {API}/a", status, sent=bearer("opaque-token-1"), got=SAYS),
        ]
    )
    assert told.verdicts()["#1"] == verdict
    assert told.diagnoses["#1"].certainty is Certainty.POSSIBLE


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        pytest.param("X-OTP", "auth/unknown", id="a code that decides"),
        pytest.param("X-Request-Id", "session/flapping", id="what each has of its own"),
    ],
)
def test_another_field_may_be_why_it_works_again(name: str, rule: str) -> None:
    traffic = Traffic()
    sent = bearer("opaque-token-1")
    told = tell(
        [
            traffic(f"GET {API}/a", 401, sent=sent | {name: "1"}),
            traffic(f"GET {API}/a", 200, sent=sent | {name: "2"}),
        ]
    )
    assert told.rules("#1")[0] == rule


def test_what_the_bytes_show_is_not_taken_back() -> None:
    traffic = Traffic()
    sent = {"Authorization": "Bearer Bearer opaque-token-1"}
    told = tell(
        [
            traffic(f"GET {API}/a", 401, sent=sent, got=SAYS),
            traffic(f"GET {API}/a", 200, sent=sent),
        ]
    )
    assert told.rules("#1")[0] == "auth/scheme-doubled"


EXCHANGES = [
    pytest.param(REFRESH, "session/concurrent-refresh#not-single-flight", id="a refresh token"),
    pytest.param(
        {"grant_type": "authorization_code", "code": "code-0123456789"},
        "oauth/code-reused#same-code",
        id="a code",
    ),
]


@pytest.mark.parametrize(("form", "verdict"), EXCHANGES)
def test_of_two_exchanges_at_once_the_refused_may_be_answered_first(
    form: dict[str, str], verdict: str
) -> None:
    traffic = Traffic()
    begin = traffic.now_s + 5
    refused = traffic(f"POST {API}/token", 400, form=form, answer={"error": "invalid_grant"})
    taken = traffic(f"POST {API}/token", 200, form=form, answer=RENEWED)
    told = tell([started(refused, begin + 0.1, begin + 0.2), started(taken, begin, begin + 0.5)])
    assert told.verdicts() == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY
    cured = tell(
        [started(refused, begin + 0.1, begin + 0.2), started(taken, begin + 0.3, begin + 0.5)]
    )
    assert cured.verdicts()["#1"].partition("#")[0] in (
        "oauth/refresh-expired-or-revoked",
        "oauth/invalid-grant",
    )


NONCE = {"error": "use_dpop_nonce"}


@pytest.mark.parametrize(
    ("status", "told_of"),
    [
        pytest.param(200, set(), id="given"),
        pytest.param(400, {"#1", "#2"}, id="given, and refused again"),
    ],
)
def test_the_nonce_that_a_token_endpoint_asks_for(status: int, told_of: set[str]) -> None:
    traffic = Traffic()
    form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s-0123456789"}
    sent = {"DPoP": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2ln"}
    told = tell(
        [
            traffic(f"POST {API}/token", 400, sent=sent, form=form, answer=NONCE),
            traffic(
                f"POST {API}/token",
                status,
                sent=sent,
                form=form,
                answer=TOKEN if status == 200 else NONCE,
            ),
        ]
    )
    assert set(told.verdicts()) == told_of
