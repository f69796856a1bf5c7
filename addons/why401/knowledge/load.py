"""The knowledge base loaded from its folders, and loaded again when the user changes one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from why401.documents import DocumentError
from why401.knowledge.base import Knowledge, RuleBook
from why401.knowledge.cache import Part, Stamp, compiled_part, part_of, stamp_of
from why401.knowledge.codes import CodeTable, code_table
from why401.knowledge.fingerprints import Fingerprints
from why401.knowledge.read import read_folder

LOOK_EVERY_S = 1.0


class Loaded(msgspec.Struct, frozen=True):
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
    """Return the built-in rules overlaid with those in `folders`; never raises. Takes a few
    milliseconds where the files are as they were at the last start."""
    return _loaded([part_of(folder) for folder in (rules_folder(), *folders)])


def read_knowledge(folders: Sequence[Path] = ()) -> Loaded:
    """Return the same, every file read anew and nothing kept: for checking rules."""
    return _loaded([compiled_part(read_folder(folder)) for folder in (rules_folder(), *folders)])


class KnowledgeSource:
    """The knowledge base of a running proxy: a rule that the user writes works at the next
    exchange. Only the user's folders are watched; the built-in rules change with the program."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._builtin = part_of(rules_folder())
        self._stamps = self._look()
        self._looked_s: float | None = None
        self._told: set[str] = set()
        self.loaded = self._load()

    def refreshed(self, now_s: float) -> Loaded | None:
        """Return the knowledge anew where a file has changed, else None. `now_s` is any clock
        that only goes forward; the folders are looked at no more than once a second."""
        if not self._folders or (
            self._looked_s is not None and 0 <= now_s - self._looked_s < LOOK_EVERY_S
        ):
            return None
        self._looked_s = now_s
        stamps = self._look()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        self.loaded = self._load()
        return self.loaded

    def news(self) -> tuple[DocumentError, ...]:
        """Return the errors that were not yet returned; a fault that was mended and made again
        is new."""
        new = tuple(error for error in self.loaded.errors if str(error) not in self._told)
        self._told = {str(error) for error in self.loaded.errors}
        return new

    def _look(self) -> tuple[Stamp, ...]:
        return tuple(stamp_of(folder) for folder in self._folders)

    def _load(self) -> Loaded:
        return _loaded([self._builtin, *(part_of(folder) for folder in self._folders)])


def _loaded(parts: list[Part]) -> Loaded:
    """Return the knowledge in `parts`, the later ones before the earlier."""
    builtin = set(parts[0].ids)
    replaced = [rule_id for part in parts[1:] for rule_id in part.ids if rule_id in builtin]

    def codes() -> CodeTable:
        rows = [row for part in reversed(parts) for row in part.read_codes()]
        categories = {
            name: category for part in parts for name, category in part.read_categories().items()
        }
        return code_table(rows, categories)

    book = RuleBook(
        [rule_id for part in parts for rule_id in part.ids],
        [rule for part in parts for rule in part.rules],
    )
    knowledge = Knowledge(
        book,
        codes,
        lambda: Fingerprints([part.read_fingerprints() for part in reversed(parts)]),
        [(len(part.ids), part.read_shelves()) for part in parts],
    )
    errors = tuple(error for part in parts for error in part.faults())
    return Loaded(knowledge, errors, tuple(replaced))
