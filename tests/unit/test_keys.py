"""Keys of the configuration: parsed once, called by their labels, never shown."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates import private_pem, public_pem
from tests.unit.signatures.example_keys import (
    MCHID,
    MERCHANT,
    PLATFORM,
    SERIAL,
    V2_KEY,
    V3_KEY,
    certificate_pem,
    merchant_keys,
    private_key,
)

from why401.keys import JwtKeys, Keys, Secret, certificate, public_key, wechatpay_keys

PRIVATE = private_pem(private_key(MERCHANT))
PUBLIC = public_pem(private_key(PLATFORM))
ELLIPTIC = public_pem(ec.generate_private_key(ec.SECP256R1()))


def test_a_certificate_tells_its_serial_number_and_owner() -> None:
    found = certificate("here", certificate_pem(MERCHANT, SERIAL))
    assert (found.serial, found.owner, found.size_bytes) == (f"{SERIAL:040X}", MCHID, 256)
    assert found.not_after_s is not None
    assert found.not_after_s > 1_795_132_800


def test_a_bare_key_keeps_the_id_it_is_given() -> None:
    assert public_key("here", PUBLIC, "PUB_KEY_ID_1").serial == "PUB_KEY_ID_1"
    assert public_key("here", certificate_pem(PLATFORM, 5, "x")).serial == "5".zfill(40)


@pytest.mark.parametrize(
    ("read", "pem", "says"),
    [
        (certificate, PRIVATE, "private key"),
        (certificate, "nonsense", "not a certificate"),
        (certificate, PUBLIC, "not a certificate"),
        (public_key, PRIVATE, "private key"),
        (public_key, "nonsense", "not a public key"),
        (public_key, ELLIPTIC, "not an RSA key"),
        (certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "damaged"),
    ],
)
def test_what_is_no_such_key_is_said(read: object, pem: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read("here", pem)  # type: ignore[operator]


def test_labels_are_paths_in_the_configuration() -> None:
    keys = merchant_keys()
    assert keys.certificate is not None
    assert keys.certificate.label == "credentials.wechatpay[0].certificate"
    assert keys.previous_certificates[0].label == "credentials.wechatpay[0].previous[0].certificate"
    assert keys.previous_v2_keys[0].label == "credentials.wechatpay[0].previous[1].api_v2_key"
    assert keys.platform_keys[0].label == "credentials.wechatpay[0].platform_keys[0]"
    assert Keys(wechatpay=(keys,)).merchant(MCHID) is keys
    assert Keys(wechatpay=(keys,)).merchant("1") is None


def test_a_bad_key_names_its_place() -> None:
    with pytest.raises(ValueError, match=r"^previous\[0\]\.certificate: is not a certificate"):
        wechatpay_keys("credentials.wechatpay[0]", MCHID, previous=({"certificate": "x"},))


def test_nothing_shows_a_secret() -> None:
    text = (
        repr(merchant_keys()) + repr(Secret("label", V3_KEY)) + repr(JwtKeys("label", key=V2_KEY))
    )
    assert V2_KEY not in text
    assert V3_KEY not in text
