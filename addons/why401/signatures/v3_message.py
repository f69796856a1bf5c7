"""The five lines that a WeChat Pay v3 request signs, and how clients get each of them wrong.

Method, URL with query, timestamp, nonce and body, each ended by a newline, the last included.
Source: https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-sheng-cheng
"""

from __future__ import annotations

import datetime
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from urllib.parse import quote, unquote_to_bytes

from why401.signatures.body_mistakes import (
    BODY_MISTAKES,
    LATE,
    BodyVariants,
    query_as_json,
    serialisers,
    url_encoded,
)
from why401.signatures.engine import Mistake, Parts, Told
from why401.signatures.json_text import MAX_CHARS, JsonText

METHOD, URL, TIMESTAMP, NONCE, BODY, FRAME = range(6)

type Frame = Callable[[bytes, bytes, bytes, bytes, bytes], bytes]


def five_lines(method: bytes, url: bytes, timestamp: bytes, nonce: bytes, body: bytes) -> bytes:
    """Return the message as it should be."""
    return b"%b\n%b\n%b\n%b\n%b\n" % (method, url, timestamp, nonce, body)


@dataclass(frozen=True)
class V3Message:
    """What a client says it signed. `body` is the body line: the `meta` part of an upload, whose
    whole payload is `multipart`. `neighbours` are random texts of messages before this one."""

    method: bytes
    url: bytes
    timestamp: bytes
    nonce: bytes
    body: bytes
    host: str = ""
    multipart: bytes | None = None
    neighbours: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str | None:
        """The body as text, None where it is not UTF-8 or too long to be rewritten."""
        if len(self.body) > MAX_CHARS:
            return None
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @cached_property
    def json(self) -> JsonText:
        """The body taken apart."""
        return JsonText(self.text or "")

    @property
    def parts(self) -> Parts:
        """The right parts."""
        return (self.method, self.url, self.timestamp, self.nonce, self.body, five_lines)


def message(parts: Parts) -> bytes:
    """Return the bytes that `parts` give."""
    signed: bytes = parts[FRAME](*parts[:FRAME])
    return signed


# -- method and URL -----------------------------------------------------------------------------

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


_HEX = re.compile(rb"%[0-9a-fA-F]{2}")


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
_PLAIN_URL = re.compile(rb"[A-Za-z0-9/_.~?&=-]*")


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
    yield url.rstrip(b"?")
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


# -- timestamp and nonce ------------------------------------------------------------------------


def _seconds(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) in (10, 13) else None


def _ts_near(_: V3Message, value: bytes) -> Iterator[bytes]:
    seconds = _seconds(value)
    if seconds is not None:
        for distance in range(1, 11):
            yield b"%d" % (seconds - distance)
            yield b"%d" % (seconds + distance)


def _ts_off(_: V3Message, value: bytes) -> Iterator[bytes]:
    seconds = _seconds(value)
    if seconds is not None:
        for distance in range(11, 601):
            yield b"%d" % (seconds - distance)
            yield b"%d" % (seconds + distance)


def _ts_millis(_: V3Message, value: bytes) -> Iterator[bytes]:
    if len(value) == 10:
        yield value + b"000"
    elif len(value) == 13:
        yield value[:10]


def _ts_all_millis(_: V3Message, value: bytes) -> Iterator[bytes]:
    if len(value) == 10 and value.isdigit():
        for millis in range(1, 1000):
            yield b"%b%03d" % (value, millis)


def _ts_float(_: V3Message, value: bytes) -> Iterator[bytes]:
    seconds = _seconds(value)
    if seconds is None or len(value) != 10:
        return
    yield value + b".0"
    yield b"%d" % (seconds + 28_800)
    yield b"%d" % (seconds - 28_800)
    china = datetime.timezone(datetime.timedelta(hours=8))
    for zone in (china, datetime.UTC):
        moment = datetime.datetime.fromtimestamp(seconds, zone)
        yield moment.strftime("%Y-%m-%dT%H:%M:%S%:z").encode()
        yield moment.strftime("%Y-%m-%d %H:%M:%S").encode()
        yield moment.strftime("%Y%m%d%H%M%S").encode()
    yield b""


def _nonce_variant(_: V3Message, value: bytes) -> Iterator[bytes]:
    yield value.upper()
    yield value.lower()
    yield value.strip()
    yield b'"' + value + b'"'
    bare = value.replace(b"-", b"")
    yield bare
    if len(bare) == 32 and bare.isalnum():
        for text in (bare, bare.lower(), bare.upper()):
            yield b"-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    yield b""
    yield value[:32]


def _nonce_neighbours(claim: V3Message, _: bytes) -> Iterator[bytes]:
    for nonce in claim.neighbours:
        yield nonce.encode("utf-8", "replace")


