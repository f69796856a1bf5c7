"""One run of scan: what decides over its exit status, what is shown of it."""

from __future__ import annotations

import pytest
from tests.hars import EXPIRED
from tests.unit.commands.scanning import scanned

from why401.commands.scan_state import WRONG


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
