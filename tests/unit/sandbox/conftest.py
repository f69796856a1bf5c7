from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.sandbox.recording import Recording

from why401.sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Recording]:
    # The sandbox takes absolute targets, so it can be its own proxy for plain http.
    with Recording(f"http://127.0.0.1:{sandbox.http_port}", None, sandbox) as client:
        yield client
