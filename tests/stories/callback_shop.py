"""A small merchant's server that takes notices of WeChat Pay, each path as another shop would: the
one that is right, and what others get wrong."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

REFUSED = (401, b'{"code":"FAIL","message":"signature verification failed"}')
TAKEN = (204, b"")


class CallbackShop:
    """Listens on loopback inside `with`; `port` is where."""

    def __init__(self, platform_pem: str) -> None:
        key = load_pem_x509_certificate(platform_pem.encode()).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        self._key = key
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def verifies(self, headers: Callable[[str], str], body: bytes) -> bool:
        """Return whether the platform signed `body`, as the official libraries check it."""
        lines = f"{headers('Wechatpay-Timestamp')}\n{headers('Wechatpay-Nonce')}\n".encode()
        try:
            signature = base64.b64decode(headers("Wechatpay-Signature"), validate=True)
            self._key.verify(signature, lines + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def answer(self, path: str, headers: Callable[[str], str], body: bytes) -> tuple[int, bytes]:
        """Return what the shop of that path answers."""
        match path:
            case "/right":
                return TAKEN if self.verifies(headers, body) else REFUSED
            case "/trusting":
                return TAKEN
            case "/parsing":
                # What json.dumps writes is not what WeChat Pay signed.
                again = json.dumps(json.loads(body)).encode()
                return TAKEN if self.verifies(headers, again) else REFUSED
            case "/reading-twice":
                if self.verifies(headers, b""):
                    return TAKEN
                return 400, b'{"code":"FAIL","message":"sign error: request body is empty"}'
            case "/behind-a-login":
                return 302, b""
            case "/v2":
                return 200, b"<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"
            case "/v2-in-json":
                return 200, b'{"code":"SUCCESS"}'
        return 404, b""

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = shop.answer(
                    self.path, lambda name: self.headers.get(name, ""), body
                )
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/login")
                if status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: what the shop answers is in the proxy."""

        return Handler
