from typing import Any

import pytest
from tests.traffic import BROWSER
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

FIRING: list[Any] = [
    pytest.param({}, "proven", "error", id="challenged"),
    pytest.param({"challenge": ""}, "likely", "error", id="no challenge"),
    pytest.param({"challenge": 'Bearer error="invalid_token"'}, "likely", "error", id="with error"),
    pytest.param({"challenge": "", "says": "未登录"}, "proven", "error", id="in words"),
    pytest.param(
        {"status": 403, "challenge": "", "says": "Authentication credentials were not provided."},
        "proven",
        "error",
        id="403 in words",
    ),
    pytest.param(
        {"challenge": "", "says": "The token has expired"},
        "likely",
        "error",
        id="of a token that never came",
    ),
    pytest.param({"headers": {"Cookie": "sessionid=abc"}}, "likely", "error", id="session cookie"),
    pytest.param({"headers": {"X-Sign": "abc"}}, "likely", "error", id="signature of its own"),
    pytest.param({"headers": {"npm-auth-type": "web"}}, "proven", "error", id="npm, not logged in"),
    pytest.param({"url": "https://a.example.com/?sig=abc"}, "likely", "error", id="signed link"),
    pytest.param(
        {"method": "POST", "body": b"<s:UsernameToken>x</s:UsernameToken>", "says": "未登录"},
        "likely",
        "error",
        id="WS-Security in the body",
    ),
    pytest.param(
        {"method": "POST", "body": b'{"p": {"sessionKey": "x"}}', "says": "未登录"},
        "likely",
        "error",
        id="a key of its own in the body",
    ),
    pytest.param({"url": "https://a.example.com/api/me"}, "proven", "info", id="probe"),
    pytest.param(
        {"url": "https://a.example.com/api/user", "headers": {"User-Agent": BROWSER}},
        "proven",
        "info",
        id="a page asks who is logged in",
    ),
    pytest.param({"url": "https://a.example.com/api/user"}, "proven", "error", id="a program"),
    pytest.param(
        {"url": "https://a.example.com/logout", "method": "POST"},
        "proven",
        "info",
        id="a logout of nobody",
    ),
    pytest.param({"url": "https://a.example.com/robots.txt"}, "proven", "info", id="robots"),
    pytest.param({"url": "https://a.example.com/js/app.js.map"}, "proven", "info", id="source map"),
]


@pytest.mark.parametrize(("parts", "certainty", "severity"), FIRING)
def test_nothing_was_sent(parts: dict[str, Any], certainty: str, severity: str) -> None:
    diagnosis = diagnosed(refused(**parts))
    assert outcome(diagnosis) == ("auth/missing#not-sent", certainty)
    assert diagnosis.severity == severity


SILENT: list[Any] = [
    pytest.param({"headers": {"Authorization": f"Bearer {jwt()}"}}, id="cured"),
    pytest.param({"headers": {"X-API-Key": "k0123456789abcdef"}}, id="key header"),
    pytest.param({"url": "https://a.example.com/?access_token=abcdef0123456789"}, id="in query"),
    pytest.param({"status": 403, "challenge": ""}, id="403 without words"),
    pytest.param({"status": 404, "challenge": ""}, id="404"),
    pytest.param(
        {"url": f"https://discord.com/api/webhooks/1234567890/{'a' * 60}", "challenge": ""},
        id="the path of a webhook holds its token",
    ),
    pytest.param(
        {"url": f"https://hooks.slack.com/services/T00000000/B00000000/{'a' * 24}"},
        id="the path of another webhook",
    ),
    pytest.param(
        {
            "method": "POST",
            "challenge": "",
            "body": b'{"refresh": "abc"}',
            "headers": {"Content-Type": "application/json"},
        },
        id="a refresh token in the body",
    ),
    pytest.param(
        {"status": 403, "challenge": "", "says": "Missing Authentication Token"},
        id="Amazon of a path that it has not",
    ),
    pytest.param(
        {"headers": {"Cookie": "a=b"}, "challenge": "", "says": "The token has expired"},
        id="a token that expired may have been a cookie",
    ),
    pytest.param({"status": 200, "challenge": ""}, id="accepted"),
    pytest.param(
        {
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": b'{"username": "a", "password": "b"}',
            "challenge": "",
        },
        id="login",
    ),
    pytest.param(
        {
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": b'{"user": {"email": "a", "password": "b"}}',
            "challenge": "",
        },
        id="login, nested as Devise has it",
    ),
    pytest.param(
        {"url": "https://api.mch.weixin.qq.com/v3/certificates", "challenge": ""}, id="WeChat Pay"
    ),
]


