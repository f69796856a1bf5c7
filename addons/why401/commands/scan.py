"""`why401 scan`: files in, findings out, for people or as JSON, and reports as files."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError
from why401.capture.har_dates import unix_seconds
from why401.commands.scan_files import Event, Failed, Finished, Found, Told, scan_all
from why401.configuration import Configuration
from why401.diagnose import HEALTHY
from why401.knowledge.base import Knowledge
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language, printable, say
from why401.language import said
from why401.masking import Masker
from why401.model import Certainty, Plain
from why401.report import labels
from why401.report.atomic import OutputError
from why401.report.redact import Redactor
from why401.scan import (
    SCHEMA,
    Scanned,
    SourceCount,
    all_exchanges,
    is_at_least,
    plain_item,
)

if TYPE_CHECKING:
    from why401.report.annotated import Diagnosed
    from why401.report.har import Page

WRONG = 2
INTERRUPTED = 130
_PAUSE_S = 0.2
"""Lines of --jsonl are held back no longer than this, and a few times what redacting costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
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
    def needs_all(self) -> bool:
        """Whether healthy exchanges are shown too, and with them whatever secrets they hold."""
        return self.show_all or bool(self.har) or bool(self.html)


@dataclass(slots=True)
class _Source:
    """A file that was read, and what was found in it."""

    count: SourceCount
    seconds: float
    capture: Capture | None
    items: list[Scanned] = field(default_factory=list)


@dataclass(slots=True)
class _Scan:
    """One run of the command."""

    options: ScanOptions
    knowledge: Knowledge
    redactor: Redactor | None
    status: int = 0
    sources: list[_Source] = field(default_factory=list)

    def failed(self, line: str) -> None:
        """Say in one line what could not be done."""
        self.warn(line)
        self.status = WRONG

    def warn(self, line: str) -> None:
        """Say one line on standard error, without any secret that a name of a file may hold."""
        text = self.redactor.text(line) if self.redactor else line
        print(f"why401: {printable(text)}", file=sys.stderr)

    def judge(self, item: Scanned) -> None:
        """Let `item` decide over the exit status."""
        if self.status == 0 and is_at_least(item.diagnosis.severity, self.options.fail_on):
            self.status = 1


def scan_files(files: Sequence[str], configuration: Configuration, options: ScanOptions) -> int:
    """Scan `files`, write what the options ask for, and return the exit status."""
    loaded = load_knowledge(configuration.rule_folders)
    masker = Masker(secrets.token_bytes(32))
    redacts = configuration.settings.redact and not options.no_redact
    scan = _Scan(options, loaded.knowledge, Redactor(masker) if redacts else None)
    for error in loaded.errors:
        scan.warn(str(error))
    if options.no_redact:
        scan.warn(
            said(
                options.language,
                "已关闭脱敏：输出里有密码、令牌和密钥，不要发给任何人",
                "redaction is off: the output holds passwords, tokens and keys; do not share it",
            )
        )
    events = scan_all(
        files,
        loaded.knowledge,
        configuration.keys,
        masker,
        together=options.together,
        rediagnose=options.rediagnose,
        wants_healthy=options.needs_all,
        keeps_captures=options.needs_all,
    )
    try:
        _follow(events, scan)
        _report(scan)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone: what it wanted it has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        scan.failed(f"standard output: cannot be written: {error.strerror or error}")
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        events.close()
    return scan.status


def _follow(events: Iterator[Event], scan: _Scan) -> None:
    """Take over what is found, and print it at once where lines are asked for."""
    lines = _Lines(scan) if scan.options.output == "jsonl" else None
    items: dict[str, list[Scanned]] = {}
    for event in events:
        match event:
            case Found(item):
                scan.judge(item)
                if lines is not None:
                    lines.add(item)
                if lines is None or scan.options.needs_all:
                    items.setdefault(item.source, []).append(item)
            case Told(exchange):
                if scan.redactor is not None:
                    scan.redactor.learn(exchange)
            case Finished(count, seconds, capture, error):
                found = sorted(items.pop(count.path, ()), key=lambda item: item.index)
                scan.sources.append(_Source(count, seconds, capture, found))
                for skip in count.skips:
                    scan.warn(f"{count.path}#{skip.index}: {skip.reason}")
                if error is not None:
                    scan.failed(error)
            case Failed(line):
                scan.failed(line)
    if lines is not None:
        lines.flush()


