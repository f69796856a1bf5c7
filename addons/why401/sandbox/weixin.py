"""api.weixin.qq.com: tokens, login codes and a few calls that need a token.

Errors come with HTTP status 200, as from the real server. Bodies under /sns/ are labelled
text/plain, the others `application/json; encoding=utf-8`, which is not a registered parameter
but is what is sent.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from why401.sandbox.calls import Answer, Call, json_answer

TOKEN_LIFETIME_S = 7200
CODE_LIFETIME_S = 300
TOKEN_LENGTH = 136
NO_RIGHTS = ("/cgi-bin/menu/get", "/cgi-bin/user/get")
"""Calls of official accounts, which a mini program's token may not make."""
DAILY_QUOTA = {"/wxa/generate_urllink": 1}

MESSAGES = {
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by "
    "getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code,",
    40066: "invalid url",
    40125: "invalid appsecret,",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    45009: "reach max api daily quota limit",
    48001: "api unauthorized",
    61024: "must use api(api_component_token) to get token for component acct",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One appid. `ip_listed` is False where callers are not on the IP allow-list."""

    appid: str
    secret: str = field(repr=False)
    ip_listed: bool = True
    is_component: bool = False


class _Code(msgspec.Struct):
    appid: str
    issued_s: float
    used: bool = False


class Weixin:
    """The state of api.weixin.qq.com: which tokens are the newest, which codes were used."""

    hosts = ("api.weixin.qq.com",)

    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self._accounts = {account.appid: account for account in accounts}
        self._expiry_s: dict[str, float] = {}
        self._newest: dict[tuple[str, str], str] = {}
        self._codes: dict[str, _Code] = {}
        self._calls: dict[str, int] = {}

    def login_code(self, appid: str, now_s: float) -> str:
        """Return what `wx.login` gives a mini program on the phone: good once, for five minutes."""
        code = f"0{secrets.token_hex(15)}1"
        self._codes[code] = _Code(appid, now_s)
        return code

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        match call.path:
            case "/cgi-bin/token":
                return self._token(call)
            case "/cgi-bin/stable_token":
                return self._stable_token(call)
            case "/sns/jscode2session":
                return self._session(call)
        return self._refused(call) or self._business(call)

    def _token(self, call: Call) -> Answer:
        query = call.query
        wrong = self._account_error(call, query.get("appid", ""), query.get("secret", ""))
        if wrong:
            return wrong
        if query.get("grant_type") != "client_credential":
            return _error(call, 40002)
        return self._issue(call, query["appid"], "ordinary")

    def _stable_token(self, call: Call) -> Answer:
        sent = {name: value for name, value in call.json.items() if isinstance(value, str | bool)}
        appid, secret = str(sent.get("appid", "")), str(sent.get("secret", ""))
        wrong = self._account_error(call, appid, secret)
        if wrong:
            return wrong
        if sent.get("grant_type") != "client_credential":
            return _error(call, 40002)
        newest = self._newest.get((appid, "stable"))
        left_s = self._expiry_s[newest] - call.now_s if newest else 0
        # Without force_refresh the same token is handed out as long as it is good.
        if newest and left_s > 0 and sent.get("force_refresh") is not True:
            return _ok(call, {"access_token": newest, "expires_in": int(left_s)})
        return self._issue(call, appid, "stable")

    def _account_error(self, call: Call, appid: str, secret: str) -> Answer | None:
        account = self._accounts.get(appid)
        if not appid:
            return _error(call, 41002)
        if account is None:
            return _error(call, 40013)
        if not secret:
            return _error(call, 41004)
        if len(secret) != 32:
            return _error(call, 40125)
        if not secrets.compare_digest(secret.encode(), account.secret.encode()):
            return _error(call, 40001)
        if not account.ip_listed:
            # A caller's address as the real server prints it; from the block for documentation.
            seen = "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist"
            return _error(call, 40164, seen)
        return _error(call, 61024) if account.is_component else None

    def _issue(self, call: Call, appid: str, kind: str) -> Answer:
        token = f"90_{secrets.token_urlsafe(TOKEN_LENGTH)}"[:TOKEN_LENGTH]
        self._expiry_s.pop(self._newest.get((appid, kind), ""), None)
        self._newest[appid, kind] = token
        self._expiry_s[token] = call.now_s + TOKEN_LIFETIME_S
        return _ok(call, {"access_token": token, "expires_in": TOKEN_LIFETIME_S})

    def _session(self, call: Call) -> Answer:
        query = call.query
        wrong = self._account_error(call, query.get("appid", ""), query.get("secret", ""))
        if wrong:
            return wrong
        sent = query.get("js_code", "")
        if not sent:
            return _error(call, 41008)
        code = self._codes.get(sent)
        if code is None or code.appid != query["appid"]:
            return _error(call, 40029)
        if code.used:
            return _error(call, 40163, f"code been used, hints: [ req_id: {_hint()} ]", rid=False)
        if call.now_s - code.issued_s > CODE_LIFETIME_S:
            return _error(call, 40029)
        code.used = True
        key = secrets.token_bytes(16)
        value = {
            "session_key": b64encode(key).decode(),
            "openid": f"o{secrets.token_urlsafe(20)}"[:28],
        }
        return _ok(call, value)

    def _refused(self, call: Call) -> Answer | None:
        token = call.query.get("access_token")
        if not token:
            return _error(call, 41001)
        if len(token) != TOKEN_LENGTH:
            return _error(call, 40014)
        if token not in self._newest.values():
            return _error(call, 40001)
        if self._expiry_s[token] <= call.now_s:
            return _error(call, 42001)
        if call.path in NO_RIGHTS:
            return _error(call, 48001)
        if call.path in DAILY_QUOTA:
            self._calls[call.path] = self._calls.get(call.path, 0) + 1
            if self._calls[call.path] > DAILY_QUOTA[call.path]:
                return _error(call, 45009)
        return None

    def _business(self, call: Call) -> Answer:
        match call.path:
            case "/cgi-bin/get_api_domain_ip":
                return _ok(call, {"ip_list": ["203.0.113.20", "203.0.113.21"]})
            case "/wxa/generate_urllink":
                link = f"https://wxaurl.cn/{secrets.token_urlsafe(8)}"
                return _ok(call, {"errcode": 0, "errmsg": "ok", "url_link": link})
            case "/wxa/getwxacodeunlimit":
                if str(call.json.get("page", "")).startswith("/"):
                    return _error(call, 41030)
                return Answer(200, picture(), (("Content-Type", "image/png"),))
        return _error(call, 40066)


def picture() -> bytes:
    """Return a small valid PNG, one grey pixel; the real code picture is a PNG or JPEG, too."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\x00\x80"))
        + chunk(b"IEND", b"")
    )


def _ok(call: Call, value: Mapping[str, object]) -> Answer:
    return json_answer(200, value, content_type=_content_type(call))


def _error(call: Call, code: int, message: str | None = None, *, rid: bool = True) -> Answer:
    text = message or MESSAGES[code]
    if rid:
        # The first group is the time in hexadecimal Unix seconds.
        text += f" rid: {int(call.now_s):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return json_answer(200, {"errcode": code, "errmsg": text}, content_type=_content_type(call))


def _content_type(call: Call) -> str:
    sns = call.path.startswith("/sns/")
    return "text/plain" if sns else "application/json; encoding=utf-8"


def _hint() -> str:
    return secrets.token_urlsafe(9)