@pytest.mark.parametrize("parts", SILENT)
def test_something_was_sent_or_nothing_asked(parts: dict[str, Any]) -> None:
    assert "auth/missing" not in rules(diagnosed(refused(**parts)))


def test_preflight_is_the_servers_affair() -> None:
    asked = {"Origin": "https://www.example.com", "Access-Control-Request-Method": "POST"}
    diagnosis = diagnosed(refused(method="OPTIONS", headers=asked, challenge=""))
    assert outcome(diagnosis) == ("server/cors-preflight-401#auth-before-cors", "proven")
    assert "auth/unknown" not in rules(diagnosis)


NAMED = [
    pytest.param('Cookie realm="shop", form-action="/login"', "not-logged-in", id="session"),
    pytest.param("APIKey", "no-api-key", id="API key"),
    pytest.param('Bearer, Cookie realm="shop"', "not-sent", id="one of two"),
]


@pytest.mark.parametrize(("challenge", "cause"), NAMED)
def test_challenge_names_what_is_missing(challenge: str, cause: str) -> None:
    diagnosis = diagnosed(refused(challenge=challenge))
    assert outcome(diagnosis) == (f"auth/missing#{cause}", "proven")


@pytest.mark.parametrize(
    ("url", "is_missing"),
    [
        pytest.param(
            "https://api.example.com/weather?q=a&appid=b", False, id="may be in the query"
        ),
        pytest.param("https://api.example.com/weather", True, id="cured: there is no place for it"),
    ],
)
def test_a_key_that_is_not_accepted_was_sent(url: str, *, is_missing: bool) -> None:
    diagnosis = diagnosed(refused(url=url, challenge="", says="Invalid API key"))
    assert ("auth/missing" in rules(diagnosis)) is is_missing


@pytest.mark.parametrize(
    ("name", "certainty"),
    [
        pytest.param("Svix-Signature", "possible", id="a field that may be what is asked for"),
        pytest.param("X-Page", "likely", id="cured: one that is not"),
    ],
)
def test_a_field_that_nobody_knows_leaves_it_open(name: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(challenge="", headers={name: "v1,abc"}, says="no"))
    assert outcome(diagnosis) == ("auth/missing#not-sent", certainty)


SESSION = {"Cookie": "sessionid=abcdef0123456789"}
NOT_ACCEPTED: list[Any] = [
    pytest.param({"challenge": "", "says": "Not logged in"}, True, id="in words"),
    pytest.param({"challenge": "Cookie"}, True, id="challenged"),
    pytest.param({"challenge": "", "says": "no api key"}, False, id="cured: a key is asked for"),
    pytest.param({"challenge": "Bearer"}, False, id="cured: a token is asked for"),
]


@pytest.mark.parametrize(("parts", "expected"), NOT_ACCEPTED)
def test_a_session_that_was_sent_is_not_missing(parts: dict[str, Any], *, expected: bool) -> None:
    diagnosis = diagnosed(refused(headers=SESSION, **parts))
    assert ("session/not-accepted" in rules(diagnosis)) is expected
    if expected:
        assert outcome(diagnosis) == ("session/not-accepted#over", "possible")
        assert "auth/missing" not in rules(diagnosis)


def test_without_a_session_it_is_missing() -> None:
    diagnosis = diagnosed(refused(challenge="", says="Not logged in"))
    assert diagnosis.verdict == "auth/missing#not-sent"