class _Lines:
    """Findings as JSON lines, each soon after it is settled. A few are redacted together: to find
    all that is known to be secret costs more with each new secret."""

    def __init__(self, scan: _Scan) -> None:
        self._scan = scan
        self._held: list[Scanned] = []
        self._next_s = 0.0

    def add(self, item: Scanned) -> None:
        """Print `item` now, or with the next few."""
        if item.is_flagged or self._scan.options.show_all:
            self._held.append(item)
            if time.monotonic() >= self._next_s:
                self.flush()

    def flush(self) -> None:
        """Print what was held back."""
        started = time.monotonic()
        for item in self._held:
            _write_json(plain_item(item, self._scan.knowledge, self._scan.redactor))
        self._held.clear()
        ended = time.monotonic()
        self._next_s = ended + max(_PAUSE_S, 4 * (ended - started))


def _report(scan: _Scan) -> None:
    """Write everything that is written when all is known."""
    options, redactor = scan.options, scan.redactor
    captures = [source.capture for source in scan.sources if source.capture is not None]
    if redactor is not None and options.needs_all:
        redactor.learn_all(all_exchanges(captures))
    match options.output:
        case "json":
            diagnoses = [plain_item(item, scan.knowledge, redactor) for item in _shown(scan)]
            _write_json({"schema": SCHEMA, "sources": _counts(scan), "diagnoses": diagnoses})
        case "jsonl":
            _write_json({"schema": SCHEMA, "sources": _counts(scan)})
        case _:
            _print_for_people(scan)
    if options.har and scan.sources:
        _write_har(options.har, scan)
    if options.html and scan.sources:
        _write_html(options.html, scan)


def _counts(scan: _Scan) -> list[dict[str, Plain]]:
    """Return `sources`, names of files masked where they hold a secret."""
    name = scan.redactor.text if scan.redactor else str
    return [
        plain | {"path": name(source.count.path)}
        for source in scan.sources
        for plain in (source.count.plain(),)
    ]


def _shown(scan: _Scan) -> Iterator[Scanned]:
    for source in scan.sources:
        for item in source.items:
            if item.is_flagged or scan.options.show_all:
                yield item


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def _print_for_people(scan: _Scan) -> None:
    # Each way out imports what it needs: for a small file that is most of the time.
    from rich.console import Console

    from why401.report.story import story
    from why401.report.terminal import SEVERITY, print_story

    console = Console(highlight=False, emoji=False, markup=False)
    language, redactor = scan.options.language, scan.redactor
    for item in _shown(scan):
        diagnosis = item.diagnosis
        head = f"{item.id}  {item.method} {item.url} → {item.status or '—'}"
        if redactor is not None:
            diagnosis = redactor.diagnosis(diagnosis)
            head = redactor.text(head)
        severity = diagnosis.severity
        word = f"  {say(labels.SEVERITY[severity], language, {})}" if severity else ""
        console.print(
            printable(head) + word, style=SEVERITY[severity] if severity else "", soft_wrap=True
        )
        print_story(console, story(diagnosis, scan.knowledge, language), language)
        console.print()
    for source in scan.sources:
        line = _source_line(source, language)
        console.print(redactor.text(line) if redactor else line, style="bold", soft_wrap=True)
    sys.stdout.flush()


