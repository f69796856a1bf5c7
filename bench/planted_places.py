"""Where secrets are planted: homes, that say what a value is, and echoes, that only repeat it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import msgspec

from bench.encodings import json_escaped
from bench.planted_secrets import NAMES, START_S, Random
from why401.model import Body, Exchange, Headers, Request, Response, WebSocketMessage


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
    "JSON in gzip, unsaid": lambda r, k, v: _exchange(
        answer=gzip.compress(_json(r, k, v), mtime=0), answer_headers=_TYPED
    ),
    "JSON sent in zlib, unsaid": lambda r, k, v: _exchange(
        body=zlib.compress(_json(r, k, v)), kind=JSON
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
LATIN_HOMES = {"Bearer", "API key"}
"""Homes where a value stands as it is: what is not a token there is nobody's token."""


def _in_multipart(text: str) -> bytes:
    head = '--XyZ\r\nContent-Disposition: form-data; name="file"; filename='
    return f'{head}"{text}.txt"\r\n\r\nseen {text}\r\n--XyZ--\r\n'.encode()


def _url(text: str) -> str:
    """What a target can hold of `text`."""
    return quote(text, safe="%+/=-_.~&;:@!$*(),\\")


def _line(text: str) -> str:
    return "".join(char for char in text if char not in "\r\n")


def _host(text: str) -> Exchange:
    """A host named after `text`, as webhooks and previews are, where a name can hold it: without
    its first slash it would stand whole behind the two of `https://`."""
    found = _exchange()
    host = text if all(char.isalnum() or char in "-._" for char in text) else "preview"
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
    "gzip, unsaid": lambda v: _exchange(answer=gzip.compress(f"seen {v}".encode(), mtime=0)),
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
