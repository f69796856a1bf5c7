"""A message half remembered: the rules whose titles say nearly the same."""

from __future__ import annotations

from collections.abc import Iterator

from why401.explain.explanation import Explanation, of_rule
from why401.knowledge.base import Knowledge
from why401.knowledge.folding import folded
from why401.knowledge.rule import Status
from why401.knowledge.words import template
from why401.later import regex

MIN_SHARE = 0.6
"""How much of what is asked must stand in a title."""
MAX_CHARS = 80
MAX_RULES = 3
_WORD = regex(r"[a-z0-9]{2,}|[^\x00-\x7f]+")
_SAME = (("验证", "核对"), ("失效", "过期"), ("错误", "不对"), ("无效", "不对"), ("密码", "口令"))
"""Words that are used for one another."""


def explained_by_title(text: str, knowledge: Knowledge) -> list[Explanation]:
    """Return the rules whose title in either language shares most with `text`, those with the
    shortest titles first; none for a long text, or where too little is shared."""
    asked = set(_pieces(text)) if len(text) <= MAX_CHARS else set()
    if len(asked) < 2:
        return []
    found = []
    for compiled in knowledge.rules.values():
        rule = compiled.rule
        if rule.status is Status.RETIRED:
            continue
        for title in (template(rule.title, "zh"), template(rule.title, "en")):
            pieces = set(_pieces(title))
            share = len(asked & pieces) / len(asked)
            if share >= MIN_SHARE:
                found.append((-share, len(pieces), rule.id))
    best = dict.fromkeys(rule_id for _, _, rule_id in sorted(found))
    rules = (knowledge.rule(rule_id) for rule_id in list(best)[:MAX_RULES])
    return [of_rule(rule, knowledge) for rule in rules if rule]


def _pieces(text: str) -> Iterator[str]:
    """Yield words of ASCII, and of other scripts every two characters in a row."""
    text = folded(text)
    for one, other in _SAME:
        text = text.replace(one, other)
    for word in _WORD.findall(text):
        if word.isascii():
            yield word
        else:
            yield from (word[at : at + 2] for at in range(len(word) - 1))
