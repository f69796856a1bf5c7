"""Exchanges that differ in method, status, target, fields and protocol; broken ones too."""

from __future__ import annotations

from collections.abc import Iterator

from tests.raw_exchange import (
    BEARER,
    CHALLENGE,
    EXPIRED,
    JSON,
    REFUSED,
    RawExchange,
    raw_exchange,
)


def _methods() -> Iterator[RawExchange]:
    for method in ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "get", "Query"):
        yield raw_exchange(f"method-{method}", method=method)
        yield raw_exchange(
            f"method-{method}-refused", method=method, status=REFUSED, fields=(CHALLENGE,)
        )
    for method in ("POST", "PUT", "PATCH", "DELETE", "GET", "REPORT"):
        yield raw_exchange(f"body-of-{method}", method=method, sent=(JSON,), body=b'{"a": 1}')
        yield raw_exchange(
            f"body-of-{method}-refused",
            method=method,
            sent=(JSON, BEARER),
            body=b'{"a" : 1}\n',
            status=REFUSED,
            fields=(CHALLENGE, JSON),
            answer=b'{"error":"invalid_token"}',
        )


def _statuses() -> Iterator[RawExchange]:
    for status in (
        *(200, 201, 202, 203, 204, 205, 206, 207, 226, 299),
        *(300, 301, 302, 303, 304, 305, 307, 308),
        *(400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 411, 413, 415, 417, 418, 419, 421),
        *(422, 423, 426, 428, 429, 431, 440, 451, 460, 498, 499),
        *(500, 501, 502, 503, 504, 505, 511, 520, 599, 600, 999),
    ):
        yield raw_exchange(
            f"status-{status}",
            status=b"%d Said So" % status,
            sent=(BEARER,),
            fields=(JSON, b"Location: /elsewhere?next=%2F"),
            answer=b'{"message": "no"}',
        )
    yield raw_exchange("reason-missing", status=b"401 ")
    yield raw_exchange("reason-without-blank", status=b"403")
    yield raw_exchange("reason-utf-8", status="401 未授权".encode())
    yield raw_exchange("reason-latin-1", status=b"401 Non autoris\xe9")


def _targets() -> Iterator[RawExchange]:
    for name, target in {
        "root": b"/",
        "none": b"",
        "only-query": b"?a=b",
        "dots": b"/a/../b/./c//d",
        "slashes": b"//double//slashes",
        "percent": b"/%7Ealice/%e4%b8%ad%2F%2f%00",
        "percent-broken": b"/50%/100%zz?x=%",
        "unescaped": b"/a|b^c`d{e}\"f<g>h\\i[j]?k=[l]&m={n|o}'p",
        "utf-8": "/订单/七?名=值".encode(),
        "latin-1": b"/caf\xe9?q=\xff\xfe",
        "plus": b"/a+b?c+d=e+f%2Bg%20h",
        "fragment": b"/page#section?not=query",
        "semicolon": b"/a;v=1,b;w=2?x=1;y=2",
        "same-name": b"/?a=1&a=2&&a=&=b&a",
        "query-in-query": b"/go?to=http://other.example.com/?a=b?c=d",
        "colon": b"/a:b@c:80/d",
        "long": b"/" + b"x" * 4000 + b"?" + b"y=1&" * 1000,
        "access-token": b"/me?access_token=" + EXPIRED,
        "signature": b"/o/k?X-Amz-Signature=deadbeef&X-Amz-Date=20200101T000000Z&X-Amz-Expires=9",
        "placeholder": b"/me?api_key=YOUR_API_KEY",
    }.items():
        yield raw_exchange(f"target-{name}", target=target)
        yield raw_exchange(f"target-{name}-refused", target=target, status=REFUSED)
        yield raw_exchange(
            f"target-{name}-direct", target=target, sent=(BEARER,), status=REFUSED, is_direct=True
        )


