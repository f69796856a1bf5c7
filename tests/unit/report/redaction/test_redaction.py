"""Redaction: nothing secret is left in any place and encoding, and twice is the same as once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.any_exchange import exchanges

from why401.credentials.placeholders import placeholder
from why401.credentials.sketch import sketch
from why401.masking import PLACEHOLDER, Masker
from why401.model import Body, Exchange, Headers, Request, Response, WebSocketMessage
from why401.report.annotation import Annotation
from why401.report.har import dump_har
from why401.report.redaction import Redactor

MASKER = Masker(b"k" * 32)
SECRET = "Zq3+x/Vn8 Lw2!é"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict[str, Any], key: bytes = b"key") -> str:
    head = b64url(b'{"alg":"HS256","typ":"JWT"}')
    body = b64url(json.dumps(claims).encode())
    signature = hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{b64url(signature)}"


def exchange(
    target: str = "/",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: bytes = b"",
    answer: bytes = b"",
    answer_headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Exchange:
    return Exchange(
        "x",
        Request("POST", "https", "h.example", 443, target.encode(), Headers(headers), Body(body)),
        Response(200, headers=Headers(answer_headers), body=Body(answer)),
    )


def har(*items: Exchange, note: Annotation | None = None, redactor: Redactor | None = None) -> str:
    redactor = redactor or Redactor(MASKER)
    redactor.learn_all(items)
    file = io.BytesIO()
    shown = None
    if note is not None:
        diagnosis = redactor.plain(note.diagnosis)
        assert isinstance(diagnosis, dict)
        shown = Annotation(
            redactor.text(note.comment),
            redactor.text(note.request_comment),
            redactor.text(note.response_comment),
            diagnosis,
        )
    entries = [(redactor.exchange(item), shown) for item in items]
    dump_har(file, entries, version="1")
    return file.getvalue().decode()


def every_form(secret: str) -> list[str]:
    data = secret.encode()
    forms = [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        re.sub("%[0-9A-F]{2}", lambda each: each[0].lower(), quote(secret, safe="")),
        data.hex(),
    ]
    for before in range(3):
        whole = b64(b"\0" * before + data)
        forms.append(whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    forms += [each.replace("+", "-").replace("/", "_") for each in forms[-3:]]
    return forms


def _json(secret: str) -> bytes:
    return json.dumps({"user": "a", "password": secret}).encode()


def _xml(secret: str) -> bytes:
    return f"<xml><sign><![CDATA[{secret}]]></sign></xml>".encode()


def _escaped_xml(secret: str) -> bytes:
    text = secret.replace("&", "&amp;").replace("<", "&lt;")
    return f"<xml><openid>{text}</openid></xml>".encode()


PLACES: dict[str, Callable[[str], Exchange]] = {
    "bearer": lambda s: exchange(headers=((b"Authorization", f"Bearer {s}".encode()),)),
    "no scheme": lambda s: exchange(headers=((b"Authorization", s.encode()),)),
    "basic": lambda s: exchange(
        headers=((b"authorization", b"Basic " + b64(f"alice:{s}".encode()).encode()),)
    ),
    "api key": lambda s: exchange(headers=((b"X-Api-Key", s.encode()),)),
    "query": lambda s: exchange(f"/cgi-bin/user?access_token={quote(s, safe='')}&next=1"),
    "json": lambda s: exchange(body=_json(s)),
    "json escaped": lambda s: exchange(body=json.dumps({"a": json.dumps({"token": s})}).encode()),
    "json list": lambda s: exchange(body=json.dumps({"passwords": 1, "openid": [s, s]}).encode()),
    "answer": lambda s: exchange(answer=json.dumps({"session_key": s}).encode()),
    "form": lambda s: exchange(
        headers=((b"content-type", b"application/x-www-form-urlencoded"),),
        body=f"user=a&password={quote_plus(s)}".encode(),
    ),
    "xml": lambda s: exchange(answer=_escaped_xml(s)),
    "gzip": lambda s: exchange(
        answer=gzip.compress(_json(s)), answer_headers=((b"Content-Encoding", b"gzip"),)
    ),
    "multipart": lambda s: exchange(
        headers=((b"content-type", b"multipart/form-data; boundary=XX"),),
        body=b'--XX\r\nContent-Disposition: form-data; name="password"\r\n\r\n'
        + s.encode()
        + b"\r\n--XX--\r\n",
    ),
    "websocket": lambda s: msgspec.structs.replace(
        exchange(), websocket=(WebSocketMessage(True, 1, _json(s), 1.7e9),)
    ),
}
SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf")),
    min_size=6,
    max_size=22,
).map("Zq".__add__)  # so that it is no word of the format's own


@pytest.mark.parametrize("place", [pytest.param(each, id=name) for name, each in PLACES.items()])
@given(secret=SECRETS)
def test_no_output_holds_a_secret_in_any_encoding(
    place: Callable[[str], Exchange], secret: str
) -> None:
    assume(not any(c in secret for c in "\";,\\'<>&[]=:{}$%*.…•") and len(set(secret)) > 4)
    # What stands in every file, and what samples have where a token should be, is no secret.
    assume(secret not in har(place("Zq3xVn8Lw2Rt")) and placeholder(secret) is None)
    forms = every_form(secret)
    echo = " ".join(["seen:", *forms]).encode()
    note = Annotation(f"sent {secret}", forms[3], forms[7], {"seen": [secret, *forms]})
    text = har(place(secret), exchange(answer=echo), note=note)
    assert PLACEHOLDER.search(text)
    plain = json.dumps(json.loads(text), ensure_ascii=False)
    for form in forms:
        if len(form) >= 8:
            assert form not in text
            assert form not in plain


@given(exchanges())
def test_redacting_any_exchange_twice_changes_nothing(item: Exchange) -> None:
    once = Redactor(MASKER).exchange(item)
    assert repr(Redactor(MASKER).exchange(once)) == repr(once)  # not ==: a time may be NaN


CASES = [
    pytest.param(place(secret), id=f"{name}, {label}")
    for name, place in PLACES.items()
    for label, secret in (("plain", "Zq3xVn8Lw2"), ("odd", SECRET), ("jwt", token({"sub": "a"})))
]


@pytest.mark.parametrize("item", CASES)
def test_redacting_twice_changes_nothing(item: Exchange) -> None:
    redactor = Redactor(MASKER)
    once = redactor.exchange(item)
    assert once != item
    assert Redactor(MASKER).exchange(once) == once
    assert redactor.exchange(once) == once


def test_a_known_secret_in_the_name_of_a_host_is_replaced_by_what_a_host_may_hold() -> None:
    known = exchange(headers=((b"Authorization", b"Bearer q9w8e7r6t5y4u3i2"),))
    hooked = exchange()
    hooked = msgspec.structs.replace(
        hooked,
        request=msgspec.structs.replace(hooked.request, host="q9w8e7r6t5y4u3i2.hooks.example"),
    )
    redactor = Redactor(MASKER)
    redactor.learn_all([known, hooked])
    host = redactor.exchange(hooked).request.host
    digits = MASKER.placeholder("token", "q9w8e7r6t5y4u3i2")[-9:-1]
    assert host == f"redacted-token-{digits}.hooks.example"


def test_same_value_has_the_same_placeholder_everywhere() -> None:
    secret = "Zq3xVn8Lw2Rt"
    text = har(*(place(secret) for name, place in PLACES.items() if name != "api key"))
    assert len(set(PLACEHOLDER.findall(text))) <= 2  # Basic has its own besides
    marks = {found.rpartition(":")[2] for found in PLACEHOLDER.findall(text)}
    assert len(marks) == 1


@pytest.mark.parametrize("value", [f"Basic {b64(b'alice:hunter22')}", "Basic alice:hunter22"])
def test_evidence_and_export_have_the_same_placeholder(value: str) -> None:
    item = exchange(headers=((b"Authorization", value.encode()),))
    shown = Redactor(MASKER).exchange(item).request.headers.text("authorization")
    assert shown == sketch(value, MASKER) == f"Basic {MASKER.placeholder('password', 'hunter22')}"


def test_jwt_keeps_header_and_registered_claims() -> None:
    sent = token({"iss": "id", "exp": 5, "email": "a@b.example", "nested": {"x": [1, "y", None]}})
    item = exchange(headers=((b"Authorization", f"Bearer {sent}".encode()),))
    value = Redactor(MASKER).exchange(item).request.headers.text("authorization") or ""
    head, body, signature = value.removeprefix("Bearer ").split(".")
    assert head == sent.split(".")[0]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert claims["iss"] == "id"
    assert claims["exp"] == 5
    assert PLACEHOLDER.fullmatch(claims["email"])
    assert PLACEHOLDER.fullmatch(claims["nested"]["x"][0])
    assert PLACEHOLDER.fullmatch(signature)
    assert "a@b" not in har(item)


def test_jwt_in_the_middle_of_text() -> None:
    sent = token({"sub": "a"})
    text = Redactor(MASKER).text(f"got {sent}, twice {sent}.")
    assert sent.split(".")[2] not in text
    assert sent.rpartition(".")[0] in text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("key ghp_" + "a1" * 18 + " leaked", id="vendor's key"),
        pytest.param("https://bob:hunter22@h.example/", id="user info"),
        pytest.param('curl -H "Authorization: Bearer abc123def456ghi"', id="bearer in text"),
        pytest.param("var config = {token: 'abc123def456'}", id="program text"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----", id="pem"),
        pytest.param('{"password": 12345678, "a": 1}', id="number"),
        pytest.param('{"openid": {"deep": ["abcdefgh"]}}', id="object under a secret name"),
        pytest.param('{"password": "cut off in the midd', id="cut off"),
        pytest.param('say "hi" 5" then {"password": "hunter22"}', id="quotes out of step"),
    ],
)
def test_secrets_by_their_looks(text: str) -> None:
    redactor = Redactor(MASKER)
    once = redactor.text(text)
    assert PLACEHOLDER.search(once)
    assert Redactor(MASKER).text(once) == once
    for word in ("a1a1", "hunter22", "abc123", "MIIabc", "12345678", "abcdefgh", "midd"):
        assert word not in once


HARMLESS = [
    pytest.param('{"errcode": 40001, "errmsg": "invalid credential"}', id="errcode"),
    pytest.param('{"code": "SIGN_ERROR", "message": "错误的签名"}', id="v3 error"),
    pytest.param("<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>", id="v2 answer"),
    pytest.param('Bearer realm="api", error="invalid_token"', id="challenge"),
    pytest.param("Bearer authentication required", id="prose"),
    pytest.param('{"alg": "RS256", "kid": "k1", "n": 123456789012}', id="public key"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_secret_stays(text: str) -> None:
    redactor = Redactor(MASKER)
    assert redactor.text(text) == text
    assert redactor.exchange(exchange(answer=text.encode())) == exchange(answer=text.encode())


def test_public_parameters_of_a_signature_stay() -> None:
    value = (
        b'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="5D1F4E0C",'
        b'signature="aGVsbG8gd29ybGQ=",timestamp="1795132800",serial_no="44B1"'
    )
    item = exchange(headers=((b"Authorization", value),))
    shown = Redactor(MASKER).exchange(item).request.headers.text("authorization") or ""
    assert "aGVsbG8gd29ybGQ" not in shown
    for kept in ('mchid="1900000001"', 'nonce_str="5D1F4E0C"', 'serial_no="44B1"', "1795132800"):
        assert kept in shown


def test_placeholders_that_users_typed_stay() -> None:
    item = exchange(headers=((b"Authorization", b"Bearer {{token}}"),))
    assert Redactor(MASKER).exchange(item) == item


def test_undecodable_body_is_left_out_and_named() -> None:
    redactor = Redactor(MASKER)
    item = exchange(answer=b"\x1f\x8bbroken", answer_headers=((b"Content-Encoding", b"gzip"),))
    found = redactor.exchange(item)
    assert found.response is not None
    assert found.response.body is not None
    assert not found.response.body.data
    assert not found.response.body.is_exact
    assert "x response body" in redactor.receipt().unparsed[0]


def test_redacted_body_is_marked_as_not_what_was_signed() -> None:
    found = Redactor(MASKER).exchange(exchange(body=_json("hunter22")))
    assert found.request.body is not None
    assert not found.request.body.is_exact
    assert found.request.body.sent_bytes == len(_json("hunter22"))


def test_numbers_stay_valid_json() -> None:
    redactor = Redactor(MASKER)
    redactor.learn(exchange(body=b'{"phone": "13800000000"}'))
    found = redactor.exchange(exchange(answer=b'{"to": 13800000000, "n": [13800000000, 5]}'))
    assert found.response is not None
    assert found.response.body is not None
    told = json.loads(found.response.body.data)
    assert told["to"] == told["n"][0]
    assert PLACEHOLDER.fullmatch(told["to"])


def test_receipt_counts_what_was_written_by_kind() -> None:
    redactor = Redactor(MASKER)
    password = MASKER.placeholder("password", "hunter22").encode()
    for data in (b'{"a":"%b","b":"%b"}' % (password, password), b"nothing", b"[redacted:me]"):
        redactor.wrote(data)
    assert redactor.receipt().kinds == {"password": 2}
    assert redactor.receipt().total == 2


@given(st.text(max_size=60))
def test_any_text_is_redacted_the_same_twice(text: str) -> None:
    once = Redactor(MASKER).text(text)
    assert Redactor(MASKER).text(once) == once


LOOSE_JWT = token({"sub": "a", "email": "a@b.example"})
VALUES = st.sampled_from(
    (
        *("Bearer", "Basic", "Digest", "Zq3xVn8Lw2Rt", SECRET, LOOSE_JWT, "{{token}}", "<token>"),
        *("[redacted:token:0a1b2c3d]", "a=b;", "sid=abc;", 'response="abc",', 'username="a",'),
        *("%s", ",", "xxx", "null", "ghp_a1b2c3d4e5f6g7"),
        f"{LOOSE_JWT.rpartition('.')[0]}.[redacted:signature:0a1b2c3d]",
    )
)
SPOILT = st.lists(VALUES, max_size=4).map(" ".join)
FIELDS = ("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Referer")


@given(st.sampled_from(FIELDS), SPOILT)
@example("X-Api-Key", f"{LOOSE_JWT} [redacted:token:0a1b2c3d]")
@example("Authorization", "Basic [redacted:token:0a1b2c3d] [redacted:token:0a1b2c3d]")
@example("Authorization", "Digest , sid=abc; Zq3xVn8Lw2Rt")
def test_any_field_is_redacted_the_same_twice(name: str, value: str) -> None:
    once = Redactor(MASKER).exchange(exchange(headers=((name.encode(), value.encode()),)))
    assert Redactor(MASKER).exchange(once) == once


JSON_VALUES = st.recursive(
    st.one_of(SPOILT, st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("token", "a", "password", "summary", "zh")), inner),
    ),
    max_leaves=6,
)


@given(JSON_VALUES)
@example({"token": f"{LOOSE_JWT} {LOOSE_JWT.rpartition('.')[0]}.[redacted:signature:0a1b2c3d]"})
def test_any_json_is_redacted_the_same_twice(value: Any) -> None:
    once = Redactor(MASKER).plain(value)
    assert Redactor(MASKER).plain(once) == once
