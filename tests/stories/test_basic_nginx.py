"""nginx's `auth_basic`, asked by curl, requests and httpx: wrongly, and then rightly."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import requests
from tests.stories.nginx import needs_nginx, nginx
from tests.stories.passed import Passed, needs_curl, passing

pytestmark = needs_nginx

USERS = {"alice": "correct horse", "müller": "pässwörd"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nginx(tmp_path_factory.mktemp("nginx"), USERS) as port:
        yield port


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Passed]:
    known = [{"host": "127.0.0.1", "username": u, "password": p} for u, p in USERS.items()]
    with passing(tmp_path_factory.mktemp("basic"), {"basic": known}) as passed:
        yield passed


@pytest.fixture
def passed(running: Passed) -> Passed:
    running.entries()
    return running


@needs_curl
def test_curl_without_credentials(passed: Passed, port: int) -> None:
    assert passed.curl(f"http://127.0.0.1:{port}/none") == "401"
    assert passed.outcomes() == [(401, "auth/missing", "proven")]
    assert passed.curl("-u", "alice:correct horse", f"http://127.0.0.1:{port}/given") == "200"
    assert passed.outcomes() == [(200, None, None)]


@needs_curl
@pytest.mark.parametrize(
    ("user", "rule"),
    [
        pytest.param("alice:wrong", "basic/wrong-password", id="password"),
        pytest.param("alice:correct", "basic/password-cut", id="cut by the shell at the blank"),
        pytest.param("correct horse:alice", "basic/swapped", id="swapped"),
    ],
)
def test_curl_with_a_wrong_pair(passed: Passed, port: int, user: str, rule: str) -> None:
    url = f"http://127.0.0.1:{port}/{rule.partition('/')[2]}"
    assert passed.curl("-u", user, url) == "401"
    assert passed.outcomes() == [(401, rule, "proven")]
    assert passed.curl("-u", "alice:correct horse", url) == "200"
    assert passed.outcomes() == [(200, None, None)]


@needs_curl
def test_a_newline_that_echo_left(passed: Passed, port: int) -> None:
    url = f"http://127.0.0.1:{port}/echo"
    # echo alice:correct horse | base64, and printf for echo.
    assert passed.curl("-H", "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQo=", url) == "401"
    assert passed.outcomes() == [(401, "basic/trailing-newline", "proven")]
    assert passed.curl("-H", "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==", url) == "200"
    assert passed.outcomes() == [(200, None, None)]


def test_requests_writes_text_in_latin_1(passed: Passed, port: int) -> None:
    url, (user, password) = f"http://127.0.0.1:{port}/charset", ("müller", "pässwörd")
    ask = requests.Session()
    ask.trust_env = False
    refused = ask.get(url, auth=(user, password), proxies=passed.proxies, timeout=20)
    assert refused.status_code == 401
    assert passed.outcomes() == [(401, "basic/charset", "likely")]
    encoded = (user.encode(), password.encode())
    assert ask.get(url, auth=encoded, proxies=passed.proxies, timeout=20).status_code == 200
    assert passed.outcomes() == [(200, None, None)]


def test_httpx_asked_after_a_challenge(passed: Passed, port: int) -> None:
    with httpx.Client(proxy=passed.web.proxy, trust_env=False) as client:
        url = f"http://127.0.0.1:{port}/probe"
        assert client.get(url).status_code == 401
        assert client.get(url, auth=("alice", "correct horse")).status_code == 200
    assert passed.outcomes() == [(401, None, None), (200, None, None)]
