"""A diagnosis as plain values: facts alone for flow metadata, facts with words for JSON and HAR
(the shape of the published schema)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from why401.knowledge.base import Knowledge
from why401.knowledge.rule import Rule
from why401.knowledge.words import printable, say_both
from why401.model import CauseFound, Diagnosis, Evidence, Finding, Plain, Shown, SignatureCheck
from why401.report.summary import summary

SCHEMA = "why401/1"


def facts(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return `diagnosis` without words, in plain types that flow files can hold.

    A proxy keeps this for every refusal of a long session, so what is empty is left out, and what
    many refusals have in common (a token decoded, the same causes) is one value that they share:
    nobody may change what stands in the mapping that this returns.
    """
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": diagnosis.verdict,
        "findings": [_finding_facts(finding) for finding in diagnosis.findings],
        "credentials": [_shown_facts(_Same(shown)) for shown in diagnosis.credentials],
        "signatures": [_signature_facts(check) for check in diagnosis.signatures],
    }
    if diagnosis.answered_by is not None:
        plain["answered_by"] = diagnosis.answered_by
    if diagnosis.clock_skew_s is not None:
        plain["clock_skew_s"] = diagnosis.clock_skew_s
    if diagnosis.timeline:
        plain["timeline"] = msgspec.to_builtins(diagnosis.timeline)
    if diagnosis.faults:
        plain["faults"] = list(diagnosis.faults)
    return plain


def _finding_facts(finding: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "rule": finding.rule,
        "certainty": finding.certainty.value,
        "evidence": [_evidence_facts(each) for each in finding.evidence],
        "causes": _cause_facts(finding.causes),
    }
    if finding.severity is not None:
        plain["severity"] = finding.severity.value
    if finding.values:
        plain["values"] = msgspec.to_builtins(finding.values, str_keys=True)
    if finding.related:
        plain["related"] = list(finding.related)
    return plain


def _evidence_facts(evidence: Evidence) -> dict[str, Any]:
    seen = evidence.seen
    if type(seen) in _SHARED:
        # Moments and earlier exchanges are no other refusal's.
        is_shared = evidence.where.startswith(_SIDES)
        return (_known_text if is_shared else _text)(evidence.where, seen)
    if isinstance(seen, dict) and {type(value) for value in seen.values()} <= _SHARED:
        return _known_members(evidence.where, tuple(seen.items()))
    return {"where": evidence.where, "seen": msgspec.to_builtins(seen, str_keys=True)}


_SIDES = ("request.", "response.")
_SHARED = {str, int}
"""By their exact types: to a cache, 1 and True and 1.0 are the same."""


def _text(where: str, seen: str | int) -> dict[str, Any]:
    return {"where": where, "seen": seen}


_known_text = functools.lru_cache(256)(_text)


@functools.lru_cache(128)
def _known_members(where: str, seen: tuple[tuple[str, str | int], ...]) -> dict[str, Any]:
    return {"where": where, "seen": dict(seen)}


@functools.lru_cache(256)
def _cause_facts(causes: tuple[CauseFound, ...]) -> list[dict[str, str]]:
    return [{"id": cause.id, "certainty": cause.certainty.value} for cause in causes]


class _Same:
    """A value as itself: the dicts in it have no hash."""

    __slots__ = ("value",)

    def __init__(self, value: Shown) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


@functools.lru_cache(64)
def _shown_facts(same: _Same) -> dict[str, Any]:
    return _without_none(msgspec.to_builtins(same.value, str_keys=True))


def _signature_facts(check: SignatureCheck) -> dict[str, Any]:
    if check.string_to_sign is None and check.server_saw is None and check.sent is None:
        return _known_signature(check)
    return _without_none(msgspec.to_builtins(check, str_keys=True))


@functools.lru_cache(64)
def _known_signature(check: SignatureCheck) -> dict[str, Any]:
    plain = _without_none(msgspec.to_builtins(check, str_keys=True))
    return {name: value for name, value in plain.items() if value not in ((), [])}


