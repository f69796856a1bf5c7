"""authlib's OAuth2Session (requests) against a server that rotates refresh tokens."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from tests.stories.flask_servers import serving
from tests.stories.passed import Passed, passing
from tests.stories.token_server import CLIENT, CLIENT_SECRET, PASSWORD, USER, TokenServer


@pytest.fixture(scope="module")
def server() -> TokenServer:
    return TokenServer()


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, server: TokenServer
) -> Iterator[tuple[Passed, str]]:
    known = {"host": "127.0.0.1", "client_id": CLIENT, "client_secret": CLIENT_SECRET}
    home = tmp_path_factory.mktemp("authlib")
    with serving(server.app()) as port, passing(home, {"oauth": [known]}) as passed:
        yield passed, f"http://127.0.0.1:{port}"


@pytest.fixture
def passed(running: tuple[Passed, str]) -> Passed:
    running[0].entries()
    return running[0]


@pytest.fixture
def base(running: tuple[Passed, str]) -> str:
    return running[1]


def session(passed: Passed, base: str, token: Any = None, secret: str = CLIENT_SECRET) -> Any:
    """Return the client set up as its manual says."""
    made = OAuth2Session(CLIENT, secret, token=token, token_endpoint=f"{base}/token")
    made.trust_env = False
    made.proxies = passed.proxies
    made.default_timeout = 20
    return made


def logged_in(passed: Passed, base: str) -> Any:
    made = session(passed, base)
    made.fetch_token(f"{base}/token", username=USER, password=PASSWORD)
    return made


def test_a_token_that_is_refreshed_in_time(passed: Passed, base: str) -> None:
    client = logged_in(passed, base)
    assert client.get(f"{base}/api/early").status_code == 200
    client.token["expires_at"] = int(time.time()) - 1
    assert client.get(f"{base}/api/early").status_code == 200
    assert passed.outcomes() == [(200, None, None)] * 4


def test_a_refresh_that_worked_is_no_failure(
    passed: Passed, base: str, server: TokenServer
) -> None:
    client = logged_in(passed, base)
    server.families[-1].has_expired = True
    assert client.get(f"{base}/api/late").status_code == 401
    client.refresh_token(f"{base}/token", refresh_token=client.token["refresh_token"])
    assert client.get(f"{base}/api/late").status_code == 200
    login, refused, refreshed, again = passed.entries()
    assert refused["_why401"]["verdict"].partition("#")[0] == "session/refreshed-ok"
    assert refused["_why401"]["severity"] == "info"
    assert not any("_why401" in each for each in (login, refreshed, again))


def test_an_old_access_token_after_the_refresh(passed: Passed, base: str) -> None:
    client = logged_in(passed, base)
    copy = session(passed, base, dict(client.token))
    client.refresh_token(f"{base}/token", refresh_token=client.token["refresh_token"])
    assert client.get(f"{base}/api/stale").status_code == 200
    assert passed.outcomes() == [(200, None, None)] * 3
    assert copy.get(f"{base}/api/stale").status_code == 401
    assert passed.outcomes() == [(401, "session/stale-after-refresh", "proven")]
    copy.token = client.token
    assert copy.get(f"{base}/api/stale").status_code == 200
    assert passed.outcomes() == [(200, None, None)]


def test_a_refresh_token_used_twice(passed: Passed, base: str) -> None:
    client = logged_in(passed, base)
    old = client.token["refresh_token"]
    client.refresh_token(f"{base}/token", refresh_token=old)
    with pytest.raises(OAuthError):
        client.refresh_token(f"{base}/token", refresh_token=old)
    assert passed.outcomes()[2:] == [(400, "oauth/refresh-reuse", "proven")]
    again = logged_in(passed, base)
    again.refresh_token(f"{base}/token", refresh_token=again.token["refresh_token"])
    assert passed.outcomes() == [(200, None, None)] * 2


def test_two_refresh_at_once(passed: Passed, base: str, server: TokenServer) -> None:
    client = logged_in(passed, base)
    old = client.token["refresh_token"]
    passed.entries()
    server.together = threading.Barrier(2)

    def refresh() -> None:
        try:
            session(passed, base).refresh_token(f"{base}/token", refresh_token=old)
            server.first_answered.set()
        except OAuthError:
            return

    threads = [threading.Thread(target=refresh) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    server.together = None
    assert sorted(passed.outcomes()) == [
        (200, None, None),
        (400, "session/concurrent-refresh", "proven"),
    ]


def test_a_wrong_client_secret(passed: Passed, base: str) -> None:
    with pytest.raises(OAuthError):
        session(passed, base, secret="another").fetch_token(
            f"{base}/token", username=USER, password=PASSWORD
        )
    assert passed.outcomes() == [(401, "oauth/invalid-client", "proven")]
    logged_in(passed, base)
    assert passed.outcomes() == [(200, None, None)]
