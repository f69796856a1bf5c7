"""What a call of Alipay's open platform signs, and mistakes in it."""

import base64
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import finding
from tests.unit.detectors.keyed import configured, diagnosed, pem, rsa_key, status

from why401.keys import public_key
from why401.model import Exchange
from why401.signatures.alipay import alipay_claim, text_of
from why401.signatures.rsa_block import Kind
from why401.signatures.sent_request import Pairs, SentRequest

KEY = public_key("k", pem(rsa_key()))
CALL: Pairs = (("app_id", "1"), ("method", "alipay.trade.query"), ("sign", "c2ln"))


def sent(form: Pairs) -> SentRequest:
    return SentRequest("POST", "https", "openapi.alipay.com", "/gateway.do", (), (), b"", form)


def test_what_is_empty_does_not_count() -> None:
    assert text_of((("b", "2"), ("a", "1"), ("c", ""))) == b"a=1&b=2"


def test_charset_of_the_call() -> None:
    assert text_of((("a", "中"),), "GBK") == "a=中".encode("gbk")


CALLS: list[Any] = [
    pytest.param(CALL, True, id="a call"),
    pytest.param(CALL[:2], False, id="not signed"),
    pytest.param((*CALL[:2], ("sign", "é!")), False, id="no base64"),
]


@pytest.mark.parametrize(("form", "is_call"), CALLS)
def test_claim(form: Pairs, is_call: bool) -> None:
    claim = alipay_claim(sent(form), KEY)
    assert (claim is not None) == is_call
    assert claim is None or claim.block().kind is Kind.NOISE


KEYS = configured(
    signing=[{"host": "openapi.alipay.com", "key_id": "2014", "public_key": pem(rsa_key())}]
)
TRADE_QUERY = {
    "app_id": "2014",
    "biz_content": '{"out_trade_no":"1"}',
    "charset": "utf-8",
    "method": "alipay.trade.query",
    "sign_type": "RSA2",
    "version": "1.0",
}


def joined(pairs: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs.items())).encode()


RIGHT = joined(TRADE_QUERY)


def refused(text: bytes, key: Any = None, algorithm: Any = None) -> Exchange:
    key = key or rsa_key()
    made = key.sign(text, padding.PKCS1v15(), algorithm or hashes.SHA256())
    form = urllib.parse.urlencode({**TRADE_QUERY, "sign": base64.b64encode(made).decode()})
    return exchange(
        "https://openapi.alipay.com/gateway.do",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
        body=form.encode(),
        json={"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}},
    )


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in TRADE_QUERY.items() if key != name}


MISTAKES: list[Any] = [
    pytest.param(lambda: refused(joined(without("sign_type"))), "text", id="no sign_type"),
    pytest.param(lambda: refused(RIGHT, algorithm=hashes.SHA1()), "sign-type", id="SHA-1"),
    pytest.param(lambda: refused(RIGHT, rsa_key("other")), "key-pair", id="another key"),
]


@pytest.mark.parametrize(("made", "cause"), MISTAKES)
def test_a_mistake_of_alipay_is_proven(made: Callable[[], Exchange], cause: str) -> None:
    diagnosis = diagnosed(made(), KEYS)
    assert diagnosis.verdict == f"signature/alipay-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_of_two_keys_the_one_that_signed_is_judged() -> None:
    both = configured(
        signing=[
            {"host": "openapi.alipay.com", "public_key": pem(key)}
            for key in (rsa_key("other"), rsa_key())
        ]
    )
    diagnosis = diagnosed(refused(b"a text that nobody knows"), both)
    found = finding(diagnosis, "signature/alipay-mismatch")
    assert found.causes[0].id == "not-this-key"
    assert diagnosis.certainty == "likely"


def test_a_damaged_signature_is_not_that_of_another_key() -> None:
    class Cutting:
        def sign(self, *given: Any) -> bytes:
            return rsa_key().sign(*given)[:-1]

    found = finding(diagnosed(refused(RIGHT, Cutting()), KEYS), "signature/alipay-mismatch")
    assert found.causes[0].id == "not-this-key"


def test_alipay_cured() -> None:
    diagnosis = diagnosed(refused(RIGHT), KEYS)
    assert status(diagnosis) == "valid"
    found = finding(diagnosis, "signature/alipay-mismatch")
    assert found.causes[0].id == "server-has-another"
