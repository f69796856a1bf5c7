"""The knowledge base at work: which rules match an exchange, found by index, not by trying all."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from why401.case import Case
from why401.case.places import Reader, reader
from why401.knowledge.codes import CodeTable
from why401.knowledge.evidence import ALWAYS_SHOWN, evidence_of
from why401.knowledge.fingerprints import NO_FINGERPRINTS, Answer, Fingerprints
from why401.knowledge.index import Indexes, Shelves, shelve
from why401.knowledge.match import Match, Seen, compile_match
from why401.knowledge.recurring import Recurring
from why401.knowledge.rule import Conditions, Rule, Status
from why401.model import Certainty, Finding


class CompiledCause(msgspec.Struct, frozen=True):
    """A cause ready to be judged; `certainty` is what holds without further evidence."""

    id: str
    certainty: Certainty
    when: Match | None
    unless: Match | None
    lifted_to: Certainty
    provers: tuple[str, ...]


class Compiled:
    """A rule ready to run; `match` is None for what a detector reports. Conditions are compiled
    when they are first needed: most rules never are."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @cached_property
    def match(self) -> Match | None:
        """The compiled `match`."""
        return compile_match(self.rule.match) if self.rule.match else None

    @cached_property
    def exception(self) -> Match | None:
        """The compiled `except`."""
        return compile_match(self.rule.except_) if self.rule.except_ else None

    @cached_property
    def causes(self) -> tuple[CompiledCause, ...]:
        """The causes with their conditions compiled."""
        default = Certainty.LIKELY if len(self.rule.causes) == 1 else Certainty.POSSIBLE
        return tuple(
            CompiledCause(
                cause.id,
                cause.certainty or default,
                compile_match(cause.when) if cause.when else None,
                compile_match(cause.unless) if cause.unless else None,
                cause.lifted_to,
                cause.provers,
            )
            for cause in self.rule.causes
        )

    @cached_property
    def provers(self) -> frozenset[str]:
        """The rules whose finding proves one of the causes."""
        return frozenset(prover for cause in self.rule.causes for prover in cause.provers)

    @property
    def places(self) -> Iterator[str]:
        """Yield every place that is looked at to know whether it fires, and what it shows."""
        for match in (self.match, self.exception):
            for conditions in match.alternatives if match else ():
                yield from (condition.place for condition in conditions)
        yield from (place for place, _ in self.evidence)

    @cached_property
    def evidence(self) -> tuple[tuple[str, Reader], ...]:
        """The places shown wherever something stands there."""
        return tuple((place, reader(place)) for place in (*ALWAYS_SHOWN, *self.rule.evidence))

    def seen(self, case: Case) -> Seen | None:
        """Return what `match` saw in `case`; None where it does not hold, or `except` does."""
        seen = self.match.seen(case) if self.match else None
        if seen is None or (self.exception and self.exception.seen(case) is not None):
            return None
        return seen


class Fired(msgspec.Struct, frozen=True):
    """A rule that matched; `names_code` says that it is about the code of a WeChat error, or about
    its message: it knows better than the table."""

    finding: Finding
    names_code: bool


class RuleBook(Mapping[str, Compiled]):
    """All rules by id, in a fixed order; those out of the cache are decoded when asked for."""

    def __init__(self, ids: Sequence[str], stored: Sequence[Rule | memoryview]) -> None:
        # An id that stands twice is the user's: it replaces the built-in rule whole.
        self._positions = {rule_id: position for position, rule_id in enumerate(ids)}
        self._ids = ids
        self._stored = stored
        self._compiled: dict[int, Compiled] = {}

    def at(self, position: int) -> Compiled | None:
        """Return the rule at `position`; None for one that another replaces."""
        compiled = self._compiled.get(position)
        if compiled is None and self._positions[self._ids[position]] == position:
            stored = self._stored[position]
            rule = stored if isinstance(stored, Rule) else decode_rule(stored)
            compiled = self._compiled[position] = Compiled(rule)
        return compiled

    def __getitem__(self, rule_id: str) -> Compiled:
        compiled = self.at(self._positions[rule_id])
        if compiled is None:
            raise KeyError(rule_id)
        return compiled

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


decode_rule = msgspec.msgpack.Decoder(Rule).decode


