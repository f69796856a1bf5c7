"""Keys and certificates made for a test, as a merchant of WeChat Pay has them."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOT_BEFORE = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
NOT_AFTER_S = datetime.datetime(2035, 1, 1, tzinfo=datetime.UTC).timestamp()


def certificate_pem(
    key: PrivateKey, owner: str, until_s: float = NOT_AFTER_S, serial: int = 1
) -> str:
    """Return a certificate of `key` for `owner`, signed by itself, valid until Unix `until_s`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(datetime.datetime.fromtimestamp(until_s, datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def private_pem(key: PrivateKey) -> str:
    """Return `key` in PEM, without a password."""
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return data.decode()


def public_pem(key: PrivateKey) -> str:
    """Return the public half of `key` in PEM."""
    data = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return data.decode()


def loopback_authority(home: Path) -> Path:
    """Return a PEM file with a key and a certificate of its own for `localhost` and 127.0.0.1."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(datetime.datetime.fromtimestamp(NOT_AFTER_S, datetime.UTC))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = home / "loopback.pem"
    file.write_text(private_pem(key) + built.public_bytes(Encoding.PEM).decode())
    return file
