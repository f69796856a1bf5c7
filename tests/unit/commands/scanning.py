"""A run of scan over a healthy exchange and a refused one."""

from __future__ import annotations

from tests.hars import EXPIRED, entry, har, refused

from why401.capture.read import capture_from_bytes
from why401.commands.scan_state import Scan, ScanOptions, Source
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.report.redaction import Redactor
from why401.scan import Scanner

KNOWLEDGE = load_knowledge(()).knowledge


def scanned(**options: object) -> Scan:
    """Return the run, with these options; the name of its file holds a token."""
    masker = Masker(b"test")
    scanner = Scanner(Diagnoser(KNOWLEDGE, NO_KEYS, masker))
    items = list(scanner.scan([capture_from_bytes(har(entry(), refused()), f"{EXPIRED}.har")]))
    (count,) = scanner.counts.values()
    scan = Scan(ScanOptions(language="en", **options), KNOWLEDGE, Redactor(masker))  # type: ignore[arg-type]
    scan.sources.append(Source(count, 0.0, None, items))
    return scan
