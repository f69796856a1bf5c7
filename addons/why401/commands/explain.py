"""`why401 explain`: what a code, a message, a token or an Authorization value means."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from why401.configuration import Configuration
from why401.explain import decoded, explain, nearest
from why401.explain.explanation import Explanation
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language, printable
from why401.language import said
from why401.masking import Masker
from why401.report import labels
from why401.report.details import credential_lines
from why401.report.story import Line, Style
from why401.report.terminal import Page

MAX_INPUT = 1 << 20
NOTHING_KNOWN = 1


def explain_words(
    words: Sequence[str], configuration: Configuration, language: Language, *, as_json: bool
) -> int:
    """Explain `words` taken together, `-` being standard input; return the exit status: 1 where
    nothing is known about them."""
    text = sys.stdin.read(MAX_INPUT) if list(words) == ["-"] else " ".join(words)
    text = text.strip()
    loaded = load_knowledge(configuration.rule_folders)
    knowledge = loaded.knowledge
    now_s = time.time()
    masker = Masker(secrets.token_bytes(32))
    found = explain(text, knowledge, masker, now_s, configuration.keys)
    if as_json:
        plain = [explanation.plain() for explanation in found]
        sys.stdout.buffer.write(msgspec.json.encode(plain) + b"\n")
        return 0 if found else NOTHING_KNOWN
    page = Page()
    shown = decoded(text, masker, now_s)
    for credential in shown:
        lines = credential_lines(credential, language)
        page.story([Line(Style.TEXT, line) for line in lines], language)
    for explanation in found:
        page.story(_lines(explanation, language), language)
    if found or shown:
        return 0
    close = nearest(text, knowledge)
    if not text:
        print(
            said(language, "没有给出要解释的内容", "there is nothing to explain"), file=sys.stderr
        )
        return NOTHING_KNOWN
    what = printable(text[:80].replace("\n", " "))
    print(
        said(language, f"不认识：{what}", f"nothing is known about: {what}")
        + (said(language, "。相近的有：", ". Nearest: ") + ", ".join(close) if close else ""),
        file=sys.stderr,
    )
    return NOTHING_KNOWN


def _lines(explanation: Explanation, language: Language) -> list[Line]:
    lines = [
        Line(Style.TITLE, _in(explanation.title, language), certainty=explanation.certainty),
        Line(Style.RULE, explanation.rule),
    ]
    for number, cause in enumerate(explanation.causes):
        heading = labels.WHY if number == 0 else labels.OTHERWISE
        lines.append(
            Line(Style.TEXT, _in(cause["text"], language), said(language, heading.zh, heading.en))
        )
        first = said(language, labels.FIX.zh, labels.FIX.en)
        for part in _in(cause["fix"], language).splitlines():
            lines.append(Line(Style.FIX, part, first))
            first = ""
    first = said(language, labels.REFERENCES.zh, labels.REFERENCES.en)
    for reference in explanation.references:
        lines.append(Line(Style.TEXT, reference, first))
        first = ""
    return [*lines, Line(Style.BLANK)]


def _in(text: Mapping[str, Any], language: Language) -> str:
    return str(text[language])
