"""Servers made of the libraries that people make theirs of: Flask, Flask-JWT-Extended (PyJWT),
Flask-HTTPAuth. They answer as those libraries answer, on a loopback port of their own."""

from __future__ import annotations

import base64
import contextlib
import ssl
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import flask
import flask_httpauth
import flask_jwt_extended
from werkzeug.serving import WSGIRequestHandler, make_server

SECRET = "the secret of the server, which is long enough for HS256"
ISSUER, AUDIENCE = "https://id.shop.example/", "shop"
USER, PASSWORD = "alice", "correct horse"


def ntlm_challenge() -> str:
    """Return an NTLM challenge, as [MS-NLMP] section 2.2.1.2 lays it out."""
    name = "CORP".encode("utf-16-le")
    info = struct.pack("<HH", 2, len(name)) + name + struct.pack("<HH", 0, 0)
    at_name, at_info = 48, 48 + len(name)
    head = b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(name), len(name), at_name)
    head += struct.pack("<I", 0x00828205) + bytes.fromhex("0123456789abcdef") + bytes(8)
    head += struct.pack("<HHI", len(info), len(info), at_info)
    return base64.b64encode(head + name + info).decode()


class _Quiet(WSGIRequestHandler):
    """Prints nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of what is asked."""


@contextlib.contextmanager
def serving(app: flask.Flask, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run `app` on a free loopback port, which is returned."""
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=tls
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def jwt_app() -> flask.Flask:
    """An API that wants a Bearer JWT in the header, as Flask-JWT-Extended checks it."""
    app = flask.Flask("jwt")
    app.config.update(
        JWT_SECRET_KEY=SECRET,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_ISSUER=ISSUER,
        # The extension would have its own claims besides.
        JWT_ENCODE_NBF=False,
        PROPAGATE_EXCEPTIONS=True,
    )
    flask_jwt_extended.JWTManager(app)

    @app.get("/orders/<name>")
    @flask_jwt_extended.jwt_required()
    def orders(name: str) -> dict[str, str]:
        return {"order": name}

    return app


def hop_app() -> flask.Flask:
    """A server that sends everyone on, wherever `to` says."""
    app = flask.Flask("hop")

    @app.route("/go", methods=["GET", "POST"])
    def go() -> flask.typing.ResponseReturnValue:
        status = int(flask.request.args.get("status", "302"))
        return flask.redirect(flask.request.args["to"], status)

    return app


def digest_app() -> flask.Flask:
    """Pages behind Digest, as Flask-HTTPAuth checks it: sessions hold its nonce."""
    app = flask.Flask("digest")
    app.secret_key = SECRET
    auth = flask_httpauth.HTTPDigestAuth(qop="auth", algorithm="MD5")
    given: set[str] = set()

    @auth.generate_nonce
    def nonce() -> str:
        value = f"{len(given):032x}"
        given.add(value)
        return value

    @auth.generate_opaque
    def opaque() -> str:
        return "5ccc069c403ebaf9f0171e9517f40e41"

    @auth.verify_nonce
    def is_given(value: str) -> bool:
        return value in given

    @auth.verify_opaque
    def is_ours(value: str) -> bool:
        return value == opaque()

    @auth.get_password
    def password(user: str) -> str | None:
        return PASSWORD if user == USER else None

    @app.get("/pages/<name>")
    @auth.login_required
    def pages(name: str) -> str:
        return name

    return app


class _Domain(BaseHTTPRequestHandler):
    """A server of a Windows domain: it takes any user who comes through the whole handshake, on one
    connection, which is why this is no Flask: werkzeug closes after each answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "").partition(" ")[2]
        is_done = said.startswith("TlRMTVNTUAAD")
        offered = "NTLM" if self.path.startswith("/ntlm/") else "Negotiate"
        offered += f" {ntlm_challenge()}" if said.startswith("TlRMTVNTUAAB") else ""
        self.send_response(200 if is_done else 401)
        if not is_done:
            self.send_header("WWW-Authenticate", offered)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name there)
        """Say nothing of what is asked."""


@contextlib.contextmanager
def serving_domain() -> Iterator[int]:
    """Run a server of NTLM (`/ntlm/`) and Negotiate on a free loopback port, which is returned."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Domain) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