def _field_lines() -> Iterator[RawExchange]:
    """Fields that mean the same to everyone and must still stay as they are, in both directions."""
    long_fields = tuple(b"X-%d: %s" % (number, b"v" * number) for number in range(80))
    for name, lines in {
        "casing": (b"aCCept: A", b"ACCEPT: B", b"x-UPPER-lower: c"),
        "duplicates": (b"X-A: 1", b"X-B: 2", b"X-A: 3", b"x-a: 1"),
        "no-blank": (b"X-A:1", b"X-B:", b"X-C: "),
        "blanks": (b"X-A:    1   ", b"X-B:\t2\t", b"X-C: a  b"),
        "utf-8": ("X-Name: 张三".encode(),),
        "latin-1": (b"X-Name: Jos\xe9", b"X-Bytes: \x80\xff"),
        "odd-names": (b"X_Under: 1", b"X.Dot: 2", b"!#$%&'*+-.^_`|~: 3"),
        "utf-8-name": ("名: 1".encode(),),
        "many": long_fields,
        "long": (b"X-Long: " + b"z" * 30_000,),
        "colons": (b"X-Time: 12:34:56", b"X-Colon: :"),
        "folded": (b"X-Folded: one", b" two", b"\tthree"),
        "blank-before-colon": (b"X-Blank : 1",),
        "without-colon": (b"just some words",),
        "empty-name": (b": value",),
        "control": (b"X-Control: a\x01b\x7f",),
        "hop-by-hop": (b"Keep-Alive: timeout=5", b"Proxy-Connection: keep-alive", b"TE: trailers"),
        "connection-lists": (b"Connection: keep-alive, X-A", b"X-A: 1"),
        "two-types": (b"Content-Type: text/plain", b"Content-Type: application/json"),
    }.items():
        yield raw_exchange(f"sent-{name}", sent=lines, status=REFUSED, fields=(CHALLENGE,))
        yield raw_exchange(f"received-{name}", fields=lines)
        yield raw_exchange(f"received-{name}-refused", fields=lines, status=REFUSED)


def _protocol() -> Iterator[RawExchange]:
    for status in (b"200 OK", REFUSED):
        code = status[:3].decode()
        yield raw_exchange(f"http-1.0-{code}", version="HTTP/1.0", status=status)
        yield raw_exchange(f"client-closes-{code}", sent=(b"Connection: close",), status=status)
        yield raw_exchange(
            f"server-closes-{code}", fields=(b"Connection: close",), status=status, server_ends=True
        )
        yield raw_exchange(
            f"answer-1.0-{code}",
            raw_answer=b"HTTP/1.0 " + status + b"\r\nContent-Length: 2\r\n\r\nok",
            server_ends=True,
        )
        yield raw_exchange(
            f"hints-{code}",
            raw_answer=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok",
            server_ends=True,
        )
        yield raw_exchange(f"long-fields-{code}", sent=(BEARER,) * 20, status=status)
    yield raw_exchange(
        "upgrade-refused",
        sent=(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"),
        status=REFUSED,
    )


def _broken() -> Iterator[RawExchange]:
    """What ends badly: mitmproxy answers for itself."""
    answers = {
        "nothing": b"",
        "garbage": b"\x00\x01\x02 this is not HTTP\r\n\r\n",
        "head-cut": b"HTTP/1.1 401 Unauthorized\r\nWWW-Auth",
        "body-cut": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nonly this",
        "chunk-cut": b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this",
        "length-odd": b"HTTP/1.1 401 No\r\nContent-Length: two\r\n\r\nok",
        "lengths": b"HTTP/1.1 401 No\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokay",
        "smuggled": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n",
        "status-odd": b"HTTP/1.1 four Unauthorized\r\n\r\n",
    }
    for name, answer in answers.items():
        yield raw_exchange(f"broken-{name}", raw_answer=answer, server_ends=True)
        yield raw_exchange(
            f"broken-{name}-wechat",
            host="api.weixin.qq.com",
            raw_answer=answer,
            server_ends=True,
        )
    yield raw_exchange(
        "request-cut",
        method="POST",
        sent=(b"Content-Length: 99",),
        framed=False,
        body=b"only",
        client_ends=True,
    )
    for name, line in {
        "smuggling": b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        "lengths": b"Content-Length: 4\r\nContent-Length: 5",
        "negative": b"Content-Length: -4",
    }.items():
        yield raw_exchange(
            f"request-{name}",
            method="POST",
            sent=(line,),
            framed=False,
            body=b"abcd",
            client_ends=True,
        )


PARTS = (
    _methods,
    _statuses,
    _targets,
    _field_lines,
    _protocol,
    _broken,
)
