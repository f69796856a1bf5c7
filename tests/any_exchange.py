"""Exchanges for Hypothesis: everything that a proxy may have seen, the odd included."""

from __future__ import annotations

import gzip

from hypothesis import strategies as st

from why401.model import (
    Body,
    Exchange,
    Headers,
    Request,
    Response,
    Times,
    WebSocketMessage,
)

TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).map(str.encode)
NAMES = st.one_of(
    TOKEN,
    st.sampled_from([b"Cookie", b"Set-Cookie", b"Content-Length", b"Content-Type", b":odd"]),
    st.binary(max_size=6),
)
VALUES = st.one_of(
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
    st.binary(max_size=20),
    st.sampled_from([b"7", b"a=b; c=d", "名".encode(), "é".encode("latin-1"), "Ã©".encode()]),
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple)
SECONDS = st.one_of(
    st.none(),
    st.floats(1.7e9, 1.9e9),
    st.floats(),
)
MILLISECONDS = st.one_of(st.none(), st.floats(0, 5000), st.floats())
DATA = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from([b"\xef\xbf\xbd", "Ã©".encode(), b"\x1f\x8bnot gzip", b'{"a": 1}']),
)
PLAIN_BODIES = st.builds(
    Body, DATA, is_decoded=st.booleans(), is_exact=st.booleans(), is_complete=st.booleans()
)


@st.composite
def _messages(draw: st.DrawFn) -> tuple[Headers, Body | None]:
    fields = draw(FIELDS)
    kind = draw(st.sampled_from(["plain", "none", "gzip", "broken", "twice"]))
    data = draw(DATA)
    match kind:
        case "none":
            return Headers(fields), None
        case "plain":
            return Headers(fields), draw(PLAIN_BODIES)
        case "gzip":
            body = Body(gzip.compress(data, mtime=0))
        case "twice":
            fields += ((b"content-encoding", b"gzip"),)
            body = Body(gzip.compress(gzip.compress(data, mtime=0), mtime=0))
        case _:
            body = draw(PLAIN_BODIES)
    return Headers((*fields, (b"Content-Encoding", b"gzip"))), body


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """An exchange whose every part may be anything that its type allows."""
    headers, body = draw(_messages())
    request = Request(
        method=draw(st.sampled_from(["GET", "POST", "DELETE", "HEAD", "\udcff", "查"])),
        scheme=draw(st.sampled_from(["https", "http", "", "wss"])),
        host=draw(st.sampled_from(["api.example.com", "::1", "", "例.cn", "a b"])),
        port=draw(st.sampled_from([443, 80, 0, 8443])),
        target=draw(
            st.one_of(
                st.sampled_from([b"/", b"*", b"", b"host:443", b"/a?b=c&d=%41+e#f", b"/\xff"]),
                VALUES.map(lambda value: b"/" + value),
                st.binary(max_size=10),
            )
        ),
        headers=headers,
        body=body,
        http_version=draw(st.sampled_from(["HTTP/1.1", "HTTP/2.0", "HTTP/3", "", "odd"])),
    )
    response = None
    if draw(st.booleans()):
        headers, body = draw(_messages())
        response = Response(
            status=draw(st.sampled_from([200, 101, 204, 304, 401, 999])),
            reason=draw(st.text(max_size=5)),
            headers=headers,
            body=body,
            http_version=draw(st.sampled_from(["HTTP/1.1", "HTTP/2.0", ""])),
            trailers=Headers(draw(FIELDS)),
        )
    return Exchange(
        id="x",
        request=request,
        response=response,
        error=draw(st.sampled_from([None, "", "reset by peer", "\udc80"])),
        times=Times(*(draw(SECONDS) for _ in range(4)), *(draw(MILLISECONDS) for _ in range(3))),
        client=draw(st.sampled_from(["", "c1"])),
        client_address=draw(st.sampled_from(["", "127.0.0.1:5000"])),
        server=draw(st.sampled_from(["", "s1"])),
        server_address=draw(
            st.sampled_from(["", "1.2.3.4:443", "[::1]:443", "[::1]", "::1", "a:b", ":1", "h:0"])
        ),
        websocket=tuple(
            draw(
                st.lists(
                    st.builds(
                        WebSocketMessage,
                        st.booleans(),
                        st.sampled_from([1, 2, 8, 77]),
                        DATA,
                        st.one_of(st.floats(1.7e9, 1.9e9), st.floats()),
                    ),
                    max_size=2,
                )
            )
        ),
    )
