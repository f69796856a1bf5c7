"""What a server says in its own words, wherever its format puts them."""

from __future__ import annotations

from typing import Any

from why401.case import Case

MAX_SENTENCES = 100
MAX_SENTENCE = 4096
"""Characters of what is no page: no server needs more to say why."""
MAX_DEPTH = 5
MAX_PAGE = 16 << 10
"""Characters of a page that are searched for a sentence: error pages say it near the top."""

type Sentence = tuple[str, str]
"""(place, text): where a sentence stands, written as in evidence."""


def sentences(case: Case) -> tuple[Sentence, ...]:
    """Return the sentences of the response: every parameter of its challenges, then the strings
    of a JSON body, the fields of an XML body, or else the body as text."""
    if case.exchange.response is None:
        return ()
    known: tuple[Sentence, ...] | None = case.memo.get("sentences")
    if known is None:
        known = case.memo["sentences"] = tuple(_sentences(case)[:MAX_SENTENCES])
    return known


def said(case: Case) -> tuple[str, ...]:
    """Return the texts of `sentences`."""
    return tuple(text for _, text in sentences(case))


def place_of(case: Case, text: object) -> str:
    """Return where the sentence `text` stands."""
    found = (place for place, sentence in sentences(case) if sentence == text)
    return next(found, "response.text")


def _sentences(case: Case) -> list[Sentence]:
    found = [
        (f"response.challenge.{name.lower()}", value)
        for challenge in case.challenges
        for name, value in challenge.params
    ]
    if case.grpc_refusal is not None:
        return [*found, ("response.header.grpc-message", case.grpc_refusal.message)]
    body = case.response.json
    if body is not None:
        return found + _strings(body)
    if case.response.xml:
        return found + [(f"response.xml.{name}", value) for name, value in case.response.xml]
    text = case.response.text
    text = text[: MAX_PAGE if text[:200].lstrip().startswith("<") else MAX_SENTENCE]
    return [*found, ("response.text", text)] if text else found


def _strings(value: Any) -> list[Sentence]:
    """Return the strings in a JSON value, the shallow ones first: an error stands near the top."""
    found: list[Sentence] = []
    level: list[tuple[str, Any]] = [("response.json", value)]
    for _ in range(MAX_DEPTH):
        deeper: list[tuple[str, Any]] = []
        for place, item in level:
            if isinstance(item, str):
                found.append((place, item[:MAX_SENTENCE]))
            elif isinstance(item, dict):
                pairs = list(item.items())[:MAX_SENTENCES]
                deeper += [(f"{place}.{name}"[:200], deep) for name, deep in pairs]
            elif isinstance(item, list):
                deeper += [(f"{place}.{n}", deep) for n, deep in enumerate(item[:MAX_SENTENCES])]
        if not deeper or len(found) >= MAX_SENTENCES:
            break
        level = deeper[: 10 * MAX_SENTENCES]
    return found
