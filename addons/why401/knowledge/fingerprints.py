"""Fingerprints of servers: what gateways, frameworks and platforms write when they refuse.

`rules/servers/*.yaml`, one file a family of servers, hold rows: what stands in the response, and
the id of the rule whose words tell what it means. A row says who answered and what they say; what
is wrong with the request is judged from its own bytes.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec

from why401.case import Case, json_at
from why401.case.places import seen_text
from why401.case.said import place_of
from why401.knowledge.index import Indexes, Shelves, shelve
from why401.knowledge.match import Match, Seen, compile_match
from why401.knowledge.recurring import Recurring
from why401.knowledge.rule import Conditions, Record, Reference, Scalar
from why401.later import regex
from why401.model import Certainty, Evidence

REFUSING = (400, 401, 403, 404, 407, 419, 422, 424, 440, 498, 499, 500, 502)
"""Statuses on which a row without a status of its own is looked for."""

type Literals = str | list[str]


class Mark(enum.StrEnum):
    """How well a row is known: read in the server's source or tried (V), seen in several
    independent places (C), or told (U)."""

    VERIFIED = "V"
    CORROBORATED = "C"
    UNVERIFIED = "U"


class Row(Record, frozen=True):
    """One thing that a server writes. Every line given must hold, a list means "any of"."""

    status: int | list[int] | None = None
    header: dict[str, str] = msgspec.field(default_factory=dict)
    """Response header to a text that it contains; an empty text: the header is there."""
    challenge: Literals = msgspec.field(default_factory=list)
    """Text within a WWW-Authenticate field, as it stands there."""
    says: Literals = msgspec.field(default_factory=list)
    """Text within what the server says, blanks, case and full-width forms aside; `{…}` stands
    for a part that varies."""
    exactly: Literals = msgspec.field(default_factory=list)
    """The whole of one thing that the server says."""
    json: dict[str, Scalar | list[Scalar]] = msgspec.field(default_factory=dict)
    """Path in a JSON body to its value."""
    lacks: Literals = msgspec.field(default_factory=list)
    """Paths at which a JSON body has nothing: what tells two servers apart that write alike."""
    means: Literals = msgspec.field(default_factory=list)
    """Ids of the rules that say what this means, the most probable first."""
    mark: Mark = Mark.VERIFIED
    host: Literals = msgspec.field(default_factory=list)
    """Hosts to which alone the row applies; `.example.com` stands for all below it."""
    server: str | None = None
    """Who wrote it, where that is not the server of the file."""
    names_server: bool = True
    """False for what other servers write too: it tells what is wrong, not who answered."""


class ServerFile(Record, frozen=True):
    """A file of rows about one server or family of servers; none for texts of any server. Rows
    without a host of their own apply to the hosts of the file, where it names any."""

    references: Annotated[list[Reference], msgspec.Meta(min_length=1)]
    rows: Annotated[list[Row], msgspec.Meta(min_length=1)]
    server: str | None = None
    host: Literals = msgspec.field(default_factory=list)


class Stored(msgspec.Struct, frozen=True):
    """Rows made ready, as the cache keeps them."""

    rows: list[Row] = []
    shelves: Shelves = msgspec.field(default_factory=Shelves)


class Answer(msgspec.Struct, frozen=True):
    """What one row says about a response: who wrote it and what it means."""

    server: str | None
    means: tuple[str, ...]
    certainty: Certainty
    """How sure it is, without a look at the request, that this is what is wrong."""
    evidence: tuple[Evidence, ...]


class Fingerprints:
    """All rows, and the indexes by which few of them are tried."""

    def __init__(self, parts: Sequence[Stored]) -> None:
        self.rows = [row for part in parts for row in part.rows]
        self._index = Indexes([(len(part.rows), part.shelves) for part in parts])
        self._matches: dict[int, Match] = {}
        names = {name.lower() for row in self.rows for name in row.header}
        self._known = Recurring(names, self._answers)

    def answers(self, case: Case) -> tuple[Answer, ...]:
        """Return what the rows say about the response in `case`, the most specific first. WeChat's
        own servers have codes instead."""
        if not self.rows or case.exchange.response is None or case.family is not None:
            return ()
        return self._known.of(case)

    def _answers(self, case: Case) -> tuple[Answer, ...]:
        found = []
        for position in {*self._index.of_request(case), *self._index.of_answer(case)}:
            seen = self._match(position).seen(case)
            if seen is not None:
                found.append((_weight(self.rows[position]), position, seen))
        found.sort(key=lambda item: (item[0], -item[1]), reverse=True)
        return tuple(_answer(self.rows[position], seen, case) for _, position, seen in found)

    def _match(self, position: int) -> Match:
        match = self._matches.get(position)
        if match is None:
            match = self._matches[position] = compile_match(conditions_of(self.rows[position]))
        return match


NO_FINGERPRINTS = Fingerprints(())


def ready(files: list[ServerFile]) -> Stored:
    """Return the rows of `files`, each with its server, and their index."""
    rows = [
        msgspec.structs.replace(row, server=(row.server or file.server), host=row.host or file.host)
        for file in files
        for row in file.rows
    ]
    return Stored(rows, shelve([conditions_of(row) for row in rows]))


def conditions_of(row: Row) -> Conditions:
    """Return what `row` looks for, as the `match` of a rule would say it."""
    conditions: Conditions = {}
    for name, text in row.header.items():
        modifier = "contains" if text else "exists"
        conditions[f"response.header.{name.lower()}|{modifier}"] = text or True
    if row.challenge:
        key = "response.header.www-authenticate|contains"
        conditions[key] = [*_listed(row.challenge)]
    if row.exactly:
        conditions["response.said"] = [*_listed(row.exactly)]
    varying = [literal for literal in _listed(row.says) if "{" in literal]
    if varying:
        conditions["response.said|re"] = [_expression(literal) for literal in _listed(row.says)]
    if row.says:
        conditions["response.said|contains"] = [_longest(text) for text in _listed(row.says)]
    for path, value in row.json.items():
        conditions[f"response.json.{path}"] = value
    for path in _listed(row.lacks):
        conditions[f"response.json.{path}|exists"] = False
    if row.host:
        # By this line a row is found; the next one takes no longer name that ends alike.
        conditions["request.host|endswith"] = [*listed_hosts(row)]
        conditions["request.host|re"] = "(?i)^(?:" + "|".join(map(_host, listed_hosts(row))) + ")$"
    statuses = row.status if row.status is not None else list(REFUSING)
    conditions["response.stated_status"] = [*statuses] if isinstance(statuses, list) else statuses
    return conditions


def listed(row: Row) -> tuple[str, ...]:
    """Return the ids of the rules that `row` points at."""
    return tuple(_listed(row.means))


def listed_hosts(row: Row) -> tuple[str, ...]:
    """Return the hosts to which alone `row` applies; none for a row about any."""
    return tuple(_listed(row.host))


def _host(host: str) -> str:
    return f".*{re.escape(host)}" if host.startswith(".") else re.escape(host)


_PUNCTUATION = (",，", ":：", ";；", "(（", ")）")
_VARYING = regex(r"\{[^{}]{0,40}\}")


def _expression(literal: str) -> str:
    """Return the RE2 expression for a literal with varying parts, lenient as texts are compared
    elsewhere: blanks and the width of punctuation do not count."""
    parts = ["".join(map(_lenient, part)) for part in _VARYING.split(literal)]
    return "(?is)" + ".{0,300}".join(parts)


def _lenient(character: str) -> str:
    if character.isspace():
        return r"\s*"
    for both in _PUNCTUATION:
        if character in both:
            return rf"\s*[{both}]\s*"
    return re.escape(character)


def _longest(literal: str) -> str:
    return max(_VARYING.split(literal), key=len)


def _listed(literals: Literals) -> list[str]:
    return [literals] if isinstance(literals, str) else literals


def _weight(row: Row) -> tuple[bool, bool, bool, int, int, bool]:
    """Sort key: what names its server, then what knows more of it than the host, then what is said
    of this very host, then the more lines, the longer text, and what is surer."""
    literals = [*_listed(row.says), *_listed(row.exactly), *_listed(row.challenge)]
    for value in row.json.values():
        literals += map(str, value if isinstance(value, list) else [value])
    texts = (row.challenge, row.exactly, row.says, row.lacks)
    lines = len(row.header) + len(row.json) + sum(map(bool, texts))
    return (
        row.server is not None and row.names_server,
        lines > 0,
        bool(row.host),
        lines,
        min(map(len, literals), default=0),
        row.mark is not Mark.UNVERIFIED,
    )


def _answer(row: Row, seen: Seen, case: Case) -> Answer:
    certainty = Certainty.POSSIBLE if row.mark is Mark.UNVERIFIED else Certainty.LIKELY
    server = row.server if row.names_server else None
    return Answer(server, listed(row), certainty, tuple(_evidence(seen, case)))


def _evidence(seen: Seen, case: Case) -> Iterator[Evidence]:
    shown: set[str] = set()
    for place, value in seen:
        where = place_of(case, value) if place == "response.said" else place
        if place == "response.stated_status":
            where, value = "response.status", case.status
        if where not in shown and place != "request.host" and value is not None:
            shown.add(where)
            yield Evidence(where, seen_text(value))
    for where in [where for where in shown if where.startswith("response.json.")]:
        yield from _message_beside(where, case, shown)


_MESSAGES = (
    *("sub_msg", "message", "msg", "errmsg", "error_msg", "error_description", "description"),
    *("Message", "info", "zh_desc", "error_message", "detail"),
)


def _message_beside(where: str, case: Case, shown: set[str]) -> Iterator[Evidence]:
    """Yield the sentence that stands beside a code, or around it: GraphQL has it one level up."""
    path = where.split(".")[2:-1]
    for around in (path, path[:-1]):
        for holder in json_at(case.response.json, tuple(around))[:1]:
            for name in _MESSAGES if isinstance(holder, Mapping) else ():
                beside = ".".join(("response.json", *around, name))
                if isinstance(holder.get(name), str) and holder[name]:
                    if beside not in shown:
                        shown.add(beside)
                        yield Evidence(beside, seen_text(holder[name]))
                    return
