"""Exchanges as raw bytes, the odd included: what a proxy must pass on exactly as it would without
us.

Deterministic: the same list at every call. Each request names itself in an `X-Case` field, and
goes to a proxy in absolute form. What mitmproxy itself rejects or mends is welcome: it must do so
in the same way with the addon and without.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import brotli

SHOP = "api.example.com"
EXPIRED_S = 1_577_836_800
"""2020-01-01, Unix seconds."""
FIELDS_PLAIN = (b"Content-Type: text/plain; charset=utf-8",)


@dataclass(frozen=True, slots=True)
class RawExchange:
    """One exchange, as bytes on the wire.

    `server_ends`: the server closes after its answer. `client_ends`: the client sends nothing
    after this request, which is not whole. `is_direct`: the target is in origin form, for a
    reverse proxy; it may then hold what mitmproxy refuses to read in a URL.
    """

    name: str
    host: str
    request: bytes
    response: bytes
    server_ends: bool = False
    client_ends: bool = False
    is_direct: bool = False


def exchanges() -> tuple[RawExchange, ...]:
    """Return the corpus. Names are unique."""
    return tuple(
        exchange
        for part in (
            _methods,
            _statuses,
            _targets,
            _field_lines,
            _authorizations,
            _tokens,
            _challenges,
            _request_bodies,
            _response_bodies,
            _cookies,
            _wechat,
            _wechat_pay,
            _protocol,
            _broken,
        )
        for exchange in part()
    )


def raw_exchange(
    name: str,
    *,
    method: str = "GET",
    host: str = SHOP,
    target: bytes = b"/orders/7?page=1",
    version: str = "HTTP/1.1",
    sent: tuple[bytes, ...] = (),
    body: bytes | None = None,
    framed: bool = True,
    status: bytes = b"200 OK",
    fields: tuple[bytes, ...] = FIELDS_PLAIN,
    answer: bytes = b"fine",
    answer_framed: bool = True,
    raw_answer: bytes | None = None,
    server_ends: bool = False,
    client_ends: bool = False,
    is_direct: bool = False,
) -> RawExchange:
    """Return an exchange put together from its parts; `framed` adds a Content-Length."""
    authority = b"" if is_direct else b"http://" + host.encode()
    head = [
        b"%s %s%s %s" % (method.encode(), authority, target, version.encode()),
        b"Host: " + host.encode(),
        *sent,
    ]
    if body is not None and framed:
        head.append(b"Content-Length: %d" % len(body))
    head.append(b"X-Case: " + name.encode())
    lines = [b"HTTP/1.1 " + status, *fields]
    if answer_framed:
        lines.append(b"Content-Length: %d" % len(answer))
    silent = method == "HEAD" or status[:3] in (b"204", b"304")
    response = b"\r\n".join([*lines, b"", b""]) + (b"" if silent else answer)
    return RawExchange(
        name,
        host,
        b"\r\n".join([*head, b"", b""]) + (body or b""),
        response if raw_answer is None else raw_answer,
        server_ends,
        client_ends,
        is_direct,
    )


def token(claims: dict[str, object], header: dict[str, object] | None = None) -> bytes:
    """Return a JWT signed with a key of the tests, whatever its claims."""
    signed = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header or {"alg": "HS256", "typ": "JWT"}, claims)
    )
    mac = hmac.digest(b"a key of the tests, 32 bytes long", signed, hashlib.sha256)
    return signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")


def chunked(*pieces: bytes, extension: bytes = b"") -> bytes:
    """Return `pieces` in chunked coding (RFC 9112 section 7.1), without trailers: at those
    mitmproxy 12.2 gives up an HTTP/1.1 connection without closing it."""
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return chunks + b"0\r\n\r\n"


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


EXPIRED = token({"iss": "https://id.example.com/", "sub": "alice", "exp": EXPIRED_S})
BEARER = b"Authorization: Bearer " + EXPIRED
REFUSED = b"401 Unauthorized"
CHALLENGE = b'WWW-Authenticate: Bearer realm="shop", error="invalid_token"'
JSON = b"Content-Type: application/json"


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


def _authorizations() -> Iterator[RawExchange]:
    basic = base64.b64encode("alice:密码".encode())
    for name, line in {
        "basic": b"Authorization: Basic " + basic,
        "basic-latin-1": b"Authorization: Basic " + base64.b64encode(b"alice:p\xe4ss"),
        "basic-not-base64": b"Authorization: Basic alice:secret",
        "basic-no-colon": b"Authorization: Basic " + base64.b64encode(b"alice"),
        "basic-newline": b"Authorization: Basic " + basic + b"Cg==",
        "lower-case": b"authorization: bearer " + EXPIRED,
        "no-scheme": b"Authorization: " + EXPIRED,
        "no-blank": b"Authorization: Bearer" + EXPIRED,
        "two-blanks": b"Authorization: Bearer  " + EXPIRED,
        "tab": b"Authorization: Bearer\t" + EXPIRED,
        "colon": b"Authorization: Bearer: " + EXPIRED,
        "doubled": b"Authorization: Bearer Bearer " + EXPIRED,
        "quoted": b'Authorization: "Bearer ' + EXPIRED + b'"',
        "token-quoted": b'Authorization: Bearer "' + EXPIRED + b'"',
        "trailing-blank": b"Authorization: Bearer " + EXPIRED + b"  ",
        "placeholder": b"Authorization: Bearer <YOUR_TOKEN>",
        "variable": b"Authorization: Bearer ${TOKEN}",
        "undefined": b"Authorization: Bearer undefined",
        "empty": b"Authorization:",
        "scheme-only": b"Authorization: Bearer ",
        "misspelt": b"Authorisation: Bearer " + EXPIRED,
        "underscore": b"X_Authorization: Bearer " + EXPIRED,
        "invisible": "Authorization: Bearer \u200b".encode() + EXPIRED,
        "bom": "Authorization: \ufeffBearer ".encode() + EXPIRED,
        "percent": b"Authorization: Bearer%20" + EXPIRED,
        "digest": b'Authorization: Digest username="a", realm="r", nonce="n", uri="/", qop=auth, '
        b'nc=00000001, cnonce="c", response="6629fae49393a05397450978507c4ef1", algorithm=MD5',
        "negotiate": b"Authorization: Negotiate YIIB",
        "json": b'Authorization: {"token": "abc"}',
        "hmac": b"Authorization: AWS4-HMAC-SHA256 Credential=A/20200101/r/s3/aws4_request, "
        b"SignedHeaders=host, Signature=00",
    }.items():
        yield raw_exchange(
            f"authorization-{name}", sent=(line,), status=REFUSED, fields=(CHALLENGE,)
        )
    yield raw_exchange(
        "authorization-twice", sent=(BEARER, b"Authorization: Basic " + basic), status=REFUSED
    )
    yield raw_exchange(
        "authorization-of-proxy", sent=(b"Proxy-Authorization: Basic " + basic,), status=b"407 No"
    )


def _tokens() -> Iterator[RawExchange]:
    never = {"alg": "none"}
    for name, value in {
        "fresh": token({"exp": 4_102_444_800}),
        "milliseconds": token({"exp": EXPIRED_S * 1000}),
        "not-yet": token({"nbf": 4_102_444_800}),
        "exp-text": token({"exp": "tomorrow"}),
        "exp-float": token({"exp": 1e300}),
        "claims-odd": token({"exp": None, "aud": [1, {}], "scope": ["a"], "名": "值"}),
        "none": token({"sub": "alice"}, never),
        "alg-odd": token({}, {"alg": ["HS256"], "kid": "../../etc/passwd"}),
        "cut": EXPIRED[:-9],
        "cut-early": EXPIRED.partition(b".")[0],
        "two-dots": EXPIRED + b".",
        "padded": EXPIRED + b"==",
        "standard-base64": EXPIRED.replace(b"-", b"+").replace(b"_", b"/"),
        "ellipsis": EXPIRED[:20] + b"..." + EXPIRED[-20:],
        "not-json": b"bm90IGpzb24.bm90IGpzb24.AAAA",
        "not-utf-8": b"_____w._____w.AAAA",
        "deep": base64.urlsafe_b64encode(b"[" * 3000).rstrip(b"=") * 2 + b".e30.AA",
        "huge": token({"data": "x" * 20_000}),
    }.items():
        yield raw_exchange(
            f"token-{name}",
            sent=(b"Authorization: Bearer " + value,),
            status=REFUSED,
            fields=(CHALLENGE, b"Date: Wed, 01 Jan 2020 12:00:00 GMT"),
        )


def _challenges() -> Iterator[RawExchange]:
    for name, lines in {
        "none": (),
        "basic": (b'WWW-Authenticate: Basic realm="a", charset="UTF-8"',),
        "digest": (b'WWW-Authenticate: Digest realm="a", nonce="n", qop="auth,auth-int", stale=1',),
        "two": (b"WWW-Authenticate: Negotiate", b'WWW-Authenticate: Basic realm="a"'),
        "several-in-one": (b'www-authenticate: Basic realm="a, b", Bearer error=x, NTLM',),
        "missing-commas": (b'WWW-Authenticate: Bearer realm="a" error="invalid_token"',),
        "token68": (b"WWW-Authenticate: Negotiate YIIBkgYJKoZIhvcSAQICAQBu==",),
        "quote-open": (b'WWW-Authenticate: Bearer realm="never closed',),
        "backslash": (b'WWW-Authenticate: Bearer realm="a\\"b\\\\"',),
        "empty": (b"WWW-Authenticate:",),
        "commas": (b"WWW-Authenticate: ,,, , ,",),
        "utf-8": ('WWW-Authenticate: Basic realm="登录"'.encode(),),
        "latin-1": (b'WWW-Authenticate: Basic realm="acc\xe8s"',),
        "insufficient": (b'WWW-Authenticate: Bearer error="insufficient_scope", scope="a b"',),
        "unknown-error": (b'WWW-Authenticate: Bearer error="teapot", error_description="x"',),
        "url": (b"WWW-Authenticate: https://id.example.com/login",),
        "long": (b"WWW-Authenticate: " + b"Basic a=b, " * 2000,),
        "dpop": (b'WWW-Authenticate: DPoP algs="ES256", error="use_dpop_nonce"', b"DPoP-Nonce: n"),
    }.items():
        yield raw_exchange(f"challenge-{name}", status=REFUSED, fields=lines)
        yield raw_exchange(f"challenge-{name}-403", status=b"403 No", fields=lines, sent=(BEARER,))
    yield raw_exchange("challenge-on-200", fields=(CHALLENGE,))
    yield raw_exchange(
        "challenge-proxy", status=b"407 Proxy", fields=(b"Proxy-Authenticate: Basic",)
    )


def _bodies() -> Iterator[tuple[str, bytes, tuple[bytes, ...]]]:
    """Yield (name, body, its fields)."""
    text = b'{"access_token": "abcdef", "errcode": 40001}' * 50
    yield "one-byte", b"\x00", ()
    yield "binary", _noise(3000), (b"Content-Type: application/octet-stream",)
    yield "image", b"\x89PNG\r\n\x1a\n" + _noise(500), (b"Content-Type: image/png",)
    yield "ten-kilobytes", b"x" * 10_240, (b"Content-Type: text/html",)
    yield "hundred-kilobytes", _noise(100_000), ()
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


_FORM = b"application/x-www-form-urlencoded"


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


def _cookies() -> Iterator[RawExchange]:
    for name, sent, received in (
        ("plain", b"Cookie: session=abc; theme=dark", b"Set-Cookie: session=abc; Path=/; HttpOnly"),
        ("odd", b'Cookie: a=b=c;;d; =e;f="g;h"', b"Set-Cookie: a"),
        ("utf-8", "Cookie: 名=值".encode(), "Set-Cookie: 名=值".encode()),
        ("latin-1", b"Cookie: n=Jos\xe9", b"Set-Cookie: n=Jos\xe9; Expires=Never"),
        ("date", b"Cookie: a=1", b"Set-Cookie: a=1; Expires=Wed, 01 Jan 2020 00:00:00 GMT"),
        ("empty", b"Cookie:", b"Set-Cookie:"),
        ("jwt", b"Cookie: jwt=" + EXPIRED, b"Set-Cookie: jwt=; Max-Age=0; SameSite=None"),
        ("long", b"Cookie: " + b"; ".join(b"c%d=v" % n for n in range(500)), b"Set-Cookie: a=b"),
    ):
        for status in (b"200 OK", REFUSED, b"419 Page Expired"):
            yield raw_exchange(
                f"cookie-{name}-{status[:3].decode()}",
                sent=(sent, b"Cookie: second=1"),
                status=status,
                fields=(received, b"Set-Cookie: second=1"),
            )


def _wechat() -> Iterator[RawExchange]:
    for name, host, target, answer in (
        ("healthy", "api.weixin.qq.com", b"/cgi-bin/user/get?access_token=T", b'{"total":2}'),
        ("zero", "api.weixin.qq.com", b"/cgi-bin/menu/create", b'{"errcode":0,"errmsg":"ok"}'),
        ("40001", "api.weixin.qq.com", b"/cgi-bin/user/get", b'{"errcode":40001,"errmsg":"x"}'),
        (
            "40029",
            "api.weixin.qq.com",
            b"/sns/jscode2session?appid=wx1&secret=S&js_code=C",
            b'{"errcode":40029,"errmsg":"invalid code, rid: 1"}',
        ),
        ("text-code", "api.weixin.qq.com", b"/x", b'{"errcode":"42001"}'),
        ("float-code", "api.weixin.qq.com", b"/x", b'{"errcode":4.2e4}'),
        ("unknown-code", "api.weixin.qq.com", b"/x", b'{"errcode":987654321}'),
        ("array", "api.weixin.qq.com", b"/x", b'[{"errcode":40001}]'),
        ("not-json", "api.weixin.qq.com", b"/x", b"<html>busy</html>"),
        ("token", "api.weixin.qq.com", b"/cgi-bin/token?secret=S", b'{"access_token":"T"}'),
        ("utf-8", "mp.weixin.qq.com", "/名?x=值".encode(), '{"errmsg":"无效"}'.encode()),
        ("wecom", "qyapi.weixin.qq.com", b"/cgi-bin/gettoken", b'{"errcode":60020}'),
        ("upper-host", "API.Weixin.QQ.com", b"/x", b'{"errcode":40001}'),
        ("dotted-host", "api.weixin.qq.com.", b"/x", b'{"errcode":40001}'),
        ("foreign", "api.example.com", b"/x", b'{"errcode":40001}'),
    ):
        yield raw_exchange(
            f"wechat-{name}", host=host, target=target, answer=answer, fields=(JSON,)
        )
        yield raw_exchange(
            f"wechat-{name}-plain",
            method="POST",
            host=host,
            target=target,
            sent=(JSON,),
            body=b'{"secret":"S"}',
            answer=gzip.compress(answer, mtime=0),
            fields=(b"Content-Type: text/plain", b"Content-Encoding: gzip"),
        )


def _wechat_pay() -> Iterator[RawExchange]:
    sign = (
        b'Authorization: WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="N",'
        b'timestamp="1577836800",serial_no="5157F09EFDC096DE15EBE81A47057A7232F1B8E1",'
        b'signature="' + base64.b64encode(_noise(256)) + b'"'
    )
    for name, status, answer in (
        ("ok", b"200 OK", b'{"prepay_id":"wx1"}'),
        ("sign-error", REFUSED, '{"code":"SIGN_ERROR","message":"签名错误"}'.encode()),
        ("no-auth", b"403 Forbidden", b'{"code":"NO_AUTH"}'),
        ("param", b"400 Bad Request", b'{"code":"PARAM_ERROR","detail":{"field":"/a"}}'),
        ("unknown", b"500 Oops", b'{"code":"NOT_A_CODE"}'),
    ):
        for auth_name, auth in (("", (sign,)), ("-unsigned", ()), ("-odd", (sign[:60],))):
            yield raw_exchange(
                f"wechat-pay-v3-{name}{auth_name}",
                method="POST",
                host="api.mch.weixin.qq.com",
                target=b"/v3/pay/transactions/jsapi",
                sent=(JSON, *auth),
                body=b'{ "mchid": "1900000001" }',
                status=status,
                fields=(JSON, b"Wechatpay-Signature: AAAA", b"Wechatpay-Serial: 1"),
                answer=answer,
            )
    for name, answer in {
        "ok": b"<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>",
        "signerror": b"<xml><return_code>FAIL</return_code><err_code>SIGNERROR</err_code></xml>",
        "words": "<xml><return_code>FAIL</return_code><return_msg>错</return_msg></xml>".encode(),
        "bomb": b"<!DOCTYPE x [<!ENTITY a '&a;&a;'>]><xml><return_code>&a;</return_code></xml>",
        "cut": b"<xml><return_code>FA",
    }.items():
        yield raw_exchange(
            f"wechat-pay-v2-{name}",
            method="POST",
            host="api.mch.weixin.qq.com",
            target=b"/pay/unifiedorder",
            body=b"<xml><mch_id>1900000001</mch_id><sign>00</sign></xml>",
            answer=answer,
            fields=(b"Content-Type: text/plain",),
        )


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
