import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.certificates import certificate_pem

from why401.commands.doctor_check import ADVICE, FAULT, OK, Check
from why401.commands.doctor_keys import key_checks
from why401.keys import JwtKeys, Keys, Secret, wechatpay_keys

NOW_S = 1_795_132_800.0
KEY = rsa.generate_private_key(65537, 2048)
CERTIFICATE = certificate_pem(KEY, "1900000001", NOW_S + 300 * 86_400)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def found(private_key: str) -> list[Check]:
    merchant = wechatpay_keys(
        "w", "1900000001", certificate_pem=CERTIFICATE, private_key_pem=private_key
    )
    return [
        check
        for check in key_checks(Keys(wechatpay=(merchant,)), "en", NOW_S)
        if "private_key" in check.text
    ]


@pytest.mark.parametrize(
    ("private_key", "mark", "text"),
    [
        pytest.param(pem(KEY), OK, "fits", id="pair"),
        pytest.param(
            pem(rsa.generate_private_key(65537, 2048)), FAULT, "are no pair", id="another's"
        ),
        pytest.param(pem(KEY, b"abc"), FAULT, "without a password", id="encrypted"),
        pytest.param(pem(ec.generate_private_key(ec.SECP256R1())), FAULT, "no RSA key", id="EC"),
        pytest.param("hello", FAULT, "no PEM private key", id="no key"),
    ],
)
def test_private_keys(private_key: str, mark: str, text: str) -> None:
    (check,) = found(private_key)
    assert check.mark == mark
    assert text in check.text


def test_an_issuer_without_a_key() -> None:
    keys = Keys(jwt=(JwtKeys("j"), JwtKeys("k", secret=Secret("k.secret", "x"))))
    (check,) = key_checks(keys, "en", NOW_S)
    assert check.mark == ADVICE
    assert check.text.startswith("j has no key")