def _source_line(source: _Source, language: Language) -> str:
    count = source.count
    proven = sum(item.diagnosis.certainty is Certainty.PROVEN for item in source.items)
    parts_zh = [f"{count.entries} 个请求", f"{count.flagged} 个有问题", f"{proven} 个已证实"]
    parts_en = [f"{count.entries} exchanges", f"{count.flagged} failed", f"{proven} proven"]
    if count.skipped:
        parts_zh.append(f"{count.skipped} 个读不出")
        parts_en.append(f"{count.skipped} unreadable")
    parts = parts_zh if language == "zh" else parts_en
    return "  ".join([printable(count.path), *parts, f"{source.seconds:.2f} s"])


def _write_har(out: str, scan: _Scan) -> None:
    from why401.report.annotated import write_annotated

    try:
        write_annotated(
            out,
            lambda: _diagnosed(scan),
            scan.knowledge,
            scan.options.language,
            scan.redactor,
            pages=tuple(_pages(scan)),
        )
    except OutputError as error:
        scan.failed(str(error))


def _diagnosed(scan: _Scan) -> Iterator[Diagnosed]:
    """Yield every exchange with what was found, what its user typed, and its page."""
    from why401.report.annotated import Diagnosed, typed_comment

    for number, source in enumerate(scan.sources):
        found = {item.index: item.diagnosis for item in source.items if item.is_flagged}
        for entry in source.capture or ():
            if isinstance(entry, Skipped):
                continue
            try:
                exchange, note = entry.exchange(), entry.annotation
            except UnreadableEntryError:
                continue
            typed = typed_comment(note, exchange, scan.knowledge) if note else ""
            page = _page_id(number, note.page, scan) if note and note.page else ""
            yield Diagnosed(exchange, found.get(entry.index, HEALTHY), typed, page)


def _pages(scan: _Scan) -> Iterator[Page]:
    """Yield the groups of entries of every file; `comment` says how many were flagged in each."""
    from why401.report.har import Page

    for number, source in enumerate(scan.sources):
        pages = getattr(source.capture, "pages", ())
        flagged = {item.index for item in source.items if item.is_flagged}
        counts: Counter[str] = Counter()
        for entry in (source.capture or ()) if pages and flagged else ():
            if isinstance(entry, Entry) and entry.index in flagged and entry.annotation:
                counts[entry.annotation.page] += 1
        for page in pages:
            name, title = str(page.get("id", "")), str(page.get("title", ""))
            count = counts[name]
            told = said(scan.options.language, f"{count} 个有问题", f"{count} flagged")
            yield Page(
                _page_id(number, name, scan),
                title,
                unix_seconds(page.get("startedDateTime")),
                told if count else "",
            )


def _page_id(number: int, name: str, scan: _Scan) -> str:
    """Return the id of a page: files scanned together may all have a `page_1`."""
    return name if len(scan.sources) == 1 else f"{number + 1}-{name}"


def _write_html(out: str, scan: _Scan) -> None:
    from why401 import __version__
    from why401.knowledge.rule import Text
    from why401.report.annotated import receipt_line
    from why401.report.html import Frame, write_report
    from why401.report.html_groups import Row

    def rows() -> Iterator[Row]:
        for source in scan.sources:
            for item in source.items:
                shown = plain_item(item, scan.knowledge, scan.redactor)
                diagnosis = shown["diagnosis"]
                yield Row(
                    id=str(shown["id"]),
                    source=str(shown["source"]),
                    index=item.index,
                    method=str(shown["method"]),
                    url=str(shown["url"]),
                    status=item.status,
                    at_s=item.at_s,
                    diagnosis=diagnosis
                    if item.is_flagged and isinstance(diagnosis, dict)
                    else None,
                )

    # The receipt counts what was replaced: so everything is redacted before it is asked for.
    made = list(rows())
    receipt = scan.redactor.receipt() if scan.redactor else None
    frame = Frame(
        sources=_counts(scan),
        receipt=Text(receipt_line(receipt, "zh"), receipt_line(receipt, "en")),
        language=scan.options.language,
        version=__version__,
        made_s=time.time(),
        is_redacted=scan.redactor is not None,
    )
    try:
        write_report(out, made, frame)
    except OutputError as error:
        scan.failed(str(error))
