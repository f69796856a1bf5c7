"""Callbacks and answers of WeChat Pay: genuine, altered, forged, probes; how the shop answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.certificates import public_pem
from tests.exchanges import AT_S, exchange
from tests.unit.signatures.example_keys import (
    MCHID,
    MERCHANT,
    OLD_V2_KEY,
    PLATFORM,
    PLATFORM_SERIAL,
    SERIAL,
    TIMESTAMP,
    V2_KEY,
    V3_KEY,
    certificate_pem,
    private_key,
    sign,
)
from tests.unit.signatures.messages import (
    context,
    examined,
    rules_of,
    v2_sign,
    v2_text,
    xml,
)

from why401.case import Case
from why401.keys import NO_KEYS, Keys, Secret, wechatpay_keys
from why401.model import Certainty, Exchange, Headers
from why401.signatures import markers
from why401.signatures.callback import opened_resource
from why401.signatures.decrypt import refund_key, refund_notice, unsealed
from why401.signatures.notification import notification_of

SANDBOX_KEY = "sandbox0key0123456789abcdefghijk"
PLAIN = b'{"out_trade_no":"T202611200001","trade_state":"SUCCESS"}'
SEALED = (
    "AcI1GjQUjycEFWiQZlyekUYWT436rqBZoto3xzb1wAa0BUXOrAEDB67uFoVKJmk/jkcqmz78wRq7twCBob0seKju/"
    "ozXB630"
)


def resource(key: str = V3_KEY, **change: str) -> dict[str, str]:
    data = AESGCM(key.encode()).encrypt(b"fEXAMPLE0001", PLAIN, b"transaction")
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(data).decode(),
        "associated_data": "transaction",
        "nonce": "fEXAMPLE0001",
        **change,
    }


def body(sealed: dict[str, str] | None = None, **change: str) -> str:
    value = {
        "id": "EV-1",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "resource": sealed or resource(),
        **change,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def callback(
    text: str | None = None,
    *,
    signed: str | None = None,
    tag: str = PLATFORM,
    signature: str | None = None,
    serial: str = f"{PLATFORM_SERIAL:040X}",
    timestamp: int = TIMESTAMP,
    status: int = 200,
    answer: str = "",
    leave_out: str = "",
    id: str = "t#0",  # noqa: A002
) -> Exchange:
    text = body() if text is None else text
    message = f"{timestamp}\nNONCE\n{text if signed is None else signed}\n".encode()
    headers = {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": "NONCE",
        "Wechatpay-Signature": signature or sign(message, tag),
        "Wechatpay-Serial": serial,
        "Content-Type": "application/json",
    }
    headers.pop(leave_out, None)
    return exchange(
        "https://shop.example/notify",
        method="POST",
        headers=headers,
        body=text.encode(),
        status=status,
        response_body=answer.encode(),
        at_s=AT_S,
        id=id,
    )


def test_the_worked_examples_are_reproduced() -> None:
    sealed = {"ciphertext": SEALED, "nonce": "fEXAMPLE0001", "associated_data": "transaction"}
    assert unsealed(V3_KEY.encode(), sealed) == PLAIN
    assert refund_key(V2_KEY.encode()) == b"60ed4f91fc6122af9de17f788d18f17e"
    text = 'RESPNONCE0000000000000000000001\n{"prepay_id":"wx20112000000000example0001"}\n'
    assert sign(f"{TIMESTAMP + 1}\n{text}".encode(), PLATFORM).startswith("p301zKZx/YSHP2OBZc8x")
    notice = (
        "kFWgBVpcL8OHlwJpqN5y/0nXHHKI1gbOIssLCUYs4Xuz7C8QStF2CczxKFieb/5XtgZdbQ+Kqc3DTqbumaSXLdR2"
        "qvZdn36O6/K89/Kw+xJxxNv2em8J7phbVHM62xcnjZki/pEp+MY1T2CimxsY3w=="
    )
    opened = refund_notice(refund_key(V2_KEY.encode()), notice)
    assert opened is not None
    assert opened.startswith(b"<root><out_refund_no>")
    assert refund_notice(refund_key(V3_KEY.encode()), notice) is None


PROBE = markers.PROBE + "A" * 344

CASES = [
    pytest.param({}, (), id="genuine and taken"),
    pytest.param({"signature": PROBE, "status": 401}, (), id="a probe, refused"),
    pytest.param({"signature": PROBE}, ("cb-probe-accepted",), id="a probe, accepted"),
    pytest.param({"tag": "stranger", "status": 401}, ("cb-forged",), id="forged and refused"),
    pytest.param({"tag": "stranger"}, ("cb-forged",), id="forged and taken"),
    pytest.param(
        {"signed": json.dumps(json.loads(body())), "status": 401},
        ("cb-body-altered-upstream",),
        id="altered by a serialiser in front",
    ),
    pytest.param(
        {"signed": "something else", "status": 401},
        ("cb-body-altered-upstream",),
        id="altered, nobody knows how",
    ),
    pytest.param(
        {"serial": "0" * 39 + "1", "status": 401},
        ("cb-serial-unknown", "cb-ack"),
        id="a platform certificate that is not configured",
    ),
    pytest.param(
        {"serial": "PUB_KEY_ID_0000000001", "status": 401},
        ("cb-pubkey-migration", "cb-ack"),
        id="a public key where certificates are configured",
    ),
    pytest.param({"leave_out": "Wechatpay-Nonce"}, ("cb-headers-stripped",), id="a header dropped"),
    pytest.param({"timestamp": TIMESTAMP - 301}, ("cb-stale",), id="an old one"),
    pytest.param({"timestamp": TIMESTAMP - 299}, (), id="not yet old"),
    pytest.param({"status": 500}, ("cb-ack",), id="the shop fails"),
    pytest.param({"status": 302}, ("cb-ack",), id="the shop redirects"),
    pytest.param({"answer": "<!DOCTYPE html><title>登录"}, ("cb-ack",), id="a page in its place"),
    pytest.param({"answer": '{"code":"FAIL"}'}, ("cb-ack",), id="a failure with HTTP 200"),
    pytest.param({"answer": '{"code":"SUCCESS","message":"成功"}'}, (), id="the old receipt"),
    pytest.param({"answer": "<xml><return_code>SUCCESS</return_code></xml>"}, (), id="that of v2"),
    pytest.param(
        {"status": 401, "answer": '{"code":"FAIL","message":"签名验证失败"}'},
        ("cb-valid-but-rejected",),
        id="genuine, refused for its signature",
    ),
    *(
        pytest.param({"status": 401, "answer": said}, ("cb-ack",), id=f"refused: {said}")
        for said in ("Please sign in", "not signed-in: /signin", "no such design", "signal: killed")
    ),
    pytest.param(
        {"text": json.dumps(json.loads(body())), "status": 401, "answer": "bad signature"},
        ("cb-valid-but-rejected", "cb-body-reserialised"),
        id="genuine, and the shop serialises anew",
    ),
    pytest.param(
        {"status": 500, "answer": "AEADBadTagException: decrypt failed"},
        ("cb-gcm-aad",),
        id="genuine, and the shop cannot open it",
    ),
    pytest.param(
        {"status": 400, "answer": "sign error: Required request body is missing"},
        ("cb-body-consumed",),
        id="genuine, and somebody read the body before",
    ),
    pytest.param(
        {"status": 500, "answer": "java.io.EOFException: no content to map due to end-of-input"},
        ("cb-body-consumed",),
        id="genuine, and the body is at its end",
    ),
    pytest.param(
        {"status": 500, "answer": "unexpected EOF from the database"}, ("cb-ack",), id="other EOFs"
    ),
    pytest.param({"text": body(resource(V2_KEY))}, ("cb-gcm-key",), id="sealed under another key"),
    pytest.param(
        {"text": body(resource("x" * 32))}, ("cb-gcm-key",), id="sealed under an unknown key"
    ),
    pytest.param(
        {"text": body(resource(ciphertext=SEALED[:-3]))}, ("cb-gcm-truncated",), id="cut short"
    ),
]


@pytest.mark.parametrize(("change", "rules"), CASES)
def test_callbacks(change: dict[str, Any], rules: tuple[str, ...]) -> None:
    assert rules_of(examined(callback(**change))) == rules


HEADERS_AS_SENT = [
    pytest.param(lambda name, value: (name.upper(), value), id="capitals"),
    pytest.param(lambda name, value: (name.lower(), value), id="small letters"),
    pytest.param(lambda name, value: (name, b" " + value + b"\t"), id="white space around"),
]


@pytest.mark.parametrize("change", HEADERS_AS_SENT)
def test_headers_however_they_are_sent(
    change: Callable[[bytes, bytes], tuple[bytes, bytes]],
) -> None:
    sent = callback()
    fields = tuple(change(*each) for each in sent.request.headers.fields)
    request = msgspec.structs.replace(sent.request, headers=Headers(fields))
    found = examined(msgspec.structs.replace(sent, request=request))
    assert (rules_of(found), found.checks[0].status) == ((), "valid")


SAID = [
    pytest.param("checkSign failed", Certainty.PROVEN, id="sign"),
    pytest.param("回调验签失败", Certainty.PROVEN, id="sign in Chinese"),
    pytest.param("Wechatpay-Signature mismatch", Certainty.PROVEN, id="the header's name"),
    pytest.param("Verify you are human", Certainty.LIKELY, id="a page that checks people"),
    pytest.param("Cannot deserialize value", Certainty.LIKELY, id="serialising"),
]


@pytest.mark.parametrize(("said", "certainty"), SAID)
def test_a_refusal_for_the_signature_is_proven_by_its_words(
    said: str, certainty: Certainty
) -> None:
    found = examined(callback(status=400, answer=said)).findings
    assert [(each.rule, each.certainty) for each in found] == [
        ("wechatpay/cb-valid-but-rejected", certainty)
    ]


OTHERS = [
    pytest.param(said, id=said)
    for said in (
        "Invalid JWT signature",
        "JWT signature verification failed",
        "The token's signature is invalid",
        "signature of the session cookie does not fit",
        "<Code>SignatureDoesNotMatch</Code>",
        "CSRF verification failed: token not signed",
        "java.lang.NoSuchMethodError: method signature changed",
    )
]


@pytest.mark.parametrize("said", OTHERS)
def test_the_signature_of_something_else_is_not_that_of_the_callback(said: str) -> None:
    found = examined(callback(status=401, answer=said))
    assert rules_of(found) == ("cb-ack",)


XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>404</body></html>'
WITHOUT_HEADERS = [
    pytest.param("<xml><return_code>FAIL</return_code></xml>", "cb-v2-to-v3-handler", id="v2"),
    pytest.param(XHTML, "cb-headers-stripped", id="an error page in XHTML"),
]


@pytest.mark.parametrize(("answer", "rule"), WITHOUT_HEADERS)
def test_without_any_header_the_receipt_of_v2_tells_the_handler(answer: str, rule: str) -> None:
    sent = exchange(
        "https://shop.example/notify",
        method="POST",
        body=body().encode(),
        status=404,
        response_body=answer.encode(),
    )
    assert rules_of(examined(sent)) == (rule,)


def test_without_platform_keys_a_callback_is_not_judged() -> None:
    assert rules_of(examined(callback(tag="stranger"), context(NO_KEYS))) == ()


def test_a_callback_taken_twice_is_told() -> None:
    within = context()
    assert rules_of(examined(callback(id="a"), within)) == ()
    again = examined(callback(id="b"), within)
    assert rules_of(again) == ("cb-duplicate",)
    assert again.findings[0].related == ("a",)


def test_the_merchants_certificate_as_platform_key_is_told() -> None:
    merchant = wechatpay_keys(
        "credentials.wechatpay[0]",
        "1900000001",
        certificate_pem=certificate_pem(MERCHANT, SERIAL),
        platform_keys=(certificate_pem(MERCHANT, SERIAL),),
    )
    found = examined(callback(status=401), context(Keys(wechatpay=(merchant,))))
    assert "cb-wrong-key-merchant-cert" in rules_of(found)


OTHER_V3_KEY = "other0v3key0123456789abcdefghi00"
MIXED_UP = [
    pytest.param(V3_KEY, (), False, id="another merchant's callback"),
    pytest.param(OTHER_V3_KEY, (), True, id="this merchant's callback"),
    pytest.param(
        OTHER_V3_KEY, (certificate_pem(PLATFORM, PLATFORM_SERIAL),), False, id="a genuine one"
    ),
]


@pytest.mark.parametrize(("sealed_with", "platform", "is_told"), MIXED_UP)
def test_of_several_merchants_only_the_one_called_is_told_of_its_setting(
    sealed_with: str, platform: tuple[str, ...], is_told: bool
) -> None:
    wrong = wechatpay_keys(
        "credentials.wechatpay[0]",
        "1900000001",
        api_v3_key=OTHER_V3_KEY,
        certificate_pem=certificate_pem(MERCHANT, SERIAL),
        platform_keys=(certificate_pem(MERCHANT, SERIAL),),
    )
    other = wechatpay_keys(
        "credentials.wechatpay[1]", "1900000002", api_v3_key=V3_KEY, platform_keys=platform
    )
    within = context(Keys(wechatpay=(wrong, other)))
    found = examined(callback(text=body(resource(sealed_with)), status=401), within)
    assert ("cb-wrong-key-merchant-cert" in rules_of(found)) == is_told


BARE = public_pem(private_key(PLATFORM))
STRANGE = public_pem(private_key("stranger"))
UNNAMED = [
    pytest.param((BARE,), {}, (), id="the certificate's key, without its number"),
    pytest.param((STRANGE, BARE), {}, (), id="the second of two merchants"),
    pytest.param((STRANGE,), {"status": 401}, ("cb-pubkey-migration", "cb-ack"), id="moving"),
    pytest.param(
        (STRANGE,),
        {"status": 401, "serial": "PUB_KEY_ID_0000000001"},
        ("cb-serial-unknown", "cb-ack"),
        id="another merchant's public key",
    ),
    pytest.param(
        (BARE,),
        {"status": 401, "signed": "something else"},
        ("cb-body-altered-upstream",),
        id="altered",
    ),
]


@pytest.mark.parametrize(("pems", "change", "rules"), UNNAMED)
def test_a_public_key_without_its_id_never_proves_a_forgery(
    pems: tuple[str, ...], change: dict[str, Any], rules: tuple[str, ...]
) -> None:
    merchants = tuple(
        wechatpay_keys(f"credentials.wechatpay[{at}]", f"190000000{at}", platform_keys=(pem,))
        for at, pem in enumerate(pems)
    )
    within = context(Keys(wechatpay=merchants))
    assert rules_of(examined(callback(**change), within)) == rules


def test_the_sealed_part_is_opened_for_showing() -> None:
    assert opened_resource(Case(callback()), context()) == PLAIN
    assert opened_resource(Case(callback()), context(NO_KEYS)) is None


FIELDS = (
    ("appid", "wx00000000000000aa"),
    ("mch_id", "1900000001"),
    ("nonce_str", "x"),
    ("return_code", "SUCCESS"),
    ("result_code", "SUCCESS"),
    ("coupon_fee_0", "1"),
    ("attach", "a&b"),
)


TAKEN = "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"


def notification(
    signed: tuple[tuple[str, str], ...] = FIELDS,
    *,
    algorithm: str = "MD5",
    answer: str = "<xml><return_code>SUCCESS</return_code></xml>",
    status: int = 200,
    sign_value: str = "",
) -> Exchange:
    value = sign_value or v2_sign(v2_text(signed), algorithm=algorithm)
    return exchange(
        "https://shop.example/notify",
        method="POST",
        body=xml((*FIELDS, ("sign", value))),
        status=status,
        response_body=answer.encode(),
    )


REFUSED = "<xml><return_code>FAIL</return_code><return_msg>sign</return_msg></xml>"
NOTIFICATIONS = [
    pytest.param({}, (), id="genuine and taken"),
    pytest.param({"answer": REFUSED}, ("v2-notify-unknown-dropped",), id="refused"),
    pytest.param({"answer": '{"code":"SUCCESS"}'}, ("cb-ack",), id="taken, in JSON"),
    pytest.param({"answer": "success"}, ("cb-ack",), id="taken, in a word"),
    pytest.param({"answer": "", "status": 302}, ("cb-ack",), id="redirected"),
    pytest.param(
        {"answer": REFUSED, "algorithm": "HMAC-SHA256"}, ("v2-notify-alg-default",), id="HMAC"
    ),
    pytest.param({"sign_value": "0" * 32}, ("v2-notify-sign-invalid",), id="not from WeChat"),
    pytest.param(
        {"signed": (*FIELDS[:-1], ("attach", "a&amp;b"))}, ("v2-notify-mangled",), id="unescaped"
    ),
    pytest.param(
        {"status": 400, "answer": "missing Wechatpay-Signature"},
        ("cb-v2-to-v3-handler",),
        id="at a v3 handler",
    ),
]


@pytest.mark.parametrize(("change", "rules"), NOTIFICATIONS)
def test_v2_notifications(change: dict[str, Any], rules: tuple[str, ...]) -> None:
    assert rules_of(examined(notification(**change))) == rules


BY_OTHER_KEYS = [
    pytest.param(OLD_V2_KEY, {}, ("v2-key-old",), id="the key before"),
    pytest.param(V3_KEY, {}, ("v2-key-is-v3key",), id="the APIv3 key"),
    pytest.param(SANDBOX_KEY, {}, (), id="the sandbox's"),
    pytest.param(SANDBOX_KEY, {"answer": REFUSED}, ("v2-key-sandbox-mixed",), id="and refused"),
    pytest.param("f" * 32, {}, ("v2-notify-sign-invalid",), id="nobody's"),
]


@pytest.mark.parametrize(("key", "change", "rules"), BY_OTHER_KEYS)
def test_a_notification_signed_with_a_known_key_is_not_forged(
    key: str, change: dict[str, Any], rules: tuple[str, ...]
) -> None:
    within = context()
    secret = Secret("history.sandbox-key", SANDBOX_KEY)
    within.learnt.sandbox_keys.remember(MCHID, secret)
    sent = notification(sign_value=v2_sign(v2_text(FIELDS), key), **change)
    assert rules_of(examined(sent, within)) == rules


def refund(key: bytes, answer: str = TAKEN) -> Exchange:
    plain = b"<root><out_refund_no>R1</out_refund_no></root>"
    plain += bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    return exchange(
        "https://shop.example/refund",
        method="POST",
        body=xml((("return_code", "SUCCESS"), ("req_info", sealed))),
        status=200,
        response_body=answer.encode(),
    )


REFUNDS = [
    pytest.param(refund_key(V2_KEY.encode()), (), id="as it should be"),
    pytest.param(V2_KEY.encode(), ("v2-reqinfo-key-raw",), id="the key itself"),
    pytest.param(refund_key(V2_KEY.encode()).upper(), ("v2-reqinfo-key-upper",), id="upper case"),
    pytest.param(refund_key(V3_KEY.encode()), ("v2-reqinfo-key-v3",), id="the APIv3 key"),
]


def test_a_refund_notice_wants_its_receipt() -> None:
    right = refund_key(V2_KEY.encode())
    assert rules_of(examined(refund(right, "ok"))) == ("cb-ack",)


@pytest.mark.parametrize(("key", "rules"), REFUNDS)
def test_refund_notices(key: bytes, rules: tuple[str, ...]) -> None:
    assert rules_of(examined(refund(key))) == rules


def test_what_is_no_notification_is_left_alone() -> None:
    within = context()
    found = notification_of(Case(notification()), within)
    assert found is not None
    assert (found.subject, found.mchid) == ("callback", "1900000001")
    assert notification_of(Case(callback()), within) is None