# -- the lines together -------------------------------------------------------------------------

_LINES = (METHOD, URL, TIMESTAMP, NONCE, BODY)


def _frame(joiner: bytes, ending: bytes, order: tuple[int, ...] = _LINES) -> Frame:
    def framed(*lines: bytes) -> bytes:
        return joiner.join([lines[index] for index in order]) + ending

    return framed


def _hashed(render: Callable[[bytes], bytes]) -> Frame:
    return lambda *lines: render(hashlib.sha256(five_lines(*lines)).digest())


def _http_request(method: bytes, url: bytes, timestamp: bytes, nonce: bytes, body: bytes) -> bytes:
    return b"%b %b HTTP/1.1\n%b\n%b\n%b\n" % (method, url, timestamp, nonce, body)


_NO_FINAL_NEWLINE = _frame(b"\n", b"")
_FOUR_LINES = (_frame(b"\n", b"\n", _LINES[:4]), _frame(b"\n", b"", _LINES[:4]))
_EXTRA_NEWLINE = (_frame(b"\n", b"\n\n"), _frame(b"\n", b"\n\n\n"))
_CRLF = (_frame(b"\r\n", b"\r\n"), _frame(b"\r\n", b""), _frame(b"\r", b"\r"))
_LITERAL = (
    _frame(rb"\n", rb"\n"),
    _frame(rb"\n", b""),
    _frame(rb"\n", b"\n"),
    _frame(b"\n", rb"\n"),
    _frame(b"/n", b"/n"),
)
_JOINERS = tuple(
    _frame(joiner, ending)
    for joiner in (b"", b" ", b"&", b",", b"|", b" \n", b"\n ")
    for ending in ((b"", joiner) if joiner else (b"",))
)
_SWAPPED = _frame(b"\n", b"\n", (METHOD, URL, NONCE, TIMESTAMP, BODY))
_ORDERS = tuple(
    _frame(b"\n", b"\n", order)
    for order in (
        (TIMESTAMP, NONCE, METHOD, URL, BODY),
        (TIMESTAMP, NONCE, BODY),
        (URL, METHOD, TIMESTAMP, NONCE, BODY),
        (METHOD, URL, BODY, TIMESTAMP, NONCE),
        (METHOD, URL, TIMESTAMP, BODY, NONCE),
        (METHOD, URL, BODY, NONCE, TIMESTAMP),
        (URL, TIMESTAMP, NONCE, BODY),
        (METHOD, TIMESTAMP, NONCE, BODY),
        (METHOD, URL, NONCE, BODY),
        (METHOD, URL, TIMESTAMP, BODY),
        (BODY,),
    )
)
_ALL_ORDERS = tuple(_frame(b"\n", b"\n", order) for order in permutations(_LINES))
_DOUBLE_HASH = (
    _hashed(lambda digest: digest),
    _hashed(lambda digest: digest.hex().encode()),
    _hashed(lambda digest: digest.hex().upper().encode()),
    _hashed(b64encode),
)


def _frames(*frames: Frame) -> Callable[[V3Message, Frame], Iterator[Frame]]:
    return lambda _, __: iter(frames)


def _empty_line_missing(claim: V3Message, _: Frame) -> Iterator[Frame]:
    if not claim.body:
        yield from _FOUR_LINES


# -- the body -----------------------------------------------------------------------------------


def _body(variants: BodyVariants) -> Callable[[V3Message, bytes], Iterator[bytes | Told]]:
    def of(claim: V3Message, _: bytes) -> Iterator[bytes | Told]:
        if not claim.text:
            return
        for variant in variants(claim.text, claim.json):
            if isinstance(variant, str):
                if variant:
                    yield variant.encode("utf-8", "surrogatepass")
            else:
                yield variant

    return of


def _body_serialisers(*, all_of_them: bool) -> Callable[[V3Message, bytes], Iterator[Told]]:
    def of(claim: V3Message, _: bytes) -> Iterator[Told]:
        if claim.text:
            told = serialisers("v3-", claim.text, claim.json, all_of_them=all_of_them)
            for each in told:
                yield Told(each.rules, each.value.encode("utf-8", "surrogatepass"))

    return of


def _body_not_signed(_: V3Message, __: bytes) -> Iterator[bytes]:
    yield b""


_EMPTY_BODIES = (b"{}", b"null", b"[]", b'""', b"undefined", b"None", b"{ }")


def _get_body_signed(claim: V3Message, value: bytes) -> Iterator[bytes]:
    if value:
        return
    yield from _EMPTY_BODIES
    if claim.method in _BODILESS:
        yield from _query_as_body(claim)


def _body_not_sent(claim: V3Message, value: bytes) -> Iterator[bytes]:
    if not value and claim.method not in _BODILESS:
        yield from _query_as_body(claim)


