from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from why401.sandbox import Sandbox, tour_wechat
from why401.sandbox.client import Reply, TourClient


class Recording(TourClient):
    """Keeps the replies, which the steps themselves need not look at."""

    replies: list[Reply]

    def send(self, *args, **kwargs) -> Reply:
        reply = super().send(*args, **kwargs)
        self.replies = [*getattr(self, "replies", []), reply]
        return reply


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Recording]:
    # The sandbox takes absolute targets, so it can be its own proxy for plain http.
    with Recording(f"http://127.0.0.1:{sandbox.http_port}", None, sandbox) as client:
        yield client


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param(tour_wechat.fetch_an_access_token, b'"ip_list"', id="token"),
        pytest.param(tour_wechat.use_a_superseded_token, b'"errcode":40001', id="40001"),
        pytest.param(tour_wechat.call_from_an_unlisted_address, b'"errcode":40164', id="40164"),
        pytest.param(tour_wechat.spend_a_login_code_twice, b'"errcode":40163', id="40163"),
        pytest.param(tour_wechat.place_an_order_v2, b"<prepay_id>", id="v2"),
        pytest.param(
            tour_wechat.sign_v2_with_the_wrong_key, "签名错误".encode(), id="v2 wrong key"
        ),
        pytest.param(tour_wechat.place_an_order_v3, b'"prepay_id"', id="v3"),
        pytest.param(
            tour_wechat.sign_other_bytes_than_are_sent, b'"sign not match"', id="v3 other bytes"
        ),
    ],
)
def test_last_answer(client: Recording, step: Callable[[TourClient], None], words: bytes) -> None:
    step(client)
    *before, last = client.replies
    assert words in last.body
    assert not [reply for reply in before if b"errcode" in reply.body]
