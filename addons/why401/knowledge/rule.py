"""A rule as it stands in its file: what to match, the words, the causes, the cases.

The format is documented for authors in docs/rules.md. `knowledge.load` reads it, `knowledge.check`
finds what is wrong with it, `knowledge.match` compiles `match`, `knowledge.words` fills the words.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from why401.model import CauseFound, Certainty, Severity

type Scalar = str | int | float | bool | None
type Conditions = dict[str, Scalar | list[Scalar]]
"""`place|modifier` to a value, or to a list of which any may hold; every line must hold."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything in a rule file: unknown keys are faults, not ignored."""


class Text(Record, frozen=True):
    """The same sentence in both languages; may hold `{placeholders}` listed under `values`."""

    zh: Annotated[str, msgspec.Meta(min_length=1)]
    en: Annotated[str, msgspec.Meta(min_length=1)]


class Status(enum.StrEnum):
    """How settled a rule is; a retired one is kept for its id and never fires."""

    DRAFT = "draft"
    STABLE = "stable"
    RETIRED = "retired"


class Cause(Record, frozen=True):
    """One explanation, most common first.

    `certainty` is what holds without further evidence. Where `when` matches the exchange, or a
    detector named in `proven_by` reported, the cause is lifted to `lifted_to` and moves to the
    front; where `unless` matches, it cannot be and is left out.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    zh: Annotated[str, msgspec.Meta(min_length=1)]
    en: Annotated[str, msgspec.Meta(min_length=1)]
    fix: Text
    hint: Text | None = None
    """The fix in a few words, for the Comment column."""
    title: Text | None = None
    """The title of the rule where this cause comes first: for codes that mean something else at
    another path."""
    certainty: Certainty | None = None
    when: Conditions | list[Conditions] | None = None
    unless: Conditions | list[Conditions] | None = None
    lifted_to: Certainty = Certainty.LIKELY
    proven_by: str | list[str] | None = None

    @property
    def text(self) -> Text:
        """Why it is so."""
        return Text(self.zh, self.en)

    @property
    def provers(self) -> tuple[str, ...]:
        """The rules whose finding proves this cause."""
        if self.proven_by is None:
            return ()
        return (self.proven_by,) if isinstance(self.proven_by, str) else tuple(self.proven_by)


class Reference(Record, frozen=True, rename={"for_": "for"}):
    """Where a fact comes from, when it was read, and which fact."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]+$")]
    read: Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
    for_: Annotated[str, msgspec.Meta(min_length=1)]


class CaseRequest(Record, frozen=True):
    """The request of a case: at most one of `json`, `text`, `form` and `xml` is its body."""

    url: str
    method: str = "GET"
    headers: dict[str, str | list[str]] = {}
    json: Any = msgspec.UNSET
    text: str | None = None
    form: dict[str, str] | None = None
    xml: dict[str, str] | None = None


class CaseResponse(Record, frozen=True):
    """The response of a case."""

    status: int
    headers: dict[str, str | list[str]] = {}
    json: Any = msgspec.UNSET
    text: str | None = None
    xml: dict[str, str] | None = None


class Expect(enum.StrEnum):
    """What the rule must do with a case."""

    MATCH = "match"
    NO_MATCH = "no match"


class RuleCase(Record, frozen=True):
    """An exchange on which the rule must fire or stay silent; `cause` is the id that must then
    come first. `at` is the Unix time of the exchange."""

    name: str
    request: CaseRequest
    response: CaseResponse
    expect: Expect
    cause: str | None = None
    at: int = 1_795_132_800


class Rule(Record, frozen=True, rename={"except_": "except"}):
    """One kind of thing that goes wrong, and what to tell the user."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+(/[a-z0-9_.-]+)+$")]
    title: Text
    causes: Annotated[list[Cause], msgspec.Meta(min_length=1)]
    references: list[Reference] = []
    status: Status = Status.STABLE
    severity: Severity = Severity.ERROR
    certainty: Certainty = Certainty.PROVEN
    """How sure a match is *that* this is wrong."""
    match: Conditions | list[Conditions] | None = None
    except_: Conditions | list[Conditions] | None = None
    reported_by: str | None = None
    """The module under detectors/ that reports this rule, in place of `match`."""
    evidence: list[str] = []
    """Further places to show where they hold something."""
    why: dict[str, Text] = {}
    """What follows from what was seen, keyed by the place."""
    values: list[str] = []
    decide: Text | None = None
    """The one observation or setting that would decide, where nothing is proven."""
    gives_way_to: list[str] = []
    """Globs of rule ids: where one of them reports too, this rule says nothing new."""
    answered_by: str | None = None
    overlaps: list[str] = []
    """Rules on whose firing cases this one may fire too."""
    tests: list[RuleCase] = []

    def titled(self, causes: Sequence[CauseFound]) -> Text:
        """Return the title of a finding with these `causes`, the strongest first."""
        first = self.cause(causes[0].id) if causes else None
        return (first and first.title) or self.title

    def cause(self, cause_id: str) -> Cause | None:
        """Return the cause called `cause_id`."""
        for cause in self.causes:
            if cause.id == cause_id:
                return cause
        return None
