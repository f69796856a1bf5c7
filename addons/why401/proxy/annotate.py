"""A diagnosis written onto a flow: comment, mark and metadata, the user's own left in place."""

from __future__ import annotations

from mitmproxy import http

from why401.knowledge.base import Knowledge
from why401.knowledge.words import Language
from why401.model import Diagnosis, Severity
from why401.proxy.metadata import METADATA
from why401.report.plain import facts, from_facts
from why401.report.summary import summary

SEPARATOR = " ┃ "
"""Between our summary and what the user typed."""
MARKS = {Severity.ERROR: ":red_circle:", Severity.WARNING: ":large_orange_diamond:"}


def annotate(
    flow: http.HTTPFlow, diagnosis: Diagnosis, knowledge: Knowledge, language: Language
) -> None:
    """Write `diagnosis` onto `flow`, in place of what an earlier one left there. A healthy flow
    keeps no trace of us."""
    remove_annotation(flow)
    if not diagnosis.findings and not diagnosis.faults:
        return
    line = summary(diagnosis, knowledge, language)
    mark = "" if flow.marked else MARKS.get(diagnosis.severity or Severity.INFO, "")
    flow.comment = f"{line}{SEPARATOR}{flow.comment}" if flow.comment else line
    flow.marked = mark or flow.marked
    # What we wrote is remembered, so that exactly that can be taken away again.
    ours = facts(diagnosis)
    ours["comment"], ours["mark"] = line, mark
    flow.metadata[METADATA] = ours


def remove_annotation(flow: http.HTTPFlow) -> None:
    """Take away what `annotate` wrote; what the user typed or set since then stays."""
    ours = flow.metadata.pop(METADATA, None)
    if not isinstance(ours, dict):
        return
    line, mark = ours.get("comment"), ours.get("mark")
    if line and flow.comment.startswith(line):
        flow.comment = flow.comment.removeprefix(line).removeprefix(SEPARATOR)
    if mark and flow.marked == mark:
        flow.marked = ""


def own_comment(flow: http.HTTPFlow) -> str:
    """Return what the user typed, without our summary before it."""
    ours = flow.metadata.get(METADATA)
    line = ours.get("comment") if isinstance(ours, dict) else None
    if line and flow.comment.startswith(line):
        return flow.comment.removeprefix(line).removeprefix(SEPARATOR)
    return flow.comment


def diagnosis_of(flow: http.HTTPFlow) -> Diagnosis | None:
    """Return the diagnosis that stands on `flow`, in this session or in a file it came from."""
    return from_facts(flow.metadata.get(METADATA))
