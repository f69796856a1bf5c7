"""The strict decoders take what the specification prescribes and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from why401.capture.har_parts import GLANCE, START, WHOLE

ENTRY = b'{"startedDateTime":"2026","request":{"url":"/","_odd":1},"response":{"status":204}}'


def test_decoders_agree() -> None:
    whole, glance = WHOLE.decode(ENTRY), GLANCE.decode(ENTRY)
    assert whole.request.url == glance.request.url == "/"
    assert whole.response is not None
    assert glance.response is not None
    assert whole.response.status == glance.response.status == 204
    assert START.decode(ENTRY).started == whole.started == glance.started


@pytest.mark.parametrize("data", [b"{}", b'{"request":{"url":5}}', b"[]"])
def test_wrong_types_are_left_to_the_lenient_reader(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        WHOLE.decode(data)
