"""Which explanation comes first: findings completed from their rules, thinned out and ordered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from why401.case import Case
from why401.knowledge.base import Compiled, Knowledge, names
from why401.model import CauseFound, Certainty, Finding, Severity

_CERTAINTIES = tuple(Certainty)
_SEVERITIES = tuple(Severity)


def ranked(
    findings: Sequence[Finding],
    case: Case,
    knowledge: Knowledge,
    stated: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return `findings`, best explanation first, each with its severity and its causes.

    The order given is that of the detectors: a broken link before what follows from it. Findings
    of the same rule are merged into the first; one that adds nothing to another is dropped.
    `stated` are the rules for which the server's own words agree with the bytes: the cause that is
    likely by itself is then proven, the one that is possible likely.
    """
    reported: dict[str, Certainty] = {}
    for finding in findings:
        reported[finding.rule] = _surest(finding.certainty, reported.get(finding.rule))
    complete: dict[str, Finding] = {}
    for finding in findings:
        compiled = knowledge.compiled(finding.rule)
        if compiled is None or finding.rule in complete:
            continue
        rule = compiled.rule
        if rule.gives_way_to and any(
            names(rule.gives_way_to, other) for other in reported if other != finding.rule
        ):
            continue
        causes = finding.causes or _causes(compiled, case, reported, finding)
        if finding.rule in stated:
            causes = (_surer(causes[0]), *causes[1:])
        complete[finding.rule] = Finding(
            finding.rule,
            finding.certainty,
            finding.evidence,
            causes,
            finding.values,
            _related(finding, compiled.provers, findings),
            finding.severity or rule.severity,
        )
    found = tuple(complete.values())
    return found if len(found) < 2 else tuple(sorted(found, key=_place))


def _related(
    finding: Finding, provers: Collection[str], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """Return the exchanges on which `finding` rests, those of what proves its causes included."""
    if not provers:
        return finding.related
    rests_on = [each for other in findings if other.rule in provers for each in other.related]
    return tuple(dict.fromkeys((*finding.related, *rests_on)))


def _place(finding: Finding) -> tuple[bool, bool, int, int, int]:
    """Sort key; Python's sort is stable, so equals stay in the order of the detectors."""
    severity = finding.severity or Severity.INFO
    return (
        severity is Severity.INFO,
        # What the server could do better is no answer to why it refused.
        severity is Severity.INFO and finding.rule.startswith("server/"),
        _CERTAINTIES.index(finding.certainty),
        _SEVERITIES.index(severity),
        _CERTAINTIES.index(finding.causes[0].certainty),
    )


def _causes(
    compiled: Compiled,
    case: Case,
    reported: Mapping[str, Certainty],
    finding: Finding,
) -> tuple[CauseFound, ...]:
    """Return the rule's causes that are still possible, the strongest first."""
    found = []
    for cause in compiled.causes:
        if cause.unless and cause.unless.seen(case):
            continue
        certainty = cause.certainty
        if cause.when and cause.when.seen(case):
            certainty = cause.lifted_to
        for prover in cause.provers:
            # No proof is surer than itself.
            certainty = _surest(certainty, reported.get(prover))
        # Nobody knows why better than that.
        found.append(CauseFound(cause.id, certainty.at_most(finding.certainty)))
    if not found:
        found = [CauseFound(compiled.causes[0].id, Certainty.POSSIBLE)]
    found.sort(key=_strength)
    return tuple(found)


def _strength(cause: CauseFound) -> int:
    return _CERTAINTIES.index(cause.certainty)


def _surer(cause: CauseFound) -> CauseFound:
    """Return `cause` one step more certain."""
    step = max(_CERTAINTIES.index(cause.certainty) - 1, 0)
    return msgspec.structs.replace(cause, certainty=_CERTAINTIES[step])


def _surest(certainty: Certainty, other: Certainty | None) -> Certainty:
    if other is None or other is certainty:
        return certainty
    return min(certainty, other, key=_CERTAINTIES.index)
