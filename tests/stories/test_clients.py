"""Real clients through the real proxy over HTTPS, each with a mistake and with it put right.

curl and httpx, HTTP/1.1 and HTTP/2, handshakes, redirects, cookies, and bodies of every kind.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.raw_exchange import BEARER, JSON, REFUSED, chunked, noise, raw_exchange
from tests.raw_traffic import RecordingServer
from tests.stories.passed import led_to
from tests.stories.running import BIN, Web

from why401.sandbox import Sandbox

SHOP = "https://api.shop.example"
STREAMED_FROM = 300_000
"""Larger bodies are streamed: mitmproxy keeps nothing of them."""
LOOKS = 200
"""How often a test looks whether the proxy has seen the end of an answer. Each is an export of
all flows, which takes some milliseconds."""

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(
    CURL is None and os.environ.get("CI") != "true", reason="curl is not installed"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as it stands in the exported HAR."""

    method: str
    status: int
    version: str
    verdict: str | None
    comment: str
    error: str | None
    has_body: bool


class Http2First(ssl.SSLContext):
    """Offers HTTP/2 first: of what httpx offers, mitmproxy takes the first, which is HTTP/1.1."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        super().set_alpn_protocols(sorted(alpn_protocols, key=lambda name: name != "h2"))


class Proxy:
    """The running proxy, and what passed through it since a test began."""

    def __init__(self, web: Web, sandbox: Sandbox, raw_port: int, har: Path) -> None:
        self.web, self.sandbox, self.raw = web, sandbox, f"http://127.0.0.1:{raw_port}"
        self.tls = Http2First(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.load_verify_locations(web.ca)
        self._har, self._before = har, 0

    def seen(self, until: Callable[[list[Seen]], bool] = lambda _: True) -> list[Seen]:
        """Return what passed since this was last asked, in order.

        An answer reaches the client only when the proxy has judged it, unless it is streamed or
        breaks off: then `until` says what is waited for.
        """
        for _ in range(LOOKS):
            self.web.command("why401.export", "@all", str(self._har))
            entries = json.loads(self._har.read_bytes())["log"]["entries"][self._before :]
            seen = [_seen(entry) for entry in entries]
            if until(seen):
                break
        self._before += len(seen)
        return seen

    def curl(self, *arguments: str, data: bytes = b"") -> int:
        """Run curl with these arguments and return its exit status."""
        assert CURL is not None
        command = [CURL, "-q", "-sS", "-o", os.devnull, "--noproxy", "", "-x", self.web.proxy]
        done = subprocess.run(
            [*command, "--cacert", str(self.web.ca), "--max-time", "20", *arguments],
            input=data,
            capture_output=True,
            timeout=60,
        )
        return done.returncode

    def client(self, **options: Any) -> httpx.Client:
        """Return an httpx client of this proxy that trusts its authority."""
        return httpx.Client(proxy=self.web.proxy, verify=self.tls, trust_env=False, **options)

    def token(self, scope: str = "orders.read") -> str:
        """Return a token of the shop that is good."""
        return self.sandbox.shop.tokens.issue(self.sandbox.clock(), scope=scope)


def _seen(entry: dict[str, Any]) -> Seen:
    response, diagnosis = entry["response"], entry.get("_why401")
    return Seen(
        entry["request"]["method"],
        response["status"],
        entry["request"]["httpVersion"],
        diagnosis["verdict"].partition("#")[0] if diagnosis else None,
        entry.get("comment", ""),
        response.get("_error"),
        not response["content"].get("_missing", False),
    )


def outcomes(seen: list[Seen]) -> list[tuple[int, str | None]]:
    return [(each.status, each.verdict) for each in seen]


EXPIRED = json.dumps({"message": "jwt expired"}).encode()
DATE = b"Date: " + formatdate(usegmt=True).encode()
FIELDS = (JSON, DATE)
GZIPPED = (*FIELDS, b"Content-Encoding: gzip")
LARGE = json.dumps({"noise": noise(50_000).hex()}).encode()
STREAMED = noise(STREAMED_FROM + 1)
FRAMED_SHORT = b'HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"mess'
RAW = (
    raw_exchange("gzip-refused", status=REFUSED, fields=GZIPPED, answer=gzip.compress(EXPIRED)),
    raw_exchange("gzip-fine", fields=GZIPPED, answer=gzip.compress(b'{"items": []}')),
    raw_exchange(
        "chunks-refused",
        status=REFUSED,
        fields=(*FIELDS, b"Transfer-Encoding: chunked"),
        answer=chunked(EXPIRED[:7], EXPIRED[7:]),
        answer_framed=False,
    ),
    raw_exchange("chunks-fine", fields=FIELDS, answer=b"{}"),
    raw_exchange("large-refused", status=REFUSED, fields=FIELDS, answer=LARGE),
    raw_exchange("large-fine", fields=FIELDS, answer=LARGE),
    raw_exchange("streamed-refused", status=REFUSED, fields=FIELDS, answer=STREAMED),
    raw_exchange("streamed-fine", answer=STREAMED),
    raw_exchange("cut-refused", raw_answer=FRAMED_SHORT % REFUSED, server_ends=True),
    raw_exchange("cut-fine", raw_answer=FRAMED_SHORT % b"200 OK", server_ends=True),
)


@pytest.fixture(scope="module")
def raw_port() -> Iterator[int]:
    server = RecordingServer(RAW)
    with server.serving():
        yield server.port


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, raw_port: int
) -> Iterator[Proxy]:
    home = tmp_path_factory.mktemp("clients")
    options, ports = led_to(sandbox)
    options += (
        *("--set", f"stream_large_bodies={STREAMED_FROM}"),
        # Else the client would only be offered what the server speaks: HTTP/1.1.
        *("--set", "connection_strategy=lazy"),
    )
    command = [str(BIN / "why401"), "run", "--", *options]
    with Web(command, home, environment=ports) as web:
        yield Proxy(web, sandbox, raw_port, home / "out.har")


@pytest.fixture
def proxy(running: Proxy) -> Proxy:
    running.seen()
    return running


# curl.


@needs_curl
def test_curl_digest_is_a_handshake_and_its_first_401_no_failure(proxy: Proxy) -> None:
    shop = proxy.sandbox.shop
    user = ("--digest", "-u", f"{shop.username}:{shop.password}")
    assert proxy.curl(*user, f"{SHOP}/digest/curl") == 0
    assert outcomes(proxy.seen()) == [(401, None), (200, None)]


@needs_curl
def test_curl_digest_with_a_wrong_password_is_flagged_where_it_was_used(proxy: Proxy) -> None:
    assert proxy.curl("--digest", "-u", "alice:wrong-1", f"{SHOP}/digest/curl-wrong") == 0
    assert outcomes(proxy.seen())[1:] == [(401, "digest/wrong-password")]


CURL_PAIRS: list[Any] = [
    pytest.param(
        lambda proxy: ("-u", "alice:wrong-2", f"{SHOP}/intranet/curl-wrong"),
        [(401, "basic/wrong-password")],
        lambda proxy: (
            *("-u", f"{proxy.sandbox.shop.username}:{proxy.sandbox.shop.password}"),
            f"{SHOP}/intranet/curl",
        ),
        [(200, None)],
        id="basic",
    ),
    pytest.param(
        lambda proxy: ("-L", "--oauth2-bearer", proxy.token(), f"{SHOP}/download"),
        [(302, None), (401, "transport/auth-dropped-on-redirect")],
        lambda proxy: (
            *("--location-trusted", "--oauth2-bearer", proxy.token()),
            f"{SHOP}/download",
        ),
        [(302, None), (200, None)],
        id="redirect to another host",
    ),
    pytest.param(
        lambda proxy: (
            *("-H", "Transfer-Encoding: chunked", "--data-binary", "@-"),
            *("--oauth2-bearer", proxy.token(), f"{SHOP}/orders/curl-chunked-wrong"),
        ),
        [(403, "bearer/insufficient-scope")],
        lambda proxy: (
            *("-H", "Transfer-Encoding: chunked", "--data-binary", "@-"),
            *("--oauth2-bearer", proxy.token("orders.write"), f"{SHOP}/orders/curl-chunked"),
        ),
        [(200, None)],
        id="body in chunks",
    ),
    pytest.param(
        lambda proxy: ("-H", f"Authorisation: Bearer {proxy.token()}", f"{SHOP}/orders/curl-s"),
        [(401, "auth/header-misspelt")],
        lambda proxy: ("-H", f"Authorization: Bearer {proxy.token()}", f"{SHOP}/orders/curl-z"),
        [(200, None)],
        id="header by hand",
    ),
]


@needs_curl
@pytest.mark.parametrize(("wrong", "expected", "right", "then"), CURL_PAIRS)
def test_curl(
    proxy: Proxy,
    wrong: Callable[[Proxy], tuple[str, ...]],
    expected: list[tuple[int, str | None]],
    right: Callable[[Proxy], tuple[str, ...]],
    then: list[tuple[int, str | None]],
) -> None:
    assert proxy.curl(*wrong(proxy), data=b'{"total": 1}') == 0
    assert outcomes(proxy.seen()) == expected
    assert proxy.curl(*right(proxy), data=b'{"total": 1}') == 0
    assert outcomes(proxy.seen()) == then


@needs_curl
def test_curl_over_http_2(proxy: Proxy) -> None:
    assert CURL is not None
    told = subprocess.run([CURL, "--version"], capture_output=True, text=True).stdout
    if "HTTP2" not in re.split(r"\s", told):
        pytest.skip("this curl has no HTTP/2")
    token = ("--oauth2-bearer", proxy.token())
    assert proxy.curl("--http2", f"{SHOP}/orders/curl-h2-wrong") == 0
    assert proxy.curl("--http2", *token, f"{SHOP}/orders/curl-h2") == 0
    seen = proxy.seen()
    assert outcomes(seen) == [(401, "auth/missing"), (200, None)]
    assert {each.version for each in seen} == {"HTTP/2.0"}


# httpx.


@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
def test_httpx_bad_and_good_on_one_connection(proxy: Proxy, http2: bool) -> None:
    good = proxy.token()
    with proxy.client(http2=http2) as client:
        for path, value in (("twice", f"Bearer Bearer {good}"), ("once", f"Bearer {good}")):
            client.get(f"{SHOP}/invoices/{http2}/{path}", headers={"Authorization": value})
    seen = proxy.seen()
    assert outcomes(seen) == [(401, "auth/scheme-doubled"), (200, None)]
    assert {each.version for each in seen} == {"HTTP/2.0" if http2 else "HTTP/1.1"}


def test_httpx_digest_on_one_connection(proxy: Proxy) -> None:
    shop = proxy.sandbox.shop
    auth = httpx.DigestAuth(shop.username, shop.password)
    with proxy.client(auth=auth, http2=True) as client:
        for _ in range(2):
            assert client.get(f"{SHOP}/digest/httpx").status_code == 200
    assert [each.verdict for each in proxy.seen()] == [None, None, None]


def test_a_session_s_cookie_lost_and_kept(proxy: Proxy) -> None:
    shop = proxy.sandbox.shop
    form = {"username": shop.username, "password": shop.password}
    with proxy.client() as client:
        client.post(f"{SHOP}/login", data=form)
        assert client.get(f"{SHOP}/account/kept").status_code == 200
        assert outcomes(proxy.seen()) == [(200, None), (200, None)]
        client.cookies.clear()
        assert client.get(f"{SHOP}/account/lost").status_code == 401
    (lost,) = proxy.seen()
    assert (lost.status, lost.verdict) == (401, "cookie/not-sent")


def test_a_body_that_httpx_streams(proxy: Proxy) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"total":'
        yield b" 1}"

    with proxy.client(http2=True) as client:
        for path, scope in (("wrong", "orders.read"), ("right", "orders.write")):
            headers = {"Authorization": f"Bearer {proxy.token(scope)}"}
            client.post(f"{SHOP}/refunds/{path}", headers=headers, content=pieces())
    assert outcomes(proxy.seen()) == [(403, "bearer/insufficient-scope"), (200, None)]


# Bodies of every kind, from a server that says exactly what it is told to.


@pytest.mark.parametrize(
    ("kind", "certainty"),
    [
        pytest.param("gzip", "proven", id="compressed: the server's words are read"),
        pytest.param("chunks", "proven", id="in chunks"),
        pytest.param("large", "likely", id="100 KB"),
        pytest.param("streamed", "likely", id="streamed: the proxy keeps nothing of it"),
    ],
)
def test_a_refusal_s_body(proxy: Proxy, kind: str, certainty: str) -> None:
    name, value = BEARER.decode().split(": ", 1)
    body = LARGE if kind == "large" else b"{}"
    with proxy.client() as client:
        for case in (f"{kind}-refused", f"{kind}-fine"):
            headers = {name: value, "X-Case": case}
            answer = client.post(f"{proxy.raw}/{case}", headers=headers, content=body)
            assert len(answer.content) in (len(EXPIRED), len(LARGE), len(STREAMED), 13, 2)
    refused, fine = proxy.seen(until=lambda seen: seen[0].verdict is not None)
    assert (refused.status, refused.verdict) == (401, "jwt/expired")
    assert refused.has_body == (kind != "streamed")
    assert f"[{certainty}]" in refused.comment.split("\n")[0]
    assert (fine.status, fine.verdict) == (200, None)


def test_an_answer_cut_off_in_the_middle(proxy: Proxy) -> None:
    name, value = BEARER.decode().split(": ", 1)
    with proxy.client() as client:
        for case in ("cut-refused", "cut-fine"):
            # The proxy says on its own that the answer broke off.
            answer = client.get(f"{proxy.raw}/{case}", headers={name: value, "X-Case": case})
            assert answer.status_code == 502
    refused, fine = proxy.seen(until=lambda seen: all(each.error for each in seen))
    assert refused.error
    assert (refused.status, refused.verdict) == (401, "jwt/expired")
    assert fine.error
    assert fine.verdict is None


def test_no_fault_of_ours_and_no_traceback(proxy: Proxy) -> None:
    assert "Traceback" not in proxy.web.output
    assert not [flow for flow in proxy.web.flows() if "why401" in flow["comment"]]
