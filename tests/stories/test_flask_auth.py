"""Flask-JWT-Extended and Flask-HTTPAuth, asked by requests, httpx and curl as their users do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
import requests
from requests.auth import HTTPDigestAuth
from tests.stories.flask_servers import (
    AUDIENCE,
    ISSUER,
    PASSWORD,
    SECRET,
    USER,
    digest_app,
    jwt_app,
    serving,
    serving_domain,
)
from tests.stories.passed import Outcome, Passed, needs_curl, passing


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    apps = (serving(jwt_app()), serving(digest_app()), serving_domain())
    with apps[0] as tokens, apps[1] as digest, apps[2] as ntlm:
        yield {"jwt": tokens, "digest": digest, "ntlm": ntlm}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passed]:
    key = {"name": "shop", "host": "127.0.0.1", "issuer": ISSUER, "audience": AUDIENCE}
    account = {"host": "127.0.0.1", "username": USER, "password": PASSWORD}
    known = {"jwt": [key | {"algorithms": ["HS256"], "secret": SECRET}], "basic": [account]}
    with passing(tmp_path_factory.mktemp("flask"), known) as passed:
        yield passed


@pytest.fixture
def passed(running: Passed) -> Passed:
    running.entries()
    return running


@pytest.fixture
def session(passed: Passed) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = passed.proxies
        yield session


def token(secret: str = SECRET, **changed: Any) -> str:
    """Return a token of the shop; None leaves a claim out."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": "alice",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": os.urandom(4).hex(),
    }
    claims |= {"type": "access", "fresh": False, "iat": now - 10, "exp": now + 3600, **changed}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, "HS256")


AN_HOUR_AGO = int(time.time()) - 3600
MISTAKES: list[Any] = [
    pytest.param(
        lambda: f"Bearer {token(exp=AN_HOUR_AGO, iat=AN_HOUR_AGO - 600)}",
        (401, "jwt/expired", "proven"),
        id="expired",
    ),
    pytest.param(
        lambda: f"Bearer {token(aud='billing')}", (422, "jwt/aud-mismatch", "proven"), id="audience"
    ),
    pytest.param(
        lambda: f"Bearer {token(iss='https://id.staging.shop.example/')}",
        (422, "jwt/iss-mismatch", "proven"),
        id="issuer",
    ),
    pytest.param(
        lambda: f"Bearer {token('another secret, which is long enough as well')}",
        (422, "jwt/signature-wrong-key", "proven"),
        id="secret",
    ),
    pytest.param(token, (401, "auth/missing-scheme", "proven"), id="no Bearer"),
    pytest.param(
        lambda: f"Bearer Bearer {token()}", (422, "auth/scheme-doubled", "proven"), id="twice"
    ),
    pytest.param(lambda: f'Bearer "{token()}"', (422, "auth/quoted", "proven"), id="quotes"),
    pytest.param(lambda: "Bearer undefined", (422, "auth/placeholder", "proven"), id="undefined"),
    pytest.param(
        lambda: f"Bearer {token(type='refresh')}",
        (422, "bearer/refresh-as-access", "proven"),
        id="refresh token",
    ),
    pytest.param(lambda: None, (401, "auth/missing", "proven"), id="none"),
]


@pytest.mark.parametrize(("sent", "outcome"), MISTAKES)
@pytest.mark.parametrize("client", ["requests", "httpx"])
def test_a_jwt(
    passed: Passed,
    session: requests.Session,
    ports: dict[str, int],
    sent: Any,
    outcome: Outcome,
    client: str,
    request: pytest.FixtureRequest,
) -> None:
    path = request.node.callspec.id.replace(" ", "-")
    url = f"http://127.0.0.1:{ports['jwt']}/orders/{path}"
    value = sent()
    for headers in (
        {"Authorization": value} if value else {},
        {"Authorization": f"Bearer {token()}"},
    ):
        if client == "requests":
            session.get(url, headers=headers, timeout=20)
        else:
            with httpx.Client(proxy=passed.web.proxy, trust_env=False) as asking:
                asking.get(url, headers=headers)
    wrong, right = passed.outcomes()
    assert wrong == outcome
    assert right == (200, None, None)


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_digest_by_requests(
    passed: Passed, session: requests.Session, ports: dict[str, int], password: str
) -> None:
    url = f"http://127.0.0.1:{ports['digest']}/pages/requests-{len(password)}"
    session.auth = HTTPDigestAuth(USER, password)
    session.get(url, timeout=20)
    if password == "wrong":
        assert passed.outcomes()[-1] == (401, "digest/wrong-password", "proven")
        return
    session.get(url, timeout=20)
    assert passed.outcomes() == [(401, None, None), (200, None, None), (200, None, None)]


@needs_curl
def test_digest_by_curl(passed: Passed, ports: dict[str, int]) -> None:
    url = f"http://127.0.0.1:{ports['digest']}/pages/curl"
    assert passed.curl("--digest", "-u", f"{USER}:wrong", url) == "401"
    assert passed.outcomes()[-1] == (401, "digest/wrong-password", "proven")
    assert passed.curl("--digest", "-u", f"{USER}:{PASSWORD}", url) == "200"
    assert passed.outcomes() == [(401, None, None), (200, None, None)]


@needs_curl
def test_basic_where_digest_is_wanted(passed: Passed, ports: dict[str, int]) -> None:
    url = f"http://127.0.0.1:{ports['digest']}/pages/basic"
    assert passed.curl("-u", f"{USER}:{PASSWORD}", url) == "401"
    assert passed.outcomes()[0][:2] == (401, "auth/scheme-mismatch")
    assert passed.curl("--anyauth", "-u", f"{USER}:{PASSWORD}", url) == "200"
    assert passed.outcomes() == [(401, None, None), (200, None, None)]


@needs_curl
def test_ntlm_takes_three_legs_and_none_is_a_failure(passed: Passed, ports: dict[str, int]) -> None:
    user = ("--ntlm", "-u", r"CORP\alice:correct horse")
    assert passed.curl(*user, f"http://127.0.0.1:{ports['ntlm']}/ntlm/share") == "200"
    assert {rule for _, rule, _ in passed.outcomes()} == {None}


@needs_curl
def test_negotiate_without_a_ticket(passed: Passed, ports: dict[str, int]) -> None:
    """curl asks, is offered Negotiate, and has no ticket to go on with."""
    url = f"http://127.0.0.1:{ports['ntlm']}/negotiate/share"
    assert passed.curl("--negotiate", "-u", ":", url) == "401"
    (asked,) = passed.outcomes()
    assert asked == (401, "auth/missing", "proven")
