"""The sandbox itself: real HTTP/1.1 servers on loopback, one plain, one with TLS."""

from __future__ import annotations

import contextlib
import http.server
import re
import secrets
import socket
import socketserver
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Self

from why401.model import Headers
from why401.sandbox.authority import Authority, ServerNames
from why401.sandbox.calls import Answer, Call, Site, json_answer
from why401.sandbox.merchant import APPID, Platform, make_merchant
from why401.sandbox.notified import Notified
from why401.sandbox.shop import Shop
from why401.sandbox.wechatpay import Wechatpay
from why401.sandbox.wecom import Corp, Wecom
from why401.sandbox.weixin import Account, Weixin

MAX_BODY_BYTES = 8 << 20
type _Incoming = socket.socket | tuple[bytes, socket.socket]
IDLE_S = 60.0
"""How long a kept connection may be silent."""


class Sandbox:
    """Stands in for WeChat's hosts and for an ordinary API; a context manager.

    Which server answers is decided by the Host field, as behind any reverse proxy. Inside `with`
    the two ports listen on 127.0.0.1 and `ca_pem_path` is the certificate to trust. All keys and
    passwords are made anew for each sandbox and die with it.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        authority = Authority(clock(), "why401 sandbox")
        self.merchant, merchant_key = make_merchant(authority)
        self.platform = Platform(authority)
        self.account = Account(APPID, secrets.token_hex(16))
        self.account_not_ip_listed = Account(
            "wx0000000000000164", secrets.token_hex(16), ip_listed=False
        )
        self.component = Account("wx0000000000000024", secrets.token_hex(16), is_component=True)
        self.corp = Corp("ww0000000000000000", secrets.token_urlsafe(32))
        self.weixin = Weixin((self.account, self.account_not_ip_listed, self.component))
        self.shop = Shop()
        self.wechatpay = Wechatpay(self.merchant, merchant_key, self.platform)
        notified = Notified(self.platform)
        sites: tuple[Site, ...] = (
            *(self.weixin, Wecom(self.corp), self.wechatpay),
            *(self.shop, notified),
        )
        self._sites: Mapping[str, Site] = {host: site for site in sites for host in site.hosts}
        self._authority = authority
        self._lock = threading.Lock()
        self._running = contextlib.ExitStack()
        self.http_port = 0
        self.https_port = 0
        self.ca_pem_path = Path()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that are answered."""
        return tuple(self._sites)

    def serves(self, host: str) -> bool:
        """Return whether traffic to `host` belongs here: our hosts, and all of `.example`."""
        name = host.lower().rstrip(".")
        return name in self._sites or name.endswith(".example")

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            folder = Path(starting.enter_context(tempfile.TemporaryDirectory(prefix="why401-")))
            self.ca_pem_path = folder / "sandbox-ca.pem"
            self.ca_pem_path.write_text(self._authority.pem)
            names = ServerNames(self._authority, folder, "localhost")
            self.http_port = self._listen(starting, None)
            self.https_port = self._listen(starting, names.default)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._running.close()

    def _listen(self, starting: contextlib.ExitStack, tls: ssl.SSLContext | None) -> int:
        server = starting.enter_context(_Server(self.answer, self.clock, tls))
        # A short poll: closing waits for it.
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="sandbox", daemon=True
        )
        thread.start()
        starting.callback(thread.join)
        starting.callback(server.shutdown)
        return int(server.server_address[1])

    def answer(self, call: Call) -> Answer:
        """Return the answer of the site that `call` names."""
        site = self._sites.get(call.host)
        if site is None:
            return json_answer(421, {"error": "Misdirected Request", "host": call.host})
        with self._lock:
            return site.answer(call)


class _Server(http.server.ThreadingHTTPServer):
    """One port. Closing it ends every connection and waits for its thread."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self,
        reply: Callable[[Call], Answer],
        clock: Callable[[], float],
        tls: ssl.SSLContext | None,
    ) -> None:
        self.reply = reply
        self.clock = clock
        self.tls = tls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would look up the machine's name here, which may ask the network.
        socketserver.TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = self.socket.accept()
        if self.tls is not None:
            # The handshake is left to the connection's own thread: a client that is silent
            # must not keep the others waiting.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: _Incoming) -> None:
        super().shutdown_request(request)
        with self._open_lock:
            self._open.discard(request)

    def server_close(self) -> None:
        with self._open_lock:
            waiting = tuple(self._open)
        for connection in waiting:
            # Wakes the thread that reads from it; the thread then closes it.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: _Incoming, client_address: object) -> None:
        """Pass over what a client may cause by hanging up; show a fault of the sandbox's own."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_S
    server: _Server
    raw_requestline: bytes

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(IDLE_S)
            self.request.do_handshake()
        super().setup()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
            super().handle()

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(json_answer(400, {"error": "Bad Request"}))
            return
        self._send(self.server.reply(self._call(body)))

    # One method a verb is how the standard library asks for them.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _call(self, body: bytes) -> Call:
        scheme = "http" if self.server.tls is None else "https"
        authority = self.headers.get("host", "")
        # Not self.path: the standard library shortens a leading `//`, and signatures are about
        # the bytes that were sent.
        target = self.raw_requestline.split()[1]
        if target[:7].lower() == b"http://":
            named, slash, rest = target[7:].partition(b"/")
            authority, target = named.decode("latin-1"), slash + rest or b"/"
        fields = tuple(
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in self.headers.items()
        )
        return Call(
            method=self.command,
            scheme=scheme,
            host=authority.partition(":")[0].lower(),
            target=target,
            headers=Headers(fields),
            body=body,
            now_s=self.server.clock(),
            client=str(self.client_address[0]),
            certificate_serial=self._certificate_serial(),
        )

    def _certificate_serial(self) -> str:
        if not isinstance(self.request, ssl.SSLSocket):
            return ""
        shown = self.request.getpeercert() or {}
        serial = shown.get("serialNumber", "")
        return serial.upper().zfill(40) if isinstance(serial, str) and serial else ""

    def _body(self) -> bytes | None:
        """Return the request's body; None where it is too large or its length is unclear."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("content-length", "0")
        if re.fullmatch(r"[0-9]{1,9}", length) is None or int(length) > MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            size = self.rfile.readline(1024).partition(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError:
                return None
            if not 0 <= length <= MAX_BODY_BYTES - len(body):
                return None
            body += self.rfile.read(length)
            line = self.rfile.readline(1024)
            while length == 0 and line.strip():
                line = self.rfile.readline(1024)
            if length == 0:
                return bytes(body)

    def _send(self, answer: Answer) -> None:
        reason = HTTPStatus(answer.status).phrase
        head = [f"HTTP/1.1 {answer.status} {reason}", "Server: nginx"]
        head.append(f"Date: {formatdate(self.server.clock(), usegmt=True)}")
        head += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status != HTTPStatus.NO_CONTENT:
            head.append(f"Content-Length: {len(answer.body)}")
        head.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        data = "\r\n".join([*head, "", ""]).encode("latin-1", "replace")
        self.wfile.write(data if self.command == "HEAD" else data + answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing: what the sandbox sees is shown by the proxy before it."""
