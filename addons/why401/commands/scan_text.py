"""What `why401 scan` prints for people."""

from __future__ import annotations

import sys

import msgspec

from why401.commands.scan_state import Scan, Source
from why401.knowledge.words import Language, printable, say
from why401.language import counted
from why401.model import Certainty
from why401.report import labels
from why401.report.story import Line, story
from why401.report.terminal import SEVERITY, Page


def print_for_people(scan: Scan) -> None:
    """Print one block a finding, and a line for each file."""
    page = Page()
    language, redactor = scan.options.language, scan.redactor
    for item in scan.shown():
        diagnosis = item.diagnosis
        head = f"{item.id}  {item.method} {item.url} → {item.status or '—'}"
        if redactor is not None:
            diagnosis = redactor.diagnosis(diagnosis)
            head = redactor.text(head)
        severity = diagnosis.severity
        word = f"  {say(labels.SEVERITY[severity], language, {})}" if severity else ""
        page.line(printable(head) + word, SEVERITY[severity] if severity else "")
        # The file stands above: beside it an exchange is its number.
        lines = story(diagnosis, scan.knowledge, language)
        page.story((_short(line, f"{item.source}#") for line in lines), language)
        page.line()
    for source in scan.sources:
        line = _source_line(source, language)
        page.line(scan.name(line), "bold")
    sys.stdout.flush()


def _short(line: Line, source: str) -> Line:
    if source not in line.text:
        return line
    return msgspec.structs.replace(line, text=line.text.replace(source, "#"))


def _source_line(source: Source, language: Language) -> str:
    count = source.count
    proven = sum(item.diagnosis.certainty is Certainty.PROVEN for item in source.items)
    parts_zh = [f"{count.entries} 个请求", f"{count.flagged} 个有问题", f"{proven} 个已证实"]
    parts_en = [counted(count.entries, "exchange"), f"{count.flagged} flagged", f"{proven} proven"]
    if count.skipped:
        parts_zh.append(f"{count.skipped} 个读不出")
        parts_en.append(f"{count.skipped} unreadable")
    parts = parts_zh if language == "zh" else parts_en
    return "  ".join([printable(count.path), *parts, f"{source.seconds:.2f} s"])
