"""Captures with secrets planted in them: of every kind, at every place, in every encoding.

A secret stands once at a *home*, a place that says what it is, and then as an *echo* wherever a
server, a log or another program may repeat it. What is generated depends on the seed alone.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hmac
import html
import json
import random
import string
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import msgspec

from why401.model import (
    Body,
    Exchange,
    Headers,
    Request,
    Response,
    Times,
    WebSocketMessage,
)

START_S = 1_795_132_800.0
ALPHANUMERIC = string.ascii_letters + string.digits
_ODD = ALPHANUMERIC + "+/=!@#$%^&*()_-. ~é密"

type Encoding = Callable[[str], str]
type Random = random.Random


@dataclasses.dataclass(frozen=True, slots=True)
class Planted:
    """A capture, what the user typed beside its exchanges, its file name, and what is secret."""

    exchanges: tuple[Exchange, ...]
    comments: tuple[str, ...]
    name: str
    secrets: tuple[str, ...]


# -- secrets --------------------------------------------------------------------------------------


def _opaque(rnd: Random, length: int = 24) -> str:
    return "".join(rnd.choices(ALPHANUMERIC, k=length)) + "7"


def _password(rnd: Random) -> str:
    # Begins and ends with letters: what stands at its edges is nobody's mistake.
    return f"{_opaque(rnd, 4)}{''.join(rnd.choices(_ODD, k=rnd.randint(4, 12)))}{_opaque(rnd, 4)}"


def _base64_key(rnd: Random) -> str:
    return base64.b64encode(rnd.randbytes(rnd.choice([16, 24, 31, 64]))).decode()


def _hex_key(rnd: Random) -> str:
    return rnd.randbytes(16).hex()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _jwt_signature(rnd: Random) -> tuple[str, str]:
    """Return a JWT and the part of it that is secret."""
    claims = {"iss": "https://id.example/", "sub": "alice", "exp": int(START_S) - 60, "iat": 1}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    digest = hmac.digest(rnd.randbytes(32), signed.encode(), "sha256")
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"{signed}.{signature}", signature


def _phone(rnd: Random) -> str:
    return f"1{rnd.randint(3_000_000_000, 9_999_999_999)}"


def _vendor_key(rnd: Random) -> str:
    return rnd.choice(["ghp_", "sk_live_", "xoxb-", "AIza", "glpat-", "sk-proj-"]) + _opaque(rnd)


def _openid(rnd: Random) -> str:
    return f"o{_opaque(rnd, 26)}"


KINDS: tuple[tuple[str, Callable[[Random], str]], ...] = (
    ("password", _password),
    ("token", _opaque),
    ("token", _base64_key),
    ("secret", _hex_key),
    ("phone", _phone),
    ("openid", _openid),
    ("session", _base64_key),
    ("vendor", _vendor_key),
    ("signature", _base64_key),
)

# -- encodings ------------------------------------------------------------------------------------


def _shifted(before: int) -> Encoding:
    return lambda text: base64.b64encode(b"~" * before + text.encode() + b"~").decode()


def _lower_percent(text: str) -> str:
    parts = quote(text, safe="").split("%")
    return "".join([parts[0], *(f"%{each[:2].lower()}{each[2:]}" for each in parts[1:])])


def json_escaped(text: str) -> str:
    """Return `text` with every character written as JSON's `\\uXXXX`."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


ENCODINGS: dict[str, Encoding] = {
    "raw": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, small": _lower_percent,
    "percent, plus": quote_plus,
    "percent, every byte": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, second": _shifted(1),
    "base64, third": _shifted(2),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, Unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON, twice": lambda text: json.dumps(json.dumps(text))[1:-1],
    "JSON, every character": json_escaped,
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
}

# -- homes ----------------------------------------------------------------------------------------

