"""What one `why401 scan` was asked for, and what it has found so far."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec

from why401.capture.entry import Capture
from why401.commands.file_words import in_words
from why401.knowledge.base import Knowledge
from why401.knowledge.words import Language, printable
from why401.model import Exchange, Plain
from why401.report.redaction import Redactor
from why401.scan import Scanned, SourceCount, is_at_least

WRONG = 2


class ScanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command line."""

    language: Language
    output: str | None = None
    show_all: bool = False
    har: str | None = None
    html: str | None = None
    fail_on: str = "error"
    together: bool = False
    rediagnose: bool = False
    no_redact: bool = False

    @property
    def writes_files(self) -> bool:
        """Whether there is more to do than to print."""
        return bool(self.har) or bool(self.html)

    @property
    def needs_all(self) -> bool:
        """Whether healthy exchanges are shown too, and with them whatever secrets they hold."""
        return self.show_all or self.writes_files


class Source(msgspec.Struct):
    """A file that was read, and what was found in it."""

    count: SourceCount
    seconds: float
    capture: Capture | None
    items: list[Scanned] = msgspec.field(default_factory=list)


class Scan(msgspec.Struct):
    """One run of the command."""

    options: ScanOptions
    knowledge: Knowledge
    redactor: Redactor | None
    status: int = 0
    sources: list[Source] = msgspec.field(default_factory=list)

    def could_not(self, path: str, message: str) -> None:
        """Say in one line what could not be done with a file."""
        self.about(path, message)
        self.status = WRONG

    def about(self, path: str, message: str) -> None:
        """Say one line about a file."""
        self.warn(f"{path}: {in_words(message, self.options.language, path)}")

    def warn(self, line: str) -> None:
        """Say one line on standard error, without any secret that a name of a file may hold."""
        text = self.redactor.text(line) if self.redactor else line
        print(f"why401: {printable(text)}", file=sys.stderr)

    def judge(self, item: Scanned) -> None:
        """Let `item` decide over the exit status."""
        if self.status == 0 and is_at_least(item.diagnosis.severity, self.options.fail_on):
            self.status = 1

    def learn(self, exchange: Exchange) -> None:
        """Note the secrets of `exchange`, wherever they will be repeated."""
        if self.redactor is not None:
            self.redactor.learn(exchange)

    def name(self, text: str) -> str:
        """Return the name of a file, masked where it holds a secret."""
        return self.redactor.text(text) if self.redactor else text

    def counts(self) -> list[dict[str, Plain]]:
        """Return `sources`."""
        return [
            count | {"path": self.name(str(count["path"]))}
            for count in (source.count.plain() for source in self.sources)
        ]

    def shown(self) -> Iterator[Scanned]:
        """Yield what is shown, file by file."""
        for source in self.sources:
            for item in source.items:
                if item.is_flagged or self.options.show_all:
                    yield item
