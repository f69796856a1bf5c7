"""The knowledge base at work: which rules match an exchange, found by index, not by trying all."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from why401.case import Case
from why401.knowledge.codes import CodeTable
from why401.knowledge.match import Match, compile_match
from why401.knowledge.rule import Rule, Status
from why401.model import Evidence, Finding
from why401.places import reader, seen_text


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to run; `match` is None for what a detector reports."""

    rule: Rule
    match: Match | None
    exception: Match | None
    when: Mapping[str, Match]
    unless: Mapping[str, Match]


class Knowledge:
    """All rules by id, and the indexes by which few of them are tried on an exchange.

    A rule that names `error.code` is tried only where a WeChat server states that code; one that
    names `response.status` only on that status; the rest on every exchange under examination.
    """

    def __init__(self, rules: Iterable[Rule], codes: CodeTable) -> None:
        self.codes = codes
        self.rules: dict[str, Compiled] = {}
        self._by_code: dict[str, list[Compiled]] = defaultdict(list)
        self._by_status: dict[int, list[Compiled]] = defaultdict(list)
        self._others: list[Compiled] = []
        for rule in rules:
            self._add(compiled(rule))

    def _add(self, rule: Compiled) -> None:
        self.rules[rule.rule.id] = rule
        if rule.match is None or rule.rule.status is Status.RETIRED:
            return
        for index, place in ((self._by_code, "error.code"), (self._by_status, "response.status")):
            keys = _keys(rule.match, place)
            if keys:
                for key in keys:
                    index[key].append(rule)  # type: ignore[index]
                return
        self._others.append(rule)

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule called `rule_id`; codes without a rule of their own have one made from
        the code table."""
        found = self.rules.get(rule_id)
        return found.rule if found else self.codes.rule(rule_id)

    def findings(self, case: Case) -> Iterator[Finding]:
        """Yield a finding for every rule whose `match` holds and whose `except` does not."""
        matched = False
        code = case.error.code if case.error else None
        candidates = [*self._by_code.get(code, ())] if code is not None else []
        candidates += self._by_status.get(case.status, ())
        for rule in (*candidates, *self._others):
            seen = rule.match.seen(case) if rule.match else None
            if seen is None or (rule.exception and rule.exception.seen(case) is not None):
                continue
            matched = matched or any(place == "error.code" for place, _ in seen)
            yield Finding(rule.rule.id, rule.rule.certainty, _evidence(rule.rule, case, seen))
        if case.error and not matched:
            yield self.codes.finding(case.error)


def compiled(rule: Rule) -> Compiled:
    """Return `rule` with its conditions compiled; raises ConditionError."""
    return Compiled(
        rule,
        compile_match(rule.match) if rule.match else None,
        compile_match(rule.except_) if rule.except_ else None,
        {cause.id: compile_match(cause.when) for cause in rule.causes if cause.when},
        {cause.id: compile_match(cause.unless) for cause in rule.causes if cause.unless},
    )


def names(globs: Iterable[str], rule_id: str) -> bool:
    """Return whether one of `globs` (`jwt/*`) names `rule_id`."""
    return any(fnmatch.fnmatchcase(rule_id, glob) for glob in globs)


def _keys(match: Match, place: str) -> set[object]:
    """Return the values of `place` without which no alternative of `match` can hold."""
    keys: set[object] = set()
    for conditions in match.alternatives:
        wanted = [c.wanted for c in conditions if c.place == place and c.modifier is None]
        if not wanted:
            return set()
        keys.update(wanted[0])
    return keys


def _evidence(rule: Rule, case: Case, seen: tuple[tuple[str, object], ...]) -> tuple[Evidence, ...]:
    """Return what the match saw, each place once and under the name where it really stands."""
    shown: dict[str, Evidence] = {}
    for place, value in seen:
        where = _real_place(place, case)
        if where is not None:
            shown.setdefault(where, Evidence(where, seen_text(value)))
    for place in (*_ALWAYS_SHOWN, *rule.evidence):
        where = _real_place(place, case)
        values = reader(place)(case)
        if values and where is not None:
            shown.setdefault(where, Evidence(where, seen_text(values[0])))
    return tuple(shown.values())


_ALWAYS_SHOWN = ("error.message",)
_NOT_SHOWN = frozenset({"error.family", "request.family", "request.host", "request.scheme"})


def _real_place(place: str, case: Case) -> str | None:
    if place in _NOT_SHOWN:
        return None
    if case.error and place == "error.code":
        return case.error.place
    if case.error and place == "error.message":
        return case.error.message_place
    return place
