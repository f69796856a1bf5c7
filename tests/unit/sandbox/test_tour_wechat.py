from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.sandbox.recording import Recording

from why401.sandbox import tour_wechat
from why401.sandbox.client import TourClient


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param(tour_wechat.fetch_an_access_token, b'"ip_list"', id="token"),
        pytest.param(tour_wechat.use_a_superseded_token, b'"errcode":40001', id="40001"),
        pytest.param(tour_wechat.call_from_an_unlisted_address, b'"errcode":40164', id="40164"),
        pytest.param(tour_wechat.spend_a_login_code_twice, b'"errcode":40163', id="40163"),
    ],
)
def test_last_answer(client: Recording, step: Callable[[TourClient], None], words: bytes) -> None:
    step(client)
    *before, last = client.replies
    assert words in last.body
    assert not [reply for reply in before if b"errcode" in reply.body]
