"""One thing that what was asked may mean, put together from its rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from why401.explain.known_texts import alternatives, values_of
from why401.knowledge.base import Knowledge
from why401.knowledge.rule import Cause, Rule, Text
from why401.knowledge.words import placeholders, say_both, template, without_gaps
from why401.model import Certainty, Finding


class Explanation(msgspec.Struct, frozen=True):
    """One thing that what was asked may mean: a rule, for a code also its family, the cause that
    the message speaks for first."""

    rule: str
    family: str | None
    code: str | None
    title: Mapping[str, str]
    causes: tuple[Mapping[str, Any], ...]
    references: tuple[str, ...]
    certainty: Certainty | None = None
    """Set where a credential was taken apart: how sure it is that this is wrong with it."""

    def plain(self) -> dict[str, Any]:
        """Return this as an element of `explain --json`."""
        plain: dict[str, Any] = {
            "rule": self.rule,
            "family": self.family,
            "code": self.code,
            "title": dict(self.title),
            "causes": [dict(cause) for cause in self.causes],
            "references": list(self.references),
        }
        if self.certainty:
            plain["certainty"] = self.certainty.value
        return plain


def of_rule(
    rule: Rule,
    knowledge: Knowledge,
    family: str | None = None,
    code: str | None = None,
    first: Cause | None = None,
) -> Explanation:
    """Return the explanation that `rule` gives; `first` is the cause that comes first."""
    if code is None:
        family, code = code_of(rule, knowledge)
    # Without traffic there is no time to tell: a cause that needs one says nothing.
    causes = [cause for cause in rule.causes if not _tells_a_time(cause)] or list(rule.causes)
    causes.sort(key=lambda cause: cause is not first)
    first = causes[0]
    return Explanation(
        rule=rule.id,
        family=family,
        code=code,
        title=_both(first.title or rule.title, {}),
        causes=tuple(_cause(cause, {}) for cause in causes),
        references=tuple(dict.fromkeys(reference.url for reference in rule.references)),
    )


def _tells_a_time(cause: Cause) -> bool:
    return any(name.endswith("_time") for name in placeholders(cause.text))


def of_finding(finding: Finding, rule: Rule, knowledge: Knowledge) -> Explanation:
    """Return the explanation that `finding` of `rule` gives, with its values and certainty."""
    family, code = code_of(rule, knowledge)
    causes = ((found, rule.cause(found.id)) for found in finding.causes)
    return Explanation(
        rule=rule.id,
        family=family,
        code=code,
        title=_both(rule.titled(finding.causes), finding.values),
        causes=tuple(_cause(cause, finding.values) for _, cause in causes if cause),
        references=tuple(dict.fromkeys(reference.url for reference in rule.references)),
        certainty=finding.certainty,
    )


def _cause(cause: Cause, values: Mapping[str, str | int | float]) -> dict[str, Any]:
    return {
        "id": cause.id,
        "text": _both(cause.text, values),
        "fix": _both(cause.fix, values),
    }


def _both(text: Text, values: Mapping[str, str | int | float]) -> dict[str, str]:
    both = (
        say_both(text, values)
        if values
        else {"zh": template(text, "zh"), "en": template(text, "en")}
    )
    return {name: without_gaps(words) for name, words in both.items()}


def code_of(rule: Rule, knowledge: Knowledge) -> tuple[str | None, str | None]:
    """Return family and code of the code that `rule` is about, where it is about one."""
    row = knowledge.codes.by_id.get(rule.id)
    if row is not None:
        return row.family.value, row.code
    for conditions in alternatives(rule.match):
        families, codes = values_of(conditions, "error.family"), values_of(conditions, "error.code")
        if len(codes) == 1:
            return (str(families[0]) if len(families) == 1 else None), str(codes[0])
    return None, None
