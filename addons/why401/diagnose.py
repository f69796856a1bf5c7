"""The one entry to the core: an exchange goes in, its diagnosis comes out.

The way of an exchange: triage, then a Case (everything decoded once), then detectors and rules,
then rank. History learns from it and may revise what was said about an earlier one.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from why401 import triage
from why401.case import Case
from why401.context import Context
from why401.credentials.show import show_challenge, show_credential
from why401.detectors import DETECTORS, Detector
from why401.handshake import is_handshake_leg
from why401.history import History
from why401.keys import Keys
from why401.knowledge.base import Knowledge
from why401.masking import Masker
from why401.model import Certainty, Diagnosis, Evidence, Exchange, Finding, Severity
from why401.rank import ranked

logger = logging.getLogger(__name__)

HEALTHY = Diagnosis()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one exchange led to: its own diagnosis, and those of earlier exchanges which it
    changes, as (exchange id, diagnosis)."""

    diagnosis: Diagnosis
    revised: tuple[tuple[str, Diagnosis], ...] = ()


class Diagnoser:
    """Diagnoses the exchanges of one capture, or of one session of the proxy, in order of time."""

    def __init__(self, knowledge: Knowledge, keys: Keys, masker: Masker) -> None:
        self.knowledge = knowledge
        self.history = History()
        self.context = Context(self.history, keys, masker)
        self._reported_faults: set[str] = set()

    def needs_look(self, status: int, host: str) -> bool:
        """Return whether `diagnose` could say or learn anything; costs about a microsecond."""
        return triage.needs_look(status, host) or self.history.awaits_answer_from(host)

    def diagnose(self, exchange: Exchange) -> Outcome:
        """Return what is wrong with `exchange`, and what it changes about earlier ones."""
        status = exchange.response.status if exchange.response else 0
        if not self.needs_look(status, exchange.request.host):
            return Outcome(HEALTHY)
        case = Case(exchange)
        self.history.learn_clock(case)
        skew_s = self.history.skew_s(exchange.request.host)
        case = dataclasses.replace(case, skew_s=skew_s)
        revised = tuple(
            (exchange_id, dataclasses.replace(diagnosis, findings=()))
            for exchange_id, diagnosis in self.history.answered(case)
        )
        diagnosis = self._diagnosis(case, skew_s)
        if status in (401, 407):
            self.history.challenged(case, diagnosis)
        return Outcome(diagnosis, revised)

    def _diagnosis(self, case: Case, skew_s: float | None) -> Diagnosis:
        if is_handshake_leg(case):
            findings: tuple[Finding, ...] = ()
        else:
            faults: list[str] = []
            found = list(self._found(case, faults))
            if case.status in (401, 403) and not _says_why(found, self.knowledge):
                found.append(_unexplained(case))
            findings = ranked(found, case, self.knowledge)
            if faults:
                return Diagnosis(findings=findings, faults=tuple(faults))
        if not findings:
            return HEALTHY
        masker = self.context.masker
        rules = (self.knowledge.rule(finding.rule) for finding in findings)
        return Diagnosis(
            findings=findings,
            credentials=(
                *(show_credential(credential, masker) for credential in case.credentials),
                *(show_challenge(challenge) for challenge in case.challenges),
            ),
            answered_by=next(
                (rule.answered_by for rule in rules if rule and rule.answered_by), None
            ),
            clock_skew_s=None if skew_s is None else round(skew_s, 1),
        )

    def _found(self, case: Case, faults: list[str]) -> Iterator[Finding]:
        for detector in DETECTORS:
            yield from self._guarded(detector, case, faults)
        yield from self.knowledge.findings(case)

    def _guarded(self, detector: Detector, case: Case, faults: list[str]) -> list[Finding]:
        """Run one detector. The one place where any exception is caught: a fault of ours costs
        that detector's findings, is named in the diagnosis, and never stops the traffic."""
        try:
            return list(detector.detect(case, self.context))
        except Exception:
            faults.append(detector.name)
            if detector.name not in self._reported_faults:
                self._reported_faults.add(detector.name)
                logger.exception("detector %s failed on an exchange", detector.name)
            return []


def _says_why(found: list[Finding], knowledge: Knowledge) -> bool:
    rules = ((finding, knowledge.rule(finding.rule)) for finding in found)
    return any(
        (finding.severity or rule.severity) is not Severity.INFO for finding, rule in rules if rule
    )


def _unexplained(case: Case) -> Finding:
    """A refusal that nothing explains is never silent."""
    return Finding(
        "auth/unknown",
        Certainty.PROVEN,
        (Evidence("response.status", case.status),),
        values={"status": case.status},
    )
