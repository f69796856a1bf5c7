"""Which tokens an answer hands out, to whom they belong, and what they replace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from why401.case import Case, json_at
from why401.credentials.jwt import is_probably_jwt
from why401.hosts import Family
from why401.masking import Unshown

MAX_TOKENS_EACH = 6
MAX_DEPTH = 3
MIN_CHARS = 8

ACCESS_NAMES = frozenset(
    {"access_token", "accesstoken", "token", "jwt", "auth_token", "authtoken", "id_token"}
    | {"component_access_token", "authorizer_access_token", "access"}
)
REFRESH_NAMES = frozenset({"refresh_token", "refreshtoken", "authorizer_refresh_token", "refresh"})
_SURE_NAMES = frozenset({"access_token", "accesstoken", "jwt", "id_token"}) | (
    REFRESH_NAMES - {"refresh"}
)
_REFRESH_FIELDS = (
    *("refresh_token", "refreshToken", "refreshtoken", "authorizer_refresh_token", "refresh"),
)
_TOKEN_NAMES = ACCESS_NAMES | REFRESH_NAMES
_COMPONENT_PATH = "/cgi-bin/component/api_component_token"
_TOKEN_PATHS = ("token", "login", "auth", "session", "signin", "sign-in", "refresh")


class Issued(Unshown, frozen=True):
    """A token in an answer. `kind` is `access`, `refresh` or `id`."""

    kind: str
    value: str
    expires_in_s: float | None


class Owner(msgspec.Struct, frozen=True):
    """Whose tokens an answer holds: `chain` names the succession in which a token replaces the one
    before it, None where each stands for itself; `retires` says that the older one ends with it."""

    chain: tuple[str, ...] | None
    retires: bool


def issued_tokens(case: Case) -> tuple[Issued, ...]:
    """Return the tokens that the answer hands out, at most six; empty for a failed one."""
    request = case.exchange.request
    if case.status not in (200, 201) or not isinstance(case.response.json, dict):
        return ()
    named = [*_walk(case.response.json, MAX_DEPTH)]
    if not named:
        return ()
    path = request.path.lower()[:200]
    is_likely = request.method == "POST" or any(word in path for word in _TOKEN_PATHS)
    found = [issued for name, issued in named if is_likely or name in _SURE_NAMES]
    return tuple(found[:MAX_TOKENS_EACH])


def _walk(value: dict[str, Any], depth: int) -> Iterator[tuple[str, Issued]]:
    seconds = _seconds(value.get("expires_in", value.get("expiresIn")))
    for key, member in list(value.items())[:40]:
        name = str(key).lower()
        if isinstance(member, dict) and depth > 1:
            yield from _walk(member, depth - 1)
        elif (
            name in _TOKEN_NAMES and isinstance(member, str) and MIN_CHARS <= len(member) <= 16_384
        ):
            if name in ("access", "refresh") and not is_probably_jwt(member):
                continue
            if name in REFRESH_NAMES:
                yield name, Issued("refresh", member, None)
            else:
                yield name, Issued("id" if name == "id_token" else "access", member, seconds)


def _seconds(value: object) -> float | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 1e9 else None


def sent_refresh_token(case: Case) -> str | None:
    """Return the refresh token that the request exchanges: in its form, its JSON, or as Bearer at
    a path that says so (Flask-JWT-Extended)."""
    if "issued.refresh" not in case.memo:
        case.memo["issued.refresh"] = _sent_refresh_token(case)
    found: str | None = case.memo["issued.refresh"]
    return found


def _sent_refresh_token(case: Case) -> str | None:
    fields = request_fields(case)
    query = dict(case.query) if case.family is not None else {}
    for name in _REFRESH_FIELDS if fields or query else ():
        if value := fields.get(name) or query.get(name):
            return value[:16_384]
    for credential in case.credentials:
        if credential.authorization and credential.scheme == "bearer":
            is_refreshing = "refresh" in case.exchange.request.path.lower()[:200]
            return credential.authorization.token if is_refreshing else None
    return None


class Asked(msgspec.Struct, frozen=True):
    """What a token request asked for."""

    scope: str | None
    names_audience: bool


def asked_for(case: Case) -> Asked:
    """Return the scope of a token request, None without one, and whether it named the API."""
    fields = request_fields(case)
    scope = fields.get("scope")
    names = bool(fields.get("audience") or fields.get("resource"))
    return Asked(scope[:400] if scope is not None else None, names)


def granted_scope(case: Case) -> str | None:
    """Return the scope that the answer says it grants, None where it says nothing."""
    body = case.response.json
    scope = body.get("scope") if isinstance(body, dict) else None
    return scope[:400] if isinstance(scope, str) else None


def request_fields(case: Case) -> dict[str, str]:
    """Return the fields of a form or JSON request, the texts among them; nobody may change them."""
    fields: dict[str, str] | None = case.memo.get("issued.fields")
    if fields is not None:
        return fields
    fields = case.memo["issued.fields"] = dict(case.request.form[:100])
    body = case.request.json
    if isinstance(body, dict):
        for key, value in list(body.items())[:100]:
            if isinstance(value, str):
                fields.setdefault(str(key), value)
    return fields


def owner_of(case: Case) -> Owner | None:
    """Return whose the tokens in a WeChat answer are; None for other servers.

    Each `/cgi-bin/token` retires the token before it; `/cgi-bin/stable_token` has a succession of
    its own, and retires only with force_refresh.
    """
    request = case.exchange.request
    if case.family is Family.WECOM:
        return Owner(None, retires=False)
    if case.family is not Family.WECHAT:
        return None
    query = dict(case.query)
    match request.path:
        case "/cgi-bin/token":
            return Owner(("wechat", query.get("appid", "")[:40]), retires=True)
        case "/cgi-bin/stable_token":
            appid = "".join(str(each) for each in json_at(case.request.json, ("appid",)))
            forced = json_at(case.request.json, ("force_refresh",)) == (True,)
            return Owner(("wechat-stable", appid[:40]), retires=forced)
        case _ if request.path == _COMPONENT_PATH:
            appid = "".join(str(each) for each in json_at(case.request.json, ("component_appid",)))
            return Owner(("wechat-component", appid[:40]), retires=False)
    return Owner(None, retires=False)


def token_kind(case: Case, issued: Issued) -> str:
    """Return the kind under which a token is remembered: at WeChat, a user's and a third-party
    platform's apart from the account's own."""
    if case.family is Family.WECHAT and issued.kind == "access":
        path = case.exchange.request.path
        if path == _COMPONENT_PATH:
            return "wechat-component"
        return "wechat-user" if path.startswith("/sns/") else "wechat"
    return issued.kind
