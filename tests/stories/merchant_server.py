"""A merchant's server behind the proxy, and the sandbox that it pays with."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.stories.passed import Outcome, Passed, led_to, passing
from tests.stories.running import Web

from why401.sandbox import Sandbox
from why401.sandbox.authority import private_key_pem

NOTIFY_URL = "https://api.shop.example/notify"
FOREIGN_KEY = private_key_pem(rsa.generate_private_key(65537, 2048))
FOREIGN_SERIAL = "5D1F4E0C9A8B47E3A1B2C3D4E5F6071829304A5B"


class Shop(Passed):
    """The server, and what it sent since a test began."""

    def __init__(self, web: Web, sandbox: Sandbox, home: Path) -> None:
        super().__init__(web, home)
        self.sandbox, self.home = sandbox, home

    def verdicts(self) -> list[Outcome]:
        """Return the same as `outcomes`, each verdict with its cause."""
        found = [(entry, entry.get("_why401", {})) for entry in self.entries()]
        return [
            (entry["response"]["status"], said.get("verdict"), said.get("certainty"))
            for entry, said in found
        ]


@contextlib.contextmanager
def behind_the_proxy(home: Path, clock: Callable[[], float] = time.time) -> Iterator[Shop]:
    """Run the proxy, configured with the merchant's keys, and a sandbox that goes by `clock`."""
    with Sandbox(clock) as sandbox:
        merchant = sandbox.merchant
        known = {
            "mchid": merchant.mchid,
            "appids": [merchant.appid],
            "api_v2_key": merchant.api_v2_key,
            "api_v3_key": merchant.api_v3_key,
            "certificate": merchant.certificate_pem,
        }
        with passing(home, {"wechatpay": [known]}, *led_to(sandbox)) as passed:
            yield Shop(passed.web, sandbox, home)


def lead_through(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what `why401 exec` sets for a merchant's server."""
    # In small letters as well: those win where the machine has them.
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, shop.web.proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(shop.web.ca))
