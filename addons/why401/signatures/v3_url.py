"""Wrong method and wrong URL in the text of a v3 request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from urllib.parse import quote, unquote_to_bytes

from why401.later import regex
from why401.signatures.engine import Mistake, Told
from why401.signatures.v3_message import (
    METHOD,
    URL,
    V3Message,
)

_METHODS = (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE")


def _method_case(claim: V3Message, _: bytes) -> Iterator[bytes]:
    yield claim.method.lower()
    yield claim.method.capitalize()


def _method_wrong(_: V3Message, __: bytes) -> Iterator[bytes]:
    yield from _METHODS


def _url_no_query(_: V3Message, url: bytes) -> Iterator[bytes]:
    yield url.partition(b"?")[0]


def _url_full(claim: V3Message, url: bytes) -> Iterator[bytes]:
    host = claim.host.encode("utf-8", "replace")
    path = url.partition(b"?")[0]
    yield b"https://" + host + url
    yield b"https://" + host + path
    yield b"http://" + host + url
    yield b"https://" + host + b":443" + url


def _url_no_slash(_: V3Message, url: bytes) -> Iterator[bytes]:
    yield url.removeprefix(b"/")


def _url_host(claim: V3Message, url: bytes) -> Iterator[bytes]:
    host = claim.host.encode("utf-8", "replace")
    yield host + url
    yield b"//" + host + url


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Return path and query, the latter with its question mark."""
    path = url.partition(b"?")[0]
    return path, url[len(path) :]


def _query(url: bytes) -> tuple[bytes, list[bytes]]:
    path, _, query = url.partition(b"?")
    return path, query.split(b"&") if query else []


def _url_query_order(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, pairs = _query(url)
    if len(pairs) > 1:
        yield path + b"?" + b"&".join(sorted(pairs))
        yield path + b"?" + b"&".join(reversed(pairs))


def _url_query_permuted(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, pairs = _query(url)
    if 2 < len(pairs) <= 5:
        for order in permutations(pairs):
            yield path + b"?" + b"&".join(order)


def _url_decoded(_: V3Message, url: bytes) -> Iterator[bytes | Told]:
    if b"%" not in url and b"+" not in url:
        return
    path, query = _split(url)
    rules: tuple[str, ...] = ("v3-url-decoded",)
    if b"{" not in query and b"%7B%22" in query.upper():
        rules = ("v3-url-json-query-raw", "v3-url-decoded")
    for value in (unquote_to_bytes(url), unquote_to_bytes(url.replace(b"+", b" "))):
        yield Told(rules, value)
    yield Told(rules, path + unquote_to_bytes(query))


_HEX = regex(rb"%[0-9a-fA-F]{2}")


def _url_encoded(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, tail = _split(url)
    if b"%" in url:
        yield _HEX.sub(lambda found: found[0].lower(), url)
        yield _HEX.sub(lambda found: found[0].upper(), url)
        yield url.replace(b"%20", b"+")
        yield url.replace(b"%", b"%25")
    yield quote(path, safe="").encode() + tail
    if _PLAIN_URL.fullmatch(url):
        yield quote(url, safe="").encode()
        return
    yield url.replace(b"+", b"%20")
    pairs = tail[1:].split(b"&") if tail else []
    plain = unquote_to_bytes(url)
    yield quote(plain, safe="/?&=").encode()
    yield quote(plain, safe="/?&=:,").encode()
    yield quote(plain, safe="").encode()
    if pairs:
        split = [pair.partition(b"=") for pair in pairs]
        yield (
            path
            + b"?"
            + b"&".join(
                name + sign + quote(unquote_to_bytes(value), safe="-_.!~*'()").encode()
                for name, sign, value in split
            )
        )


# Nothing in such a URL is written differently by any encoder, unless its marks are encoded too.
_PLAIN_URL = regex(rb"[A-Za-z0-9/_.~?&=-]*")


_PLACEHOLDERS = (
    "out_trade_no", "transaction_id", "out_refund_no", "refund_id", "out_bill_no",
    "transfer_bill_no", "batch_id", "out_batch_no", "out_order_no", "coupon_id", "openid",
    "stock_id", "complaint_id", "sub_mchid", "combine_out_trade_no", "applyment_id",
    "bank_type", "id",
)  # fmt: skip


def _url_placeholder(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, tail = _split(url)
    segments = path.split(b"/")
    for index, segment in enumerate(segments[3:8], 3):
        if not any(48 <= byte <= 57 for byte in segment) or segment in (b"v2", b"v3"):
            continue
        for name in _PLACEHOLDERS:
            for text in (f"{{{name}}}", f":{name}"):
                named = [*segments]
                named[index] = text.encode()
                yield b"/".join(named) + tail
        for text in ("%s", "{}", "{0}", "{id}"):
            named = [*segments]
            named[index] = text.encode()
            yield b"/".join(named) + tail


def _url_slash_end(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, tail = _split(url)
    yield (path[:-1] if path.endswith(b"/") else path + b"/") + tail
    yield url + b"?"
    yield url.rstrip(b"?&")
    yield url + b"&"
    yield b"/" + url
    yield url.replace(b"//", b"/")


def _url_case(_: V3Message, url: bytes) -> Iterator[bytes]:
    path, tail = _split(url)
    yield url.lower()
    yield path.lower() + tail


def _url_prefix(_: V3Message, url: bytes) -> Iterator[bytes]:
    at = url.find(b"/v3/")
    if at > 0:
        yield url[at:]
    yield url[at + 3 :] if at >= 0 else b"/v3" + url
    for prefix in (b"/wxpay", b"/wechat", b"/api", b"/v3"):
        yield prefix + url


def _url_fragment(_: V3Message, url: bytes) -> Iterator[bytes]:
    yield url + b"#"
    yield url.partition(b"#")[0]


URL_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v3-url-no-query", URL, _url_no_query),
    Mistake("v3-url-full", URL, _url_full),
    Mistake("v3-url-no-slash", URL, _url_no_slash),
    Mistake("v3-url-query-order", URL, _url_query_order),
    Mistake("v3-url-decoded", URL, _url_decoded),
    Mistake("v3-url-encoded", URL, _url_encoded),
    Mistake("v3-url-slash-end", URL, _url_slash_end, at_once=3),
    Mistake("v3-url-case", URL, _url_case, at_once=0),
    Mistake("v3-url-prefix", URL, _url_prefix, at_once=0),
    Mistake("v3-url-host", URL, _url_host, at_once=0),
    Mistake("v3-url-fragment", URL, _url_fragment, at_once=0),
    Mistake("v3-method-case", METHOD, _method_case, at_once=0),
    Mistake("v3-method-wrong", METHOD, _method_wrong, at_once=0),
    Mistake("v3-url-placeholder", URL, _url_placeholder, is_wide=True),
    Mistake("v3-url-query-order", URL, _url_query_permuted, is_wide=True),
)
