"""Flows as an annotated HAR, for the command `why401.export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mitmproxy import http

from why401.diagnose import HEALTHY
from why401.knowledge.base import Knowledge
from why401.knowledge.words import Language
from why401.proxy.annotate import diagnosis_of, own_comment
from why401.proxy.exchange import exchange_from_flow
from why401.report.annotated import Diagnosed, write_annotated
from why401.report.redact import Receipt, Redactor


def export_flows(
    flows: Sequence[http.HTTPFlow],
    path: Path,
    knowledge: Knowledge,
    language: Language,
    redactor: Redactor | None,
) -> Receipt:
    """Write `flows` to `path` and return what was redacted. Raises atomic.OutputError."""
    return write_annotated(path, lambda: _diagnosed(flows), knowledge, language, redactor)


def _diagnosed(flows: Sequence[http.HTTPFlow]) -> Iterator[Diagnosed]:
    for flow in flows:
        yield Diagnosed(exchange_from_flow(flow), diagnosis_of(flow) or HEALTHY, own_comment(flow))
