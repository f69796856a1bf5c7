"""Exchanges that differ in what authenticates, and in how it is refused."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator

from tests.raw_exchange import (
    BEARER,
    CHALLENGE,
    EXPIRED,
    EXPIRED_S,
    JSON,
    REFUSED,
    RawExchange,
    noise,
    raw_exchange,
    token,
)


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
        b'signature="' + base64.b64encode(noise(256)) + b'"'
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


PARTS = (
    _authorizations,
    _tokens,
    _challenges,
    _cookies,
    _wechat,
    _wechat_pay,
)
