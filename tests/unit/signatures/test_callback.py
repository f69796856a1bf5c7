"""Callbacks of WeChat Pay v3: genuine, altered, forged, probes; how the shop answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.certificates import public_pem
from tests.exchanges import exchange
from tests.unit.signatures.callbacks import PLAIN, PROBE, SEALED, body, callback, resource
from tests.unit.signatures.example_keys import (
    MERCHANT,
    PLATFORM,
    PLATFORM_SERIAL,
    SERIAL,
    TIMESTAMP,
    V2_KEY,
    V3_KEY,
    certificate_pem,
    private_key,
)
from tests.unit.signatures.messages import (
    context,
    examined,
    rules_of,
)

from why401.case import Case
from why401.keys import NO_KEYS, Keys, wechatpay_keys
from why401.model import Certainty, Headers
from why401.signatures.callback import opened_resource

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