NAMES = {
    "password": ("password", "passwd", "pwd"),
    "token": ("access_token", "refresh_token", "token", "id_token"),
    "secret": ("client_secret", "secret", "appsecret"),
    "phone": ("phone", "mobile", "phoneNumber"),
    "openid": ("openid", "touser", "unionid"),
    "session": ("session_key", "sessionid", "ticket"),
    "vendor": ("api_key", "apikey", "token"),
    "signature": ("sign", "signature", "paySign"),
}


def _exchange(
    target: str = "/v1/orders",
    *,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    kind: str = "",
    status: int = 401,
    answer: bytes = b"",
    answer_headers: tuple[tuple[str, str], ...] = (),
    host: str = "api.shop.example",
) -> Exchange:
    typed = (("Content-Type", kind),) if kind else ()
    return Exchange(
        "x",
        Request(
            "POST" if body else "GET",
            "https",
            host,
            443,
            target.encode(),
            _fields((("Host", host), *headers, *typed)),
            Body(body),
        ),
        Response(status, "", _fields(answer_headers), Body(answer)),
    )


def _fields(pairs: tuple[tuple[str, str], ...]) -> Headers:
    return Headers(tuple((name.encode(), value.encode()) for name, value in pairs))


def _named(rnd: Random, kind: str) -> str:
    return rnd.choice(NAMES[kind])


JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_TYPED = (("Content-Type", JSON),)


def _json(rnd: Random, kind: str, value: str) -> bytes:
    name = _named(rnd, kind)
    return json.dumps({"user": "alice", name: value, "n": 1}).encode()


def _multipart(rnd: Random, kind: str, value: str) -> bytes:
    head = f'--XyZ\r\nContent-Disposition: form-data; name="{_named(rnd, kind)}"\r\n\r\n'
    return f"{head}{value}\r\n--XyZ--\r\n".encode()


type Home = Callable[[Random, str, str], Exchange]

