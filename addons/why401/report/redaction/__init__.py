"""Redaction: an exchange, a text or plain JSON without the secrets of the export it belongs to.

Two steps. `learn` walks over every exchange and notes what is secret: by the name of its field
(`credentials.keys`), or by its looks. Then everything that is written out passes through
`exchange`, `text` or `plain`, which replace what stands in a secret field, and what was learnt
wherever else it stands and however it is encoded. Redacting twice changes nothing.

`exchange` takes an exchange apart, `walk` its texts; a `glance` spares it those that hold nothing.
`secrets` are those of the export, `encodings` and `layers` the forms in which they stand; every
other module knows one kind of text or of secret.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from why401.credentials.jwt import is_probably_jwt
from why401.credentials.placeholders import placeholder
from why401.credentials.secret_names import field_kind
from why401.later import regex
from why401.masking import PLACEHOLDER, Masker
from why401.model import Diagnosis, Exchange, Finding, Plain
from why401.report.har_extras import Extras
from why401.report.redaction.exchange import Rewriter, as_one_text
from why401.report.redaction.glance import message_may_hold_secret
from why401.report.redaction.jwt import public_claims, redacted_jwt
from why401.report.redaction.secrets import Secrets
from why401.report.redaction.walk import ReplacingWalker, Walker

MAX_UNPARSED = 100
_MAX_DEPTH = 64
_KIND = regex(rb"\[redacted:([a-z0-9-]{1,40}):[0-9a-f]{8}\]")
_WORD = regex(r"\w")
_WORDED = frozenset(("summary", "title", "text", "fix", "why", "decide"))
"""Where a diagnosis has words of ours, each in both languages."""
_LANGUAGES = {"zh", "en"}
_ANY_TEXT = frozenset(("password", "secret", "cookie"))


class Receipt(msgspec.Struct, frozen=True):
    """How many placeholders stand in what was written, by kind, those of an earlier redaction
    included; and which parts could not be looked into."""

    kinds: Mapping[str, int] = msgspec.field(default_factory=dict)
    unparsed: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many placeholders there are."""
        return sum(self.kinds.values())


