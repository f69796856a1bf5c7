"""Triage lets in what may hold a finding or teach something, and nothing else."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from tests.traffic import Traffic, bearer, diagnoser

from why401 import triage
from why401.case import Case
from why401.model import Exchange

JSON = ((b"Content-Type", b"application/json"),)
GZIP = (*JSON, (b"Content-Encoding", b"gzip"))


def teaches(
    status: int = 200,
    method: bytes = b"GET",
    target: bytes = b"/orders",
    received: triage.Fields = JSON,
    content: bytes | None = b'{"items":[1]}',
    sent: bytes | None = b"",
) -> bool:
    return triage.teaches(status, method, target, received, content, sent)


LESSONS = [
    pytest.param({"content": b'{"access_token":"x"}', "method": b"POST"}, True, id="token"),
    pytest.param({"content": b'{"data":{"token":"x"}}'}, True, id="token in GET"),
    pytest.param({"content": b'{"refresh":"eyJx","access":"eyJy"}'}, True, id="simplejwt"),
    pytest.param({"content": b'{"keys":[{"kty":"RSA"}]}'}, True, id="JWKS"),
    pytest.param({"received": ((b"Set-Cookie", b"a=b"),)}, True, id="cookie"),
    pytest.param({"received": ((b"set-cookie", b"a=b"),)}, True, id="cookie over HTTP/2"),
    pytest.param({"status": 302}, True, id="redirect"),
    pytest.param({"status": 304}, False, id="not modified"),
    pytest.param({"target": b"/authorize?response_type=code&client_id=a"}, True, id="authorize"),
    pytest.param({"target": b"/cb?state=a&code=b"}, True, id="callback"),
    pytest.param({"target": b"/codes"}, False, id="a path with code in it"),
    pytest.param({"target": b"/account/logout"}, True, id="logout"),
    pytest.param({"target": b"/sign-out"}, True, id="sign out"),
    pytest.param({"target": b"/oauth/revoke"}, True, id="revoke"),
    pytest.param({"target": b"/me/password", "method": b"PUT"}, True, id="a new password"),
    pytest.param({"target": b"/me/password"}, False, id="the page where it is changed"),
    pytest.param({"target": b"/layout"}, False, id="a path with out in it"),
    pytest.param({}, False, id="ordinary JSON"),
    pytest.param({"content": b"<p>token</p>"}, False, id="page"),
    pytest.param({"content": None}, False, id="streamed"),
    pytest.param({"content": b""}, False, id="empty"),
    pytest.param({"received": GZIP, "content": b"\x1f\x8b"}, False, id="compressed"),
    pytest.param({"received": GZIP, "content": b"\x1f\x8b", "method": b"POST",
                  "sent": b"grant_type=refresh_token"}, True, id="compressed token answer"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "expected"), LESSONS)
def test_what_teaches(changed: dict[str, Any], expected: bool) -> None:
    assert teaches(**changed) is expected


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        pytest.param(302, b"/login?next=/x", True, id="login"),
        pytest.param(302, b"https://id.example.com/OAuth/Authorize", True, id="authorize"),
        pytest.param(302, b"/users/sign_in", True, id="Devise"),
        pytest.param(302, b"/.auth/login/aad", True, id="App Service"),
        pytest.param(302, b"/realms/r/protocol/openid-connect/auth?x", True, id="Keycloak"),
        pytest.param(302, b"/auth", True, id="auth"),
        pytest.param(302, b"https://sso.example.com/", True, id="single sign-on"),
        pytest.param(302, b"/orders/1", False, id="elsewhere"),
        pytest.param(302, b"/author/jane", False, id="an author"),
        pytest.param(302, b"/lessons/1", False, id="a lesson"),
        pytest.param(302, b"/bloginfo", False, id="a blog"),
        pytest.param(302, b"/signing-keys", False, id="signing keys"),
        pytest.param(302, b"/authorized-dealers", False, id="authorized dealers"),
        pytest.param(301, b"/login", False, id="moved for good"),
    ],
)
def test_redirects_to_a_login(status: int, location: bytes, expected: bool) -> None:
    assert triage.is_login_redirect(status, ((b"Location", location),)) is expected


@pytest.mark.parametrize(
    ("status", "host", "expected"),
    [
        pytest.param(401, "api.example.com", True, id="401"),
        pytest.param(200, "api.example.com", False, id="200"),
        pytest.param(404, "api.example.com", False, id="404"),
        pytest.param(200, "api.weixin.qq.com", True, id="WeChat"),
        pytest.param(404, "ecs.aliyuncs.com", True, id="404 of a platform"),
        pytest.param(200, "open.weixin.qq.com", True, id="a page of WeChat's"),
    ],
)
def test_who_needs_a_look(status: int, host: str, expected: bool) -> None:
    assert triage.needs_look(status, host) is expected


BODIES = [
    pytest.param(200, b'{"code":401,"msg":"x"}', True, id="envelope"),
    pytest.param(200, b'{"code": "UNAUTHORIZED"}', True, id="by name"),
    pytest.param(200, b'{"code":4010,"msg":"x"}', False, id="another number"),
    pytest.param(200, b'{"ret":401,"msg":"x"}', True, id="under another name"),
    pytest.param(200, b'{"ret":4010,"msg":"x"}', False, id="another number there"),
    pytest.param(200, '{"code":1001,"msg":"请先登录"}'.encode(), True, id="in words"),
    pytest.param(200, '{"code":0,"msg":"登录成功"}'.encode(), False, id="a login that worked"),
    pytest.param(200, '{"errno":501,"errmsg":"请登录"}'.encode(), True, id="under errno"),
    pytest.param(200, b'{"active":false}', False, id="introspection, it is over"),
    pytest.param(200, b'{"active": true,"scope":"a"}', False, id="introspection, it lasts"),
    pytest.param(200, '{"status":401,"msg":"登录已过期"}'.encode(), True, id="under status"),
    pytest.param(200, '{"status":200,"msg":"登录成功"}'.encode(), False, id="status, worked"),
    pytest.param(200, gzip.compress(b'{"code":401,"msg":"x"}'), True, id="gzip"),
    pytest.param(200, gzip.compress(b'{"code":0}'), False, id="gzip, fine"),
    pytest.param(200, b'{"data":null,"errors": [{"message":"jwt expired"}]}', True, id="GraphQL"),
    pytest.param(200, b'{"errors":[{"extensions":{"code":"FORBIDDEN"}}]}', True, id="forbidden"),
    pytest.param(200, b'{"errors":[{"extensions":{"code":"UNAUTHENTICATED","stack":"'
                 + b"a" * 4000 + b'"}}]}', True, id="GraphQL with a stack trace"),
    pytest.param(200, b'{"errors":[],"data":{"a":"' + b"a" * 4000 + b'"}}', False, id="data"),
    pytest.param(201, b'{"code":401,"msg":"x"}', False, id="201"),
    pytest.param(500, b"<pre>TokenExpiredError: jwt expired", True, id="unhandled"),
    pytest.param(500, b'{"message":"database is down"}', False, id="another 500"),
    pytest.param(200, b'{"errors":[{"extensions":{"code":"access-denied"},"message":"no"}]}', True,
                 id="Hasura"),
    pytest.param(200, b'{"code":1,"msg":"x rid: 6425d22a-37dd8402-0c127510"}', True,
                 id="what WeChat said"),
    pytest.param(500, b"x, hints: [ req_id: A-1 ]", True, id="what WeChat said, as text"),
    pytest.param(200, b'{"grid: ":"id: 1"}', False, id="another id"),
    pytest.param(200, None, False, id="no body"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "content", "expected"), BODIES)
def test_what_a_body_says(status: int, content: bytes | None, expected: bool) -> None:
    assert triage.says_refused(status, "api.example.com", content) is expected


def test_the_first_authorization_field_counts() -> None:
    fields = ((b"Accept", b"*/*"), (b"AUTHORIZATION", b"a"), (b"authorization", b"b"))
    assert triage.authorization(fields) == b"a"
    assert triage.authorization(fields[:1]) is None


def healthy() -> list[Exchange]:
    traffic = Traffic()
    url = "https://api.example.com"
    bodies: list[Any] = [{"a": 1}, "token expired", {"error": "invalid_token"}, {"code": 401}, ""]
    requests: list[dict[str, Any]] = [
        {"sent": bearer("opaque-token-1")},
        {"sent": {"Authorization": '"Bearer x"'}},
        {"form": {"password": "x", "username": "y"}},
        {"data": {"token": "x"}},
        {"sent": {"Cookie": "session=1; session=2"}},
    ]
    return [
        traffic(f"{method} {url}/x?key=1", status, answer=answer, **request)
        for method in ("GET", "POST", "OPTIONS")
        for status in (200, 204, 404, 500)
        for answer in bodies
        for request in requests
    ]


@pytest.mark.parametrize("exchange", healthy(), ids=lambda each: each.id)
def test_what_triage_turns_away_would_have_had_no_finding(exchange: Exchange) -> None:
    by = diagnoser()
    assert by.diagnose(exchange).diagnosis.findings == ()
    diagnosis, _ = by._diagnosis(Case(exchange), None)
    assert diagnosis.findings == ()


def test_an_exchange_of_a_file_and_a_live_one_are_asked_the_same() -> None:
    exchange = Traffic()("POST https://id.example.com/token", answer={"access_token": "abcdefgh"})
    by, request, response = diagnoser(), exchange.request, exchange.response
    assert response is not None
    assert response.body is not None
    look = by.look(
        200, request.host, b"POST", request.target, response.headers.fields, response.body.data, b""
    )
    assert look is triage.Look.LEARN
    assert json.loads(response.body.data)["access_token"]
    by.diagnose(exchange)
    assert by.history.tokens.record(by.history.fingerprints.of("abcdefgh")) is not None
