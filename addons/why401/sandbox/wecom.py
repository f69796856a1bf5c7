"""qyapi.weixin.qq.com, as far as its codes differ from api.weixin.qq.com's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from why401.sandbox.calls import Answer, Call, json_answer, keep

TOKEN_LIFETIME_S = 7200


@dataclass(frozen=True, slots=True)
class Corp:
    """One enterprise and the secret of one of its applications."""

    corpid: str
    secret: str = field(repr=False)


class Wecom:
    """WeCom's server: 40001 is the secret here; calls need a trusted address (60020)."""

    hosts = ("qyapi.weixin.qq.com",)

    def __init__(self, corp: Corp) -> None:
        self._corp = corp
        self._expiry_s: dict[str, float] = {}

    def answer(self, call: Call) -> Answer:
        """Answer one call; success, too, says `errcode` 0."""
        query = call.query
        if call.path == "/cgi-bin/gettoken":
            if query.get("corpid") != self._corp.corpid:
                return _error(call, 40013, "invalid corpid")
            sent = query.get("corpsecret", "").encode()
            if not secrets.compare_digest(sent, self._corp.secret.encode()):
                return _error(call, 40001, "invalid credential")
            token = secrets.token_urlsafe(96)
            keep(self._expiry_s, token, call.now_s + TOKEN_LIFETIME_S)
            return _ok({"access_token": token, "expires_in": TOKEN_LIFETIME_S})
        token = query.get("access_token", "")
        if not token:
            return _error(call, 41001, "access_token missing")
        if token not in self._expiry_s:
            return _error(call, 40014, "invalid access_token")
        if self._expiry_s[token] <= call.now_s:
            return _error(call, 42001, "access_token expired")
        if call.path == "/cgi-bin/get_api_domain_ip":
            return _ok({"ip_list": ["203.0.113.30"]})
        return _error(call, 60020, "not allow to access from your ip")


def _ok(value: dict[str, object]) -> Answer:
    body = {"errcode": 0, "errmsg": "ok", **value}
    return json_answer(200, body, content_type="application/json; charset=UTF-8")


def _error(call: Call, code: int, message: str) -> Answer:
    # The hint begins with Unix seconds; the address is from the block for documentation.
    hint = f"{int(call.now_s)}{secrets.randbelow(10**15):015d}"
    text = (
        f"{message}, hint: [{hint}], from ip: 203.0.113.9, more info at "
        f"https://open.work.weixin.qq.com/devtool/query?e={code}"
    )
    body = {"errcode": code, "errmsg": text}
    return json_answer(200, body, content_type="application/json; charset=UTF-8")
