from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.sandbox.recording import Recording

from why401.sandbox import tour_wechatpay
from why401.sandbox.client import TourClient

SIGNATURE_MISMATCH = "签名错误".encode()


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param(tour_wechatpay.place_an_order_v2, b"<prepay_id>", id="v2"),
        pytest.param(tour_wechatpay.sign_v2_with_the_v3_key, SIGNATURE_MISMATCH, id="v2 wrong key"),
        pytest.param(tour_wechatpay.sign_encoded_values, SIGNATURE_MISMATCH, id="v2 encoded"),
        pytest.param(tour_wechatpay.place_an_order_v3, b'"prepay_id"', id="v3"),
        pytest.param(
            tour_wechatpay.sign_other_bytes_than_are_sent, b'"sign not match"', id="v3 other bytes"
        ),
        pytest.param(
            tour_wechatpay.sign_with_a_key_of_nobody, b'"sign not match"', id="v3 wrong key"
        ),
        pytest.param(
            tour_wechatpay.sign_the_path_without_its_query, b'"sign not match"', id="v3 no query"
        ),
        pytest.param(
            tour_wechatpay.give_the_time_in_milliseconds, b"timestamp", id="v3 milliseconds"
        ),
        pytest.param(
            tour_wechatpay.name_another_certificate, "序列号有误".encode(), id="v3 serial"
        ),
    ],
)
def test_answer(client: Recording, step: Callable[[TourClient], None], words: bytes) -> None:
    step(client)
    (reply,) = client.replies
    assert words in reply.body