HOMES: dict[str, Home] = {
    "JSON sent": lambda r, k, v: _exchange(body=_json(r, k, v), kind=JSON),
    "JSON received": lambda r, k, v: _exchange(answer=_json(r, k, v), answer_headers=_TYPED),
    "JSON, escaped": lambda r, k, v: _exchange(
        answer=f'{{"{_named(r, k)}":"{json_escaped(v)}"}}'.encode(), answer_headers=_TYPED
    ),
    "JSON in JSON": lambda r, k, v: _exchange(
        answer=json.dumps({"data": _json(r, k, v).decode()}).encode(), answer_headers=_TYPED
    ),
    "JSON in a query": lambda r, k, v: _exchange(f"/cb?state={quote(_json(r, k, v), safe='')}"),
    "JSON in UTF-16": lambda r, k, v: _exchange(
        answer=_json(r, k, v).decode().encode("utf-16"), answer_headers=_TYPED
    ),
    "JSON in gzip": lambda r, k, v: _exchange(
        answer=gzip.compress(_json(r, k, v), mtime=0),
        answer_headers=(*_TYPED, ("Content-Encoding", "gzip")),
    ),
    "JSON in deflate": lambda r, k, v: _exchange(
        answer=zlib.compress(_json(r, k, v)),
        answer_headers=(*_TYPED, ("Content-Encoding", "deflate")),
    ),
    "form": lambda r, k, v: _exchange(
        body=f"a=1&{_named(r, k)}={quote_plus(v)}".encode(), kind=FORM
    ),
    "query": lambda r, k, v: _exchange(f"/v1/orders?{_named(r, k)}={quote(v, safe='')}&page=2"),
    "fragment": lambda r, k, v: _exchange(
        status=302, answer_headers=(("Location", f"https://a.example/#{_named(r, k)}={quote(v)}"),)
    ),
    "user info": lambda _r, _k, v: _exchange(
        headers=(("Referer", f"https://alice:{quote(v, safe='')}@intra.example/x"),)
    ),
    "XML": lambda r, k, v: _exchange(
        answer=f"<xml><a>1</a><{_named(r, k)}>{html.escape(v)}</{_named(r, k)}></xml>".encode()
    ),
    "CDATA": lambda r, k, v: _exchange(
        body=f"<xml><{_named(r, k)}><![CDATA[{v}]]></{_named(r, k)}></xml>".encode(),
        kind="text/xml",
    ),
    "multipart": lambda r, k, v: _exchange(
        body=_multipart(r, k, v), kind="multipart/form-data; boundary=XyZ"
    ),
    "Bearer": lambda _r, _k, v: _exchange(headers=(("Authorization", f"Bearer {v}"),)),
    "Basic": lambda _r, _k, v: _exchange(
        headers=(("Authorization", f"Basic {base64.b64encode(b'alice:' + v.encode()).decode()}"),)
    ),
    "API key": lambda _r, _k, v: _exchange(headers=(("X-Api-Key", v),)),
    "cookie": lambda _r, _k, v: _exchange(headers=(("Cookie", f"a=1; sid={quote(v, safe='')}"),)),
    "Set-Cookie": lambda _r, _k, v: _exchange(
        answer_headers=(("Set-Cookie", f"sid={quote(v, safe='')}; Path=/; HttpOnly"),)
    ),
    "WebSocket": lambda r, k, v: msgspec.structs.replace(
        _exchange("/ws", status=101),
        websocket=(
            WebSocketMessage(from_client=True, opcode=1, data=_json(r, k, v), at_s=START_S + 1),
        ),
    ),
    "program": lambda r, k, v: _exchange(
        answer=f"var c = {{{_named(r, k)}: {json.dumps(v)}}};".encode(), status=200
    ),
    "JavaScript": lambda r, k, v: _exchange(
        answer=f"let {_named(r, k)} = '{v.replace(chr(39), '')}';".encode(), status=200
    ),
    "WeChat": lambda _r, _k, v: _exchange(
        f"/cgi-bin/user/get?access_token={quote(v, safe='')}",
        host="api.weixin.qq.com",
        status=200,
        answer=b'{"errcode":40001,"errmsg":"invalid credential, access_token is invalid"}',
        answer_headers=_TYPED,
    ),
}
_LATIN_HOMES = {"Bearer", "API key"}
"""Homes where a value stands as it is: what is not a token there is nobody's token."""

# -- echoes ---------------------------------------------------------------------------------------


def _in_multipart(text: str) -> bytes:
    head = '--XyZ\r\nContent-Disposition: form-data; name="file"; filename='
    return f'{head}"{text}.txt"\r\n\r\nseen {text}\r\n--XyZ--\r\n'.encode()


def _url(text: str) -> str:
    """What a target can hold of `text`."""
    return quote(text, safe="%+/=-_.~&;:@!$*(),\\")


def _line(text: str) -> str:
    return "".join(char for char in text if char not in "\r\n")


def _host(text: str) -> Exchange:
    """What the name of a host can hold of `text`; webhooks and previews have such names."""
    found = _exchange()
    host = "".join(char for char in text if char.isalnum() or char in "-._")
    return msgspec.structs.replace(
        found, request=msgspec.structs.replace(found.request, host=f"{host}.hooks.example")
    )


def _reason(text: str) -> Exchange:
    found = _exchange()
    response = msgspec.structs.replace(found.response or Response(401), reason=f"No {_line(text)}")
    return msgspec.structs.replace(found, response=response)


type Echo = Callable[[str], Exchange]

