"""A token server that rotates refresh tokens and notices when one comes twice (RFC 9700 section
4.14.2), with the API that its tokens are for."""

from __future__ import annotations

import itertools
import secrets
import threading
from dataclasses import dataclass, field

import flask

CLIENT, CLIENT_SECRET = "shop", "the secret of the shop's client"
USER, PASSWORD = "alice", "correct horse"


@dataclass
class Family:
    """The tokens that came of one login: only the newest pair is good."""

    access: str = ""
    refresh: str = ""
    is_revoked: bool = False
    has_expired: bool = False
    """Whether the test lets the access token end before its time."""


@dataclass
class TokenServer:
    """Logins by family; `together` makes so many refreshes wait for one another."""

    families: list[Family] = field(default_factory=list)
    together: threading.Barrier | None = None
    first_answered: threading.Event = field(default_factory=threading.Event)
    """Set by the test once the one that was refreshed has its answer: the others follow."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _used: dict[str, Family] = field(default_factory=dict)
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def app(self) -> flask.Flask:
        """Return the application: `/token` and `/api/…`."""
        app = flask.Flask("tokens")
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/api/<path:name>", view_func=self._api)
        return app

    def _token(self) -> tuple[dict[str, object], int]:
        form, client = flask.request.form, flask.request.authorization
        if not client or (client.username, client.password) != (CLIENT, CLIENT_SECRET):
            return {
                "error": "invalid_client",
                "error_description": "Client authentication failed",
            }, 401
        if form.get("grant_type") == "password":
            if (form.get("username"), form.get("password")) != (USER, PASSWORD):
                return {"error": "invalid_grant"}, 400
            family = Family()
            self.families.append(family)
            return self._issued(family), 200
        if self.together is not None:
            self.together.wait(20)
        with self._lock:
            answer, status = self._refreshed(form.get("refresh_token", ""))
        if self.together is not None and status != 200:
            self.first_answered.wait(20)
        return answer, status

    def _refreshed(self, sent: str) -> tuple[dict[str, object], int]:
        family = next((each for each in self.families if each.refresh == sent), None)
        if family is None or family.is_revoked:
            reused = self._used.get(sent)
            if reused is not None:
                reused.is_revoked = True
            return {"error": "invalid_grant", "error_description": "Invalid refresh token"}, 400
        self._used[sent] = family
        return self._issued(family), 200

    def _issued(self, family: Family) -> dict[str, object]:
        number = next(self._number)
        family.access, family.refresh = (
            f"{kind}{number}-{secrets.token_urlsafe(24)}" for kind in ("at", "rt")
        )
        family.has_expired = False
        return {
            "access_token": family.access,
            "refresh_token": family.refresh,
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    def _api(self, name: str) -> flask.Response:
        bearer = flask.request.authorization
        family = next((f for f in self.families if bearer and f.access == bearer.token), None)
        if family is not None and not family.is_revoked and not family.has_expired:
            return flask.jsonify({"name": name})
        challenge = 'Bearer realm="api"'
        if bearer:
            challenge += ', error="invalid_token", error_description="The access token is invalid"'
        return flask.Response("", 401, {"WWW-Authenticate": challenge})
