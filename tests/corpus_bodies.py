"""Exchanges that differ in their bodies."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import brotli
from tests.raw_exchange import (
    FIELDS_PLAIN,
    JSON,
    REFUSED,
    RawExchange,
    chunked,
    noise,
    raw_exchange,
)

_FORM = b"application/x-www-form-urlencoded"


def _bodies() -> Iterator[tuple[str, bytes, tuple[bytes, ...]]]:
    """Yield (name, body, its fields)."""
    text = b'{"access_token": "abcdef", "errcode": 40001}' * 50
    yield "one-byte", b"\x00", ()
    yield "binary", noise(3000), (b"Content-Type: application/octet-stream",)
    yield "image", b"\x89PNG\r\n\x1a\n" + noise(500), (b"Content-Type: image/png",)
    yield "ten-kilobytes", b"x" * 10_240, (b"Content-Type: text/html",)
    yield "hundred-kilobytes", noise(100_000), ()
    yield "gzip", gzip.compress(text, mtime=0), (JSON, b"Content-Encoding: gzip")
    yield "deflate", zlib.compress(text), (JSON, b"Content-Encoding: deflate")
    yield "br", brotli.compress(text), (JSON, b"Content-Encoding: br")
    yield "gzip-cut", gzip.compress(text, mtime=0)[:-9], (JSON, b"content-encoding: GZIP")
    yield "gzip-false", text, (JSON, b"Content-Encoding: gzip")
    yield (
        "gzip-twice",
        gzip.compress(gzip.compress(text)),
        (b"Content-Encoding: gzip", b"Content-Encoding: gzip"),
    )
    yield "gzip-bomb", gzip.compress(b"\0" * 20_000_000, mtime=0), (b"Content-Encoding: gzip",)
    yield "coding-unknown", text, (b"Content-Encoding: rot13",)
    yield "utf-16", "错误".encode("utf-16"), (b"Content-Type: text/plain; charset=utf-16",)
    yield "gbk", "错误".encode("gbk"), (b"Content-Type: text/plain; charset=gbk",)
    yield "charset-unknown", b"\xff\xfe", (b"Content-Type: text/plain; charset=klingon",)
    yield "json-deep", b"[" * 20_000, (JSON,)
    yield "json-bom", b'\xef\xbb\xbf{"a":1}', (JSON,)
    yield "json-surrogate", rb'{"a":"\ud800","a":1e999}', (JSON,)
    yield "json-trailing-blank", b' { "error" : "x" } \r\n\r\n', (JSON,)
    yield "xml-entities", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', (b"Content-Type: text/xml",)
    yield "form", b"grant_type=password&password=%E4%B8%AD&x", (b"Content-Type: %s" % _FORM,)
    yield "lines", b"a\nb\r\nc\r\r\n\n", FIELDS_PLAIN


def _request_bodies() -> Iterator[RawExchange]:
    for name, body, fields in _bodies():
        yield raw_exchange(
            f"sent-body-{name}", method="POST", sent=fields, body=body, status=REFUSED
        )
    coded = (b"Transfer-Encoding: chunked",)
    for name, body in {
        "one": chunked(b"a" * 300),
        "many": chunked(*(b"%d" % number for number in range(200))),
        "extension": chunked(b"abc", extension=b";a=b"),
        "none": chunked(),
    }.items():
        yield raw_exchange(
            f"sent-chunked-{name}", method="POST", sent=coded, body=body, framed=False
        )
    yield raw_exchange("sent-empty", method="POST", body=b"", status=REFUSED)
    yield raw_exchange("sent-no-length", method="POST", status=REFUSED)
    yield raw_exchange(
        "sent-expect", method="POST", sent=(b"Expect: 100-continue",), body=b"abc", status=REFUSED
    )


def _response_bodies() -> Iterator[RawExchange]:
    for name, body, fields in _bodies():
        yield raw_exchange(f"received-body-{name}", fields=fields, answer=body)
        yield raw_exchange(
            f"received-body-{name}-refused", fields=fields, answer=body, status=b"400 Bad Request"
        )
    coded = (b"Transfer-Encoding: chunked",)
    for name, body in {
        "one": chunked(b"a" * 300),
        "many": chunked(*(b"%d" % number for number in range(200))),
        "upper": chunked(b"a" * 171).replace(b"ab", b"AB"),
        "extension": chunked(b"abc", extension=b";a=b"),
        "none": chunked(),
        "false": b"zz\r\nnot a chunk\r\n",
    }.items():
        for status in (b"200 OK", REFUSED):
            yield raw_exchange(
                f"received-chunked-{name}-{status[:3].decode()}",
                status=status,
                fields=coded,
                answer=body,
                answer_framed=False,
                server_ends=name == "false",
            )
    for name, size in {"none": 0, "some": 500, "hundred-kilobytes": 100_000}.items():
        yield raw_exchange(
            f"received-until-close-{name}",
            status=REFUSED,
            answer=b"x" * size,
            answer_framed=False,
            server_ends=True,
        )
    yield raw_exchange("received-empty", status=REFUSED, answer=b"")
    yield raw_exchange(
        "received-304-with-length", status=b"304 Not Modified", fields=(b'ETag: W/"a"',)
    )


PARTS = (
    _request_bodies,
    _response_bodies,
)
