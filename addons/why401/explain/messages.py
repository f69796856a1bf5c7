"""What a message may mean: the texts that rules, fingerprints and code tables know, found in it."""

from __future__ import annotations

from why401.explain.explanation import Explanation, of_rule
from why401.explain.known_texts import (
    alternatives,
    length_in,
    length_of_conditions,
    length_of_errmsg,
    literals_of,
    numbers_of,
)
from why401.knowledge.base import Knowledge
from why401.knowledge.fingerprints import listed, listed_hosts
from why401.knowledge.folding import folded
from why401.knowledge.rule import Cause, Status
from why401.later import regex

_BY_NUMBER = 50
"""What a number counts beside texts, whose length in characters counts."""

_NUMBER_INSIDE = regex(r"(?<![\w.-])-?[0-9]{4,9}(?![\w.])")


def explained_by_message(text: str, knowledge: Knowledge) -> list[Explanation]:
    """Return the explanations whose known texts stand in `text`, the longest text first; of equally
    long ones a rule of its own before what only a table says."""
    message = folded(text)
    found: dict[str, tuple[int, Explanation]] = {}

    def add(length: int, explanation: Explanation) -> None:
        if length > found.get(explanation.rule, (0,))[0]:
            found[explanation.rule] = (length, explanation)

    for compiled in knowledge.rules.values():
        rule = compiled.rule
        length = max(
            (length_of_conditions(c, message) for c in alternatives(rule.match)), default=0
        )
        first: Cause | None = None
        for cause in rule.causes:
            by_cause = max(
                (length_of_conditions(c, message) for c in alternatives(cause.when)), default=0
            )
            if by_cause > length:
                length, first = by_cause, cause
        if length and rule.status is not Status.RETIRED:
            add(length, of_rule(rule, knowledge, first=first))
        if folded(rule.title.zh) == message or folded(rule.title.en) == message:
            add(1000, of_rule(rule, knowledge))
    numbers = frozenset(_NUMBER_INSIDE.findall(text))
    for row in knowledge.fingerprints.rows:
        length = max((length_in(literal, message) for literal in literals_of(row)), default=0)
        # A platform's own number, known with its host: elsewhere it means something else.
        if numbers and listed_hosts(row) and numbers & numbers_of(row):
            length = max(length, _BY_NUMBER)
        rules = (knowledge.rule(rule_id) for rule_id in listed(row))
        rule_found = next((rule for rule in rules if rule), None)
        if length and rule_found:
            add(length, of_rule(rule_found, knowledge))
    for rule_id, code in knowledge.codes.by_id.items():
        length = length_of_errmsg(code.errmsg, message, has_rule=rule_id in knowledge.rules)
        named = code.code in numbers
        rule_of_code = knowledge.rule(rule_id) if length or named else None
        if rule_of_code:
            by_number = _BY_NUMBER if named else 0
            add(
                length + by_number,
                of_rule(rule_of_code, knowledge, code.family.value, code.code),
            )
    ordered = sorted(
        found.values(),
        key=lambda item: (item[0], item[1].rule in knowledge.rules),
        reverse=True,
    )
    return [explanation for _, explanation in ordered]
