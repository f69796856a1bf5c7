"""Header fields rewritten so that no credential is left in them."""

from __future__ import annotations

import re

from why401.credentials.authorization import has_parameters, parse_authorization
from why401.credentials.basic import decode_basic
from why401.credentials.jwt import is_probably_jwt
from why401.credentials.placeholders import placeholder
from why401.credentials.secret_names import header_kind, parameter_kind
from why401.credentials.subprotocol import MAX_CHARS, MAX_PROTOCOLS, subprotocol_tokens
from why401.later import regex
from why401.masking import PLACEHOLDER
from why401.report.redaction.jwt import Mask

_PARAMETER = regex(r'([A-Za-z][\w*-]*+)(\s*+=\s*+)("?)((?:[^",\\]++|\\.)*+)', re.DOTALL)
_COOKIE_END = regex(r";|\n|,(?=[ \t]*+[!#$%&'*+.^`|~\w-]++=)")
_COOKIE_ATTRIBUTES = frozenset(
    ("expires", "path", "domain", "max-age", "samesite", "priority", "version", "comment")
)
"""Attributes with a value; source: RFC 6265bis section 4.1.2, RFC 2109, Chromium's Priority."""
_SEPARATORS = " \t\r\n,;\"'"
_SHOWN = frozenset(
    {"username", "username*", "realm", "nonce", "uri", "qop", "nc", "cnonce", "opaque", "ts"}
    | {"algorithm", "userhash", "mchid", "brand_id", "serial_no", "timestamp", "nonce_str"}
    | {"signedheaders", "keyid", "headers", "created", "expires", "oauth_consumer_key"}
    | {"oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_version", "credential"}
)
"""Parameters of credentials that cannot be replayed without those beside them."""


def field_value(name: str, value: str, mask: Mask) -> str | None:
    """Return the value of a secret field rewritten; None for a field that is none."""
    kind = header_kind(name)
    if kind is None:
        return None
    if not value.strip():
        return value
    match kind:
        case "authorization":
            return _authorization(value, mask)
        case "token" if name == "sec-websocket-protocol":
            return _protocols(value, mask)
        case "cookie" if name == "set-cookie":
            return _set_cookies(value, mask)
        case "cookie":
            return ";".join(_cookie(pair, mask) for pair in value.split(";"))
        case _:
            return value if placeholder(value.strip()) else _kept_blanks(kind, value, mask)


def _kept_blanks(kind: str, value: str, mask: Mask) -> str:
    inner = value.strip()
    start = value.index(inner)
    return value[:start] + mask(kind, inner) + value[start + len(inner) :]


def _protocols(value: str, mask: Mask) -> str:
    """Return the sub-protocols of a WebSocket, the tokens among them masked; more than anybody
    looks through are masked whole."""
    if len(value) > MAX_CHARS or value.count(",") >= MAX_PROTOCOLS:
        return mask("token", value)
    for token in subprotocol_tokens(value):
        value = value.replace(token, mask("token", token))
    return value


def _set_cookies(value: str, mask: Mask) -> str:
    """Return a Set-Cookie with its attributes as they were. Some writers put several into one
    field, in lines or with commas between them."""
    parts: list[str] = []
    end, is_cookie = 0, True
    for found in _COOKIE_END.finditer(value + ";"):
        piece = value[end : found.start()]
        name = piece.partition("=")[0].strip().lower()
        is_secret = is_cookie or ("=" in piece and name not in _COOKIE_ATTRIBUTES)
        parts += (_cookie(piece, mask) if is_secret else piece, found[0])
        end, is_cookie = found.end(), found[0] != ";"
    return "".join(parts)[:-1]


def _cookie(pair: str, mask: Mask) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return _kept_blanks("cookie", name, mask) if name.strip() else name
    inner = value.strip().strip('"')
    return f"{name}={value.replace(inner, mask('cookie', inner))}" if inner else pair


def _authorization(value: str, mask: Mask) -> str:
    """Return scheme, quotes and blanks as sent, public parameters too, and the secret masked."""
    sent = parse_authorization(value.encode("utf-8", "surrogatepass"))
    token = sent.token
    if not token or placeholder(token) or PLACEHOLDER.fullmatch(token):
        return value
    if has_parameters(sent) and (start := value.find(sent.credential)) >= 0:
        return value[:start] + _parameters(value[start:], mask)
    at = value.rfind(token)
    if at < 0:
        return mask("token", value)
    masked = _basic(token, mask) if sent.name == "basic" else mask("token", token)
    return value[:at] + masked + value[at + len(token) :]


def _basic(token: str, mask: Mask) -> str:
    """The placeholder of a Basic credential is that of its password, so that the password can be
    recognised where it stands in clear."""
    if PLACEHOLDER.search(token):
        return mask("password", token)
    mask("token", token)
    password = decode_basic(token).password or token
    masked = mask("password", password)
    # Of a JWT more would be left than a placeholder.
    return mask("password", token) if is_probably_jwt(password) else masked


def _parameters(text: str, mask: Mask) -> str:
    """Return `name=value, …` with all masked but what is known to be public."""
    parts: list[str] = []
    end = 0
    for found in _PARAMETER.finditer(text):
        name, equals, quote, value = found.groups()
        parts.append(_between(text[end : found.start()], mask))
        end = found.end()
        if name.lower() in _SHOWN or not value.strip():
            parts.append(found[0])
        else:
            kind = parameter_kind(name) or "signature"
            parts.append(f"{name}{equals}{quote}{mask(kind, value.strip())}")
    return "".join((*parts, _between(text[end:], mask)))


def _between(text: str, mask: Mask) -> str:
    word = text.strip(_SEPARATORS)
    return text.replace(word, mask("token", word)) if word else text
