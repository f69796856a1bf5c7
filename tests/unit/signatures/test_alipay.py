"""What a call of Alipay's open platform signs."""

from typing import Any

import pytest
from tests.unit.detectors.keyed import pem, rsa_key

from why401.keys import public_key
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
