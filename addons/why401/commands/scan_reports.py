"""The files that `why401 scan` writes: an annotated HAR and the report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import msgspec

from why401 import __version__
from why401.capture.entry import Entry, Skipped, UnreadableEntryError
from why401.capture.har_dates import unix_seconds
from why401.commands.scan_state import Scan
from why401.diagnose import HEALTHY
from why401.knowledge.rule import Text
from why401.language import said
from why401.report.annotated import (
    About,
    Diagnosed,
    receipt_line,
    typed_comment,
    write_annotated,
)
from why401.report.atomic import OutputError
from why401.report.har import Page
from why401.report.redaction import Receipt, placeholders
from why401.report.related import Rename, by_entry, entries_by_entry
from why401.scan import plain_item


def write_har(out: str, scan: Scan) -> None:
    """Write every exchange with what was found."""
    rename = entries_by_entry(
        [
            (source.count.path, source.count.entries, [skip.index for skip in source.count.skips])
            for source in scan.sources
        ]
    )
    try:
        write_annotated(
            out,
            lambda: _diagnosed(scan, rename),
            scan.knowledge,
            scan.options.language,
            scan.redactor,
            About(pages=tuple(_pages(scan)), rename=rename),
        )
    except OutputError as error:
        scan.could_not(error.path, error.message)


def _diagnosed(scan: Scan, rename: Rename) -> Iterator[Diagnosed]:
    """Yield every exchange with what was found, what its user typed, and its page."""
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
            diagnosis = by_entry(found.get(entry.index, HEALTHY), rename)
            yield Diagnosed(exchange, diagnosis, typed, page, entry.extras)


def _pages(scan: Scan) -> Iterator[Page]:
    """Yield the groups of entries of every file; `comment` says how many were flagged in each."""
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


def _page_id(number: int, name: str, scan: Scan) -> str:
    """Return the id of a page: files scanned together may all have a `page_1`."""
    return name if len(scan.sources) == 1 else f"{number + 1}-{name}"


def write_html(out: str, scan: Scan) -> None:
    """Write the report."""
    # Jinja2 takes as long to import as all else.
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

    made = list(rows())
    receipt = None
    if scan.redactor:
        kinds = Counter[str]()
        for row in made:
            kinds.update(placeholders(msgspec.json.encode(row)))
        receipt = Receipt(dict(sorted(kinds.items())), scan.redactor.receipt().unparsed)
    frame = Frame(
        sources=scan.counts(),
        receipt=Text(receipt_line(receipt, "zh"), receipt_line(receipt, "en")),
        language=scan.options.language,
        version=__version__,
        made_s=time.time(),
        is_redacted=scan.redactor is not None,
    )
    try:
        write_report(out, made, frame)
    except OutputError as error:
        scan.could_not(error.path, error.message)
