"""The one entry to the core: an exchange goes in, its diagnosis comes out.

The way of an exchange: triage, then a Case (everything decoded once), then detectors and rules,
then rank. History learns from it and may revise what was said about an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from why401 import triage
from why401.case import Case
from why401.context import Context
from why401.credentials.show import show_challenge, show_credential
from why401.detectors import DETECTORS, Detect, concerned
from why401.detectors.credentials_missing import is_file_unmissed
from why401.detectors.recomputed import recorded
from why401.detectors.traits import traits_of
from why401.history import History
from why401.history.settling import Settled
from why401.history.sighting import placeholder
from why401.keys import Keys
from why401.knowledge.base import Knowledge
from why401.later import later
from why401.masking import Masker, origin
from why401.model import (
    CauseFound,
    Certainty,
    Diagnosis,
    Evidence,
    Exchange,
    Finding,
    Severity,
    TimelineEvent,
)
from why401.signatures import (
    NOTHING,
    Examination,
    examine,
    is_refused_probe,
    search_deeper,
    worth_judging,
)
from why401.triage.closing import closing_of
from why401.triage.grpc import grpc_refusal, may_refuse
from why401.triage.preflight import missing_from
from why401.triage.wechat import is_evidently_fine, sent_access_token
from why401.verdict.answers import weighed
from why401.verdict.counterfactual import lifted_by_earlier
from why401.verdict.evidence import without_secrets
from why401.verdict.handshake import is_handshake_leg, is_polling
from why401.verdict.rank import ranked
from why401.verdict.settled import settled_diagnosis

if TYPE_CHECKING:
    import logging
else:
    logging = later("logging")

HEALTHY = Diagnosis()


class Outcome(msgspec.Struct, frozen=True):
    """What one exchange led to: its own diagnosis, and those of earlier exchanges which it
    changes, as (exchange id, diagnosis).

    `deeper` is there where a search of some 50 ms may yet explain a signature: called, in any
    thread, it returns the diagnosis that replaces `diagnosis`."""

    diagnosis: Diagnosis
    revised: tuple[tuple[str, Diagnosis], ...] = ()
    deeper: Callable[[], Diagnosis] | None = None


class Diagnoser:
    """Diagnoses the exchanges of one capture, or of one session of the proxy, in order of time."""

    def __init__(self, knowledge: Knowledge, keys: Keys, masker: Masker) -> None:
        self.knowledge = knowledge
        self.history = History(masker.key)
        self.context = Context(self.history, keys, masker)
        self._reported_faults: set[str] = set()

    def needs_look(self, status: int, host: str) -> bool:
        """Return whether an answer with this status may hold a finding; about a microsecond."""
        return (
            status == 0
            or triage.needs_look(status, host)
            or (status >= 400 and self.history.is_watching(host))
        )

    def look(
        self,
        status: int,
        host: str,
        method: bytes,
        target: bytes,
        received: triage.Fields,
        content: bytes | None,
        sent_content: bytes | None,
        sent: triage.Fields = (),
    ) -> triage.Look:
        """Return what to do with an exchange before it is one: pass it by, learn from it, or judge
        it. `received` are the fields of the head and of the trailers, `content` the bodies on the
        wire, `sent` the request's fields, asked for of OPTIONS alone; costs some two
        microseconds."""
        if is_evidently_fine(status, host, target, received, content, sent_content):
            token = sent_access_token(target)
            is_known = token is not None and self.history.knows_token(token)
            is_known = is_known or self.history.awaits(method, host, target)
            return triage.Look.LEARN if is_known else triage.Look.NOTHING
        if (
            self.needs_look(status, host)
            or (status >= 300 and triage.is_login_redirect(status, received))
            or triage.says_refused(status, host, content)
            or (method == b"POST" and may_refuse(content) and grpc_refusal(received, content))
            or worth_judging(status, target, content, sent_content)
            or (method == b"OPTIONS" and 200 <= status < 300 and missing_from(sent, received))
        ):
            return triage.Look.JUDGE
        if self.history.awaits(method, host, target) or triage.teaches(
            status, method, target, received, content, sent_content
        ):
            return triage.Look.LEARN
        return triage.Look.NOTHING

    def diagnose(self, exchange: Exchange, look: triage.Look | None = None) -> Outcome:
        """Return what is wrong with `exchange`, and what it changes about earlier ones. `look` is
        what the method of that name said, where it was asked already."""
        faults: list[str] = []
        whole = ("diagnosis", lambda each, _: (self._outcome(each, look),))
        outcomes = self._guarded([whole], exchange, faults)
        return outcomes[0] if outcomes else Outcome(Diagnosis(faults=tuple(faults)))

    def _outcome(self, exchange: Exchange, look: triage.Look | None) -> Outcome:
        status = exchange.response.status if exchange.response else 0
        if look is None:
            look = self._look_at(exchange, status)
        if look is not triage.Look.JUDGE and self._opens_oddly(exchange, status, look):
            look = triage.Look.JUDGE
        if look is triage.Look.NOTHING:
            self._learn_success(exchange, status)
            return Outcome(HEALTHY)
        self.history.clocks.learn(exchange)
        skew_s = self.history.clocks.skew_s(exchange.request.host)
        case = Case(exchange, skew_s)
        diagnosis, deeper = HEALTHY, None
        if look is triage.Look.JUDGE:
            diagnosis, deeper = self._diagnosis(case, skew_s)
        learning = ("history", lambda case, _: self._learn(case, diagnosis))
        settled = self._guarded([learning], case, [])
        return Outcome(
            diagnosis,
            tuple(
                (each.refused.exchange, settled_diagnosis(case, each, self.knowledge))
                for each in settled
            ),
            deeper,
        )

    def _learn(self, case: Case, diagnosis: Diagnosis) -> tuple[Settled, ...]:
        settled = self.history.learn(case, diagnosis)
        self.context.learnt.learn(case)
        return settled

    def _look_at(self, exchange: Exchange, status: int) -> triage.Look:
        request, response = exchange.request, exchange.response
        if status == 101 and closing_of(exchange.websocket):
            return triage.Look.JUDGE
        return self.look(
            status,
            request.host,
            request.method.encode("utf-8", "surrogatepass"),
            request.target,
            (*response.headers.fields, *response.trailers.fields) if response else (),
            response.body.data if response and response.body else None,
            request.body.data if request.body else None,
            request.headers.fields,
        )

    def _opens_oddly(self, exchange: Exchange, status: int, look: triage.Look) -> bool:
        """Return whether a success is to be judged: what it opens was refused before."""
        if not 200 <= status < 300:
            return False
        request, history = exchange.request, self.history
        method = request.method.encode("utf-8", "surrogatepass")
        if not history.was_refused(method, request.host, request.target):
            return False
        if look is triage.Look.LEARN:
            return True
        sent = triage.authorization(request.headers.fields)
        return history.opens_oddly(method, request.host, request.target, sent, exchange.at_s)

    def _learn_success(self, exchange: Exchange, status: int) -> None:
        request = exchange.request
        sent = triage.authorization(request.headers.fields)
        if sent and 200 <= status < 300:
            method = request.method.encode("utf-8", "surrogatepass")
            self.history.learn_success(
                method, request.host, request.target, sent, exchange.id, exchange.at_s
            )
            self.context.learnt.digests.learn_success(exchange, sent)

    def _diagnosis(
        self, case: Case, skew_s: float | None
    ) -> tuple[Diagnosis, Callable[[], Diagnosis] | None]:
        if is_handshake_leg(case) or is_polling(case) or is_refused_probe(case):
            return HEALTHY, None
        faults: list[str] = []
        found = self._found(case, faults)
        examination = self._examined(case, faults)
        diagnosis = self._concluded(case, skew_s, found, examination, faults)
        timeline = self._timeline(case) if diagnosis.findings and not faults else ()
        if timeline:
            diagnosis = msgspec.structs.replace(diagnosis, timeline=timeline)
        if not examination.wants_deeper or faults:
            return diagnosis, None

        def searched(case: Case, _context: Context) -> tuple[Diagnosis]:
            examined = search_deeper(examination)
            concluded = self._concluded(case, skew_s, found, examined, faults)
            return (msgspec.structs.replace(concluded, timeline=diagnosis.timeline),)

        def deeper() -> Diagnosis:
            explained = self._guarded([("deeper search", searched)], case, faults)
            return (
                explained[0]
                if explained
                else msgspec.structs.replace(diagnosis, faults=tuple(faults))
            )

        return diagnosis, deeper

    def _concluded(
        self,
        case: Case,
        skew_s: float | None,
        found: list[Finding],
        examination: Examination,
        faults: list[str],
    ) -> Diagnosis:
        """Return the diagnosis that follows from what detectors, rules and signatures found."""
        answers = weighed(
            [*examination.findings, *found], self.knowledge.answers(case), self.knowledge, case
        )
        answered_by = answers.answered_by
        weighed_findings = list(answers.findings)
        if case.stated_status in (401, 403) and not _says_why(weighed_findings, self.knowledge):
            weighed_findings.append(_unexplained(case))
        masker = self.context.masker
        findings = without_secrets(
            ranked(weighed_findings, case, self.knowledge, answers.stated), case, masker
        )
        findings = lifted_by_earlier(findings, case, self.history, self.knowledge)
        if faults:
            return Diagnosis(findings=findings, faults=tuple(faults))
        if not findings:
            return HEALTHY
        rules = (self.knowledge.rule(finding.rule) for finding in findings)
        return Diagnosis(
            findings=findings,
            credentials=(
                *(show_credential(credential, masker) for credential in case.credentials),
                *(show_challenge(challenge) for challenge in case.challenges),
            ),
            answered_by=next(
                (rule.answered_by for rule in rules if rule and rule.answered_by), answered_by
            ),
            signatures=(*examination.checks, *recorded(case)),
            clock_skew_s=None if skew_s is None else round(skew_s, 1),
        )

    def _timeline(self, case: Case) -> tuple[TimelineEvent, ...]:
        """Return the life of the credentials of `case`, this exchange included."""
        earlier = self.history.timeline(case)
        if not earlier:
            return ()
        seen = self.history.seen(case)
        subject = (
            earlier[-1].subject
            if not case.has_credentials
            else placeholder("token", self.history.carried(case)[0].fingerprint)
        )
        here = TimelineEvent(
            "refused", seen.exchange, seen.at_s, subject, seen.via, seen.client_text
        )
        return (*earlier, here)

    def _found(self, case: Case, faults: list[str]) -> list[Finding]:
        listed = self._guarded([("traits", _concerned)], case, faults)
        parts = listed[0] if listed else ()
        return self._guarded((*parts, ("rules", self._by_rules)), case, faults)

    def _by_rules(self, case: Case, _context: Context) -> Iterator[Finding]:
        return self.knowledge.findings(case)

    def _examined(self, case: Case, faults: list[str]) -> Examination:
        found = self._guarded([("signatures", _examinations)], case, faults)
        return found[0] if found else NOTHING

    def _guarded[S, T](
        self,
        parts: Iterable[tuple[str, Callable[[S, Context], Iterable[T]]]],
        subject: S,
        faults: list[str],
    ) -> list[T]:
        """Return what the parts, each with its name, yield about `subject`. The one place where any
        exception is caught: a fault of ours costs that part's findings, is named in the diagnosis,
        and never stops the traffic."""
        found: list[T] = []
        for name, run in parts:
            try:
                # As a list first: of a part that fails halfway, nothing counts.
                found += [*run(subject, self.context)]
            except Exception as fault:  # noqa: BLE001, the one place
                faults.append(name)
                if name not in self._reported_faults:
                    self._reported_faults.add(name)
                    logger = logging.getLogger(__name__)
                    logger.error("%s failed on an exchange:\n%s", name, origin(fault))  # noqa: TRY400
        return found


def _concerned(case: Case, context: Context) -> tuple[tuple[tuple[str, Detect], ...]]:
    return (concerned(DETECTORS, traits_of(case, context)),)


def _examinations(case: Case, context: Context) -> tuple[Examination]:
    return (examine(case, context),)


def _says_why(found: list[Finding], knowledge: Knowledge) -> bool:
    rules = ((finding, knowledge.rule(finding.rule)) for finding in found)
    return any(
        (finding.severity or rule.severity) is not Severity.INFO for finding, rule in rules if rule
    )


def _unexplained(case: Case) -> Finding:
    """A refusal that nothing explains is never silent. A 401 that only a body under HTTP 200 speaks
    of has the causes of a 401."""
    causes: tuple[CauseFound, ...] = ()
    if case.status != 401 and case.stated_status == 401:
        name = "refused" if case.has_credentials else "not-recognised"
        causes = (CauseFound(name, Certainty.POSSIBLE),)
    is_unmissed = not case.has_credentials and is_file_unmissed(case)
    return Finding(
        "auth/unknown",
        Certainty.PROVEN,
        (Evidence("response.status", case.status),),
        causes,
        {"status": case.stated_status},
        severity=Severity.INFO if is_unmissed else None,
    )
