"""One run of scan: what decides over its exit status, what is shown of it."""

from __future__ import annotations

import pytest
from tests.hars import EXPIRED, entry, har, refused

from why401.capture.read import capture_from_bytes
from why401.commands.scan_state import WRONG, Scan, ScanOptions, Source
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.report.redaction import Redactor
from why401.scan import Scanner

KNOWLEDGE = load_knowledge(()).knowledge


def scanned(**options: object) -> Scan:
    masker = Masker(b"test")
    scanner = Scanner(Diagnoser(KNOWLEDGE, NO_KEYS, masker))
    items = list(scanner.scan([capture_from_bytes(har(entry(), refused()), f"{EXPIRED}.har")]))
    (count,) = scanner.counts.values()
    scan = Scan(ScanOptions(language="en", **options), KNOWLEDGE, Redactor(masker))  # type: ignore[arg-type]
    scan.sources.append(Source(count, 0.0, None, items))
    return scan


def test_what_is_flagged_is_shown_unless_all_is_asked_for() -> None:
    assert [item.index for item in scanned().shown()] == [1]
    assert [item.index for item in scanned(show_all=True).shown()] == [0, 1]


def test_a_finding_decides_over_the_status() -> None:
    scan = scanned(fail_on="warning")
    healthy, flagged = scan.sources[0].items
    scan.judge(healthy)
    assert scan.status == 0
    scan.judge(flagged)
    assert scan.status == 1
    scan.could_not("a.har", "is empty")
    scan.judge(flagged)
    assert scan.status == WRONG


def test_names_of_files_hold_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    scan = scanned()
    scan.warn(f"{EXPIRED}.har: is cut off")
    (count,) = scan.counts()
    for text in (capsys.readouterr().err, str(count["path"]), scan.name(f"{EXPIRED}.har")):
        assert EXPIRED not in text
    assert count["flagged"] == 1
