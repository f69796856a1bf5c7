"""The corpus sent through a proxy by raw sockets, and what arrives at both ends, byte for byte."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tests.raw_exchange import RawExchange

import why401

TIMEOUT_S = 20
START_ATTEMPTS = 400
LISTEN_RETRY_S = 0.05
CLIENTS = 4

BARE = "from mitmproxy.tools.main import mitmdump; mitmdump()"
WITH_WHY401 = (
    "import sys; from why401.cli import main; sys.argv[1:1] = ['run', '--ui', 'none', '--']; main()"
)

_CASE = re.compile(rb"^x-case:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:.*chunked", re.IGNORECASE | re.MULTILINE)
_THEN = b"/then"
_THEN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nthen"


class RecordingServer(socketserver.ThreadingTCPServer):
    """Answers each request with its exchange's answer, and keeps the bytes that came."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, exchanges: Iterable[RawExchange]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.exchanges = {exchange.name.encode(): exchange for exchange in exchanges}
        self.requests: dict[str, list[bytes]] = defaultdict(list)
        self.unknown: list[bytes] = []

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep what a test must see; a connection that the proxy resets is not such a thing."""
        if not isinstance(sys.exception(), OSError):
            self.unknown.append(repr(sys.exception()).encode())


class _Handler(socketserver.StreamRequestHandler):
    timeout = TIMEOUT_S
    server: RecordingServer

    def handle(self) -> None:
        while head := _read_head(self.rfile):
            raw = head + _read_body(head, self.rfile)
            named = _CASE.search(head)
            name = named[1] if named else b""
            exchange = self.server.exchanges.get(name.removesuffix(_THEN))
            if exchange is None:
                self.server.unknown.append(raw)
                return
            self.server.requests[exchange.name].append(raw)
            if name.endswith(_THEN):
                self.wfile.write(_THEN_ANSWER)
                continue
            self.wfile.write(exchange.response)
            if exchange.server_ends:
                return


def _read_head(stream: BinaryIO) -> bytes:
    head = b""
    while line := stream.readline():
        head += line
        if line == b"\r\n":
            break
    return head


def _read_body(head: bytes, stream: BinaryIO) -> bytes:
    if length := _LENGTH.search(head):
        return stream.read(int(length[1]))
    if not _CHUNKED.search(head):
        return b""
    body = b""
    while True:
        line = stream.readline()
        size = int(line.partition(b";")[0], 16)
        body += line
        if size == 0:
            return body + _read_head(stream)
        body += stream.read(size + 2)


def send_all(exchanges: Iterable[RawExchange], ports: Ports) -> dict[str, bytes]:
    """Return what a client received for each exchange, by name."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        sent = {each.name: clients.submit(_send, each, ports) for each in exchanges}
        return {name: future.result() for name, future in sent.items()}


def _send(exchange: RawExchange, ports: Ports) -> bytes:
    """Return all bytes received until the proxy closes. A second, plain request follows on the
    same connection and asks for that; so the end is known without reading the first answer."""
    data = exchange.request
    if not exchange.client_ends:
        host = exchange.host.encode()
        data += b"GET %s/then HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX-Case: %s\r\n\r\n" % (
            b"" if exchange.is_direct else b"http://" + host,
            host,
            exchange.name.encode() + _THEN,
        )
    received = b""
    port = ports.reverse if exchange.is_direct else ports.proxy
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
            if exchange.client_ends:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                received += piece
    return received


@dataclass(frozen=True, slots=True)
class Ports:
    """Where mitmproxy listens as a proxy and as a reverse proxy."""

    proxy: int
    reverse: int


@contextlib.contextmanager
def running_proxy(program: str, server_port: int, folder: Path, *options: str) -> Iterator[Ports]:
    """Run mitmdump as `program` (Python) says, in front of a server.

    To the proxy the server stands as a further proxy: so requests for any host reach it, and no
    name is ever resolved.
    """
    ports = Ports(free_port(), free_port())
    server = f"http://127.0.0.1:{server_port}"
    command = [
        *(sys.executable, "-c", program, "-q", "--listen-host", "127.0.0.1"),
        *("--mode", f"upstream:{server}@{ports.proxy}"),
        *("--mode", f"reverse:{server}@{ports.reverse}", "--set", "keep_host_header=true"),
        *("--set", f"confdir={folder / 'confdir'}", *options),
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(why401.__file__).parents[1])}
    with (
        (folder / "proxy.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            wait_until_listening(ports.proxy, process)
            wait_until_listening(ports.reverse, process)
            yield ports
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as `process` accepts connections on `port`."""
    for _ in range(START_ATTEMPTS):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            # `wait` as a pause that ends at once if the process does.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LISTEN_RETRY_S)
                break
        else:
            return
    raise AssertionError(f"the proxy does not listen (status {process.poll()}); see its log")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
