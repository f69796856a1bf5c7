"""SM2 keys read, signatures opened, and what is there without the extra."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.certificates import certificate_pem
from tests.sm2_keys import pair, pem, sm2_certificate_pem, sm2_public_pem, sm2_sign
from tests.unit.signatures.example_keys import private_key

from why401 import sm2

KEY = sm2.Sm2Key("test", pair("a")[1])


def test_sm3_is_that_of_the_standard() -> None:
    assert sm2.sm3(b"abc").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_the_signed_digest_comes_back() -> None:
    numbers = sm2.signature_numbers(sm2_sign(b"text", "a"))
    assert numbers is not None
    signed = sm2.signed_digest(KEY, *numbers)
    assert signed == sm2.text_digest(sm2.signer_digest(KEY), b"text")
    assert signed != sm2.text_digest(sm2.signer_digest(KEY), b"texu")
    assert signed != sm2.text_digest(sm2.signer_digest(KEY, b""), b"text")
    foreign = sm2.Sm2Key("test", pair("b")[1])
    assert sm2.signed_digest(foreign, *numbers) != sm2.text_digest(
        sm2.signer_digest(foreign), b"text"
    )


def test_a_certificate_and_a_bare_key() -> None:
    key = sm2.sm2_key("x", sm2_certificate_pem("a", 0x1234))
    assert (key.point, key.serial, key.owner) == (KEY.point, "1234".zfill(40), "1900000001")
    assert key.not_after_s == 2051222400.0
    bare = sm2.sm2_key("x", sm2_public_pem("a"), "PUB_KEY_ID_1")
    assert (bare.point, bare.serial, bare.not_after_s) == (KEY.point, "PUB_KEY_ID_1", None)
    assert KEY.point.hex() not in repr(key)


OFF_CURVE = pem("PUBLIC KEY", sm2._KEY_INFO + bytes(63) + b"\1")
WRONG = [
    pytest.param(certificate_pem(private_key("c"), "x"), "holds no SM2 key", id="RSA"),
    pytest.param(OFF_CURVE, "not on the curve", id="no point"),
    pytest.param("-----BEGIN EC PRIVATE KEY-----\nAA==\n", "private key", id="private"),
    pytest.param("hello", "holds no SM2 key", id="text"),
    pytest.param("-----BEGIN CERTIFICATE-----\nA\n-----END", "holds no SM2 key", id="cut"),
    pytest.param(
        pem("CERTIFICATE", sm2._KEY_INFO + KEY.point), "damaged certificate", id="damaged"
    ),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_other_files_are_named(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sm2.sm2_key("x", text)


DER = sm2_sign(b"text", "a")
NUMBERS = sm2.signature_numbers(DER) or (0, 0)
RAW = NUMBERS[0].to_bytes(32) + NUMBERS[1].to_bytes(32)


def test_both_forms_hold_the_same_numbers() -> None:
    assert sm2.signature_numbers(RAW) == NUMBERS


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(DER[:-1], id="cut"),
        pytest.param(DER + b"\0", id="rubbish behind"),
        pytest.param(bytes(64), id="zeros"),
        pytest.param(b"\xff" * 64, id="out of range"),
        pytest.param(bytes.fromhex("3006020100020101"), id="r is zero"),
        pytest.param(bytes.fromhex("3006020181020101"), id="negative"),
        pytest.param(bytes.fromhex("300702020001020101"), id="zeros in front"),
        pytest.param(bytes.fromhex("3009020101020101020101"), id="three numbers"),
    ],
)
def test_what_is_no_signature(data: bytes) -> None:
    assert sm2.signature_numbers(data) is None


@given(st.binary(max_size=80))
def test_no_bytes_raise(data: bytes) -> None:
    sm2.signature_numbers(data)
    sm2.signature_numbers(b"0" + bytes([len(data)]) + data)
    sm2.holds_sm2(data)


def test_without_the_extra_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sm2.is_ready()
    # What Python itself does for a module that must not be imported.
    monkeypatch.setitem(sys.modules, "gmalg", None)
    assert not sm2.is_ready()
    assert sm2.signed_digest(KEY, *NUMBERS) is None
