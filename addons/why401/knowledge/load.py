"""Rules and code tables read from their folders. A broken file costs only itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from why401.documents import DocumentError, read_document
from why401.knowledge.base import Knowledge, compiled
from why401.knowledge.codes import Category, Code, code_table, parse_codes
from why401.knowledge.match import ConditionError
from why401.knowledge.rule import Rule


@dataclass(frozen=True, slots=True)
class Loaded:
    """The knowledge that could be loaded, and one error for each file that could not."""

    knowledge: Knowledge
    errors: tuple[DocumentError, ...]
    replaced: tuple[str, ...]
    """Ids of built-in rules that a folder of the user's replaces."""


def rules_folder() -> Path:
    """Return the folder of the rules that why401 brings: beside the package in a wheel, else the
    checkout's `rules/`."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "rules"
    return inside if inside.is_dir() else package.parents[1] / "rules"


def load_knowledge(folders: Sequence[Path] = ()) -> Loaded:
    """Return the built-in rules overlaid with those in `folders`; never raises."""
    errors: list[DocumentError] = []
    rules: dict[str, Rule] = {}
    replaced: list[str] = []
    codes: list[Code] = []
    categories: dict[str, Category] = {}
    for number, folder in enumerate((rules_folder(), *folders)):
        if not folder.is_dir():
            errors.append(DocumentError(str(folder), None, "is not a folder"))
            continue
        for _, rule_or_error in read_rules(folder):
            if isinstance(rule_or_error, DocumentError):
                errors.append(rule_or_error)
                continue
            if number and rule_or_error.id in rules:
                replaced.append(rule_or_error.id)
            rules[rule_or_error.id] = rule_or_error
        codes[:0] = _read_codes(folder, errors)
        categories |= _read_categories(folder, errors)
    knowledge = Knowledge(rules.values(), code_table(codes, categories))
    return Loaded(knowledge, tuple(errors), tuple(replaced))


def rule_files(folder: Path) -> Iterator[Path]:
    """Yield every rule file below `folder` in a fixed order; names that start with `_` and the
    code tables are no rules."""
    for path in sorted(folder.rglob("*.yaml")):
        parts = path.relative_to(folder).parts
        if parts[0] != "codes" and not any(part.startswith(("_", ".")) for part in parts):
            yield path


def read_rules(folder: Path) -> Iterator[tuple[Path, Rule | DocumentError]]:
    """Yield every rule file below `folder` with its rule or what is wrong with it."""
    for path in rule_files(folder):
        try:
            yield path, read_rule(path, folder)
        except DocumentError as error:
            yield path, error


def read_rule(path: Path, folder: Path) -> Rule:
    """Return the rule in `path`, whose id must be its path below `folder`; raises DocumentError."""
    document = read_document(path)
    rule = document.decode(Rule)
    expected = path.relative_to(folder).with_suffix("").as_posix()
    if rule.id != expected:
        raise document.error(("id",), f'id is "{rule.id}" but its path says "{expected}"')
    if (rule.match is None) == (rule.reported_by is None):
        raise document.error((), "a rule has either `match` or `reported_by`")
    try:
        compiled(rule)
    except ConditionError as error:
        raise document.error(("match", error.key), str(error)) from None
    return rule


def _read_codes(folder: Path, errors: list[DocumentError]) -> list[Code]:
    rows: list[Code] = []
    for path in sorted((folder / "codes").glob("*.csv")):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            errors.append(DocumentError(str(path), None, f"cannot be read: {error}"))
            continue
        for line, row in parse_codes(text):
            if isinstance(row, str):
                errors.append(DocumentError(str(path), line, row))
            else:
                rows.append(row)
    return rows


def _read_categories(folder: Path, errors: list[DocumentError]) -> dict[str, Category]:
    path = folder / "codes" / "categories.yaml"
    if not path.is_file():
        return {}
    try:
        return read_document(path).decode(dict[str, Category])
    except DocumentError as error:
        errors.append(error)
        return {}
