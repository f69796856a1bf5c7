"""The merchant's client certificate, offered upstream where WeChat Pay asks for one.

An intercepting proxy ends the client's TLS, so the certificate of the merchant's server never
arrives, and refunds, red packets and transfers of API v2 need it. With `certificate` and
`private_key` in the configuration the proxy can offer it itself.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from why401.configuration import Configuration

HOSTS = tuple(
    f"{name}.mch.weixin.qq.com" for name in ("api", "api2", "apihk", "apius", "apieu", "fraud")
)


@contextlib.contextmanager
def client_certificates(configuration: Configuration) -> Iterator[Path | None]:
    """Give the folder for mitmproxy's option `client_certs`, or None where no merchant has both
    halves configured. With several merchants the first is offered: TLS does not say whose request
    will follow.

    mitmproxy reads certificate and key from one file, so they stand in a folder that only this
    user can read, and that goes when the proxy ends.
    """
    merchants = (
        configuration.config.credentials and configuration.config.credentials.wechatpay
    ) or []
    pairs = [
        (merchant.certificate, merchant.private_key)
        for merchant in merchants
        if merchant.certificate and merchant.private_key
    ]
    if not pairs:
        yield None
        return
    certificate, key = pairs[0]
    text = f"{certificate.rstrip()}\n{key.rstrip()}\n"
    with tempfile.TemporaryDirectory(prefix="why401-") as name:
        folder = Path(name)
        for host in HOSTS:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(folder / f"{host}.pem", flags, 0o600), "w") as file:
                file.write(text)
        yield folder
