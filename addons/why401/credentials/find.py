"""Every credential of a request, wherever it stands: header, cookie, query, form, JSON."""

from __future__ import annotations

import functools
import re
import urllib.parse
from collections.abc import Iterator
from itertools import islice

from why401.credentials.authorization import Authorization, parse_authorization
from why401.credentials.basic import Basic, decode_basic
from why401.credentials.cookies import parse_cookie_header
from why401.credentials.digest import Digest, parse_digest
from why401.credentials.jwt import OPENINGS, Jwt, decode_jwt, is_probably_jwt
from why401.credentials.keys import API_KEY_HEADERS, API_KEY_PARAMETERS
from why401.credentials.remembered import MAX_CHARS as MAX_CHARS_REMEMBERED
from why401.credentials.remembered import MAX_KEPT
from why401.credentials.schemes import WECHATPAY_SCHEMES
from why401.credentials.secret_names import header_kind
from why401.credentials.subprotocol import subprotocol_tokens
from why401.credentials.wechatpay import WechatPay, parse_wechatpay
from why401.later import regex
from why401.masking import Unshown
from why401.model import Request, header_text

MAX_CREDENTIALS = 8
MAX_DEPTH = 4
MAX_CHARS = 64 * 1024
MAX_PAIRS = 200
MAX_NAMES = 500
MAX_NAME = 200

_BEARER_NAMES = frozenset({"access_token", "accesstoken", "token", "jwt", "id_token", "auth_token"})
_PAIR_NAMES = (
    _BEARER_NAMES
    | API_KEY_PARAMETERS
    | {"access_token", "component_access_token", "x-amz-signature", "oauth_signature"}
)
_JSON_NAMES = (
    _BEARER_NAMES
    | (API_KEY_PARAMETERS - {"key"})
    | {"authorization", "refresh_token", "refreshtoken", "client_assertion", "idtoken"}
)
_WECHAT_HOSTS = (".weixin.qq.com", "qyapi.weixin.qq.com", "api.weixin.qq.com")
_TELLING = frozenset({"authorization", "proxy-authorization", "dpop", "sec-websocket-protocol"})
_KEY_TOKEN = regex(
    r"(?:^|[-_.])(?:access|admin|api|app|auth|login|rbac|session|user)[-_.]?token$", re.I
)
"""What everybody calls a token that stands for a login; others stand for a device or a form."""
_BLANKS = b" \t\r\n"
_JWT = tuple(opening.encode() for opening in OPENINGS)
_SESSION_COOKIE = regex(
    r"(?:.*(?:sess|token|jwt|remember|login).*|.*[._-]?(?:sid|auth)|auth.*|ticket|uid_tt)", re.I
)


type Pairs = tuple[tuple[str, str], ...]


class Credential(Unshown, frozen=True):
    """A credential and what it decodes to.

    `scheme` is lower case: a name of the contract (`basic`, `bearer`, `digest`, `dpop`, `api-key`,
    `cookie`, `wechatpay-v3`, `wechat-access-token`, `aws-sigv4`, `oauth1` …), the scheme as sent,
    or empty where Authorization holds none. `where` is written as in rules; `value` is the
    credential itself and must never be shown.
    """

    scheme: str
    where: str
    value: str
    authorization: Authorization | None = None
    basic: Basic | None = None
    jwt: Jwt | None = None
    digest: Digest | None = None
    wechatpay: WechatPay | None = None


def find_credentials(
    request: Request, query: Pairs = (), json: object = None, form: Pairs = ()
) -> tuple[Credential, ...]:
    """Return the first eight credentials, headers first; `query` is decoded, and so is the body:
    `json` or `form`.

    A second field of one name has its place ending in `[1]`. Of the cookies those count that
    name a session or hold a JWT.
    """
    found = _in_headers(request)
    if "cookie" in request.headers.by_name():
        found += islice(_in_cookies(request), MAX_CREDENTIALS)
    if query:
        found += islice(_in_pairs("query", query, request.host), MAX_CREDENTIALS)
    if form:
        found += islice(_in_pairs("form", form, request.host), MAX_CREDENTIALS)
    if json is not None:
        found += islice(_in_json(json, "request.json", MAX_DEPTH), MAX_CREDENTIALS)
    return tuple(found[:MAX_CREDENTIALS])


def _in_headers(request: Request) -> list[Credential]:
    found: list[Credential] = []
    for name, values in islice(request.headers.by_name().items(), MAX_NAMES):
        is_telling = _is_telling(name)
        for number, value in enumerate(values[:MAX_CREDENTIALS]):
            # Of ten fields nine can hold none; they are not worth to be decoded.
            if is_telling or value.lstrip(_BLANKS).startswith(_JWT):
                found += _in_header(name, number, value)
    return found


@functools.lru_cache(512)
def _is_telling(name: str) -> bool:
    """Return whether a field of this name holds a credential, whatever that looks like; there are
    few names, and they come again."""
    return name in _TELLING or is_key_header(name)


