"""Captures and what becomes of them when they are shared, whole files compared.

`python -m tests.unit.report.redaction.test_redacted_golden` writes the expected files anew.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.har_schema import check_har

from why401.capture.entry import Entry
from why401.capture.read import capture_from_bytes
from why401.masking import Masker
from why401.report.har import dump_har
from why401.report.redaction import Redactor

FOLDER = Path(__file__).parents[3] / "golden" / "redacted"
CAPTURES = sorted(path for path in FOLDER.glob("*.har") if ".redacted." not in path.name)


def expected_path(path: Path) -> Path:
    return path.with_suffix(".redacted.har")


def shared(data: bytes) -> bytes:
    entries = [each for each in capture_from_bytes(data, "a.har") if isinstance(each, Entry)]
    redactor = Redactor(Masker(b"golden"))
    exchanges = [each.exchange() for each in entries]
    redactor.learn_all(exchanges)
    file = io.BytesIO()
    dump_har(
        file,
        [(redactor.exchange(exchange), None) for exchange in exchanges],
        version="1",
    )
    return file.getvalue()


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])
def test_capture_as_it_may_be_shared(path: Path) -> None:
    expected = expected_path(path).read_bytes()
    assert shared(path.read_bytes()) == expected
    check_har(json.loads(expected))
    assert shared(expected) == expected


if __name__ == "__main__":
    for capture in CAPTURES:
        expected_path(capture).write_bytes(shared(capture.read_bytes()))
