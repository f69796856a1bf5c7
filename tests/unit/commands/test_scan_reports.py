"""The files that a scan writes; what is in them is tested with `report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.commands.test_scan_state import scanned

from why401.capture.read import capture_from_bytes
from why401.commands.scan_reports import write_har, write_html
from why401.commands.scan_state import WRONG


def test_both_are_written(tmp_path: Path) -> None:
    scan = scanned()
    data = json.dumps({"log": {"pages": [{"id": "p"}], "entries": []}}).encode()
    scan.sources[0].capture = capture_from_bytes(data, "b.har")
    write_har(f"{tmp_path}/out.har", scan)
    write_html(f"{tmp_path}/out.html", scan)
    assert scan.status == 0
    log = json.loads((tmp_path / "out.har").read_bytes())["log"]
    assert [page["id"] for page in log["pages"]] == ["p"]
    assert "jwt" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("write", [write_har, write_html])
def test_where_nothing_can_be_written_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: object
) -> None:
    scan = scanned()
    write(f"{tmp_path}/none/out", scan)  # type: ignore[operator]
    assert scan.status == WRONG
    assert len(capsys.readouterr().err.splitlines()) == 1
