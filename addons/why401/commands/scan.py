"""`why401 scan`: files in, findings out, for people or as JSON, and an annotated HAR."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from why401.capture.entry import Capture
from why401.capture.errors import CaptureError
from why401.capture.read import read_capture
from why401.configuration import Configuration
from why401.diagnose import Diagnoser
from why401.knowledge.base import Knowledge
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language, printable, say
from why401.language import said
from why401.masking import Masker
from why401.model import Certainty, Plain
from why401.report import labels
from why401.report.annotated import Diagnosed, write_annotated
from why401.report.atomic import OutputError
from why401.report.redact import Redactor
from why401.report.story import story
from why401.report.terminal import SEVERITY, print_story
from why401.scan import (
    SCHEMA,
    Scanned,
    SourceCount,
    exchanges,
    is_at_least,
    plain_item,
    scan_capture,
)

WRONG = 2
PROGRESS_FROM = 2000
"""Entries from which on a progress bar is worth its flicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """The options of the command line."""

    language: Language
    output: str | None = None
    show_all: bool = False
    har: str | None = None
    fail_on: str = "error"
    together: bool = False
    rediagnose: bool = False
    no_redact: bool = False


@dataclass(slots=True)
class _Source:
    """A file that was read, and what was found in it."""

    capture: Capture
    items: list[Scanned]
    count: SourceCount
    seconds: float


@dataclass(slots=True)
class _Scan:
    """One run of the command."""

    options: ScanOptions
    configuration: Configuration
    knowledge: Knowledge
    masker: Masker
    status: int = 0
    sources: list[_Source] = field(default_factory=list)
    shared: Diagnoser | None = None

    def diagnoser(self) -> Diagnoser:
        """Return a diagnoser with a history of its own, or the one of --together."""
        if self.shared is not None:
            return self.shared
        made = Diagnoser(self.knowledge, self.configuration.keys, self.masker)
        if self.options.together:
            self.shared = made
        return made


def scan_files(files: Sequence[str], configuration: Configuration, options: ScanOptions) -> int:
    """Scan `files`, write what the options ask for, and return the exit status."""
    loaded = load_knowledge(configuration.rule_folders)
    for error in loaded.errors:
        _warn(str(error))
    if options.no_redact:
        _warn(
            said(
                options.language,
                "已关闭脱敏：输出里有密码、令牌和密钥，不要发给任何人",
                "redaction is off: the output holds passwords, tokens and keys; do not share it",
            )
        )
    scan = _Scan(options, configuration, loaded.knowledge, Masker(secrets.token_bytes(32)))
    redactor = (
        None if options.no_redact or not configuration.settings.redact else Redactor(scan.masker)
    )
    for path in files:
        _scan_file(path, scan)
    if redactor is not None:
        redactor.learn_all(item.exchange for item in _diagnosed(scan) if item.diagnosis.findings)
    _print(scan, redactor)
    if options.har and scan.sources:
        _write_har(options.har, scan, redactor)
    return scan.status


def _scan_file(path: str, scan: _Scan) -> None:
    """Add the file at `path` to what was scanned; one that cannot be read is one line."""
    started = time.perf_counter()
    try:
        capture = read_capture(path)
    except CaptureError as error:
        _warn(str(error))
        scan.status = WRONG
        return
    with _progress(len(capture)) as progress:
        task = progress.add_task(printable(path), total=len(capture))
        items, count = scan_capture(
            capture,
            scan.diagnoser(),
            rediagnose=scan.options.rediagnose,
            on_entry=lambda: progress.advance(task),
        )
    for skip in count.skips:
        _warn(f"{path}#{skip.index}: {skip.reason}")
    if capture.error is not None:
        _warn(str(capture.error))
        scan.status = WRONG
    scan.sources.append(_Source(capture, items, count, time.perf_counter() - started))
    if scan.status != WRONG and any(
        is_at_least(item.diagnosis.severity, scan.options.fail_on) for item in items
    ):
        scan.status = 1


def _progress(total: int) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=total < PROGRESS_FROM or not console.is_terminal,
    )


def _print(scan: _Scan, redactor: Redactor | None) -> None:
    match scan.options.output:
        case "json":
            document = {
                "schema": SCHEMA,
                "sources": [source.count.plain() for source in scan.sources],
                "diagnoses": list(_plain_items(scan, redactor)),
            }
            _write_json(document)
        case "jsonl":
            for item in _plain_items(scan, redactor):
                _write_json(item)
            _write_json(
                {"schema": SCHEMA, "sources": [source.count.plain() for source in scan.sources]}
            )
        case _:
            _print_for_people(scan, redactor)


def _plain_items(scan: _Scan, redactor: Redactor | None) -> Iterator[Plain]:
    diagnoser = scan.diagnoser()
    for item in _shown(scan, redactor):
        plain = plain_item(item, diagnoser)
        yield redactor.plain(plain) if redactor else plain


def _shown(scan: _Scan, redactor: Redactor | None) -> Iterator[Scanned]:
    """Yield what is to be told, its facts redacted before they are put into words."""
    for source in scan.sources:
        for item in source.items:
            if item.is_flagged or scan.options.show_all:
                yield (
                    replace(item, diagnosis=redactor.diagnosis(item.diagnosis))
                    if redactor
                    else item
                )


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def _print_for_people(scan: _Scan, redactor: Redactor | None) -> None:
    console = Console(highlight=False, emoji=False, markup=False)
    language = scan.options.language
    for item in _shown(scan, redactor):
        url = redactor.text(item.url) if redactor else item.url
        severity = item.diagnosis.severity
        head = f"{item.id}  {item.method} {url} → {item.status or '—'}"
        word = f"  {say(labels.SEVERITY[severity], language, {})}" if severity else ""
        console.print(
            printable(head) + word, style=SEVERITY[severity] if severity else "", soft_wrap=True
        )
        print_story(console, story(item.diagnosis, scan.knowledge, language), language)
    for source in scan.sources:
        console.print(_source_line(source, language), style="bold", soft_wrap=True)


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


def _write_har(out: str, scan: _Scan, redactor: Redactor | None) -> None:
    try:
        write_annotated(
            out, lambda: _diagnosed(scan), scan.knowledge, scan.options.language, redactor
        )
    except OutputError as error:
        _warn(str(error))
        scan.status = WRONG


def _diagnosed(scan: _Scan) -> Iterator[Diagnosed]:
    for source in scan.sources:
        found = {item.index: item for item in source.items}
        for index, exchange in exchanges(source.capture):
            if index in found:
                yield Diagnosed(exchange, found[index].diagnosis)


def _warn(line: str) -> None:
    print(f"why401: {printable(line)}", file=sys.stderr)