_BODILESS = (b"GET", b"HEAD", b"DELETE")


def _query_as_body(claim: V3Message) -> Iterator[bytes]:
    query = claim.url.partition(b"?")[2].decode("utf-8", "replace")
    for text in query_as_json(query):
        yield text.encode()


def _multipart_signed(claim: V3Message, _: bytes) -> Iterator[bytes]:
    if claim.multipart is not None:
        yield claim.multipart


def _meta_reserialised(claim: V3Message, _: bytes) -> Iterator[bytes]:
    if claim.multipart is None or not isinstance(claim.json.value, dict):
        return
    for name in ("filename", "file_name", "sha256", "file_digest"):
        value = claim.json.value.get(name)
        if isinstance(value, str):
            yield value.encode("utf-8", "surrogatepass")
            yield f'{{"{name}":"{value}"}}'.encode("utf-8", "surrogatepass")
    for _name, variants in BODY_MISTAKES[:12]:
        for told in _body(variants)(claim, b""):
            yield told.value if isinstance(told, Told) else told


V3_MISTAKES: tuple[Mistake, ...] = (
    # The order is that of frequency: of equivalent explanations the first is the verdict.
    Mistake("v3-missing-empty-line", FRAME, _empty_line_missing),
    Mistake("v3-no-final-newline", FRAME, _frames(_NO_FINAL_NEWLINE)),
    Mistake("v3-url-no-query", URL, _url_no_query),
    Mistake("v3-url-full", URL, _url_full),
    Mistake("v3-upload-multipart-signed", BODY, _multipart_signed),
    Mistake("v3-upload-meta-reserialised", BODY, _meta_reserialised),
    Mistake("v3-body-not-signed", BODY, _body_not_signed),
    Mistake("v3-get-body-signed", BODY, _get_body_signed),
    Mistake("v3-body-not-sent", BODY, _body_not_sent),
    *(
        Mistake("v3-" + name, BODY, _body(variants), is_late=name in LATE)
        for name, variants in BODY_MISTAKES
    ),
    Mistake("v3-body-spaced", BODY, _body_serialisers(all_of_them=False)),
    Mistake("v3-body-form", BODY, _body(url_encoded), is_late=True),
    Mistake("v3-ts-off", TIMESTAMP, _ts_near),
    Mistake("v3-ts-millis", TIMESTAMP, _ts_millis),
    Mistake("v3-nonce-differs", NONCE, _nonce_neighbours),
    Mistake("v3-nonce-variant", NONCE, _nonce_variant),
    Mistake("v3-url-no-slash", URL, _url_no_slash),
    Mistake("v3-url-query-order", URL, _url_query_order),
    Mistake("v3-url-decoded", URL, _url_decoded),
    Mistake("v3-url-encoded", URL, _url_encoded),
    Mistake("v3-url-slash-end", URL, _url_slash_end),
    Mistake("v3-url-case", URL, _url_case, is_late=True),
    Mistake("v3-url-prefix", URL, _url_prefix, is_late=True),
    Mistake("v3-url-host", URL, _url_host, is_late=True),
    Mistake("v3-url-fragment", URL, _url_fragment, is_late=True),
    Mistake("v3-crlf-lines", FRAME, _frames(*_CRLF)),
    Mistake("v3-literal-backslash-n", FRAME, _frames(*_LITERAL)),
    Mistake("v3-extra-newline", FRAME, _frames(*_EXTRA_NEWLINE)),
    Mistake("v3-ts-nonce-swapped", FRAME, _frames(_SWAPPED), also=("v3-line-order",)),
    Mistake("v3-line-order", FRAME, _frames(*_ORDERS)),
    Mistake("v3-double-hash", FRAME, _frames(*_DOUBLE_HASH)),
    Mistake("v3-joiner", FRAME, _frames(*_JOINERS), is_late=True),
    Mistake("v3-http-version", FRAME, _frames(_http_request), is_late=True),
    Mistake("v3-method-case", METHOD, _method_case, is_late=True),
    Mistake("v3-method-wrong", METHOD, _method_wrong, is_late=True),
    Mistake("v3-ts-float", TIMESTAMP, _ts_float, is_late=True),
    Mistake("v3-url-placeholder", URL, _url_placeholder, is_wide=True),
    Mistake("v3-ts-off", TIMESTAMP, _ts_off, is_wide=True),
    Mistake("v3-line-order", FRAME, _frames(*_ALL_ORDERS), is_wide=True),
    Mistake("v3-url-query-order", URL, _url_query_permuted, is_wide=True),
    Mistake("v3-ts-millis", TIMESTAMP, _ts_all_millis, is_wide=True),
    Mistake("v3-body-spaced", BODY, _body_serialisers(all_of_them=True), is_wide=True),
)