ECHOES: dict[str, Echo] = {
    "body": lambda v: _exchange(answer=f"the server saw {v} and refused".encode()),
    "JSON": lambda v: _exchange(
        answer=b'{"error":"invalid_token","message":"no ' + v.encode() + b' here"}',
        answer_headers=_TYPED,
    ),
    "sent body": lambda v: _exchange(body=f"x={v}".encode(), kind="text/plain"),
    "comment": lambda v: _exchange(
        answer=f"<html><!-- {v} --><title>{v}</title></html>".encode(), status=200
    ),
    "UTF-16 body": lambda v: _exchange(answer=f"seen {v}".encode("utf-16")),
    "UTF-16 body, no mark": lambda v: _exchange(answer=f"seen {v} end".encode("utf-16-le")),
    "UTF-16 body, big": lambda v: _exchange(answer=f"seen {v} end".encode("utf-16-be")),
    "gzip": lambda v: _exchange(
        answer=gzip.compress(f"seen {v}".encode(), mtime=0),
        answer_headers=(("Content-Encoding", "gzip"),),
    ),
    "binary": lambda v: _exchange(answer=b"\x00\xff\xfe\x01" + v.encode() + b"\x00\xfd\x80"),
    "path": lambda v: _exchange(f"/v1/{_url(v)}/orders"),
    "query": lambda v: _exchange(f"/v1/orders?q={_url(v)}"),
    "header": lambda v: _exchange(headers=(("X-Trace", f"id={_line(v)}"),)),
    "answer header": lambda v: _exchange(answer_headers=(("X-Debug", _line(v)),)),
    "challenge": lambda v: _exchange(
        answer_headers=(("WWW-Authenticate", f'Bearer error="invalid_token", x="{_line(v)}"'),)
    ),
    "host": _host,
    "reason": _reason,
    "Location": lambda v: _exchange(
        status=302, answer_headers=(("Location", f"https://a.example/x#{_url(v)}"),)
    ),
    "error": lambda v: msgspec.structs.replace(_exchange(), response=None, error=f"lost {v}"),
    "WebSocket": lambda v: msgspec.structs.replace(
        _exchange("/ws", status=101),
        websocket=(
            WebSocketMessage(
                from_client=False, opcode=1, data=f"pong {v}".encode(), at_s=START_S + 1
            ),
            WebSocketMessage(
                from_client=True, opcode=2, data=b"\x00\x81" + v.encode(), at_s=START_S + 2
            ),
        ),
    ),
    "multipart": lambda v: _exchange(
        body=_in_multipart(v), kind="multipart/form-data; boundary=XyZ"
    ),
}


# -- captures -------------------------------------------------------------------------------------


def planted(seed: int) -> Planted:
    """Return the capture of number `seed`."""
    rnd = random.Random(seed)
    exchanges: list[Exchange] = []
    comments: list[str] = []
    secrets: list[str] = []
    name = f"capture-{seed}"
    for _ in range(rnd.randint(1, 3)):
        kind, make = rnd.choice(KINDS)
        value = make(rnd)
        if rnd.random() < 0.15:
            kind, (value, secret) = "token", _jwt_signature(rnd)
        else:
            secret = value
        home = rnd.choice(list(HOMES))
        if home in _LATIN_HOMES and not value.isascii():
            home = "JSON sent"
        secrets.append(secret)
        exchanges.append(HOMES[home](rnd, kind, value))
        comments.append("")
        for _ in range(rnd.randint(1, 4)):
            shown = ENCODINGS[rnd.choice(list(ENCODINGS))](rnd.choice((value, secret)))
            exchanges.append(ECHOES[rnd.choice(list(ECHOES))](shown))
            comments.append(f"try {shown} again" if rnd.random() < 0.1 else "")
        if rnd.random() < 0.05 and secret.isalnum():
            name = f"{name}-{secret}"
    order = list(range(len(exchanges)))
    rnd.shuffle(order)
    return Planted(
        tuple(_timed(exchanges[at], position) for position, at in enumerate(order)),
        tuple(comments[at] for at in order),
        name,
        tuple(secrets),
    )


def _timed(exchange: Exchange, position: int) -> Exchange:
    started = START_S + position
    times = Times(started, started + 0.01, started + 0.05, started + 0.06)
    return msgspec.structs.replace(exchange, id=f"x#{position}", times=times)
