from __future__ import annotations

import http.client
import socket
import threading

import pytest
from tests.servers import Clock, ask, ask_over, trusting

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply

HOST = "api.shop.example"


def raw(sandbox: Sandbox, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", sandbox.http_port), timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_connection_is_kept(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.http_port, timeout=10)
    try:
        ask_over(connection, HOST, "/health")
        kept = connection.sock
        ask_over(connection, HOST, "/orders")
        assert connection.sock is kept
    finally:
        connection.close()


def test_the_tls_port_answers_with_https_urls(sandbox: Sandbox) -> None:
    plain = socket.create_connection(("127.0.0.1", sandbox.https_port), timeout=10)
    with trusting(sandbox).wrap_socket(plain, server_hostname=HOST) as tls:
        tls.sendall(f"GET /download HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert b"\r\nLocation: https://cdn.shop.example/" in tls.recv(65536)


@pytest.mark.parametrize(
    "host", ["API.SHOP.EXAMPLE", "api.shop.example:80", "api.shop.example:8080"]
)
def test_host_is_read_leniently(sandbox: Sandbox, host: str) -> None:
    assert ask(sandbox, host, "/health").status == 200


@pytest.mark.parametrize("host", ["other.example", "", "127.0.0.1"])
def test_unknown_host(sandbox: Sandbox, host: str) -> None:
    assert ask(sandbox, host, "/health").status == 421


def test_absolute_target_names_the_host(sandbox: Sandbox) -> None:
    assert ask(sandbox, "x", f"http://{HOST}/health").json() == {"status": "ok"}


def test_date_is_the_sandbox_clock(clocked_sandbox: Sandbox, clock: Clock) -> None:
    clock.now_s = 784111777
    date = ask(clocked_sandbox, HOST, "/health").headers["date"]
    assert date == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_head_has_no_body(sandbox: Sandbox) -> None:
    reply = ask(sandbox, HOST, "/health", method="HEAD")
    assert (reply.body, reply.headers["content-length"]) == (b"", "15")


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        pytest.param(b"Content-Length: x\r\n\r\n", 400, id="length no number"),
        pytest.param(b"Content-Length: 99999999\r\n\r\n", 400, id="too long"),
        pytest.param(b"Content-Length: 99999999999999\r\n\r\n", 400, id="far too long"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, id="chunk no number"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400, id="chunk negative"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 400, id="chunk too long"),
        pytest.param(
            b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5;x=1\r\nuser=\r\n2\r\nal\r\n0\r\nTrailer: 1\r\n\r\n",
            401,
            id="chunks",
        ),
    ],
)
def test_body_framing(sandbox: Sandbox, framing: bytes, status: int) -> None:
    answer = raw(sandbox, b"POST /login HTTP/1.1\r\nHost: api.shop.example\r\n" + framing)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_chunks_are_joined(sandbox: Sandbox) -> None:
    shop = sandbox.shop
    parts = [b"username=", shop.username.encode(), b"&password=", shop.password.encode()]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    head = b"POST /login HTTP/1.1\r\nHost: api.shop.example\r\nConnection: close\r\n"
    answer = raw(sandbox, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_silent_client_does_not_keep_others_waiting(sandbox: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.https_port), timeout=10):
        test_the_tls_port_answers_with_https_urls(sandbox)


def test_many_at_once(sandbox: Sandbox) -> None:
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda: replies.append(ask(sandbox, HOST, "/health")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 20


def test_closing_ends_kept_connections_and_leaves_nothing() -> None:
    before = set(threading.enumerate())
    with Sandbox() as sandbox:
        folder = sandbox.ca_pem_path.parent
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.http_port, timeout=10)
        ask_over(connection, HOST, "/health")
        assert folder.is_dir()
    assert connection.sock.recv(1) == b""
    connection.close()
    assert not folder.exists()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("host", "served"),
    [
        pytest.param("api.weixin.qq.com", True, id="WeChat"),
        pytest.param("API.mch.weixin.qq.com", True, id="case"),
        pytest.param("anything.example", True, id="any example"),
        pytest.param("example", False, id="not below example"),
        pytest.param("api.weixin.qq.com.evil.test", False, id="longer name"),
        pytest.param("example.com", False, id="real host"),
    ],
)
def test_serves(sandbox: Sandbox, host: str, served: bool) -> None:
    assert sandbox.serves(host) is served
