"""The files that a scan writes; what is in them is tested with `report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.hars import entry, har, refused
from tests.unit.commands.scanning import KNOWLEDGE, scanned

from why401.capture.read import capture_from_bytes
from why401.commands.scan_reports import write_har, write_html
from why401.commands.scan_state import WRONG, Scan, ScanOptions, Source
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.masking import Masker
from why401.scan import Scanned, Scanner, plain_item


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


def read(*files: tuple[str, bytes]) -> tuple[Scan, list[Scanned]]:
    """Return a scan of `files`, each with its name, and what is flagged in them."""
    scan = Scan(ScanOptions(language="en", har="o"), KNOWLEDGE, None)
    for name, data in files:
        scanner = Scanner(Diagnoser(KNOWLEDGE, NO_KEYS, Masker(b"test")))
        capture = capture_from_bytes(data, name)
        items = list(scanner.scan([capture]))
        (count,) = scanner.counts.values()
        scan.sources.append(Source(count, 0.0, capture, items))
    return scan, [item for source in scan.sources for item in source.items if item.is_flagged]


def test_a_har_names_its_own_entries_whatever_it_is_called(tmp_path: Path) -> None:
    sent = {"Authorization": "Bearer opaque-token-1"}
    bare = {"WWW-Authenticate": "Bearer"}
    worked, failed = entry(sent=sent), refused(sent=sent, received=bare, second=20)
    first, second = har(entry(), "odd", worked, failed), har(worked, failed)
    scan, flagged = read(("a.har", first), ("b.har", second))
    assert [item.diagnosis.findings[0].related for item in flagged] == [("a.har#2",), ("b.har#0",)]

    write_har(f"{tmp_path}/out.har", scan)
    text = (tmp_path / "out.har").read_bytes()
    assert b"a.har" not in text
    entries = json.loads(text)["log"]["entries"]
    related = [each["_why401"]["findings"][0]["related"] for each in entries if "_why401" in each]
    assert related == [["#1"], ["#3"]]
    assert [number for number, each in enumerate(entries) if "_why401" in each] == [2, 4]

    again, flagged = read(("renamed.har", text))
    assert [item.diagnosis.findings[0].related for item in flagged] == [
        ("renamed.har#1",),
        ("renamed.har#3",),
    ]
    shown = [plain_item(item, KNOWLEDGE, None)["diagnosis"] for item in flagged]
    assert shown == [each["_why401"] for each in entries if "_why401" in each]
    write_har(f"{tmp_path}/again.har", again)
    assert (tmp_path / "again.har").read_bytes() == text
