"""The whole story of one exchange as lines: what is wrong, how sure, what was seen, why, what to
change. The content view prints them plain, the terminal in colour."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from why401.knowledge.base import Knowledge
from why401.knowledge.rule import Text
from why401.knowledge.words import Language, moment, printable, say, short_names
from why401.model import Certainty, Diagnosis, Finding
from why401.report import labels
from why401.report.details import credential_lines, shown, signature_lines, signed_lines


class Style(enum.Enum):
    """What a line is, for those who can colour it."""

    TITLE = enum.auto()
    RULE = enum.auto()
    TEXT = enum.auto()
    EXACT = enum.auto()
    """Bytes that count one by one, as of what was signed: never wrapped, so that they can be
    copied."""
    FIX = enum.auto()
    BLANK = enum.auto()


class Line(msgspec.Struct, frozen=True):
    """One line of the story: `heading` stands in the left column, `text` beside it."""

    style: Style
    text: str = ""
    heading: str = ""
    certainty: Certainty | None = None


_BLANK = Line(Style.BLANK)


def story(diagnosis: Diagnosis, knowledge: Knowledge, language: Language) -> Iterator[Line]:
    """Yield the story of `diagnosis` in `language`, the best explanation in full first."""
    teller = _Teller(knowledge, language)
    if diagnosis.faults:
        names = {"detectors": ", ".join(diagnosis.faults)}
        yield Line(Style.TITLE, say(labels.OUR_FAULT, language, names))
        yield _BLANK
    if not diagnosis.findings:
        yield Line(Style.TITLE, say(labels.HEALTHY, language, {}))
        yield _BLANK
    for number, finding in enumerate(diagnosis.findings):
        yield from teller.finding(finding, is_first=number == 0)
    yield from teller.timeline(diagnosis)
    yield from teller.credentials(diagnosis)
    yield from teller.signatures(diagnosis)
    yield from teller.circumstances(diagnosis)
    yield from teller.references(diagnosis)


class _Teller:
    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self.knowledge = knowledge
        self.language: Language = language

    def say(self, text: Text) -> str:
        return say(text, self.language, {})

    def section(
        self, heading: Text, lines: Iterator[str] | list[str], style: Style = Style.TEXT
    ) -> Iterator[Line]:
        """Yield `lines` with `heading` beside the first, nothing where there are none."""
        first = self.say(heading)
        for text in lines:
            for part in text.splitlines() or [""]:
                yield Line(style, part, first)
                first = ""

    def finding(self, finding: Finding, *, is_first: bool) -> Iterator[Line]:
        rule = self.knowledge.rule(finding.rule)
        values = finding.values
        titled = rule.titled(finding.causes) if rule else None
        title = say(titled, self.language, values) if titled else finding.rule
        certainty = finding.causes[0].certainty if finding.causes else finding.certainty
        yield Line(Style.TITLE, title, "" if is_first else self.say(labels.ALSO), certainty)
        verdict = f"{finding.rule} # {finding.causes[0].id}" if finding.causes else finding.rule
        yield Line(Style.RULE, verdict)
        if is_first:
            yield _BLANK
        whys = rule.why if rule else {}
        seen: list[str] = []
        for evidence in finding.evidence:
            text = shown(evidence.seen)
            # A UUID elsewhere is somebody's: a `sub`, a `jti`.
            of_history = evidence.where.startswith("history.")
            seen.append(f"{evidence.where}  {short_names(text) if of_history else text}")
            if evidence.where in whys:
                seen.append(f"  → {say(whys[evidence.where], self.language, values)}")
        yield from self.section(labels.SEEN, seen)
        if finding.related:
            yield from self.section(labels.RELATED, [short_names(" ".join(finding.related))])
        if is_first:
            yield _BLANK
        causes = [(found, rule.cause(found.id) if rule else None) for found in finding.causes]
        told: set[str] = set()
        for number, (found, cause) in enumerate(causes):
            if cause is None:
                continue
            certainty_word = self.say(labels.CERTAINTY[found.certainty])
            several = f"  [{certainty_word}]" if len(causes) > 1 else ""
            heading = labels.WHY if number == 0 else labels.OTHERWISE
            why = say(cause.text, self.language, values) + several
            yield from self.section(heading, [why])
            fix = say(cause.fix, self.language, values)
            if fix not in told:
                told.add(fix)
                yield from self.section(labels.FIX, [fix], Style.FIX)
        if rule and rule.decide and causes and causes[0][0].certainty is not Certainty.PROVEN:
            yield from self.section(labels.DECIDE, [say(rule.decide, self.language, values)])
        yield _BLANK

    def timeline(self, diagnosis: Diagnosis) -> Iterator[Line]:
        """Yield what happened before to the credentials, one moment a line."""
        if not diagnosis.timeline:
            return
        subjects = list(dict.fromkeys(event.subject for event in diagnosis.timeline))
        lines = [
            "  ".join(
                part
                for part in (
                    _time_of_day(event.at_s),
                    short_names(printable(event.exchange)),
                    self.say(labels.EVENTS.get(event.event, Text(event.event, event.event))),
                    event.subject if len(subjects) > 1 else "",
                    printable(event.via),
                    printable(event.client),
                )
                if part
            )
            for event in diagnosis.timeline
        ]
        yield from self.section(labels.TIMELINE, [*subjects[:1], *lines])
        yield _BLANK

    def credentials(self, diagnosis: Diagnosis) -> Iterator[Line]:
        sent = [c for c in diagnosis.credentials if c.kind == "credential"]
        asked = [c for c in diagnosis.credentials if c.kind == "challenge"]
        carried = [line for each in sent for line in credential_lines(each, self.language)]
        # Where nobody asked for one it may be signed, or carry what stands in the evidence.
        if diagnosis.findings and asked and not carried:
            carried = [self.say(labels.NO_CREDENTIALS)]
        yield from self.section(labels.REQUEST_CARRIES, carried)
        yield from self.section(
            labels.RESPONSE_ASKS,
            [line for each in asked for line in credential_lines(each, self.language)],
        )

    def signatures(self, diagnosis: Diagnosis) -> Iterator[Line]:
        heading = self.say(labels.SIGNATURES)
        for check in diagnosis.signatures:
            for text in signature_lines(check, self.language):
                yield Line(Style.TEXT, text, heading)
                heading = ""
            yield from (Line(Style.EXACT, text) for text in signed_lines(check))

    def circumstances(self, diagnosis: Diagnosis) -> Iterator[Line]:
        if diagnosis.answered_by:
            yield from self.section(labels.ANSWERED_BY, [diagnosis.answered_by])
        skew_s = diagnosis.clock_skew_s
        # A Date header is cut to seconds and the way takes time: less than this says nothing.
        if skew_s is not None and abs(skew_s) > 5:
            text = labels.CLOCK_AHEAD if skew_s > 0 else labels.CLOCK_BEHIND
            yield from self.section(
                labels.CLOCK, [say(text, self.language, {"skew_s": abs(skew_s)})]
            )

    def references(self, diagnosis: Diagnosis) -> Iterator[Line]:
        rules = (self.knowledge.rule(finding.rule) for finding in diagnosis.findings[:1])
        urls = [reference.url for rule in rules if rule for reference in rule.references]
        yield from self.section(labels.REFERENCES, list(dict.fromkeys(urls)))


def _time_of_day(unix_s: float | None) -> str:
    """Return `10:02:11` in UTC, empty where nobody knows."""
    return "" if unix_s is None else moment(unix_s)[11:19]
