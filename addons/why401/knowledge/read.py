"""What one folder holds: rules, fingerprints, code tables. A broken file costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from why401.documents import Document, DocumentError, KeyPath, read_document
from why401.knowledge.codes import Category, Code, parse_codes
from why401.knowledge.fingerprints import ServerFile, conditions_of
from why401.knowledge.match import ConditionError, compile_match
from why401.knowledge.rule import Conditions, Rule

NO_RULES = ("codes", "servers")
"""Folders below a folder of rules that hold no rules but tables."""

CATEGORIES = "categories.yaml"


class Contents(msgspec.Struct):
    """What a folder holds, and one error for each file that could not be read."""

    rules: list[Rule] = msgspec.field(default_factory=list)
    codes: list[Code] = msgspec.field(default_factory=list)
    categories: dict[str, Category] = msgspec.field(default_factory=dict)
    servers: list[ServerFile] = msgspec.field(default_factory=list)
    errors: list[DocumentError] = msgspec.field(default_factory=list)


def read_folder(folder: Path) -> Contents:
    """Return all that stands in `folder`; never raises."""
    contents = Contents()
    if not folder.is_dir():
        contents.errors.append(DocumentError(str(folder), None, "is not a folder"))
        return contents
    for path in rule_files(folder):
        try:
            contents.rules.append(read_rule(path, folder))
        except DocumentError as error:
            contents.errors.append(error)
    for path in server_files(folder):
        try:
            contents.servers.append(servers_of(read_document(path)))
        except DocumentError as error:
            contents.errors.append(error)
    _read_codes(folder, contents)
    return contents


def rule_files(folder: Path) -> Iterator[Path]:
    """Yield every rule file below `folder` in a fixed order; names that start with `_` and the
    tables are no rules."""
    for at, folders, files in folder.walk():
        left_out = NO_RULES if at == folder else ()
        folders[:] = sorted(name for name in folders if _counts(name) and name not in left_out)
        yield from (at / name for name in sorted(files) if _counts(name) and name.endswith(".yaml"))


def server_files(folder: Path) -> Iterator[Path]:
    """Yield every file of fingerprints below `folder` in a fixed order."""
    for path in sorted((folder / "servers").glob("*.yaml")):
        if _counts(path.name):
            yield path


def table_files(folder: Path) -> Iterator[Path]:
    """Yield every table of codes below `folder` in a fixed order, then that of categories."""
    codes = folder / "codes"
    yield from sorted(codes.glob("*.csv"))
    yield from codes.glob(CATEGORIES)


def _counts(name: str) -> bool:
    return not name.startswith(("_", "."))


def read_rule(path: Path, folder: Path) -> Rule:
    """Return the rule in `path`, whose id must be its path below `folder`; raises DocumentError."""
    return rule_of(read_document(path), path, folder)


def rule_of(document: Document, path: Path, folder: Path) -> Rule:
    """Return the rule that `document`, read from `path`, holds; raises DocumentError."""
    if not isinstance(document.value, dict):
        raise document.error((), "holds no rule; a rule is a mapping that starts with `id:`")
    rule = document.decode(Rule)
    expected = path.as_posix().removeprefix(f"{folder.as_posix()}/").removesuffix(".yaml")
    if rule.id != expected:
        raise document.error(("id",), f'id is "{rule.id}" but its path says "{expected}"')
    if (rule.match is None) == (rule.reported_by is None):
        raise document.error((), "a rule has either `match` or `reported_by`")
    for at, conditions in all_conditions(rule):
        _try_conditions(document, at, conditions)
    return rule


def servers_of(document: Document) -> ServerFile:
    """Return the fingerprints that `document` holds; raises DocumentError."""
    if not isinstance(document.value, dict):
        raise document.error((), "holds no fingerprints; it is a mapping with `rows:`")
    file = document.decode(ServerFile)
    for index, row in enumerate(file.rows):
        at = ("rows", index)
        if not (row.header or row.challenge or row.says or row.exactly or row.json or row.host):
            raise document.error(at, "looks for nothing but a status")
        _try_conditions(document, at, conditions_of(row))
    return file


def all_conditions(rule: Rule) -> Iterator[tuple[KeyPath, Conditions]]:
    """Yield every set of conditions in `rule` and the place where it stands."""
    sources: list[tuple[KeyPath, Conditions | list[Conditions] | None]] = [
        (("match",), rule.match),
        (("except",), rule.except_),
    ]
    for index, cause in enumerate(rule.causes):
        sources.append((("causes", index, "when"), cause.when))
        sources.append((("causes", index, "unless"), cause.unless))
    for at, source in sources:
        if isinstance(source, list):
            yield from (((*at, number), item) for number, item in enumerate(source))
            if not source:
                yield at, {}
        elif source is not None:
            yield at, source


def _try_conditions(document: Document, at: KeyPath, conditions: Conditions) -> None:
    if not conditions:
        raise document.error(at, "is empty, so it would hold for every exchange")
    try:
        compile_match(conditions)
    except ConditionError as error:
        raise document.error((*at, error.key), str(error)) from None


def _read_codes(folder: Path, contents: Contents) -> None:
    for path in table_files(folder):
        try:
            if path.name == CATEGORIES:
                contents.categories = read_document(path).decode(dict[str, Category])
            else:
                _read_table(path, contents)
        except DocumentError as error:
            contents.errors.append(error)


def _read_table(path: Path, contents: Contents) -> None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), None, f"cannot be read as UTF-8: {error}") from None
    for line, row in parse_codes(text):
        if isinstance(row, str):
            contents.errors.append(DocumentError(str(path), line, row))
        else:
            contents.codes.append(row)
