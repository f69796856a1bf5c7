"""Every file under rules/ is sound: one case a file, with all that is wrong with it."""

from collections import defaultdict
from pathlib import Path

import pytest

from why401.knowledge.check import Checked, check_rules
from why401.knowledge.load import rules_folder
from why401.knowledge.read import rule_files, server_files

RULES = rules_folder()
FILES = [path.relative_to(RULES) for path in (*rule_files(RULES), *server_files(RULES))]


@pytest.fixture(scope="module")
def checked() -> Checked:
    return check_rules(RULES)


@pytest.fixture(scope="module")
def faults(checked: Checked) -> dict[Path, list[str]]:
    found = defaultdict(list)
    for error in checked.errors:
        found[Path(error.path).relative_to(RULES)].append(str(error))
    return found


@pytest.mark.parametrize("path", FILES, ids=str)
def test_file_is_sound(path: Path, faults: dict[Path, list[str]]) -> None:
    assert faults.get(path, []) == []


def test_nothing_else_below_rules_is_at_fault(faults: dict[Path, list[str]]) -> None:
    assert {path: said for path, said in faults.items() if path not in FILES} == {}
