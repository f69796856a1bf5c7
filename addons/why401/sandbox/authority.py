"""A certificate authority that lives as long as one sandbox, and the TLS context it signs for."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MAX_HOST_NAMES = 64
"""Server names come from clients: beyond this number no more certificates are made."""


class Authority:
    """Signs the certificates of the sandbox: TLS leaves, the merchant's, the platform's."""

    def __init__(self, now_s: float, name: str) -> None:
        self._now = datetime.datetime.fromtimestamp(now_s, datetime.UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        self.certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """The authority's own certificate, PEM text."""
        return certificate_pem(self.certificate)

    def issue(
        self, common_name: str, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    ) -> x509.Certificate:
        """Return a certificate over `key` that serves no host, as a merchant's does."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        return self._builder(subject, key).sign(self._key, hashes.SHA256())

    def leaf(self, host: str, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """Return a TLS server certificate for `host`; raises ValueError for a name not ASCII."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        return (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _builder(
        self, subject: x509.Name, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        signer = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - datetime.timedelta(days=1))
            .not_valid_after(self._now + datetime.timedelta(days=365))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False
            )
        )


class ServerNames:
    """Makes one TLS context a server name (RFC 6066 section 3), signed by the authority."""

    def __init__(self, authority: Authority, folder: Path, default: str) -> None:
        self._authority = authority
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.default = self._context(default)
        self.default.sni_callback = self._choose

    def _choose(
        self, tls: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
    ) -> int | None:
        if name is None:
            return None
        host = name.lower()
        if host not in self._contexts and len(self._contexts) >= MAX_HOST_NAMES:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        try:
            tls.context = self._context(host)
        except ValueError:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _context(self, host: str) -> ssl.SSLContext:
        if host in self._contexts:
            return self._contexts[host]
        certificate = self._authority.leaf(host, self._key.public_key())
        # The ssl module loads chains from files only; the name of the file is ours, not the
        # client's.
        path = self._folder / f"leaf-{len(self._contexts)}.pem"
        path.touch(mode=0o600)
        path.write_text(private_key_pem(self._key) + certificate_pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        # A merchant may show the certificate that refunds of API v2 demand.
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self._authority.pem)
        context.set_alpn_protocols(["http/1.1"])
        self._contexts[host] = context
        return context


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_key_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return a private key as unencrypted PKCS#8 PEM text."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
