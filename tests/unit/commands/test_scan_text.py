"""What is printed for people; what it says of a finding is tested with `report.terminal`."""

from __future__ import annotations

import pytest
from tests.hars import EXPIRED
from tests.unit.commands.scanning import scanned

from why401.commands.scan_text import print_for_people


def test_a_block_a_finding_and_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    print_for_people(scanned())
    out = capsys.readouterr().out
    assert "GET https://api.example.com/orders → 401  error" in out
    last = out.splitlines()[-1]
    assert "2 exchanges  1 flagged  " in last
    assert EXPIRED not in out
