"""The one error of a capture."""

from __future__ import annotations

from why401.capture.errors import CaptureError


def test_one_line_that_names_the_file() -> None:
    assert str(CaptureError("a.har", "is empty")) == "a.har: is empty"
