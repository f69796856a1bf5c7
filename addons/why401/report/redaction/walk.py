"""Walks over texts for redaction: into JSON, XML, URLs and forms, to the secrets in them.

A walker hands every secret that it meets to a function. One that learns gets the same text back;
one that replaces also puts in the placeholders of what was learnt before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from why401.credentials.secret_names import field_kind, key_member_kind, parameter_kind
from why401.report.redaction.fields import (
    MAX_NESTED,
    assignments,
    escaped_pairs,
    json_fields,
    parameters,
    xml_fields,
)
from why401.report.redaction.glance import may_hold_secret
from why401.report.redaction.jwt import Mask
from why401.report.redaction.lines import lines_with_secrets
from why401.report.redaction.looks import looks_secret
from why401.report.redaction.packed import packed
from why401.report.redaction.pairs import named_beside
from why401.report.redaction.secrets import Secrets
from why401.report.redaction.urls import url_secrets

_MAX_PASSES = 4
_MAX_REMEMBERED = 5_000
_MAX_REMEMBERED_BYTES = 2048

type Field = tuple[bytes, bytes]
"""Name and value of a header field."""


class Walker:
    """Walks over texts and hands every secret to `mask`."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._fields: dict[Field, Field] = {}

    def field(self, field: Field, rewrite: Callable[[Field], Field]) -> Field:
        """Return a header field rewritten: most are the same in every exchange of a capture."""
        known = self._fields.get(field)
        if known is None:
            known = rewrite(field)
            _remember(self._fields, field, known)
        return known

    def may_concern(self, text: bytes) -> bool:
        """Whether a text may hold what is to be handed over or replaced. Where it may not, nothing
        else here needs to be asked."""
        return may_hold_secret(text)

    def replaced(self, text: str) -> str:
        """Return `text` with what is known to be secret replaced: nothing while learning."""
        return text

    def inside(self, text: str) -> str:
        """Return what stays of a JWT rewritten; while learning it is walked over as well."""
        return self.text(text, 1)

    def number(self) -> Callable[[str], str | None] | None:
        """Return what replaces bare numbers, where there are secret ones."""
        return None

    def words(self, text: str) -> str:
        """Return words of our own rewritten: names in them do not make a secret."""
        return self.replaced(looks_secret(text, self.mask, self.inside))

    def text(self, text: str, depth: int = 0, *, is_form: bool = False) -> str:
        """Return any text rewritten: JSON, XML, URLs and forms in it, and what looks secret."""
        if not self.may_concern(text.encode("utf-8", "surrogatepass")):
            return text
        for _ in range(_MAX_PASSES if depth == 0 else 1):
            rewritten = self._once(text, depth, is_form=is_form)
            # What was replaced may have hidden more: a quote out of step, a percent sign.
            if rewritten == text:
                break
            text = rewritten
        return text

    def _once(self, text: str, depth: int, *, is_form: bool) -> str:
        if depth < MAX_NESTED:
            text = packed(text, self.mask, lambda plain: self.text(plain, depth + 1))
        if '"' in text and ":" in text:
            kind_of = key_member_kind if "kty" in text else field_kind
            number = self.number() if depth == 0 else None
            text = json_fields(text, kind_of, self.mask, self.text, number, depth)
        if "=" in text:
            is_query = is_form or "?" in text or "&" in text
            kind_of = parameter_kind if is_query else field_kind
            text = parameters(text, kind_of, field_kind, self.mask, self.text, depth)
        if '"' in text or "'" in text or "`" in text:
            text = assignments(text, field_kind, self.mask)
        if "<" in text:
            text = xml_fields(text, field_kind, self.mask)
        text = named_beside(text, self.mask)
        text = lines_with_secrets(text, self.mask)
        text = url_secrets(text, self.mask)
        if "%" in text:
            text = escaped_pairs(text, self.text, depth)
        return self.words(text)


def _remember(answers: dict[Field, Field], field: Field, answer: Field) -> None:
    """Keep `answer` for the next time that `field` comes; what is kept is bounded."""
    if len(field[0]) + len(field[1]) <= _MAX_REMEMBERED_BYTES:
        if len(answers) >= _MAX_REMEMBERED:
            answers.clear()
        answers[field] = answer


def _note(texts: set[str], text: str) -> None:
    """Keep a short text among those that stay as they are; what is kept is bounded."""
    if len(text) <= _MAX_REMEMBERED_BYTES:
        if len(texts) >= _MAX_REMEMBERED:
            texts.clear()
        texts.add(text)


class ReplacingWalker(Walker):
    """Walks over texts and replaces what was learnt."""

    def __init__(self, mask: Mask, secrets: Secrets) -> None:
        super().__init__(mask)
        self._secrets = secrets
        self._known = 0
        self._clean_texts: set[str] = set()
        self._clean_words: set[str] = set()

    def _forget_what_is_outdated(self) -> None:
        """What was learnt since may stand in what stayed as it was."""
        if self._known != len(self._secrets):
            self._known = len(self._secrets)
            self._fields.clear()
            self._clean_texts.clear()
            self._clean_words.clear()

    @override
    def text(self, text: str, depth: int = 0, *, is_form: bool = False) -> str:
        # What a rule says is said of every exchange with the same fault.
        self._forget_what_is_outdated()
        if text in self._clean_texts:
            return text
        new = super().text(text, depth, is_form=is_form)
        if new == text and depth == 0 and not is_form:
            _note(self._clean_texts, text)
        return new

    @override
    def words(self, text: str) -> str:
        self._forget_what_is_outdated()
        if text in self._clean_words:
            return text
        new = super().words(text)
        if new == text:
            _note(self._clean_words, text)
        return new

    @override
    def field(self, field: Field, rewrite: Callable[[Field], Field]) -> Field:
        self._forget_what_is_outdated()
        return super().field(field, rewrite)

    @override
    def may_concern(self, text: bytes) -> bool:
        return may_hold_secret(text) or self._secrets.may_stand_in(text)

    @override
    def replaced(self, text: str) -> str:
        return self._secrets.replaced(text)

    @override
    def inside(self, text: str) -> str:
        return self._secrets.replaced(text)

    @override
    def number(self) -> Callable[[str], str | None] | None:
        return self._secrets.number if self._secrets.has_numbers() else None
