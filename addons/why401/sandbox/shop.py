"""api.shop.example: an ordinary API, each part of it guarded in another usual way."""

from __future__ import annotations

import base64
import binascii
import secrets

import msgspec

from why401.sandbox import bearer
from why401.sandbox.calls import Answer, Call, json_answer, keep, text_answer
from why401.sandbox.digest import DigestRealm
from why401.sandbox.tokens import LIFETIME_S, Tokens

PRODUCTS = {"items": [{"id": 1, "name": "Tea", "price": 1290}, {"id": 2, "name": "茶壶"}]}
ORDERS = {"items": [{"id": 1001, "total": 1290, "paid": True}]}
READABLE = (
    "/orders",
    "/customers",
    "/invoices",
    "/deliveries",
    "/refunds",
    "/prices",
    "/stock",
    "/suppliers",
)


class _Grant(msgspec.Struct, frozen=True):
    """What a refresh token stands for. `issued` is the `jti` of the access token given with it."""

    scope: str
    family: str
    issued: str


class Shop:
    """The shop's server. `username`, `password`, `api_key`, `client_secret` are made at start."""

    hosts = ("api.shop.example", "cdn.shop.example")
    username = "alice"
    client_id = "shop-web"

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(12)
        self.api_key = f"key_{secrets.token_hex(16)}"
        self.client_secret = secrets.token_urlsafe(24)
        self.tokens = Tokens()
        self._digest = DigestRealm("Archive", self.username, self.password)
        self._sessions: dict[str, str] = {}
        self._grants: dict[str, _Grant] = {}
        self._spent: dict[str, str] = {}

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        if call.host.startswith("cdn."):
            refused = bearer.spring(call, self.tokens, "orders.read")
            return refused or text_answer(200, "%PDF-1.7\n", content_type="application/pdf")
        first = "/" + call.path.split("/")[1] if call.path.startswith("/") else ""
        match first:
            case "/health":
                return json_answer(200, {"status": "ok"})
            case "/products":
                return json_answer(200, PRODUCTS)
            case "/inventory":
                refused = bearer.aspnet(call, self.tokens, "orders.read")
                return refused or json_answer(200, ORDERS)
            case "/intranet":
                return self._intranet(call)
            case "/digest":
                return self._digest.refused(call) or json_answer(200, {"archive": []})
            case "/login" | "/logout" | "/account":
                return self._session(call)
            case "/oauth":
                return self._token(call)
            case "/download":
                location = f"{call.scheme}://cdn.shop.example/files/catalogue.pdf"
                return Answer(302, b"", (("Location", location),))
            case "/legacy":
                return json_answer(401, {"message": "Unauthorized"})
            case "/reports":
                return bearer.fastapi_key(call, self.api_key) or json_answer(200, ORDERS)
        if first in READABLE:
            scope = "orders.read" if call.method in ("GET", "HEAD") else "orders.write"
            return bearer.spring(call, self.tokens, scope) or json_answer(200, ORDERS)
        return json_answer(404, {"error": "Not Found", "path": call.path})

    def _intranet(self, call: Call) -> Answer:
        challenge = ("WWW-Authenticate", 'Basic realm="Intranet", charset="UTF-8"')
        scheme, _, credential = call.text("authorization").partition(" ")
        if scheme.lower() != "basic":
            text = "Full authentication is required to access this resource"
            return text_answer(401, text, challenge)
        try:
            sent = base64.b64decode(credential.strip(), validate=True)
        except (binascii.Error, ValueError):
            return text_answer(401, "Failed to decode basic authentication token", challenge)
        if not secrets.compare_digest(sent, f"{self.username}:{self.password}".encode()):
            return text_answer(401, "Bad credentials", challenge)
        return text_answer(200, "<h1>Intranet</h1>", content_type="text/html; charset=utf-8")

    def _session(self, call: Call) -> Answer:
        # A browser may send several cookies; only ours is looked at.
        jar = dict(part.strip().partition("=")[::2] for part in call.text("cookie").split(";"))
        session = jar.get("session", "")
        if call.path == "/login" and call.method == "POST":
            form = call.form
            right = form.get("username") == self.username and secrets.compare_digest(
                form.get("password", "").encode(), self.password.encode()
            )
            if not right:
                return self._login_required("Wrong user name or password")
            session = secrets.token_urlsafe(24)
            keep(self._sessions, session, self.username)
            secure = "; Secure" if call.scheme == "https" else ""
            cookie = f"session={session}; Path=/; HttpOnly; SameSite=Lax{secure}"
            return json_answer(200, {"user": self.username}, ("Set-Cookie", cookie))
        if call.path == "/login" and call.method == "GET":
            # Whoever comes by gets a basket, without being known yet.
            basket = f"basket={secrets.token_urlsafe(12)}; Path=/"
            return json_answer(200, {"form": ["username", "password"]}, ("Set-Cookie", basket))
        if call.path == "/logout":
            self._sessions.pop(session, None)
            return Answer(204, b"", (("Set-Cookie", "session=; Path=/; Max-Age=0"),))
        if session not in self._sessions:
            return self._login_required("Please log in")
        return json_answer(200, {"user": self.username, "orders": 1})

    def _login_required(self, message: str) -> Answer:
        challenge = 'Cookie realm="shop", form-action="/login", cookie-name="session"'
        return json_answer(401, {"message": message}, ("WWW-Authenticate", challenge))

    def _token(self, call: Call) -> Answer:
        """Answer the token endpoint (RFC 6749 section 3.2); refresh tokens rotate."""
        form = call.form
        if call.path != "/oauth/token" or call.method != "POST":
            return json_answer(404, {"error": "Not Found", "path": call.path})
        if not self._is_client(call, form):
            challenge = ("WWW-Authenticate", 'Basic realm="oauth"')
            return json_answer(401, {"error": "invalid_client"}, challenge)
        match form.get("grant_type"):
            case "client_credentials":
                scope = form.get("scope") or "orders.read"
                if not set(scope.split()) <= {"orders.read", "orders.write"}:
                    return json_answer(400, {"error": "invalid_scope"})
                return self._grant(call, scope, family=secrets.token_hex(8))
            case "refresh_token":
                return self._refresh(call, form.get("refresh_token", ""))
            case None:
                return json_answer(400, {"error": "invalid_request"})
        return json_answer(400, {"error": "unsupported_grant_type"})

    def _is_client(self, call: Call, form: dict[str, str]) -> bool:
        scheme, _, credential = call.text("authorization").partition(" ")
        sent = f"{form.get('client_id')}:{form.get('client_secret')}".encode()
        if scheme.lower() == "basic":
            try:
                sent = base64.b64decode(credential, validate=True)
            except (binascii.Error, ValueError):
                return False
        return secrets.compare_digest(sent, f"{self.client_id}:{self.client_secret}".encode())

    def _refresh(self, call: Call, token: str) -> Answer:
        if token in self._spent:
            # Used twice: somebody has a copy, so the whole family goes (RFC 9700 section 4.14.2).
            family = self._spent[token]
            for key in [key for key, each in self._grants.items() if each.family == family]:
                self.tokens.revoke(self._grants.pop(key).issued)
        grant = self._grants.pop(token, None)
        if grant is None:
            text = "The refresh token is invalid, expired or already used"
            return json_answer(400, {"error": "invalid_grant", "error_description": text})
        keep(self._spent, token, grant.family)
        # With the refresh token the access token is replaced: whoever kept a copy is out.
        self.tokens.revoke(grant.issued)
        return self._grant(call, grant.scope, grant.family)

    def _grant(self, call: Call, scope: str, family: str) -> Answer:
        refresh, token_id = secrets.token_urlsafe(32), secrets.token_hex(8)
        keep(self._grants, refresh, _Grant(scope, family, token_id))
        value = {
            "access_token": self.tokens.issue(call.now_s, scope=scope, jti=token_id),
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
            "refresh_token": refresh,
            "scope": scope,
        }
        return json_answer(200, value, ("Cache-Control", "no-store"))
