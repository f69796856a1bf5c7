"""Who gets a probe first, and that nothing leaves this machine."""

from __future__ import annotations

import pytest

from why401.sandbox import Sandbox
from why401.sandbox.wechatpay_courier import PROBE_EVERY, Courier, post_to_loopback
from why401.sandbox.wechatpay_notices import PROBE, SIGNATURE, Notice

URL = "http://127.0.0.1:9/notify"


def test_every_so_often_a_probe_comes_first(sandbox: Sandbox) -> None:
    posted: list[Notice] = []

    def post(notice: Notice) -> int:
        posted.append(notice)
        return 401 if notice.headers.get(SIGNATURE, "").startswith(PROBE) else 204

    notices = sandbox.wechatpay.notices
    courier = Courier(notices, post)
    v3 = notices.v3(URL, "TRANSACTION.SUCCESS", {}, 0)
    statuses = [courier.deliver(v3) for _ in range(PROBE_EVERY)]
    assert statuses == [(204,)] * (PROBE_EVERY - 1) + [(401, 204)]
    assert posted[-1] == v3
    v2 = notices.v2_refund(URL, {"out_refund_no": "R1"})
    assert {courier.deliver(v2) for _ in range(2 * PROBE_EVERY)} == {(204,)}


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/notify",
        "http://192.0.2.1/notify",
        "https://127.0.0.1/notify",
        "http://127.0.0.1.shop.example/",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_leaves_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        post_to_loopback(Notice(url, {}, b""))


def test_a_notice_is_posted_as_it_is(sandbox: Sandbox) -> None:
    url = f"http://127.0.0.1:{sandbox.http_port}/health"
    assert post_to_loopback(Notice(url, {"Host": "api.shop.example"}, b"{}")) == 200
