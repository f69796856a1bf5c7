"""The one line that stands in the Comment column: what is wrong, what to do, how sure."""

from __future__ import annotations

import unicodedata

from why401.knowledge.base import Knowledge
from why401.knowledge.words import Language, printable, say, without_gaps
from why401.model import Diagnosis
from why401.report import labels

LIMIT = {"zh": 60, "en": 90}
"""Characters that the line may have (contract)."""


def summary(diagnosis: Diagnosis, knowledge: Knowledge, language: Language) -> str:
    """Return the summary of `diagnosis`, at most LIMIT characters, without any secret.

    The hint of the first cause is left out before the title is cut: a title alone still says what
    is wrong, half a hint says nothing.
    """
    limit = LIMIT[language]
    if not diagnosis.findings:
        sentence = labels.HEALTHY
        if diagnosis.faults:
            return clipped(
                say(labels.OUR_FAULT, language, {"detectors": ", ".join(diagnosis.faults)}), limit
            )
        return say(sentence, language, {})
    best = diagnosis.findings[0]
    rule = knowledge.rule(best.rule)
    cause = rule.cause(best.causes[0].id) if rule and best.causes else None
    words = (cause and cause.title) or (rule and rule.title)
    title = say(words, language, best.values) if words else best.rule
    title = without_gaps(title)
    certainty = diagnosis.certainty or best.certainty
    end = f" [{say(labels.CERTAINTY[certainty], language, {})}]"
    if cause and cause.hint:
        whole = f"{title} · {say(cause.hint, language, best.values)}{end}"
        if len(whole) <= limit:
            return whole
    return clipped(title, limit - len(end)) + end


def clipped(text: str, limit: int) -> str:
    """Return `text` on one line and no longer than `limit` characters."""
    text = printable(" ".join(text.split()))
    if len(text) <= limit:
        return text
    end = limit - 1
    # An accent belongs to the letter before it.
    while end and unicodedata.combining(text[end]):
        end -= 1
    return f"{text[:end].rstrip()}…"
