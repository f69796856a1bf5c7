"""The certificate reaches a server that asks for it, through the options that `run` sets."""

import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.certificates import certificate_pem, private_pem

from why401.config import Config, Credentials, WechatPayMerchant
from why401.configuration import Configuration
from why401.keys import NO_KEYS
from why401.proxy.client_certificate import HOSTS, client_certificates


def pair() -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    return certificate_pem(key, "1900000001"), private_pem(key)


def configuration(certificate: str | None, key: str | None) -> Configuration:
    merchant = WechatPayMerchant(mchid="1900000001", certificate=certificate, private_key=key)
    return Configuration(Config(credentials=Credentials(wechatpay=[merchant])), NO_KEYS)


def test_a_tls_client_can_load_it_nobody_else_can_read_it_and_it_goes() -> None:
    certificate, key = pair()
    with client_certificates(configuration(certificate, key)) as folder:
        assert folder is not None
        path = folder / f"{HOSTS[0]}.pem"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


@pytest.mark.parametrize("halves", [(True, False), (False, True), (False, False)])
def test_half_a_pair_is_no_pair(halves: tuple[bool, bool]) -> None:
    certificate, key = pair()
    half = configuration(certificate if halves[0] else None, key if halves[1] else None)
    with client_certificates(half) as folder:
        assert folder is None


def test_nothing_configured_writes_nothing() -> None:
    with client_certificates(Configuration(Config(), NO_KEYS)) as folder:
        assert folder is None