class Redactor:
    """Redacts one export. The same value has the same placeholder throughout."""

    def __init__(self, masker: Masker) -> None:
        self._secrets = Secrets(masker)
        self._kinds: Counter[str] = Counter()
        self._unparsed: dict[str, None] = {}
        self._learnt: set[int] = set()
        self._learner = Walker(self._learn)
        self._writer = ReplacingWalker(self._mask, self._secrets)

    def learn(self, exchange: Exchange) -> None:
        """Note the secrets of `exchange`. Do so for all before the first is written out."""
        message = as_one_text(exchange)
        if message is None or message_may_hold_secret(message):
            self._learn_from(exchange)

    def _learn_from(self, exchange: Exchange) -> None:
        # By its hash, which is much cheaper than to walk over it again when it is written.
        known = hash(exchange)
        if known not in self._learnt:
            self._learnt.add(known)
            Rewriter(self._learner, self._note).exchange(exchange)

    def learn_all(self, exchanges: Iterable[Exchange]) -> None:
        """Note the secrets of several exchanges."""
        for exchange in exchanges:
            self.learn(exchange)

    def index(self) -> None:
        """Get ready to find what was learnt: otherwise done when it is first looked for."""
        self._secrets.index()

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return `exchange` without secrets; those of its own need not have been learnt."""
        message = as_one_text(exchange)
        if message is not None and not self._secrets.message_may_concern(message):
            return exchange
        if message is None or message_may_hold_secret(message):
            self._learn_from(exchange)
        return Rewriter(self._writer, self._note).exchange(exchange)

    def text(self, text: str) -> str:
        """Return a text for people without secrets."""
        return self._writer.text(text)

    def words(self, text: str) -> str:
        """Return words of our own without secrets: only what is known to be one, or looks like
        one, is replaced. The samples in a rule (`…&key=KEY`, `Bearer <token>`) are left alone."""
        return self._writer.words(text)

    def plain(self, value: Plain) -> Plain:
        """Return plain JSON without secrets; that may be a diagnosis with its words."""
        return self._plain(value, None, _MAX_DEPTH)

    def diagnosis(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return the facts of a diagnosis without secrets. To be put into words afterwards:
        `words` does not look closely enough at what the traffic gave."""
        return msgspec.structs.replace(
            diagnosis,
            findings=tuple(self._finding(finding) for finding in diagnosis.findings),
            credentials=tuple(
                msgspec.structs.replace(shown, decoded=self._decoded(shown.decoded))
                if shown.decoded
                else shown
                for shown in diagnosis.credentials
            ),
            signatures=tuple(
                msgspec.structs.replace(check, string_to_sign=self.text(check.string_to_sign))
                if check.string_to_sign
                else check
                for check in diagnosis.signatures
            ),
            timeline=tuple(
                msgspec.structs.replace(
                    event, via=self.text(event.via), client=self.text(event.client)
                )
                for event in diagnosis.timeline
            ),
        )

    def _finding(self, finding: Finding) -> Finding:
        evidence = (
            msgspec.structs.replace(each, seen=self.plain(each.seen)) for each in finding.evidence
        )
        # By what they hold: their names are the rule's, `code` there is an error.
        values = {
            name: self._writer.text(value) if isinstance(value, str) else value
            for name, value in finding.values.items()
        }
        return msgspec.structs.replace(finding, evidence=tuple(evidence), values=values)

    def _members(self, decoded: Mapping[str, Any]) -> dict[str, Any]:
        members = self.plain(dict(decoded))
        return members if isinstance(members, dict) else {}

    def _decoded(self, decoded: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a credential says: of a JWT as much as is left of the token itself."""
        claims = decoded.get("claims")
        if isinstance(claims, dict):
            decoded = {**decoded, "claims": public_claims(claims, self._mask)}
        return self._members(decoded)

    def extras(self, extras: Extras) -> Extras:
        """Return what a HAR says besides its exchange without secrets."""
        if extras == Extras():
            return extras
        return Extras(
            {part: self._members(fields) for part, fields in extras.parts.items()},
            self._members(extras.cache),
            self.text(f"#{extras.fragment}")[1:] if extras.fragment else "",
        )

    def wrote(self, data: bytes) -> None:
        """Count the placeholders in a part of what is written, for the receipt."""
        self._kinds.update(placeholders(data))

    def receipt(self) -> Receipt:
        """Return what was redacted in all that was written, and what could not be looked into."""
        unparsed = tuple(self._unparsed)
        if self._secrets.overflowed:
            unparsed += ("more secrets than can be searched for",)
        return Receipt(dict(sorted(self._kinds.items())), unparsed)

    def _note(self, what: str) -> None:
        if len(self._unparsed) < MAX_UNPARSED:
            self._unparsed[what] = None

    def _learn(self, kind: str, value: str) -> str:
        """Note a value of a secret field, and give it back."""
        if _is_stand_in(kind, value):
            return value
        if is_probably_jwt(value) and value.count(".") == 2:
            # Where the token is cut or wrapped its signature alone is recognised.
            redacted_jwt(value, self._learn_whole, self._learner.inside)
        return self._learn_whole(kind, value)

    def _learn_whole(self, kind: str, value: str) -> str:
        if kind != "claim":
            self._secrets.learn(kind, value)
        return value

    def _mask(self, kind: str, value: str) -> str:
        """Return what stands for a value of a secret field."""
        if not value or _is_stand_in(kind, value) or PLACEHOLDER.fullmatch(value):
            return value
        if is_probably_jwt(value):
            return redacted_jwt(value, self._mask_whole, self._secrets.replaced)
        return self._mask_whole(kind, value)

    def _mask_whole(self, kind: str, value: str) -> str:
        if PLACEHOLDER.search(value):
            return _around_placeholders(value, lambda part: self._secrets.placeholder(kind, part))
        return self._secrets.placeholder(kind, value)

    def _plain(self, value: Plain, kind: str | None, depth: int) -> Plain:
        if isinstance(value, str):
            return self._mask(kind, value) if kind else self._writer.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            if kind:
                return self._mask(kind, json.dumps(value))
            return self._secrets.number(str(value)) or value
        if depth == 0:
            return "…"
        if isinstance(value, dict):
            return {
                self._secrets.replaced(name): self._text_in_both(item)
                if name in _WORDED and kind is None and _is_in_both(item)
                else self._plain(item, kind or _kind_of(name, item), depth - 1)
                for name, item in value.items()
            }
        return [self._plain(item, kind, depth - 1) for item in value]

    def _text_in_both(self, text: Plain) -> Plain:
        return {
            name: self.words(item) if isinstance(item, str) else item
            for name, item in (text.items() if isinstance(text, dict) else ())
        }


def placeholders(data: bytes) -> Counter[str]:
    """Return how many placeholders of each kind stand in `data`."""
    if b"[redacted:" not in data:
        return Counter()
    return Counter(kind.decode() for kind in _KIND.findall(data))


def _kind_of(name: str, value: Plain) -> str | None:
    """Return the kind of secret that `value` is by its name; a number of tokens is none."""
    is_count = name[-1:] in "sS" and isinstance(value, int | float)
    return None if is_count else field_kind(name)


def _is_in_both(value: Plain) -> bool:
    return isinstance(value, dict) and value.keys() == _LANGUAGES


def _is_stand_in(kind: str, value: str) -> bool:
    """Whether `value` is what samples have where a token should be; a password may be anything."""
    return kind not in _ANY_TEXT and placeholder(value) is not None


def _around_placeholders(value: str, mask: Callable[[str], str]) -> str:
    """Return `value` with what stands between its placeholders masked, quotes and blanks kept."""
    parts: list[str] = []
    end = 0
    for found in PLACEHOLDER.finditer(value):
        before = value[end : found.start()]
        parts += (mask(before) if _WORD.search(before) else before, found[0])
        end = found.end()
    rest = value[end:]
    return "".join((*parts, mask(rest) if _WORD.search(rest) else rest))
