"""Every file under rules/ is sound: one case a file, with all that is wrong with it."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from why401.case.places import place_names
from why401.knowledge.check import Checked, check_rules
from why401.knowledge.fingerprints import Row
from why401.knowledge.load import rules_folder
from why401.knowledge.match import MODIFIERS
from why401.knowledge.read import rule_files, server_files
from why401.knowledge.rule import Rule

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


PAGE = (RULES.parent / "docs" / "rules.md").read_text(encoding="utf-8")


def block(first: str) -> str:
    """Return the example on the page that begins with `first`."""
    return next(
        text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if text.startswith(first)
    )


def test_examples_on_the_page_are_sound(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "servers").mkdir()
    (tmp_path / "shop" / "key-withdrawn.yaml").write_text(block("id: shop"), encoding="utf-8")
    (tmp_path / "servers" / "gateway.yaml").write_text(block("server:"), encoding="utf-8")
    checked = check_rules(tmp_path)
    assert (checked.errors, checked.warnings) == ((), ())
    assert (checked.rules, checked.cases, checked.fingerprints) == (1, 4, 3)


def test_page_names_every_key_place_and_modifier() -> None:
    keys = [*Rule.__struct_encode_fields__, *Row.__struct_encode_fields__, *MODIFIERS]
    missing = [key for key in keys if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE]
    missing += [place for place in place_names() if f"`{place}" not in PAGE]
    assert missing == []
