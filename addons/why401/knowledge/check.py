"""Everything that is wrong with a folder of rules, for its authors.

In the order in which it is found: parse, shape, lint, cases, quarrels. A file that fails one stage
is not put through the next, so that one slip is one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from why401.documents import Document, DocumentError, read_document
from why401.knowledge import lint
from why401.knowledge.base import Knowledge, names
from why401.knowledge.cases import CaseError, broken_expectation, diagnosis_of
from why401.knowledge.load import read_knowledge, rules_folder
from why401.knowledge.read import rule_files, rule_of, server_files, servers_of, table_files
from why401.knowledge.rule import Expect, Rule, RuleCase, Status
from why401.model import Diagnosis, Severity

_NO_RULES = "holds no rules; a rule is a file whose name ends with .yaml and begins with no _ or ."


class Checked(msgspec.Struct, frozen=True):
    """What `check_rules` found: faults, advice, and how much there was to check."""

    errors: tuple[DocumentError, ...]
    warnings: tuple[DocumentError, ...]
    rules: int
    cases: int
    fingerprints: int = 0
    folders: dict[str, int] = msgspec.field(default_factory=dict)
    """How many rules each folder below the root holds."""
    files: int = 0
    """How many files there were to check; with none, the only fault says so."""


class _Read(msgspec.Struct, frozen=True):
    path: Path
    document: Document
    rule: Rule


def check_rules(folder: Path, others: Sequence[Path] = ()) -> Checked:
    """Return every fault in the rules below `folder`; never raises.

    `folder` may be a part of a larger folder of rules: ids are paths from the nearest folder that
    holds a `_schema.json` (a copy of the built-in one, for editors), else from `folder` itself.
    `others` are further folders that are loaded beside the built-in rules.
    """
    if not folder.is_dir() and not folder.is_file():
        return Checked((DocumentError(str(folder), None, "is not a folder"),), (), 0, 0)
    root = root_of(folder)
    within = folder.resolve()
    rule_paths, server_paths, table_paths = (
        [path for path in paths(root) if path.resolve().is_relative_to(within)]
        for paths in (rule_files, server_files, table_files)
    )
    files = len(rule_paths) + len(server_paths) + len(table_paths)
    if not files:
        return Checked((DocumentError(str(folder), None, _NO_RULES),), (), 0, 0)
    own = () if root.resolve() == rules_folder().resolve() else (root,)
    loaded = read_knowledge((*others, *own))
    known = {*loaded.knowledge.rules, *loaded.knowledge.codes.by_id}
    errors = [
        error
        for error in loaded.errors
        if Path(error.path).suffix != ".yaml" and Path(error.path).resolve().is_relative_to(within)
    ]
    read: list[_Read] = []
    for path in rule_paths:
        try:
            document = read_document(path)
            read.append(_Read(path, document, rule_of(document, path, root)))
        except DocumentError as error:
            errors.append(error)
    for item in read:
        errors += _rule_faults(item, known, loaded.knowledge)
    fingerprints = 0
    for path in server_paths:
        try:
            document = read_document(path)
            file = servers_of(document)
        except DocumentError as error:
            errors.append(error)
            continue
        fingerprints += len(file.rows)
        errors += [document.error(at, text) for at, text in lint.row_faults(file, known)]
    errors.sort(key=lambda error: (error.path, error.line or 0))
    folders = Counter(item.rule.id.partition("/")[0] for item in read)
    return Checked(
        tuple(errors),
        tuple(
            item.document.error(at, text) for item in read for at, text in lint.advice(item.rule)
        ),
        len(read),
        sum(len(item.rule.tests) for item in read),
        fingerprints,
        dict(sorted(folders.items())),
        files,
    )


def _rule_faults(item: _Read, known: set[str], knowledge: Knowledge) -> Iterator[DocumentError]:
    """Yield what is wrong with one rule that could be read: its text, the ids it names, its
    cases."""
    document, rule = item.document, item.rule
    for at, text in (*lint.faults(rule), *lint.id_faults(rule, known)):
        yield document.error(at, text)
    whole = item.path.read_text(encoding="utf-8-sig")
    for fault in lint.secret_faults(whole):
        yield DocumentError(document.path, *fault)
    yield from _case_faults(item, knowledge)


def root_of(folder: Path) -> Path:
    """Return the folder from which the ids of the rules below `folder` are counted."""
    start = folder if folder.is_dir() else folder.parent
    if start.resolve().is_relative_to(rules_folder().resolve()):
        return rules_folder()
    for parent in (start, *start.resolve().parents):
        if (parent / "_schema.json").is_file():
            return parent
    return start


def _case_faults(item: _Read, knowledge: Knowledge) -> Iterator[DocumentError]:
    rule = item.rule
    if rule.status is Status.RETIRED:
        return
    for index, case in enumerate(rule.tests):
        at = ("tests", index)
        try:
            diagnosis = diagnosis_of(case, knowledge)
        except CaseError as error:
            yield item.document.error((*at, *error.key), str(error))
            continue
        name = f'case "{case.name}"'
        broken = broken_expectation(rule, case, diagnosis)
        if broken:
            yield item.document.error((*at, "expect"), f"{name}: {broken}")
            continue
        for other in _quarrels(rule, case, diagnosis, knowledge):
            yield item.document.error(
                at, f"{name}: {other} fires too; tell them apart, or name it under `overlaps`"
            )


def _quarrels(
    rule: Rule, case: RuleCase, diagnosis: Diagnosis, knowledge: Knowledge
) -> Iterator[str]:
    """Yield the rules that fire on a firing case of `rule` without anyone having said so. Advice
    (severity info) stands beside any verdict, and what a detector reports is tested with it."""
    if case.expect is not Expect.MATCH:
        return
    for finding in diagnosis.findings:
        other = knowledge.rules.get(finding.rule)
        if finding.rule == rule.id or other is None or other.rule.match is None:
            continue
        said = names((*rule.overlaps, *rule.gives_way_to), finding.rule) or names(
            (*other.rule.overlaps, *other.rule.gives_way_to), rule.id
        )
        if not said and finding.severity is not Severity.INFO:
            yield finding.rule
