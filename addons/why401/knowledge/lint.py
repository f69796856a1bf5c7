"""What is wrong with the text of a rule, apart from what it does: languages, lengths, sources,
ids, placeholders, secrets. Each fault says where it stands and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from importlib import resources

from why401.detectors import DETECTORS
from why401.documents import KeyPath
from why401.knowledge.base import names
from why401.knowledge.fingerprints import ServerFile, listed
from why401.knowledge.rule import Rule, Text
from why401.knowledge.words import placeholders
from why401.later import regex

TITLE_LIMIT = {"zh": 34, "en": 54}
HINT_LIMIT = {"zh": 16, "en": 24}
"""Together with ` · ` and the certainty these fit the Comment column (60 and 90 characters)."""
TITLE_MAX = 60

type Fault = tuple[KeyPath, str]

_CHINESE = regex(r"[\u3400-\u9fff]")
_SECRETS = (
    ("a private key", regex(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY")),
    ("a live Stripe key", regex(r"\b[sr]k_live_[0-9A-Za-z]{16,}")),
    ("a GitHub token", regex(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})")),
    ("an AWS access key", regex(r"\b(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\b")),
    ("a Google API key", regex(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a Slack token", regex(r"\bxox[abeprs]-[0-9]{8,}-[0-9A-Za-z-]{10,}")),
    ("a Chinese mobile number", regex(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")),
    ("a Chinese ID number", regex(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]\b")),
)


def faults(rule: Rule) -> Iterator[Fault]:
    """Yield what is wrong with `rule` taken by itself."""
    yield from _language_faults(rule)
    yield from _placeholder_faults(rule)
    if not rule.references:
        yield (), "has no reference; say under `references` where the facts come from"
    seen: set[str] = set()
    for index, cause in enumerate(rule.causes):
        if cause.id in seen:
            yield ("causes", index, "id"), f'there are two causes "{cause.id}"'
        seen.add(cause.id)
    for index, case in enumerate(rule.tests):
        if case.cause is not None and case.cause not in seen:
            yield ("tests", index, "cause"), _unknown("cause", case.cause, seen)
    if rule.match is not None:
        expected = {case.expect.value for case in rule.tests}
        for wanted in ("match", "no match"):
            if wanted not in expected:
                yield ("tests",), f"has no case with `expect: {wanted}`; write at least one"


def advice(rule: Rule) -> Iterator[Fault]:
    """Yield what would be better in `rule` but breaks nothing."""
    for at, title in _titles(rule):
        for language, limit in TITLE_LIMIT.items():
            size = len(getattr(title, language))
            if limit < size <= TITLE_MAX and "{" not in title.zh:
                yield (
                    (*at, language),
                    f"has {size} characters; beside a hint {limit} fit the Comment column",
                )
    for index, cause in enumerate(rule.causes):
        for language, limit in HINT_LIMIT.items():
            size = len(getattr(cause.hint, language)) if cause.hint else 0
            if size > limit:
                at = ("causes", index, "hint", language)
                yield at, f"has {size} characters; {limit} fit the Comment column"


def id_faults(rule: Rule, known: Iterable[str]) -> Iterator[Fault]:
    """Yield every id in `rule` that names nothing among `known`, rules and codes."""
    known = set(known)
    for index, cause in enumerate(rule.causes):
        for prover in cause.provers:
            if prover not in known:
                yield ("causes", index, "proven_by"), _unknown("rule", prover, known)
    for key, ids in (("gives_way_to", rule.gives_way_to), ("overlaps", rule.overlaps)):
        for index, glob in enumerate(ids):
            if not any(names((glob,), rule_id) for rule_id in known):
                yield (key, index), _unknown("rule", glob, known)
    if rule.reported_by is not None:
        yield from _reporter_faults(rule.id, rule.reported_by)


def row_faults(file: ServerFile, known: Iterable[str]) -> Iterator[Fault]:
    """Yield every fingerprint whose meaning no rule puts into words."""
    known = set(known)
    for index, row in enumerate(file.rows):
        for rule_id in listed(row):
            if rule_id not in known:
                yield ("rows", index, "means"), _unknown("rule", rule_id, known)


def secret_faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, fault) for everything in a file that looks like a live secret."""
    for kind, expression in _SECRETS:
        for found in expression.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield line, f"this looks like {kind}; write a made-up value that nobody could own"


def _reporter_faults(rule_id: str, reporter: str) -> Iterator[Fault]:
    detector = next((found for found in DETECTORS if found.name == reporter), None)
    if detector is not None:
        if rule_id not in detector.reports:
            yield ("reported_by",), f'"{reporter}" does not report this rule; add it to REPORTS'
        return
    package = resources.files("why401")
    # What is no detector reports too: the verdict, the diagnosis itself, the code tables, a
    # signature scheme.
    parts = reporter.split(".")
    for folder in (["detectors"], ["verdict"], ["knowledge"], []):
        path = [*folder, *parts]
        if package.joinpath(*path[:-1], f"{path[-1]}.py").is_file():
            return
    yield ("reported_by",), _unknown("detector", reporter, {found.name for found in DETECTORS})


def _language_faults(rule: Rule) -> Iterator[Fault]:
    for at, text in texts(rule):
        if not _CHINESE.search(text.zh):
            yield (*at, "zh"), "holds no Chinese; write the sentence in Chinese"
        # A message of the server may be quoted in Chinese within 「」 or quotes.
        if _CHINESE.search(re.sub(r"[“\"「'`][^”\"」'`]*[”\"」'`]", "", text.en)):
            yield (*at, "en"), "holds Chinese; write it in English, quote what a server says"
    for at, text in _titles(rule):
        for language in ("zh", "en"):
            title = getattr(text, language)
            limit = TITLE_MAX if language == "zh" else 80
            if len(title) > limit:
                yield (*at, language), f"has {len(title)} characters; at most {limit}"
            if "\n" in title.strip():
                yield (*at, language), "must be one line"


def _titles(rule: Rule) -> Iterator[tuple[KeyPath, Text]]:
    yield ("title",), rule.title
    for index, cause in enumerate(rule.causes):
        if cause.title:
            yield ("causes", index, "title"), cause.title


def _placeholder_faults(rule: Rule) -> Iterator[Fault]:
    allowed = set(rule.values)
    for at, text in texts(rule):
        for name in sorted(placeholders(text) - allowed):
            yield at, f"{{{name}}} is not listed under `values`"
        if at[0] != "why" and placeholders(Text(text.zh, "x")) != placeholders(Text("x", text.en)):
            yield at, "zh and en hold different placeholders"
    used = {name for _, text in texts(rule) for name in placeholders(text)}
    for index, name in enumerate(rule.values):
        if name not in used:
            yield ("values", index), f'"{name}" stands in none of the sentences'


def texts(rule: Rule) -> Iterator[tuple[KeyPath, Text]]:
    """Yield every sentence of `rule` and the place where it stands."""
    yield from _titles(rule)
    for index, cause in enumerate(rule.causes):
        yield ("causes", index), cause.text
        yield ("causes", index, "fix"), cause.fix
        if cause.hint:
            yield ("causes", index, "hint"), cause.hint
    for place, text in rule.why.items():
        yield ("why", place), text
    if rule.decide:
        yield ("decide",), rule.decide


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, list(known), 1, 0.6)
    hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
    return f'there is no {kind} "{name}"{hint}'
