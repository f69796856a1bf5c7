"""`why401 scan`: files in, findings out, for people or as JSON, and reports as files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from why401.capture.entry import Capture
from why401.capture.errors import CaptureError
from why401.capture.read import read_capture
from why401.commands.scan_files import Event, Failed, Finished, Found, Work, scan_all
from why401.commands.scan_state import Scan, ScanOptions, Source
from why401.configuration import Configuration
from why401.knowledge.load import load_knowledge
from why401.language import said
from why401.masking import Masker
from why401.report.redaction import Redactor
from why401.scan import SCHEMA, Scanned, all_exchanges, plain_item

_MAX_HELD = 5000
"""Lines of --jsonl that wait for the end of their file, some 20 MB; with more, the file is read a
second time for its secrets."""


def scan_files(files: Sequence[str], configuration: Configuration, options: ScanOptions) -> int:
    """Scan `files`, write what the options ask for, and return the exit status."""
    loaded = load_knowledge(configuration.rule_folders)
    masker = Masker(os.urandom(32))
    redacts = configuration.settings.redact and not options.no_redact
    scan = Scan(options, loaded.knowledge, Redactor(masker) if redacts else None)
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
    for out in _replacing(files, options):
        scan.could_not(out, "would replace a file that is read or written; name another")
        return scan.status
    work = Work(
        loaded.knowledge,
        configuration.keys,
        masker,
        name=scan.name,
        tell=scan.learn,
        rediagnose=options.rediagnose,
        wants_all=options.needs_all,
    )
    events = scan_all(files, work, together=options.together)
    with closing(events), suppress(_UnwantedError):
        _follow(events, scan)
        _report(scan)
    return scan.status


class _UnwantedError(Exception):
    """Nobody takes what is left to say."""


@contextmanager
def _printing(scan: Scan) -> Iterator[None]:
    """What is done here writes to standard output. Where that cannot be written to any more the
    reports still are; where none is asked for this raises _UnwantedError."""
    try:
        yield
    except OSError as error:
        # A reader (head, less) that has gone has what it wanted.
        if not isinstance(error, BrokenPipeError):
            name = said(scan.options.language, "标准输出", "standard output")
            scan.could_not(name, f"cannot be written: {error.strerror or error}")
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not scan.options.writes_files:
            raise _UnwantedError from None


def _replacing(files: Sequence[str], options: ScanOptions) -> Iterator[str]:
    """Yield the outputs that name one of `files` or each other: a capture replaced by its redacted
    copy would be lost."""
    taken = {os.path.realpath(path) for path in files if path != "-"}
    for out in filter(None, (options.har, options.html)):
        place = os.path.realpath(out)
        if place in taken and (not os.path.exists(place) or os.path.isfile(place)):
            yield out
        taken.add(place)


def _follow(events: Iterator[Event], scan: Scan) -> None:
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
            case Finished(count, seconds, capture, error):
                if lines is not None:
                    lines.finished(capture)
                found = sorted(items.pop(count.path, ()), key=lambda item: item.index)
                scan.sources.append(Source(count, seconds, capture, found))
                for skip in count.skips:
                    scan.about(f"{count.path}#{skip.index}", skip.reason)
                if error is None and 0 < count.entries == len(count.skips):
                    error = "holds no entry that can be read"
                if error is not None:
                    scan.could_not(count.path, error)
            case Failed(path, message):
                scan.could_not(path, message)


class _Lines:
    """Findings as JSON lines. Those of a file are held back until it has been judged to its end:
    what a later exchange names as secret may stand in an earlier one. Without redaction nothing
    waits."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._held: list[Scanned] = []
        self._known: set[str] = set()
        """Files whose secrets are all known before they are judged to their end."""

    def add(self, item: Scanned) -> None:
        """Print `item` now, or with the others of its file."""
        if not item.is_flagged and not self._scan.options.show_all:
            return
        if self._scan.redactor is None or item.source in self._known:
            self._write(item)
            return
        self._held.append(item)
        if len(self._held) % _MAX_HELD == 0:
            self._read_ahead()

    def finished(self, capture: Capture | None) -> None:
        """Print what was held back of a file that is judged; `capture` where it is kept."""
        redactor = self._scan.redactor
        if redactor is not None and capture is not None:
            redactor.learn_all(all_exchanges([capture]))
        self._flush()

    def _read_ahead(self) -> None:
        """Learn every secret of the files whose lines take too much memory, so that none need wait
        any longer. Standard input and pipes can be read once only: there they wait all the same."""
        redactor, sources = self._scan.redactor, {item.source for item in self._held}
        if redactor is None or not all(each != "-" and Path(each).is_file() for each in sources):
            return
        for path in sources:
            # What is wrong with a file is said by those who judge it.
            with suppress(CaptureError), closing(read_capture(path)) as capture:
                redactor.learn_all(all_exchanges([capture]))
        self._known |= sources
        self._flush()

    def _flush(self) -> None:
        for item in self._held:
            self._write(item)
        self._held.clear()

    def _write(self, item: Scanned) -> None:
        with _printing(self._scan):
            _write_json(plain_item(item, self._scan.knowledge, self._scan.redactor))


def _report(scan: Scan) -> None:
    """Write everything that is written when all is known. Each way out imports what it needs: for
    a small file that is most of the time."""
    options, redactor = scan.options, scan.redactor
    captures = [source.capture for source in scan.sources if source.capture is not None]
    if redactor is not None and options.needs_all:
        redactor.learn_all(all_exchanges(captures))
    with _printing(scan):
        match options.output:
            case "json":
                _write_document(scan)
            case "jsonl":
                _write_json({"schema": SCHEMA, "sources": scan.counts()})
            case _:
                from why401.commands.scan_text import print_for_people

                print_for_people(scan)
    if scan.sources and options.writes_files:
        from why401.commands.scan_reports import write_har, write_html

        if options.har:
            write_har(options.har, scan)
        if options.html:
            write_html(options.html, scan)


def _write_document(scan: Scan) -> None:
    """Write one document piece by piece: thousands of findings in plain types take much memory."""
    out = sys.stdout.buffer
    head = msgspec.json.encode({"schema": SCHEMA, "sources": scan.counts()})
    out.write(head[:-1] + b',"diagnoses":[')
    for number, item in enumerate(scan.shown()):
        plain = plain_item(item, scan.knowledge, scan.redactor)
        out.write(b"," * (number > 0) + msgspec.json.encode(plain))
    out.write(b"]}\n")
    out.flush()


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()
