from __future__ import annotations

import re

import pytest
from tests.servers import Clock, ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply
from why401.sandbox.tokens import Tokens

HOST = "api.shop.example"
NOW_S = Clock().now_s


def get(sandbox: Sandbox, path: str, value: str | None, method: str = "GET") -> Reply:
    headers = {} if value is None else {"Authorization": value}
    return ask(sandbox, HOST, path, headers, method=method)


@pytest.mark.parametrize("path", ["/orders", "/inventory"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="nothing sent"),
        pytest.param("Token abc", id="another scheme"),
        pytest.param("Basic YTpi", id="Basic"),
    ],
)
def test_no_bearer_token_no_error(sandbox: Sandbox, path: str, value: str | None) -> None:
    reply = get(sandbox, path, value)
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", ["/orders", "/inventory"])
def test_good(sandbox: Sandbox, path: str) -> None:
    token = sandbox.shop.tokens.issue(sandbox.clock())
    assert get(sandbox, path, f"bearer {token}").json()["items"]


@pytest.mark.parametrize("value", ["Bearer Bearer x", "Bearer  x", "Bearer", 'Bearer "x"'])
def test_malformed_for_spring(sandbox: Sandbox, value: str) -> None:
    challenge = get(sandbox, "/orders", value).headers["www-authenticate"]
    assert 'error="invalid_token", error_description="Bearer token is malformed"' in challenge


CASES = [
    pytest.param(
        {"exp": NOW_S - 1},
        "Jwt expired at 2026-11-19T23:59:59Z",
        "The token expired at '11/19/2026 23:59:59'",
        id="expired",
    ),
    pytest.param(
        {"nbf": NOW_S * 1000},
        "Jwt used before +58855-06-30T00:00:00Z",
        "The token is not valid before '06/30/+58855 00:00:00'",
        id="times in milliseconds",
    ),
    pytest.param(
        {"aud": 'a"b'},
        "The aud claim is not valid",
        "The audience 'a?b' is invalid",
        id="audience",
    ),
    pytest.param(
        {"iss": "x"}, "The iss claim is not valid", "The issuer 'x' is invalid", id="issuer"
    ),
]


@pytest.mark.parametrize(("changed", "spring", "aspnet"), CASES)
def test_wrong_claim(
    clocked_sandbox: Sandbox, changed: dict[str, object], spring: str, aspnet: str
) -> None:
    whole = {
        key: int(value) if isinstance(value, float) else value for key, value in changed.items()
    }
    token = clocked_sandbox.shop.tokens.issue(NOW_S, **whole)
    said = [
        get(clocked_sandbox, path, f"Bearer {token}").headers["www-authenticate"]
        for path in ("/orders", "/inventory")
    ]
    assert said[0].startswith('Bearer error="invalid_token", error_description="An error occ')
    assert f'while attempting to decode the Jwt: {spring}", error_uri=' in said[0]
    assert said[1] == f'Bearer error="invalid_token", error_description="{aspnet}"'


def test_a_foreign_signature_is_refused_in_the_librarys_words(sandbox: Sandbox) -> None:
    value = f"Bearer {Tokens().issue(sandbox.clock())}"
    said = [
        get(sandbox, path, value).headers["www-authenticate"] for path in ("/orders", "/inventory")
    ]
    assert "Signed JWT rejected: Invalid signature" in said[0]
    assert "The signature is invalid" in said[1]


@pytest.mark.parametrize(
    ("token", "spring"),
    [
        pytest.param("eyJhbGciOiJub25lIn0.e30.", "Unsupported algorithm of none", id="none"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9.e30.AA", "Another algorithm expected", id="RS256"),
        pytest.param("undefined", "Malformed token", id="placeholder"),
    ],
)
def test_unusable_token(sandbox: Sandbox, token: str, spring: str) -> None:
    reply = get(sandbox, "/orders", f"Bearer {token}")
    assert spring in reply.headers["www-authenticate"]
    assert get(sandbox, "/inventory", f"Bearer {token}").status == 401


def test_scope_is_named(sandbox: Sandbox) -> None:
    token = sandbox.shop.tokens.issue(sandbox.clock())
    reply = get(sandbox, "/orders/1", f"Bearer {token}", "DELETE")
    challenge = reply.headers["www-authenticate"]
    assert reply.status == 403
    assert re.search(r'^Bearer error="insufficient_scope".*, scope="orders\.write"$', challenge)
    more = sandbox.shop.tokens.issue(sandbox.clock(), scope="orders.read orders.write")
    assert get(sandbox, "/orders/1", f"Bearer {more}", "DELETE").status == 200


def test_scope_is_not_named(sandbox: Sandbox) -> None:
    token = sandbox.shop.tokens.issue(sandbox.clock(), scope="other")
    reply = get(sandbox, "/inventory", f"Bearer {token}")
    assert (reply.status, "www-authenticate" in reply.headers) == (403, False)


@pytest.mark.parametrize(
    ("key", "status", "detail"),
    [
        pytest.param(None, 401, "Not authenticated", id="missing"),
        pytest.param("key_x", 401, "Invalid API key", id="wrong"),
    ],
)
def test_api_key_refused(sandbox: Sandbox, key: str | None, status: int, detail: str) -> None:
    reply = ask(sandbox, HOST, "/reports", {"X-API-Key": key} if key else {})
    assert (reply.status, reply.json()) == (status, {"detail": detail})
    assert reply.headers["www-authenticate"] == "APIKey"


def test_api_key_good(sandbox: Sandbox) -> None:
    assert ask(sandbox, HOST, "/reports", {"x-api-key": sandbox.shop.api_key}).status == 200