class Knowledge:
    """All rules by id, the index by which few of them are tried on an exchange, the code tables
    and the fingerprints of servers."""

    def __init__(
        self,
        rules: Iterable[Rule] | RuleBook,
        codes: CodeTable | Callable[[], CodeTable],
        fingerprints: Fingerprints | Callable[[], Fingerprints] = NO_FINGERPRINTS,
        shelves: Sequence[tuple[int, Shelves]] | None = None,
    ) -> None:
        """Take rules as they were read, or out of the cache with the `shelves` made earlier: of
        each part how many rules it has, and its shelves."""
        if not isinstance(rules, RuleBook):
            by_id = {rule.id: rule for rule in rules}
            rules = RuleBook(list(by_id), list(by_id.values()))
        self.rules = rules
        self._codes = codes
        self._fingerprints = fingerprints
        if shelves is None:
            matches = [firing(found.rule) for found in rules.values()]
            shelves = [(len(matches), shelve(matches))]
        self._index = Indexes(shelves)
        self._asked: dict[str, Compiled] = {}
        """The rules that were asked for by id, those made from rows of the code tables among them;
        a failure asks ten times."""

    @cached_property
    def codes(self) -> CodeTable:
        """The code tables."""
        return self._codes() if callable(self._codes) else self._codes

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The fingerprints of servers."""
        return self._fingerprints() if callable(self._fingerprints) else self._fingerprints

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule called `rule_id`; codes without a rule of their own have one made from
        the code table."""
        found = self._asked.get(rule_id) or self.compiled(rule_id)
        return found.rule if found else None

    def compiled(self, rule_id: str) -> Compiled | None:
        """Return the same, ready to run."""
        found = self._asked.get(rule_id) or self.rules.get(rule_id)
        if found is None and (rule := self.codes.rule(rule_id)) is not None:
            found = Compiled(rule)
        if found is not None:
            self._asked[rule_id] = found
        return found

    def findings(self, case: Case) -> Iterator[Finding]:
        """Yield a finding for every rule whose `match` holds and whose `except` does not."""
        fired = dict(self._by_answer.of(case))
        for position in self._index.of_request(case):
            fired.setdefault(position, None)
        is_code_named = False
        for position in sorted(fired):
            found = fired[position] or self._fired(position, case)
            if found is not None:
                is_code_named = is_code_named or found.names_code
                yield found.finding
        if case.error and not is_code_named:
            yield self.codes.finding(case.error)

    @cached_property
    def _by_answer(self) -> Recurring[dict[int, Fired | None]]:
        """By position, the rules that an answer speaks for: as they fired where the answer alone
        decides, else None."""

        def tried(case: Case) -> dict[int, Fired | None]:
            found = {}
            for position in self._index.of_answer(case):
                compiled = self.rules.at(position)
                if compiled is None:
                    continue
                is_decided = all(map(recurring.shows, compiled.places))
                fired = self._fired(position, case) if is_decided else None
                if fired is not None or not is_decided:
                    found[position] = fired
            return found

        recurring = Recurring(self._index.header_names, tried)
        return recurring

    def _fired(self, position: int, case: Case) -> Fired | None:
        compiled = self.rules.at(position)
        seen = compiled.seen(case) if compiled else None
        if compiled is None or seen is None:
            return None
        evidence = evidence_of(seen, compiled.evidence, case)
        code_places = {*_STATED, case.error.place} if case.error else _STATED
        return Fired(
            Finding(compiled.rule.id, compiled.rule.certainty, evidence),
            any(place in code_places for place, _ in seen),
        )

    def answers(self, case: Case) -> tuple[Answer, ...]:
        """Return which server evidently wrote the response and what it says, the surest first."""
        return self.fingerprints.answers(case)


_STATED = frozenset({"error.code", "error.message"})


def firing(rule: Rule) -> Conditions | list[Conditions] | None:
    """Return the `match` of `rule`; None where a detector reports it or nothing must any more."""
    return None if rule.status is Status.RETIRED else rule.match


def names(globs: Iterable[str], rule_id: str) -> bool:
    """Return whether one of `globs` (`jwt/*`) names `rule_id`."""
    return any(_names(glob, rule_id) for glob in globs)


_names = functools.lru_cache(4096)(lambda glob, rule_id: fnmatch.fnmatchcase(rule_id, glob))
"""Every failure asks the same few questions again."""
