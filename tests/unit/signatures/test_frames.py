"""Frames: lines joined rightly and wrongly."""

from __future__ import annotations

import hashlib

import pytest

from why401.signatures.frames import Frame, always, double_hashed, joined

LINES = (b"a", b"b", b"c")
DIGEST = hashlib.sha256(b"a\nb\nc\n").digest()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        pytest.param(joined(b"\n", b"\n"), b"a\nb\nc\n", id="each line ended"),
        pytest.param(joined(b"&", b""), b"a&b&c", id="nothing behind the last"),
        pytest.param(joined(b"\n", b"\n", (2, 0)), b"c\na\n", id="some lines in another order"),
        pytest.param(double_hashed(joined(b"\n", b"\n"))[0], DIGEST, id="hashed before"),
        pytest.param(
            double_hashed(joined(b"\n", b"\n"))[1], DIGEST.hex().encode(), id="hashed, hexadecimal"
        ),
    ],
)
def test_a_frame_gives_the_text(frame: Frame, text: bytes) -> None:
    assert frame(*LINES) == text


def test_the_same_frames_are_tried_on_whatever_was_to_be_signed() -> None:
    variants = always(1, 2)
    assert [list(variants(claim, 0)) for claim in ("one", "other")] == [[1, 2], [1, 2]]