def _in_header(name: str, number: int, value: bytes) -> Iterator[Credential]:
    if name == "cookie":
        return
    if not name.isascii() or len(name) > MAX_NAME:
        name = header_text(name.encode("utf-8", "surrogateescape")[:MAX_NAME])
    where = f"request.header.{name}[{number}]" if number else f"request.header.{name}"
    if name in ("authorization", "proxy-authorization"):
        yield from_authorization(value, where)
        return
    text = header_text(value[:MAX_CHARS]).strip(" \t\r\n")
    if text and name == "dpop":
        yield _token("dpop", where, text)
    elif text and is_key_header(name):
        yield _key(where, text)
    elif name == "sec-websocket-protocol":
        yield from (_token("bearer", where, token) for token in subprotocol_tokens(text))
    elif is_probably_jwt(text):
        yield _token("bearer", where, text)


@functools.lru_cache(512)
def is_key_header(name: str) -> bool:
    """Return whether an API key is sent in a field of this name (lower case): a published name, or
    one that ends as those do (`x-vendor-api-key`, `vendor-access-token`)."""
    if name in API_KEY_HEADERS or _KEY_TOKEN.search(name):
        return True
    return header_kind(name) in ("api-key", "secret")


def _key(where: str, text: str) -> Credential:
    """Return a key; some put before it the scheme that belongs into Authorization."""
    scheme, _, token = text.partition(" ")
    if token and scheme.lower() == "bearer":
        return _token("bearer", where, token.strip())
    return _token("api-key", where, text)


def from_authorization(value: bytes, where: str) -> Credential:
    """Return what the value of an Authorization field holds, decoded by its scheme."""
    short = len(value) <= MAX_CHARS_REMEMBERED
    return _remembered(value, where) if short else _from_authorization(value, where)


def _from_authorization(value: bytes, where: str) -> Credential:
    sent = parse_authorization(value)
    name, token = sent.name, sent.token
    if name == "basic":
        return Credential("basic", where, sent.credential, sent, basic=decode_basic(token))
    if name == "digest":
        digest = parse_digest(sent.credential)
        return Credential("digest", where, sent.credential, sent, digest=digest)
    if name in WECHATPAY_SCHEMES:
        wechatpay = parse_wechatpay(sent.scheme, sent.credential)
        return Credential("wechatpay-v3", where, sent.credential, sent, wechatpay=wechatpay)
    if name == "aws4-hmac-sha256":
        name = "aws-sigv4"
    elif name == "oauth" and "oauth_" in sent.credential[:MAX_CHARS]:
        name = "oauth1"
    jwt = decode_jwt(token) if is_probably_jwt(token) else None
    return Credential(name, where, sent.credential, sent, jwt=jwt)


_remembered = functools.lru_cache(MAX_KEPT)(_from_authorization)


def _in_cookies(request: Request) -> Iterator[Credential]:
    for text in islice(request.headers.texts("cookie"), 20):
        for name, value in parse_cookie_header(text):
            unquoted = urllib.parse.unquote(value.strip('"'))
            if is_probably_jwt(unquoted) or (value and _SESSION_COOKIE.fullmatch(name[:100])):
                yield _token("cookie", f"request.cookie.{name[:100]}", unquoted)


def _in_pairs(place: str, pairs: Pairs, host: str) -> Iterator[Credential]:
    is_wechat = host.lower().endswith(_WECHAT_HOSTS)
    for name, value in pairs[:MAX_PAIRS]:
        lower = name.lower()
        if not value or not (lower in _PAIR_NAMES or value.startswith(OPENINGS)):
            continue
        where = f"request.{place}.{name[:100]}"
        value = value[:MAX_CHARS]
        if is_wechat and lower in ("access_token", "component_access_token"):
            yield _token("wechat-access-token", where, value)
        elif lower == "x-amz-signature":
            yield Credential("aws-sigv4", where, value)
        elif lower == "oauth_signature":
            yield Credential("oauth1", where, value)
        elif lower in _BEARER_NAMES:
            yield _token("bearer", where, value)
        elif lower in API_KEY_PARAMETERS:
            yield _token("api-key", where, value)
        elif is_probably_jwt(value):
            yield _token("bearer", where, value)


def _in_json(value: object, where: str, depth: int) -> Iterator[Credential]:
    if depth == 0:
        return
    members: Iterator[tuple[object, object]]
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value))
    else:
        return
    for key, member in islice(members, MAX_PAIRS):
        name = f"[{key}]" if isinstance(value, list) else f".{str(key)[:100]}"
        if isinstance(member, str) and member:
            lower = str(key).lower()
            if lower == "authorization":
                text = member[:MAX_CHARS].encode("utf-8", "surrogatepass")
                yield from_authorization(text, where + name)
            elif lower in _JSON_NAMES or is_probably_jwt(member):
                is_key = lower in API_KEY_PARAMETERS
                yield _token("api-key" if is_key else "bearer", where + name, member[:MAX_CHARS])
        else:
            yield from _in_json(member, where + name, depth - 1)


def _token(scheme: str, where: str, value: str) -> Credential:
    return Credential(
        scheme, where, value, jwt=decode_jwt(value) if is_probably_jwt(value) else None
    )
