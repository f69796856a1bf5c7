"""The strict decoders take what the specification prescribes and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from why401.capture.har_parts import TIMED, WHOLE

ENTRY = b'{"startedDateTime":"2026","request":{"url":"/","_odd":1},"response":{"status":204}}'


def test_decoders_agree() -> None:
    whole, timed = WHOLE.decode(ENTRY), TIMED.decode(ENTRY)
    assert whole.request.url == timed.request.url == "/"
    assert whole.response is not None
    assert whole.response.status == 204
    assert whole.started == timed.started == "2026"


@pytest.mark.parametrize("data", [b"{}", b'{"request":{"url":5}}', b"[]"])
def test_wrong_types_are_left_to_the_lenient_reader(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        WHOLE.decode(data)
