"""Fixtures for the stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.stories.merchant_server import Shop, behind_the_proxy, lead_through


@pytest.fixture(scope="module")
def running_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A proxy and a sandbox for all the tests of a file; `shop` is what these ask for."""
    with behind_the_proxy(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(running_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A merchant's server that has sent nothing yet."""
    lead_through(running_shop, monkeypatch)
    running_shop.entries()
    return running_shop
