"""SM2 signatures checked from the command line's pieces."""

from __future__ import annotations

import base64

import pytest
from tests.sm2_keys import sm2_certificate_pem, sm2_sign
from tests.unit.signatures.messages import BODY, five_lines

from why401.keys import wechatpay_keys
from why401.sign.rsa import v3_request
from why401.sign.sm2 import KEY, check_v3_sm2
from why401.sign.steps import SIGNED_DIGEST, SM3

JSAPI = "/v3/pay/transactions/jsapi"
CLAIM = v3_request(
    "POST", JSAPI, BODY.encode(), "1795132800", "5D1F4E0C9A8B47E3A1B2C3D4E5F60718", "h"
)
OWN = wechatpay_keys(
    "w", "1900000001", sm2_certificate_pem=sm2_certificate_pem("merchant", 7)
).sm2_certificate


def signed(text: bytes) -> str:
    return base64.b64encode(sm2_sign(text, "merchant")).decode()


@pytest.mark.parametrize(
    ("given", "status", "rule"),
    [
        pytest.param(signed(five_lines()), "valid", None, id="right"),
        pytest.param(
            signed(five_lines()[:-1]), "mismatch", "v3-no-final-newline", id="no last newline"
        ),
        pytest.param("AAAA", "mismatch", None, id="no signature"),
        pytest.param("签名", "mismatch", None, id="no base64"),
    ],
)
def test_a_signature_is_judged(given: str, status: str, rule: str | None) -> None:
    check = check_v3_sm2(CLAIM, given, OWN).check
    assert (check.status, check.explained_by) == (status, rule and f"wechatpay/{rule}")


def test_the_steps_can_be_compared_with_a_log() -> None:
    names = [step.name for step in check_v3_sm2(CLAIM, signed(five_lines()), OWN).steps]
    assert names[-2:] == [SM3, SIGNED_DIGEST]


def test_without_a_certificate_nothing_is_said() -> None:
    check = check_v3_sm2(CLAIM, signed(five_lines()), None).check
    assert (check.status, check.needs) == ("unverifiable", (KEY,))
