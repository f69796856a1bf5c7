from __future__ import annotations

import datetime
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.servers import trusting

from why401.sandbox import Sandbox
from why401.sandbox.authority import MAX_HOST_NAMES, Authority

NOW_S = 1_795_132_800.0


def test_leaf_is_signed_for_its_host() -> None:
    authority = Authority(NOW_S, "test")
    leaf = authority.leaf("a.example", ec.generate_private_key(ec.SECP256R1()).public_key())
    leaf.verify_directly_issued_by(authority.certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    begin = datetime.datetime.fromtimestamp(NOW_S, datetime.UTC)
    assert leaf.not_valid_before_utc < begin < leaf.not_valid_after_utc


def shake_hands(sandbox: Sandbox, host: str, *protocols: str) -> tuple[str | None, str]:
    context = trusting(sandbox)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    raw = socket.create_connection(("127.0.0.1", sandbox.https_port), timeout=10)
    with context.wrap_socket(raw, server_hostname=host) as tls:
        certificate = tls.getpeercert()
        assert certificate is not None
        return tls.selected_alpn_protocol(), str(certificate["subjectAltName"])


@pytest.mark.parametrize("host", ["api.weixin.qq.com", "cdn.shop.example", "else.example"])
def test_certificate_follows_the_server_name(sandbox: Sandbox, host: str) -> None:
    protocol, names = shake_hands(sandbox, host, "h2", "http/1.1")
    assert protocol == "http/1.1"
    assert host in names


def test_others_do_not_trust_it(sandbox: Sandbox) -> None:
    raw = socket.create_connection(("127.0.0.1", sandbox.https_port), timeout=10)
    with raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(raw, server_hostname="api.weixin.qq.com")


def test_number_of_names_is_bounded() -> None:
    with Sandbox() as sandbox:
        for number in range(MAX_HOST_NAMES - 1):
            shake_hands(sandbox, f"n{number}.example")
        with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
            shake_hands(sandbox, "one-too-many.example")
        shake_hands(sandbox, "n0.example")
