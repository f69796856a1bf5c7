from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest
from tests.servers import ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply

HOST = "api.shop.example"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/health", 200, id="health"),
        pytest.param("/products", 200, id="products"),
        pytest.param("/nothing", 404, id="unknown"),
        pytest.param("*", 404, id="no path"),
    ],
)
def test_open_endpoints(sandbox: Sandbox, path: str, status: int) -> None:
    reply = ask(sandbox, HOST, path)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()


def test_refusal_without_a_challenge(sandbox: Sandbox) -> None:
    reply = ask(sandbox, HOST, "/legacy", {"Authorization": "Bearer x"})
    assert (reply.status, reply.json()) == (401, {"message": "Unauthorized"})
    assert "www-authenticate" not in reply.headers


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("", b"Full authentication is required", id="nothing sent"),
        pytest.param("Bearer x", b"Full authentication is required", id="Bearer"),
        pytest.param("Basic alice:secret", b"Failed to decode", id="not encoded"),
        pytest.param("Basic é", b"Failed to decode", id="not ASCII"),
        pytest.param(basic("alice:wrong"), b"Bad credentials", id="password"),
        pytest.param(basic("alice"), b"Bad credentials", id="no colon"),
    ],
)
def test_basic_refused(sandbox: Sandbox, value: str, words: bytes) -> None:
    reply = ask(sandbox, HOST, "/intranet", {"Authorization": value})
    assert reply.status == 401
    assert reply.body.startswith(words)
    assert reply.headers["www-authenticate"] == 'Basic realm="Intranet", charset="UTF-8"'


def test_the_right_password_opens_the_intranet(sandbox: Sandbox) -> None:
    value = basic(f"{sandbox.shop.username}:{sandbox.shop.password}")
    assert ask(sandbox, HOST, "/intranet/x", {"Authorization": value}).status == 200


def post_form(
    sandbox: Sandbox, path: str, headers: dict[str, str] | None = None, **fields: str
) -> Reply:
    body = urlencode(fields).encode()
    return ask(sandbox, HOST, path, headers, method="POST", body=body)


def test_a_session_lasts_from_login_to_logout(sandbox: Sandbox) -> None:
    shop = sandbox.shop
    login = post_form(sandbox, "/login", username=shop.username, password=shop.password)
    cookie, *attributes = login.headers["set-cookie"].split("; ")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax"]
    good = ask(sandbox, HOST, "/account", {"Cookie": f"theme=dark; {cookie}"})
    gone = ask(sandbox, HOST, "/logout", {"Cookie": cookie})
    late = ask(sandbox, HOST, "/account", {"Cookie": cookie})
    assert (good.json()["user"], gone.status, late.status) == (shop.username, 204, 401)
    assert late.headers["www-authenticate"].startswith('Cookie realm="shop"')


def test_a_wrong_password_begins_no_session(sandbox: Sandbox) -> None:
    wrong = post_form(sandbox, "/login", username="alice", password="wrong")
    assert (wrong.status, "set-cookie" in wrong.headers) == (401, False)
    assert ask(sandbox, HOST, "/account").status == 401


def grant(sandbox: Sandbox, **fields: str) -> Reply:
    shop = sandbox.shop
    client = {"client_id": shop.client_id, "client_secret": shop.client_secret}
    return post_form(sandbox, "/oauth/token", **{**client, **fields})


def test_granted_token_is_good(sandbox: Sandbox) -> None:
    granted = grant(sandbox, grant_type="client_credentials").json()
    value = {"Authorization": f"Bearer {granted['access_token']}"}
    assert ask(sandbox, HOST, "/orders", value).status == 200


def test_client_may_use_basic(sandbox: Sandbox) -> None:
    shop = sandbox.shop
    header = {"Authorization": basic(f"{shop.client_id}:{shop.client_secret}")}
    reply = post_form(sandbox, "/oauth/token", header, grant_type="client_credentials")
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({"client_secret": "x"}, 401, "invalid_client", id="client"),
        pytest.param({}, 400, "invalid_request", id="no grant_type"),
        pytest.param({"grant_type": "x"}, 400, "unsupported_grant_type", id="grant_type"),
        pytest.param(
            {"grant_type": "client_credentials", "scope": "all"}, 400, "invalid_scope", id="scope"
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant", id="token"
        ),
    ],
)
def test_grant_refused(sandbox: Sandbox, fields: dict[str, str], status: int, error: str) -> None:
    reply = grant(sandbox, **fields)
    assert (reply.status, reply.json()["error"]) == (status, error)
    assert ("www-authenticate" in reply.headers) == (status == 401)


def refresh(sandbox: Sandbox, token: str) -> Reply:
    return grant(sandbox, grant_type="refresh_token", refresh_token=token)


def test_refresh_rotates_and_reuse_ends_the_family(sandbox: Sandbox) -> None:
    first = grant(sandbox, grant_type="client_credentials").json()
    second = refresh(sandbox, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert refresh(sandbox, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(sandbox, second["refresh_token"]).json()["error"] == "invalid_grant"


def test_refresh_retires_the_access_token(sandbox: Sandbox) -> None:
    first = grant(sandbox, grant_type="client_credentials").json()
    second = refresh(sandbox, first["refresh_token"]).json()
    old, new = (
        ask(sandbox, HOST, "/orders", {"Authorization": f"Bearer {each['access_token']}"})
        for each in (first, second)
    )
    assert (old.status, new.status) == (401, 200)
    assert "Provided token isn't active" in old.headers["www-authenticate"]


def test_download_leads_to_another_host(sandbox: Sandbox) -> None:
    moved = ask(sandbox, HOST, "/download")
    assert moved.headers["location"] == "http://cdn.shop.example/files/catalogue.pdf"
    token = sandbox.shop.tokens.issue(sandbox.clock())
    without = ask(sandbox, "cdn.shop.example", "/files/catalogue.pdf")
    header = {"Authorization": f"Bearer {token}"}
    sent = ask(sandbox, "cdn.shop.example", "/files/catalogue.pdf", header)
    assert (moved.status, without.status, sent.status) == (302, 401, 200)