def from_facts(plain: object) -> Diagnosis | None:
    """Return the diagnosis that `facts` or `worded` wrote; None for anything else."""
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        return None
    try:
        return msgspec.convert(plain, Diagnosis)
    except msgspec.ValidationError:
        return None


def worded(diagnosis: Diagnosis, knowledge: Knowledge) -> dict[str, Any]:
    """Return `diagnosis` with its words in both languages, as the schema prescribes."""
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": diagnosis.verdict,
        "severity": diagnosis.severity.value if diagnosis.severity else "none",
        "summary": {
            "zh": summary(diagnosis, knowledge, "zh"),
            "en": summary(diagnosis, knowledge, "en"),
        },
        "findings": [_finding(finding, knowledge) for finding in diagnosis.findings],
        "credentials": [
            clean(_without_none(msgspec.to_builtins(c))) for c in diagnosis.credentials
        ],
        "signatures": [signature_plain(check) for check in diagnosis.signatures],
        "answered_by": diagnosis.answered_by,
        "clock_skew_s": diagnosis.clock_skew_s,
    }
    if diagnosis.certainty:
        plain["certainty"] = diagnosis.certainty.value
    if diagnosis.timeline:
        plain["timeline"] = [
            clean(_without_none(msgspec.to_builtins(event))) for event in diagnosis.timeline
        ]
    if diagnosis.faults:
        plain["faults"] = list(diagnosis.faults)
    return plain


def _finding(finding: Finding, knowledge: Knowledge) -> dict[str, Any]:
    rule = knowledge.rule(finding.rule)
    # A diagnosis read from a file may name a rule that this version no longer has.
    title = say_both(rule.titled(finding.causes), finding.values) if rule else _same(finding.rule)
    plain: dict[str, Any] = {
        "rule": finding.rule,
        "severity": (finding.severity or "info"),
        "certainty": finding.certainty.value,
        "title": title,
        "evidence": [_evidence(evidence, finding, rule) for evidence in finding.evidence],
        "causes": [],
        "references": [reference.url for reference in rule.references] if rule else [],
        "related": list(finding.related),
    }
    for found in finding.causes:
        cause = rule.cause(found.id) if rule else None
        plain["causes"].append(
            {
                "id": found.id,
                "certainty": found.certainty.value,
                "text": say_both(cause.text, finding.values) if cause else _same(found.id),
                "fix": say_both(cause.fix, finding.values) if cause else _same(found.id),
            }
        )
    if finding.values:
        plain["values"] = clean(dict(finding.values))
    if rule and rule.decide and finding.causes and finding.causes[0].certainty != "proven":
        plain["decide"] = say_both(rule.decide, finding.values)
    return plain


def _evidence(evidence: Evidence, finding: Finding, rule: Rule | None) -> dict[str, Any]:
    plain: dict[str, Any] = {"where": clean(evidence.where), "seen": clean(evidence.seen)}
    if rule and evidence.where in rule.why:
        plain["why"] = say_both(rule.why[evidence.where], finding.values)
    return plain


def clean(value: Plain, show: Callable[[str], str] = printable) -> Plain:
    """Return `value` with every text in it safe to show."""
    if isinstance(value, str):
        return show(value)
    if isinstance(value, list):
        return [clean(item, show) for item in value]
    if isinstance(value, dict):
        return {printable(key): clean(item, show) for key, item in value.items()}
    return value


def printable_lines(text: str) -> str:
    """Return `text`, which may have lines, safe to show."""
    return "\n".join(map(printable, text.split("\n")))


def signature_plain(check: SignatureCheck) -> dict[str, Any]:
    """Return the element of `signatures` for one check."""
    plain = _without_none(msgspec.to_builtins(check))
    if check.status == "mismatch":
        plain["explained_by"] = check.explained_by
    signed = plain.pop("string_to_sign", None)
    found = {key: clean(value) for key, value in plain.items() if value != []}
    if signed is not None:
        # Its lines are part of what is signed; all else in it is somebody's text.
        found["string_to_sign"] = printable_lines(signed)
    return found


def _without_none(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value is not None}


def _same(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}
