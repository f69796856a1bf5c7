"""What clients do with a credential where a server sends them elsewhere: curl, requests, httpx,
Node's fetch and axios, each once as it is and once told to take it along; and what programs around
fetch and axios get wrong.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
import requests
from tests.certificates import loopback_authority
from tests.stories.flask_servers import AUDIENCE, ISSUER, SECRET, hop_app, jwt_app, serving
from tests.stories.node import needs_npm, run_through
from tests.stories.passed import Passed, needs_curl, passing

needs_axios = needs_npm("axios")
needs_undici = needs_npm("undici")
LOST = {
    "elsewhere": (401, "transport/auth-dropped-on-redirect", "proven"),
    "https": (401, "transport/auth-dropped-scheme-change", "proven"),
}


class Places:
    """Where the servers of this story are."""

    def __init__(self, hop: int, plain: int, tls: int, ca: Path) -> None:
        self.plain, self.ca = f"http://127.0.0.1:{plain}", ca
        self._hop = f"http://127.0.0.1:{hop}/go?to="
        self.elsewhere, self.https = f"http://localhost:{plain}", f"https://127.0.0.1:{tls}"

    def to(self, url: str) -> str:
        """Return a URL from which one is sent to `url`."""
        return self._hop + quote(url, safe="")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    certificate = loopback_authority(tmp_path_factory.mktemp("authority"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    app = jwt_app()
    with serving(hop_app()) as hop, serving(app) as plain, serving(app, tls) as secured:
        yield Places(hop, plain, secured, certificate)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, places: Places) -> Iterator[Passed]:
    options = ("--set", f"ssl_verify_upstream_trusted_ca={places.ca}")
    with passing(tmp_path_factory.mktemp("redirects"), options=options) as passed:
        yield passed


@pytest.fixture
def passed(running: Passed) -> Passed:
    running.entries()
    return running


def token(**changed: Any) -> str:
    """Return a token of the shop, no two of them alike."""
    now = int(time.time())
    claims = {"sub": "alice", "iss": ISSUER, "aud": AUDIENCE, "type": "access", "fresh": False}
    claims |= {"jti": os.urandom(4).hex(), "iat": now - 10, "exp": now + 3600, **changed}
    return jwt.encode(claims, SECRET, "HS256")


@needs_curl
@pytest.mark.parametrize("place", ["elsewhere", "https"])
def test_curl(passed: Passed, places: Places, place: str) -> None:
    target = f"{getattr(places, place)}/orders/curl"
    sent = ("--oauth2-bearer", token(), places.to(target))
    assert passed.curl("-L", *sent) == "401"
    assert passed.outcomes() == [(302, None, None), LOST[place]]
    assert passed.curl("--location-trusted", *sent) == "200"
    assert passed.outcomes() == [(302, None, None), (200, None, None)]


@pytest.mark.parametrize("place", ["elsewhere", "https"])
def test_requests(passed: Passed, places: Places, place: str) -> None:
    target = f"{getattr(places, place)}/orders/requests"
    headers = {"Authorization": f"Bearer {token()}"}
    with requests.Session() as session:
        session.trust_env = False
        session.proxies, session.verify = passed.proxies, str(passed.web.ca)
        assert session.get(places.to(target), headers=headers, timeout=20).status_code == 401
        assert passed.outcomes() == [(302, None, None), LOST[place]]
        first = session.get(places.to(target), headers=headers, timeout=20, allow_redirects=False)
        there = session.get(first.headers["Location"], headers=headers, timeout=20)
        assert there.status_code == 200
    assert passed.outcomes() == [(302, None, None), (200, None, None)]


@pytest.mark.parametrize("place", ["elsewhere", "https"])
def test_httpx(passed: Passed, places: Places, place: str) -> None:
    target = f"{getattr(places, place)}/orders/httpx"
    headers = {"Authorization": f"Bearer {token()}"}
    trust = ssl.create_default_context(cafile=str(passed.web.ca))
    with httpx.Client(proxy=passed.web.proxy, verify=trust, trust_env=False) as client:
        refused = client.get(places.to(target), headers=headers, follow_redirects=True)
        assert refused.status_code == 401
        assert passed.outcomes() == [(302, None, None), LOST[place]]
        first = client.get(places.to(target), headers=headers)
        assert client.get(first.headers["Location"], headers=headers).status_code == 200
    assert passed.outcomes() == [(302, None, None), (200, None, None)]


@needs_curl
def test_a_post_that_becomes_a_get_keeps_its_token(passed: Passed, places: Places) -> None:
    target = f"{places.plain}/orders/post"
    url = places.to(target)
    assert passed.curl("-L", "-d", "a=1", "--location-trusted", "--oauth2-bearer", token(), url)
    assert [rule for _, rule, _ in passed.outcomes()] == [None, None]


def fetch(passed: Passed, *asked: tuple[str, str]) -> Any:
    """Return the statuses that Node's fetch gets for these URLs with these tokens."""
    calls = [{"url": url, "token": sent} for url, sent in asked]
    return run_through(passed.web, "fetch_client.cjs", calls)


