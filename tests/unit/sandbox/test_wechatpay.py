from __future__ import annotations

import pytest
from tests.servers import ask

from why401.sandbox import Sandbox


@pytest.mark.parametrize(
    ("path", "status", "begins"),
    [
        pytest.param("/v3/certificates", 400, b'{"code"', id="v3 speaks JSON"),
        pytest.param("/pay/unifiedorder", 200, b"<xml>", id="v2 speaks XML"),
    ],
)
def test_generation_by_path(sandbox: Sandbox, path: str, status: int, begins: bytes) -> None:
    reply = ask(sandbox, "api.mch.weixin.qq.com", path)
    assert reply.status == status
    assert reply.body.startswith(begins)
