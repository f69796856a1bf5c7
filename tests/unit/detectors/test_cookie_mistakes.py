"""Stories of cookies that went along and were wrong, and of forgery guards."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BROWSER, Traffic, tell

from why401.model import Alteration, Certainty, Severity

SITE = "https://www.example.com"


def test_two_values_of_one_session_cookie() -> None:
    traffic = Traffic()
    told = tell([traffic(f"GET {SITE}/me", 401, sent={"Cookie": "session=abc; session=def"})])
    assert "cookie/overwritten" in told.rules("#1")


def test_cured_the_same_value_twice_is_harmless() -> None:
    traffic = Traffic()
    told = tell([traffic(f"GET {SITE}/me", 401, sent={"Cookie": "session=abc; session=abc"})])
    assert "cookie/overwritten" not in told.rules("#1")


def test_the_refusal_deletes_the_cookie() -> None:
    traffic = Traffic()
    got = {"Set-Cookie": "session=; Path=/; Max-Age=0"}
    told = tell([traffic(f"GET {SITE}/me", 401, sent={"Cookie": "session=abc"}, got=got)])
    assert "cookie/deleted-by-server" in told.rules("#1")


def test_cured_a_cookie_that_is_renewed() -> None:
    traffic = Traffic()
    got = {"Set-Cookie": "session=new; Path=/; Max-Age=600"}
    told = tell([traffic(f"GET {SITE}/me", 200, sent={"Cookie": "session=abc"}, got=got)])
    assert told.verdicts() == {}


@pytest.mark.parametrize(
    ("value", "status", "expected"),
    [pytest.param("first", 401, True, id="old"), pytest.param("second", 401, False, id="new")],
)
def test_a_value_that_the_server_replaced(value: str, status: int, expected: bool) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {SITE}/login", got={"Set-Cookie": "session=first; Path=/"}),
            traffic(
                f"GET {SITE}/a",
                sent={"Cookie": "session=first"},
                got={"Set-Cookie": "session=second; Path=/"},
            ),
            traffic(f"GET {SITE}/b", status, sent={"Cookie": f"session={value}"}),
        ]
    )
    assert ("cookie/stale-value" in told.rules("#3")) is expected


SENT = {"Cookie": "connect.sid=s%3Aabc"}
HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("logout", "status", "got"),
    [
        pytest.param("POST /logout", 200, {}, id="a route of one's own"),
        pytest.param("DELETE /users/sign_out", 204, {}, id="rails"),
        pytest.param("GET /api/logout", 200, {}, id="asked for as data"),
        pytest.param("GET /logout.do", 302, HTML | {"Location": "/"}, id="a link"),
    ],
)
def test_a_session_that_was_logged_out_without_a_word(
    logout: str, status: int, got: dict[str, str]
) -> None:
    traffic = Traffic()
    method, _, path = logout.partition(" ")
    told = tell(
        [
            traffic(f"{method} {SITE}{path}", status, sent=SENT, got=got),
            traffic(f"GET {SITE}/me", 401, sent=SENT, answer={"error": "unauthorized"}),
        ]
    )
    assert told.verdicts()["#2"] == "session/logged-out#logged-out"
    assert told.diagnoses["#2"].certainty is Certainty.LIKELY


def test_a_second_logout_does_no_harm() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {SITE}/logout", sent=SENT),
            traffic(f"POST {SITE}/logout", 401, sent=SENT, answer={"error": "unauthorized"}),
        ]
    )
    assert told.verdicts() == {"#2": "session/logged-out#logged-out"}
    assert told.diagnoses["#2"].severity is Severity.INFO


@pytest.mark.parametrize(
    ("between", "status", "got", "sent"),
    [
        pytest.param("GET /logout", 200, HTML, SENT, id="a page that asks"),
        pytest.param("POST /logout", 403, {}, SENT, id="a logout that was refused"),
        pytest.param("POST /logout", 200, {}, {"Cookie": "connect.sid=s%3Aother"}, id="another"),
        pytest.param("POST /api/keys/revoke", 200, {}, SENT, id="no logout"),
        pytest.param("POST /catalog/outlets", 200, {}, SENT, id="a name that holds the word"),
    ],
)
def test_cured_no_session_was_logged_out(
    between: str, status: int, got: dict[str, str], sent: dict[str, str]
) -> None:
    traffic = Traffic()
    method, _, path = between.partition(" ")
    told = tell(
        [
            traffic(f"{method} {SITE}{path}", status, sent=sent, got=got),
            traffic(f"GET {SITE}/me", 401, sent=SENT, answer={"error": "unauthorized"}),
        ]
    )
    assert "session/logged-out" not in told.rules("#2")


def test_cured_a_login_took_up_the_same_session() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {SITE}/logout", sent=SENT),
            traffic(f"POST {SITE}/login", 302, sent=SENT, got={"Location": "/"}),
            traffic(f"GET {SITE}/me", 401, sent=SENT, answer={"error": "unauthorized"}),
        ]
    )
    assert "session/logged-out" not in told.rules("#3")


FORGERY = [
    pytest.param({}, 403, "CSRF verification failed. Request aborted.",
                 "cookie/csrf-missing", id="django"),
    pytest.param({}, 419, "Page Expired", "cookie/csrf-missing", id="laravel"),
    pytest.param({"X-CSRF-Token": "a" * 32, "Cookie": f"csrf={'b' * 32}"}, 403,
                 "CSRF token mismatch", "cookie/csrf-mismatch", id="differs"),
    pytest.param({"X-CSRF-Token": "a" * 32}, 403, "CSRF token mismatch",
                 "cookie/csrf-mismatch", id="no cookie"),
    pytest.param({"Origin": "https://evil.example", "X-CSRF-Token": "a"}, 403,
                 "Origin checking failed - https://evil.example does not match any trusted.",
                 "cookie/origin-check", id="origin"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "text", "rule"), FORGERY)
def test_the_guard_against_forgery(sent: dict[str, str], status: int, text: str, rule: str) -> None:
    told = tell([Traffic()(f"POST {SITE}/pay", status, sent=sent, form={"a": "b"}, answer=text)])
    assert told.rules("#1")[0] == rule


HOST = "request.header.host"
HOSTS = [
    pytest.param((), "not-trusted", Certainty.PROVEN, id="as it was sent"),
    pytest.param((Alteration(HOST, "mode reverse", "replaced"),), "host-rewritten",
                 Certainty.PROVEN, id="by this proxy"),
    pytest.param((Alteration(HOST, "mode reverse", "set"),), "host-rewritten",
                 Certainty.LIKELY, id="perhaps by this proxy"),
]  # fmt: skip


@pytest.mark.parametrize(("altered", "cause", "certainty"), HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_origin_is_compared_with_host(
    altered: tuple[Alteration, ...], cause: str, certainty: Certainty, scheme: str
) -> None:
    """With its scheme: where that is another, Host alone does not explain it."""
    if altered and scheme == "http":
        certainty = Certainty.LIKELY
    origin = f"{scheme}://localhost:8080"
    sent = {"Origin": origin, "X-CSRF-Token": "a"}
    text = f"Origin checking failed - {origin} does not match any trusted origins."
    refused = Traffic()(f"POST {SITE}/pay", 403, sent=sent, form={"a": "b"}, answer=text)
    told = tell([msgspec.structs.replace(refused, altered=altered)])
    assert told.verdicts() == {"#1": f"cookie/origin-check#{cause}"}
    assert told.diagnoses["#1"].certainty is certainty


@pytest.mark.parametrize(
    ("sent", "origin"),
    [
        pytest.param({"Origin": "https://shop.example"}, "https://shop.example", id="origin"),
        pytest.param({"Referer": "https://u:pw@shop.example:8443/reset?key=5ecret#5ecret"},
                     "https://shop.example:8443", id="of the referer, without path and query"),
        pytest.param({}, "?", id="neither"),
    ],
)  # fmt: skip
def test_the_origin_that_is_told_is_no_more_than_that(sent: dict[str, str], origin: str) -> None:
    answer = "Referer checking failed - no match"
    told = tell([Traffic()(f"POST {SITE}/pay", 403, sent=sent, form={"a": "b"}, answer=answer)])
    found = told.diagnoses["#1"].findings[0]
    assert found.values == {"origin": origin}
    assert {evidence.seen for evidence in found.evidence} <= {origin, None}


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        pytest.param("The CSRF token has expired.", "possible", id="one came, somewhere"),
        pytest.param("The CSRF token is missing.", "proven", id="none came"),
    ],
)
def test_a_token_of_which_the_server_speaks_is_not_missing(text: str, certainty: str) -> None:
    sent = {"Cookie": "session=abcdef"}
    told = tell([Traffic()(f"POST {SITE}/pay", 403, sent=sent, data={"a": 1}, answer=text)])
    assert told.diagnoses["#1"].certainty == certainty


REFUSED_POSTS = [
    pytest.param(403, "CSRF Failed: CSRF token missing.", id="Django REST framework"),
    pytest.param(422, "ActionController::InvalidAuthenticityToken", id="Rails"),
    pytest.param(422, "<h1>The change you wanted was rejected.</h1>", id="Rails in production"),
    pytest.param(401, '{"error":"CSRF token missing"}', id="a 401"),
    pytest.param(400, "The CSRF token is missing.", id="Flask-WTF"),
    pytest.param(403, "Could not verify the provided CSRF token because your session was not found",
                 id="Spring Security"),
    pytest.param(403, "No valid crumb was included in the request", id="Jenkins"),
    pytest.param(400, "The required anti-forgery cookie is not present.", id="ASP.NET"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "text"), REFUSED_POSTS)
@pytest.mark.parametrize(
    ("sent", "agent", "cause"),
    [
        pytest.param({}, "WeChatPay-Notify/1.0", "no-session", id="callback"),
        pytest.param({"Cookie": "sessionid=abcdef123456"}, BROWSER, "no-token", id="page"),
    ],
)
def test_a_forgery_check_is_named_before_any_missing_token(
    status: int, text: str, sent: dict[str, str], agent: str, cause: str
) -> None:
    traffic = Traffic(agent=agent)
    told = tell([traffic(f"POST {SITE}/callback", status, sent=sent, data={"a": 1}, answer=text)])
    assert told.verdicts() == {"#1": f"cookie/csrf-missing#{cause}"}
    assert "auth/missing" not in told.rules("#1")


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        pytest.param("CSRF token mismatch.", Certainty.PROVEN, id="in words"),
        pytest.param("", Certainty.LIKELY, id="the status alone, which others use otherwise"),
    ],
)
def test_a_status_is_no_proof_of_a_forgery_check(text: str, certainty: Certainty) -> None:
    told = tell([Traffic(agent=BROWSER)(f"POST {SITE}/pay", 419, form={"a": "b"}, answer=text)])
    assert told.rules("#1")[0] == "cookie/csrf-missing"
    assert told.diagnoses["#1"].certainty is certainty


def test_cured_reading_needs_no_token() -> None:
    told = tell([Traffic()(f"GET {SITE}/report", 403, answer="CSRF report: not allowed")])
    assert "cookie/csrf-missing" not in told.rules("#1")


def test_a_missing_token_is_proven_by_the_servers_words() -> None:
    told = tell([Traffic()(f"POST {SITE}/pay", 403, form={"a": "b"}, answer="CSRF token missing")])
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


def test_cured_the_token_fits_and_another_reason_is_given() -> None:
    sent = {"X-CSRF-Token": "a" * 32, "Cookie": f"csrf={'a' * 32}"}
    told = tell([Traffic()(f"POST {SITE}/pay", 403, sent=sent, answer="no permission")])
    assert not any(rule.startswith("cookie/") for rule in told.rules("#1"))


SPRING = {"timestamp": "2026-11-20", "status": 403, "error": "Forbidden", "path": "/orders"}


@pytest.mark.parametrize(
    ("method", "sent", "expected"),
    [
        pytest.param("POST", {}, True, id="no token"),
        pytest.param("POST", {"X-CSRF-TOKEN": "abc"}, False, id="cured: a token"),
        pytest.param("GET", {}, False, id="a method that needs none"),
        pytest.param("POST", {"Authorization": "Bearer abc"}, False, id="not by session"),
    ],
)
def test_spring_says_no_more_than_forbidden(
    method: str, sent: dict[str, str], expected: bool
) -> None:
    sent = {"Cookie": "JSESSIONID=0123456789ABCDEF0123456789ABCDEF"} | sent
    told = tell([Traffic()(f"{method} {SITE}/orders", 403, sent=sent, answer=SPRING)])
    assert ("cookie/csrf-missing" in told.rules("#1")) is expected
    if expected:
        assert told.diagnoses["#1"].certainty is Certainty.POSSIBLE