@needs_undici
@pytest.mark.parametrize("place", ["elsewhere", "https"])
def test_fetch(passed: Passed, places: Places, place: str) -> None:
    target, sent = f"{getattr(places, place)}/orders/fetch", token()
    assert fetch(passed, (places.to(target), sent), (target, sent)) == [401, 200]
    assert passed.outcomes() == [(302, None, None), LOST[place], (200, None, None)]


@needs_undici
def test_fetch_with_a_token_that_storage_holds_as_json(passed: Passed, places: Places) -> None:
    """`localStorage.setItem("token", JSON.stringify(token))`, read again without its parse."""
    url, sent = f"{places.plain}/orders/stored", token()
    assert fetch(passed, (url, json.dumps(sent)), (url, sent)) == [422, 200]
    assert passed.outcomes() == [(422, "auth/quoted", "proven"), (200, None, None)]


def ask_with_axios(
    passed: Passed, base: str, stored: dict[str, str], *paths: str, **more: Any
) -> Any:
    """Return the statuses that an axios client with `base` and this store of tokens gets."""
    task = {"baseURL": base, "store": stored, "calls": [{"url": path} for path in paths], **more}
    return run_through(passed.web, "axios_client.cjs", task)


@needs_axios
def test_axios_led_to_another_host(passed: Passed, places: Places) -> None:
    stored = {"token": token()}
    assert ask_with_axios(passed, "", stored, places.to(f"{places.elsewhere}/orders/axios")) == [
        401
    ]
    assert passed.outcomes() == [(302, None, None), LOST["elsewhere"]]
    assert ask_with_axios(passed, places.elsewhere, stored, "/orders/axios") == [200]
    assert passed.outcomes() == [(200, None, None)]


@needs_axios
def test_axios_asked_before_the_login_was_there(passed: Passed, places: Places) -> None:
    assert ask_with_axios(passed, places.plain, {}, "/orders/early") == [422]
    assert passed.outcomes() == [(422, "auth/placeholder", "proven")]
    assert ask_with_axios(passed, places.plain, {"token": token()}, "/orders/early") == [200]
    assert passed.outcomes() == [(200, None, None)]


@needs_axios
def test_axios_with_the_base_url_of_another_place(passed: Passed, places: Places) -> None:
    """The token is good, the place is one where nobody knows it."""
    own, other = {"token": token()}, {"token": token(iss="https://id.staging.shop.example/")}
    assert ask_with_axios(passed, places.plain, own, "/orders/base") == [200]
    assert ask_with_axios(passed, places.plain, other, "/orders/base") == [422]
    assert passed.outcomes() == [(200, None, None), (422, "bearer/token-of-other-env", "proven")]
    assert ask_with_axios(passed, f"{places.plain}/orders", own, "/base") == [200]
    assert passed.outcomes() == [(200, None, None)]


@needs_axios
def test_an_interceptor_that_refreshes_after_a_401(passed: Passed, places: Places) -> None:
    old, new = token(exp=int(time.time()) - 900, iat=int(time.time()) - 1800), token()
    assert ask_with_axios(passed, places.plain, {"token": old}, "/orders/late", refreshed=new) == [
        200
    ]
    first, second = passed.outcomes()
    assert first[:2] in ((401, "jwt/expired"), (401, "session/refreshed-ok"))
    assert second == (200, None, None)
