"""The status that an answer under HTTP 200 means, where its body says that it refuses.

Back ends put 401 or 403 into an envelope, GraphQL a code into its errors, some platforms a word
or a number that is known on their hosts alone.
Sources: apollographql.com/docs/apollo-server/data/errors; the rows of rules/servers/slack.yaml and
feishu.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from why401.later import regex
from why401.triage.envelope_words import status_by_words

_ENVELOPE = frozenset(
    {"code", "msg", "message", "error", "data", "result", "success", "ok", "status", "path", "url"}
    | {"timestamp", "time", "traceId", "trace_id", "requestId", "request_id", "detail", "details"}
    | {"type", "errors", "extra", "rows", "total", "errorCode", "exception", "version", "tid"}
    | {"ret"}
)
_ABOUT_CREDENTIALS = regex(
    r"token|auth|login|logged|session|credential|permission|forbidden|认证|授权|登录|登陆|权限|令牌|凭证|密码"
)
_ENVELOPE_OF_WORDS = _ENVELOPE | {"errno", "errmsg", "err_no", "err_msg", "valid", "current"}
_ENVELOPE_OF_WORDS |= {"extras", "use_time", "token", "resultCode", "sub", "name", "data2"}
"""The latter three are Casdoor's. A message that begins with such words leaves less doubt."""
_CODES = ("code", "ret", "status", "errno", "err_no", "resultCode")
_FINE = frozenset({"0", "00000", "1", "200", "10000", "20000", "True", "OK", "ok", "success"})
_BY_NAME = {"UNAUTHENTICATED": 401, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "ACCESS_DENIED": 403}
_BY_NAME |= {"invalid-jwt": 401, "access-denied": 403}
"""The latter two are Hasura's: hasura.io/docs/2.0/auth/authentication/jwt."""

_SLACK = dict.fromkeys(
    ("not_authed", "invalid_auth", "token_expired", "token_revoked", "not_allowed_token_type"), 401
) | dict.fromkeys(("missing_scope", "no_permission", "access_denied"), 403)
_FEISHU = dict.fromkeys((99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677), 401)
_FEISHU |= dict.fromkeys((99991672, 99991679), 403)
_PLATFORMS: Mapping[str, tuple[str, Mapping[Any, int]]] = {
    "slack.com": ("error", _SLACK),
    "open.feishu.cn": ("code", _FEISHU),
    "open.larksuite.com": ("code", _FEISHU),
}
MAX_ERRORS = 20


def stated_status(host: str, body: Any) -> int | None:
    """Return 401 or 403 where the JSON `body` of an answer of `host` says so; else None."""
    if not isinstance(body, dict):
        return None
    place, codes = _PLATFORMS.get(host, ("", {}))
    stated = body.get(place) if place else None
    if isinstance(stated, str | int) and stated in codes:
        return codes[stated]
    inner = body.get("error")
    if isinstance(inner, dict) and body.get("data") is None:
        return _of_envelope(inner)
    return _of_envelope(body) or _of_graphql(body)


def _code_of(body: Mapping[str, Any]) -> Any:
    """ThinkPHP's and CRMEB's envelopes have their code under `status`, some of RuoYi's children
    under `ret`, litemall under `errno`."""
    return next((body[name] for name in _CODES if name in body), None)


def _of_envelope(body: Mapping[str, Any]) -> int | None:
    code = _code_of(body)
    named = _BY_NAME.get(code) if isinstance(code, str) else None
    if named is None and (isinstance(code, bool) or str(code) not in ("401", "403")):
        return _of_words(body)
    # A record that holds a code (of a log, of a list of statuses) is no refusal.
    if not all(str(name) in _ENVELOPE for name in body):
        return _of_words(body)
    if named is not None:
        return named
    words = " ".join(str(body.get(name, "")) for name in ("msg", "message", "error"))
    return int(str(code)) if _ABOUT_CREDENTIALS.search(words[:400].lower()) else None


def _of_words(body: Mapping[str, Any]) -> int | None:
    """Many back ends have numbers of their own, and say in words that nobody is logged in."""
    code = _code_of(body)
    if not isinstance(code, int | str) or str(code) in _FINE:
        return None
    if not _ENVELOPE_OF_WORDS.issuperset(body):
        return None
    words = (body.get(name) for name in ("msg", "message", "errmsg", "err_msg"))
    return status_by_words(next((text for text in words if isinstance(text, str)), ""))


def _of_graphql(body: Mapping[str, Any]) -> int | None:
    """Of an answer that holds data besides its errors only a part was refused."""
    errors, data = body.get("errors"), body.get("data")
    if not isinstance(errors, list) or not all(str(name) in _GRAPHQL for name in body):
        return None
    if isinstance(data, dict) and any(value is not None for value in data.values()):
        return None
    for error in islice(errors, MAX_ERRORS):
        extensions = error.get("extensions") if isinstance(error, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        if isinstance(code, str) and code in _BY_NAME:
            return _BY_NAME[code]
    return None


_GRAPHQL = frozenset({"errors", "data", "extensions"})
