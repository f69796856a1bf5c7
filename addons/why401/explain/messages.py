"""What a message may mean: the texts that rules, fingerprints and code tables know, found in it."""

from __future__ import annotations

from collections.abc import Iterable

from why401.explain.explanation import Explanation, of_rule
from why401.explain.known_texts import (
    NOTHING,
    Likeness,
    alternatives,
    length_of_errmsg,
    likeness,
    literals_of,
    numbers_of,
    texts_of_conditions,
)
from why401.knowledge.base import Knowledge
from why401.knowledge.fingerprints import listed, listed_hosts
from why401.knowledge.folding import folded
from why401.knowledge.rule import Cause, Conditions, Status
from why401.knowledge.words import template
from why401.later import regex

_BY_NUMBER = 50
"""What a number counts beside texts, whose length in characters counts."""

_NUMBER_INSIDE = regex(r"(?<![\w.-])-?[0-9]{4,9}(?![\w.])")


def explained_by_message(text: str, knowledge: Knowledge) -> list[Explanation]:
    """Return the explanations whose known texts stand in `text`, or it in them, the most alike
    first; of equally alike ones a rule of its own before what only a table says."""
    message = folded(text)
    found: dict[str, tuple[Likeness, Explanation]] = {}

    def add(alike: Likeness, explanation: Explanation) -> None:
        if alike > found.get(explanation.rule, (NOTHING,))[0]:
            found[explanation.rule] = (alike, explanation)

    def best(matches: Iterable[Conditions]) -> Likeness:
        texts = (each for conditions in matches for each in texts_of_conditions(conditions))
        return max((likeness(each, message) for each in texts), default=NOTHING)

    for compiled in knowledge.rules.values():
        rule = compiled.rule
        if rule.status is Status.RETIRED:
            continue
        alike = best(alternatives(rule.match))
        first: Cause | None = None
        for cause in rule.causes:
            by_cause = best(alternatives(cause.when))
            if by_cause > alike:
                alike, first = by_cause, cause
        if alike > NOTHING:
            add(alike, of_rule(rule, knowledge, first=first))
        for title in (template(rule.title, "zh"), template(rule.title, "en")):
            by_title = likeness(title, message)
            if by_title[0] == len(message):
                add(by_title, of_rule(rule, knowledge))
    numbers = frozenset(_NUMBER_INSIDE.findall(text))
    for row in knowledge.fingerprints.rows:
        alike = max((likeness(literal, message) for literal in literals_of(row)), default=NOTHING)
        # A platform's own number, known with its host: elsewhere it means something else.
        if numbers and listed_hosts(row) and numbers & numbers_of(row):
            alike = max(alike, (_BY_NUMBER, 0))
        rules = (knowledge.rule(rule_id) for rule_id in listed(row))
        rule_found = next((rule for rule in rules if rule), None)
        if alike > NOTHING and rule_found:
            add(alike, of_rule(rule_found, knowledge))
    for rule_id, code in knowledge.codes.by_id.items():
        length = length_of_errmsg(code.errmsg, message, has_rule=rule_id in knowledge.rules)
        named = code.code in numbers
        rule_of_code = knowledge.rule(rule_id) if length or named else None
        if rule_of_code:
            by_number = _BY_NUMBER if named else 0
            add(
                (length + by_number, 0),
                of_rule(rule_of_code, knowledge, code.family.value, code.code),
            )
    ordered = sorted(
        found.values(),
        key=lambda item: (item[0], item[1].rule in knowledge.rules),
        reverse=True,
    )
    return [explanation for _, explanation in ordered]
