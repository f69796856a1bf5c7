from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from why401.sandbox import Sandbox


def test_key_certificate_and_serial_belong_together(sandbox: Sandbox) -> None:
    merchant = sandbox.merchant
    certificate = x509.load_pem_x509_certificate(merchant.certificate_pem.encode())
    key = serialization.load_pem_private_key(merchant.private_key_pem.encode(), None)
    assert certificate.public_key() == key.public_key()
    assert merchant.serial == f"{certificate.serial_number:040X}"
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == merchant.mchid == "1900000001"


def test_keys_have_their_lengths_and_stay_out_of_print(sandbox: Sandbox) -> None:
    merchant = sandbox.merchant
    assert (len(merchant.api_v2_key), len(merchant.api_v3_key)) == (32, 32)
    shown = repr(merchant)
    secrets = (merchant.api_v2_key, merchant.api_v3_key, merchant.private_key_pem)
    assert not [secret for secret in secrets if secret in shown]
