"""v3 requests of the national-cryptography mode: judged, explained, or what is missing named."""

from __future__ import annotations

import hashlib
import sys

import msgspec
import pytest
from tests.sm2_keys import pair, sm2_certificate_pem, sm2_sign
from tests.unit.signatures.example_keys import MCHID, sign
from tests.unit.signatures.messages import BODY, context, five_lines, rules_of
from tests.unit.signatures.sm2_requests import SERIAL, request

from why401 import sm2
from why401.case import Case
from why401.keys import Keys, wechatpay_keys
from why401.model import Exchange, Finding
from why401.signatures import Examination, examine, search_deeper

OTHER = wechatpay_keys(
    "credentials.wechatpay[1]", "1900000109", sm2_certificate_pem=sm2_certificate_pem("other", 0x9)
)
KEYS = Keys(
    wechatpay=(
        wechatpay_keys(
            "credentials.wechatpay[0]",
            MCHID,
            sm2_certificate_pem=sm2_certificate_pem("merchant", SERIAL),
        ),
        OTHER,
    )
)
RIGHT = five_lines()


def judged(message: Exchange, keys: Keys = KEYS) -> Examination:
    first = examine(Case(message), context(keys))
    return search_deeper(first) if first.wants_deeper else first


def raw(der: bytes) -> bytes:
    r, s = sm2.signature_numbers(der) or (0, 0)
    return r.to_bytes(32) + s.to_bytes(32)


def signed_number(number: int) -> bytes:
    """Sign a number in the place of a digest, as a library does that hashes nothing itself."""
    from gmalg.ellipticcurve import ECDLP

    secret = int.from_bytes(pair("merchant")[0])
    group, order = ECDLP(sm2._P, sm2._A, sm2._B, sm2._G, sm2._N), sm2._N
    k = 0x1234567890ABCDEF
    r = (number + int(group.kG(k)[0])) % order
    s = (k - r * secret) * pow(1 + secret, -1, order) % order
    return r.to_bytes(32) + s.to_bytes(32)


SPACED = BODY.replace('":', '": ').replace(',"', ', "')
CASES = [
    pytest.param(request(sm2_sign(RIGHT, "merchant")), ("v3-consistent-rejected",), id="right"),
    pytest.param(
        request(sm2_sign(five_lines(body=SPACED), "merchant")), ("v3-body-spaced",), id="spaced"
    ),
    pytest.param(
        request(sm2_sign(RIGHT[:-1], "merchant")), ("v3-no-final-newline",), id="no last newline"
    ),
    pytest.param(
        request(sm2_sign(RIGHT.replace(b"POST", b"post")[:-1], "merchant")),
        ("v3-no-final-newline", "v3-method-case"),
        id="two mistakes",
    ),
    pytest.param(request(raw(sm2_sign(RIGHT, "merchant"))), ("v3-sm2-raw",), id="r and s joined"),
    pytest.param(
        request(raw(sm2_sign(RIGHT, "merchant")).hex()), ("v3-sm2-raw",), id="joined, in hex"
    ),
    pytest.param(
        request(sm2_sign(RIGHT, "merchant", MCHID.encode())), ("v3-sm2-user-id",), id="own user id"
    ),
    pytest.param(
        request(signed_number(sm2.number_of(sm2.sm3(RIGHT)))),
        ("v3-sm2-user-id", "v3-sm2-raw"),
        id="no user id at all",
    ),
    pytest.param(
        request(signed_number(int.from_bytes(RIGHT) % sm2._N)),
        ("v3-sm2-user-id", "v3-sm2-raw"),
        id="not hashed",
    ),
    pytest.param(
        request(signed_number(int.from_bytes(hashlib.sha256(RIGHT).digest()) % sm2._N)),
        ("v3-sm2-user-id", "v3-sm2-raw"),
        id="SHA-256",
    ),
    pytest.param(
        request(sm2_sign(RIGHT, "merchant"), serial=1), ("v3-serial-mismatch",), id="other serial"
    ),
    pytest.param(
        request(sm2_sign(RIGHT, "other")), ("v3-key-other-known",), id="another merchant's key"
    ),
    pytest.param(request(sm2_sign(RIGHT, "stranger")), ("v3-sm2-unexplained",), id="foreign key"),
    pytest.param(request(sm2_sign(b"?", "merchant")), ("v3-sm2-unexplained",), id="other text"),
    pytest.param(request(sign(RIGHT)), ("v3-sm-rsa-mixed",), id="an RSA signature"),
    pytest.param(request("AAAA"), ("v3-sm2-unverifiable",), id="no signature"),
]


@pytest.mark.parametrize(("message", "rules"), CASES)
def test_what_is_wrong_with_an_sm2_signature(message: Exchange, rules: tuple[str, ...]) -> None:
    assert rules_of(judged(message)) == rules


def test_traffic_does_not_wait_for_the_curve() -> None:
    first = examine(Case(request(sm2_sign(RIGHT, "stranger"))), context(KEYS))
    assert (first.findings, first.wants_deeper) == ((), True)
    assert first.checks[0].status == "unverifiable"


def missing(found: Examination) -> tuple[Finding, tuple[str, ...]]:
    assert rules_of(found) == ("v3-sm2-unverifiable",)
    return found.findings[0], found.checks[0].needs


def test_the_extra_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmalg", None)
    finding, needs = missing(judged(request(sm2_sign(RIGHT, "merchant"))))
    assert needs == ("why401[sm]",)
    assert finding.values["needs"] == "why401[sm]"


def test_the_certificate_is_asked_for_where_it_is_missing() -> None:
    bare = msgspec.structs.replace(KEYS.wechatpay[0], sm2_certificate=None)
    found = judged(request(sm2_sign(RIGHT, "merchant")), Keys(wechatpay=(bare,)))
    assert missing(found)[1] == ("credentials.wechatpay[0].sm2_certificate",)


def test_altered_bodies_prove_nothing_about_the_signer() -> None:
    message = request(sm2_sign(b"?", "merchant"))
    body = message.request.body
    assert body is not None
    loose = msgspec.structs.replace(
        message,
        request=msgspec.structs.replace(
            message.request, body=msgspec.structs.replace(body, is_exact=False)
        ),
    )
    assert rules_of(judged(loose)) == ("v3-sm2-unverifiable",)
