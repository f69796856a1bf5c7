"""The merchant's server of the tour: the same notice, verified rightly and wrongly."""

from __future__ import annotations

import msgspec
import pytest
from tests.servers import ask

from why401.sandbox import Sandbox
from why401.sandbox.notified import PARSED, RAW
from why401.sandbox.wechatpay_notices import Notice

HOST = "pay.shop.example"


@pytest.fixture
def notice(sandbox: Sandbox) -> Notice:
    url = f"https://{HOST}{RAW}"
    return sandbox.wechatpay.notices.v3(url, "TRANSACTION.SUCCESS", {"out_trade_no": "A1"}, 0)


def status(sandbox: Sandbox, path: str, notice: Notice, method: str = "POST") -> int:
    return ask(sandbox, HOST, path, notice.headers, method=method, body=notice.body).status


def test_raw_bytes_verify_and_others_do_not(sandbox: Sandbox, notice: Notice) -> None:
    assert status(sandbox, RAW, notice) == 200
    assert status(sandbox, PARSED, notice) == 401
    assert status(sandbox, RAW, sandbox.wechatpay.notices.probe(notice)) == 401
    assert status(sandbox, RAW, msgspec.structs.replace(notice, body=b"{}")) == 401


def test_nothing_else_is_there(sandbox: Sandbox, notice: Notice) -> None:
    assert status(sandbox, "/", notice) == 404
    assert status(sandbox, RAW, notice, method="PUT") == 404
