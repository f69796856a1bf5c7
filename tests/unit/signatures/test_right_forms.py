"""Signatures that are right in a form that few clients send: they verify, and none is blamed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode
from xml.sax.saxutils import escape

import msgspec
import pytest
from tests.exchanges import exchange
from tests.unit.signatures.example_keys import MCHID, NONCE, SERIAL, TIMESTAMP, all_keys, sign
from tests.unit.signatures.messages import (
    BODY,
    JSAPI,
    ORDER,
    PAY,
    SIGN_ERROR,
    context,
    examined,
    five_lines,
    rules_of,
    v2_request,
    v2_sign,
    v2_text,
    xml,
)

from why401.model import Exchange

SCHEME = "WECHATPAY2-SHA256-RSA2048"
NAMES = ("mchid", "nonce_str", "signature", "timestamp", "serial_no")


def header(
    names: tuple[str, ...] = NAMES, *, joiner: str = ",", equals: str = "=", quotes: str = '"'
) -> Callable[[dict[str, str]], str]:
    return lambda values: joiner.join(f"{n}{equals}{quotes}{values[n]}{quotes}" for n in names)


RIGHT = header()


def v3(
    credential: Callable[[dict[str, str]], str] = RIGHT,
    *,
    method: str = "POST",
    url: str = JSAPI,
    target: str | None = None,
    body: bytes = BODY.encode(),
    line: bytes | None = None,
    scheme: str = SCHEME,
    name: str = "Authorization",
    version: str = "HTTP/1.1",
    content_type: str = "application/json",
) -> Exchange:
    """Return a refused request whose signature is right over `line`, by default the body."""
    values = {
        "mchid": MCHID,
        "nonce_str": NONCE,
        "signature": sign(five_lines(method, url, body if line is None else line)),
        "timestamp": str(TIMESTAMP),
        "serial_no": f"{SERIAL:040X}",
    }
    made = exchange(
        PAY + JSAPI,
        method=method,
        headers=((name, f"{scheme} {credential(values)}"), ("Content-Type", content_type)),
        body=body,
        status=401,
        json={"code": "SIGN_ERROR", "message": SIGN_ERROR},
    )
    request = msgspec.structs.replace(
        made.request, target=(target or url).encode(), http_version=version
    )
    return msgspec.structs.replace(made, request=request)


PICTURE = b"\x89PNG picture"
META = b'{"filename":"a.png","sha256":"%b"}' % hashlib.sha256(PICTURE).hexdigest().encode()
UPLOAD = (
    b'--b0\r\nContent-Disposition: form-data; name="meta";\r\nContent-Type: application/json'
    b"\r\n\r\n" + META + b'\r\n--b0\r\nContent-Disposition: form-data; name="file";'
    b' filename="a.png";\r\nContent-Type: image/png\r\n\r\n' + PICTURE + b"\r\n--b0--\r\n"
)
MULTIPART = "multipart/form-data; boundary=b0"
V3_FORMS: list[Any] = [
    pytest.param({"credential": header(NAMES[::-1])}, id="other order"),
    pytest.param({"credential": header(joiner=", ")}, id="blanks behind commas"),
    pytest.param({"credential": header(joiner=",\t", equals=" = ")}, id="blanks around"),
    pytest.param({"credential": header(quotes="'")}, id="single quotes"),
    pytest.param({"credential": header(quotes="")}, id="no quotes"),
    pytest.param({"credential": lambda values: " " + RIGHT(values) + ","}, id="ends"),
    pytest.param({"scheme": SCHEME.lower()}, id="scheme in small letters"),
    pytest.param({"name": "AUTHORIZATION"}, id="header in capitals"),
    pytest.param({"name": "authorization", "version": "HTTP/2.0"}, id="HTTP/2"),
    pytest.param({"target": PAY + JSAPI}, id="the whole URL as the target"),
    *(
        pytest.param({"method": "GET", "url": url, "body": b""}, id=url)
        for url in (
            "/v3/x/y?a=&b=1&c",
            "/v3/x/y?",
            "/v3/x/y?a=b+c",
            "/v3/x/y?a=b%20c",
            "/v3/x/y?a=%e4%b8%ad",
            "/v3/x/中文?a=中",
            "/v3/x//y/?b=2&a=1",
            "/hk/v3/transactions/x",
        )
    ),
    pytest.param({"body": b""}, id="POST without a body"),
    pytest.param({"method": "DELETE"}, id="DELETE with a body"),
    pytest.param({"body": b"\xef\xbb\xbf" + BODY.encode()}, id="a byte order mark"),
    pytest.param({"body": BODY.encode() + b"\n"}, id="a line end behind"),
    pytest.param({"body": UPLOAD, "line": META, "content_type": MULTIPART}, id="upload"),
    pytest.param(
        {
            "body": b"\r\n" + UPLOAD.replace(b'name="meta";', b"name=meta"),
            "line": META,
            "content_type": 'Multipart/Form-Data; charset=UTF-8; Boundary="b0"',
        },
        id="upload with other spellings",
    ),
    pytest.param(
        {
            "body": UPLOAD.replace(b"\r\n", b"\n"),
            "line": META,
            "content_type": MULTIPART,
        },
        id="upload with other line ends",
    ),
]


@pytest.mark.parametrize("change", V3_FORMS)
def test_a_right_v3_signature_is_never_blamed(change: dict[str, Any]) -> None:
    found = examined(v3(**change))
    assert rules_of(found) == ("v3-consistent-rejected",)
    assert [check.status for check in found.checks] == ["valid"]


SENT = (*ORDER, ("sign", v2_sign(v2_text(ORDER))))
PLAIN = xml(SENT)
ESCAPED = "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in SENT) + "</xml>"
LINES = PLAIN.replace(b"><", b">\n  <").replace(b">\n  <![", b"><![").replace(b"]>\n  <", b"]><")
XML_FORMS: list[Any] = [
    pytest.param(ESCAPED.encode(), id="no CDATA"),
    pytest.param(ESCAPED.replace("测", "&#27979;").encode(), id="numeric entities"),
    pytest.param(LINES, id="lines"),
    pytest.param(b"\xef\xbb\xbf" + PLAIN, id="a byte order mark"),
    pytest.param(PLAIN.replace("试 ".encode(), "试 ]]><![CDATA[".encode()), id="two CDATA"),
    pytest.param(PLAIN.replace(b"<xml>", b'<xml v="1">').replace(b"<body>", b'<body t="s">')),
    pytest.param(PLAIN.replace(b"xml>", b"root>"), id="another root"),
    pytest.param(PLAIN.replace(b"<body>", b"<!-- body --><body>"), id="a comment"),
    pytest.param(PLAIN.replace(b"<attach><![CDATA[]]></attach>", b"<attach/>"), id="empty element"),
    *(
        pytest.param(f'<?xml version="1.0" encoding="{name}"?>'.encode() + PLAIN, id=name)
        for name in ("utf8", "GBK", "gb2312", "ISO-8859-1", "UTF-16", "us-ascii")
    ),
]


@pytest.mark.parametrize("body", XML_FORMS)
def test_v2_xml_however_written(body: bytes) -> None:
    found = examined(v2_request("", body=body))
    assert rules_of(found) == ("v2-consistent-key-not-registered",)
    assert [check.status for check in found.checks] == ["valid"]


FIELDS: list[Any] = [
    pytest.param((("sign_type", "md5"),), "MD5", id="sign_type in small letters"),
    pytest.param((("sign_type", "HMAC-SHA256"),), "HMAC-SHA256", id="HMAC"),
    pytest.param((("sub_mch_id", "1900000109"), ("sub_appid", "wx0")), "MD5", id="provider"),
    pytest.param((("note", "  a b "), ("zero", "0")), "MD5", id="blanks and a zero"),
    pytest.param((("risk_info", "a=b&c=d"),), "MD5", id="a query within a value"),
    pytest.param((("Zed", "1"), ("_u", "2"), ("fee", "1"), ("fee_0", "2")), "MD5", id="ASCII"),
    pytest.param((("detail", '{"goods_detail":[{"goods_id":"a/b"}]}'),), "MD5", id="JSON"),
    pytest.param((("note", "a\nb"),), "MD5", id="a line end"),
]


@pytest.mark.parametrize(("more", "algorithm"), FIELDS)
def test_v2_fields_whatever_they_hold(more: tuple[tuple[str, str], ...], algorithm: str) -> None:
    fields = (*ORDER, *more)
    found = examined(v2_request(v2_sign(v2_text(fields), algorithm=algorithm), fields))
    assert rules_of(found) == ("v2-consistent-key-not-registered",)


CONTRACT = (
    ("appid", "wx00000000000000aa"),
    ("mch_id", MCHID),
    ("contract_display_account", "微信 a+b"),
    ("notify_url", "https://shop.example/notify?a=b"),
    ("timestamp", "1795132800"),
)


@pytest.mark.parametrize("blank", ["+", "%20"])
def test_v2_in_a_query_is_signed_decoded(blank: str) -> None:
    query = urlencode((*CONTRACT, ("sign", v2_sign(v2_text(CONTRACT)))), quote_via=quote_plus)
    answer = xml((("return_code", "FAIL"), ("return_msg", SIGN_ERROR)))
    url = f"{PAY}/papay/entrustweb?{query.replace('+', blank)}"
    assert rules_of(examined(exchange(url, response_body=answer))) == (
        "v2-consistent-key-not-registered",
    )


def test_accepted_ones_verify_where_everything_is_verified() -> None:
    everything = msgspec.structs.replace(all_keys(), verify_accepted=True)
    taken = v2_request("", body=PLAIN)
    answer = xml((("return_code", "SUCCESS"), ("result_code", "SUCCESS")))
    response = exchange(PAY, response_body=answer).response
    found = examined(msgspec.structs.replace(taken, response=response), context(everything))
    assert (rules_of(found), [check.status for check in found.checks]) == ((), ["valid"])
