"""Walks over texts for redaction: into JSON, XML, URLs and forms, to the secrets in them.

A walker hands every secret that it meets to a function. One that learns gets the same text back;
one that replaces also puts in the placeholders of what was learnt before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from why401.credentials.keys import SECRET_FIELDS, SECRET_PARAMETERS
from why401.report.redact_fields import assignments, json_fields, parameters, user_info, xml_fields
from why401.report.redact_jwt import Mask
from why401.report.redact_looks import looks_secret
from why401.report.redact_secrets import Secrets

_MAX_PASSES = 4
_MAX_CACHED = 20_000


class Walker:
    """Walks over texts and hands every secret to `mask`."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._fields: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}

    def fields(self) -> dict[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """Return the header fields of which it is known that they stay as they are."""
        return self._fields

    def remember(self, name: bytes, value: bytes) -> None:
        """Note that a header field stays as it is."""
        if len(self._fields) < _MAX_CACHED:
            self._fields[(name, value)] = (name, value)

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
        for _ in range(_MAX_PASSES if depth == 0 else 1):
            rewritten = self._once(text, depth, is_form=is_form)
            # What was replaced may have hidden more: a quote out of step, a percent sign.
            if rewritten == text:
                break
            text = rewritten
        return text

    def _once(self, text: str, depth: int, *, is_form: bool) -> str:
        if '"' in text and ":" in text:
            number = self.number() if depth == 0 else None
            text = json_fields(text, SECRET_FIELDS, self.mask, self.text, number, depth)
        if "=" in text:
            kinds = SECRET_PARAMETERS if is_form or "?" in text or "&" in text else SECRET_FIELDS
            text = parameters(text, kinds, SECRET_FIELDS, self.mask, self.text, depth)
        if '"' in text or "'" in text:
            text = assignments(text, SECRET_FIELDS, self.mask)
        if "<" in text:
            text = xml_fields(text, SECRET_FIELDS, self.mask)
        if "://" in text and "@" in text:
            text = user_info(text, self.mask)
        return self.words(text)


class ReplacingWalker(Walker):
    """Walks over texts and replaces what was learnt."""

    def __init__(self, mask: Mask, secrets: Secrets) -> None:
        super().__init__(mask)
        self._secrets = secrets
        self._known = 0

    @override
    def fields(self) -> dict[tuple[bytes, bytes], tuple[bytes, bytes]]:
        # What stays as it is may be found secret by what is learnt later.
        if self._known != len(self._secrets):
            self._known = len(self._secrets)
            self._fields.clear()
        return self._fields

    @override
    def replaced(self, text: str) -> str:
        return self._secrets.replaced(text)

    @override
    def inside(self, text: str) -> str:
        return self._secrets.replaced(text)

    @override
    def number(self) -> Callable[[str], str | None] | None:
        return self._secrets.number if self._secrets.has_numbers() else None
