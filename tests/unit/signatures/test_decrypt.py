"""What WeChat Pay encrypts is opened with the right key, and with no other."""

from __future__ import annotations

import os
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.unit.signatures.callbacks import PLAIN, SEALED
from tests.unit.signatures.example_keys import PLATFORM, TIMESTAMP, V2_KEY, V3_KEY, sign
from tests.unit.signatures.seals import KEY, sealed

from why401.signatures.decrypt import (
    AES,
    SM4,
    UnknownSealError,
    aes_cbc,
    refund_key,
    refund_notice,
    unsealed,
)


def test_the_worked_examples_are_reproduced() -> None:
    resource = {"ciphertext": SEALED, "nonce": "fEXAMPLE0001", "associated_data": "transaction"}
    assert unsealed(V3_KEY.encode(), resource) == PLAIN
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


@pytest.mark.parametrize("algorithm", [AES, SM4])
def test_each_algorithm_is_opened(algorithm: str) -> None:
    assert unsealed(KEY, sealed(algorithm)) == b"plain"
    with pytest.raises(InvalidTag):
        unsealed(KEY[::-1], sealed(algorithm))
    with pytest.raises(InvalidTag):
        unsealed(KEY, {**sealed(algorithm), "associated_data": "refund"})


def test_without_a_name_it_is_aes() -> None:
    value = sealed(AES)
    del value["algorithm"]
    assert unsealed(KEY, value) == b"plain"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"ciphertext": "A"}, id="no base64"),
        pytest.param({"ciphertext": "码"}, id="no ASCII"),
        pytest.param({"ciphertext": "AAAA"}, id="too short"),
        pytest.param({"nonce": "x" * 500}, id="a long nonce"),
        pytest.param({"nonce": ""}, id="an empty nonce"),
        pytest.param({"nonce": "\ud800"}, id="half a character"),
    ],
)
@pytest.mark.parametrize("algorithm", [AES, SM4])
def test_odd_pieces_do_not_pass(algorithm: str, change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, InvalidTag)) as caught:
        unsealed(KEY, {**sealed(algorithm), **change})
    assert not isinstance(caught.value, UnknownSealError)


@pytest.mark.parametrize("name", ["AEAD_CHACHA20", ["AEAD_AES_256_GCM"], None, 1])
def test_no_key_is_tried_on_another_algorithm(name: object) -> None:
    with pytest.raises(UnknownSealError):
        unsealed(KEY, {**sealed(AES), "algorithm": name})


def test_cbc_wants_its_padding_whole() -> None:
    cipher = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    data = cipher.update(b"x" * 12 + b"\4" * 4) + cipher.finalize()
    assert aes_cbc(KEY, KEY[:16], data) == b"x" * 12
    assert aes_cbc(KEY, KEY[:16], data[:-1]) is None
    assert aes_cbc(KEY, KEY[:16], os.urandom(15)) is None
