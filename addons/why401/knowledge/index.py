"""Which rules to try on an exchange: found from what the exchange holds, not by trying all.

Every alternative of a `match` is filed under the one of its lines that the fewest other rules
share. An exchange is asked for what stands at the places that the index knows, and only for
those which it has: the cost is that of the exchange, whatever the number of rules. All texts
looked for at one place are searched for in one pass (Aho-Corasick).
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import ahocorasick
import msgspec

from why401.case import Case
from why401.case.places import reader
from why401.knowledge.folding import folded
from why401.knowledge.match import SHORT, ByValue, texts_at, value_key, values_at
from why401.knowledge.recurring import is_of_answer
from why401.knowledge.rule import Conditions, Scalar

type Positions = list[int]

NAMED = (
    "request.header.",
    "request.query.",
    "request.form.",
    "request.cookie.",
    "request.json.",
    "request.xml.",
    "response.header.",
    "response.json.",
    "response.xml.",
)
"""Places that take a name: visited only where the exchange has something of that name."""
_GROUPS = {
    "request.family": "family",
    "request.credential": "credential",
    "response.text": "answer",
    "response.said": "answer",
}
_IS_THERE: dict[str, Callable[[Case], bool]] = {
    "any": lambda _: True,
    "error": lambda case: case.error is not None,
    "family": lambda case: case.family is not None,
    "credential": lambda case: bool(case.credentials),
    "challenge": lambda case: bool(case.challenges),
    "answer": lambda case: (
        bool(case.response.content.data or case.challenges) or case.grpc_refusal is not None
    ),
}
"""Whether an exchange has the places of a group at all: most have neither error nor challenge."""


class Shelves(msgspec.Struct):
    """The index as plain values, as the cache keeps it. Numbers are positions of rules."""

    codes: dict[str, Positions] = {}
    """`family code`, or ` code` for any family."""
    values: dict[str, dict[str, Positions]] = {}
    """By place and `value_key`."""
    needles: dict[str, dict[str, Positions]] = {}
    """By place and folded text."""
    present: dict[str, Positions] = {}
    """By place, whatever stands there."""
    always: Positions = []


type _Way = tuple[str, str, str]
"""(shelf, place, key): one line under which an alternative may be filed."""

_SHELVES = ("codes", "values", "needles", "present")
_ENOUGH = 8
"""Rules behind one key among which it does not pay to look for a finer one."""
_FEW = 12
_REMEMBERED = 64
"""Short texts at one place that are looked up, and of how many it is remembered what was found."""


def shelve(matches: Sequence[Conditions | list[Conditions] | None]) -> Shelves:
    """Return the shelves for the rules with `matches`; one without stands on none."""
    offers: list[tuple[int, list[list[_Way]]]] = []
    popularity: Counter[_Way] = Counter()
    for position, match in enumerate(matches):
        for conditions in match if isinstance(match, list) else [match or {}]:
            if conditions:
                ways = [way for way in _ways(conditions) if way]
                offers.append((position, ways))
                popularity.update(key for way in ways for key in way)
    shelves = Shelves()
    for position, ways in offers:
        for shelf, place, key in _finest(ways, popularity):
            match shelf:
                case "codes":
                    positions = shelves.codes.setdefault(key, [])
                case "values":
                    positions = shelves.values.setdefault(place, {}).setdefault(key, [])
                case "needles":
                    positions = shelves.needles.setdefault(place, {}).setdefault(key, [])
                case "present":
                    positions = shelves.present.setdefault(place, [])
                case _:
                    positions = shelves.always
            if not positions or positions[-1] != position:
                positions.append(position)
    return shelves


def _finest(ways: list[list[_Way]], popularity: Counter[_Way]) -> list[_Way]:
    """Return the line whose keys the fewest rules share; of those that are equally rare, the one
    that is cheapest to look up."""
    if not ways:
        return [("always", "", "")]
    return min(
        ways,
        key=lambda way: (
            max(_ENOUGH, *(popularity[key] for key in way)) // _ENOUGH,
            _SHELVES.index(way[0][0]),
            not way[0][1].startswith(NAMED),
        ),
    )


def _ways(conditions: Conditions) -> Iterator[list[_Way]]:
    """Yield, for every line of `conditions`, the keys of which an exchange must have one."""
    families = _listed(conditions.get("error.family", ""))
    if "error.code" in conditions:
        codes = _listed(conditions["error.code"])
        yield [("codes", "", f"{family} {code}") for family in families for code in codes]
    for key, value in conditions.items():
        line, _, modifier = key.partition("|")
        place = _normal(line)
        wanted = _listed(value)
        if modifier == "" and place not in ("error.code", "error.family"):
            keys = [value_key(item) for item in wanted]
            yield [("values", place, item) for item in keys if item is not None]
        elif modifier in ("contains", "startswith", "endswith"):
            yield [("needles", place, folded(str(item))) for item in wanted]
        elif modifier == "re" or value is True:
            yield [("present", place, "")]


def _listed(value: Scalar | list[Scalar]) -> list[Scalar]:
    return value if isinstance(value, list) else [value]


def _normal(place: str) -> str:
    """Return `place` with the name of a header in lower case."""
    return place.lower() if ".header." in place else place


class _Side:
    """The places of one side of an exchange, each a drawer of keys."""

    def __init__(self, places: Iterable[str], shelves: Shelves) -> None:
        self.single: dict[str, list[_Drawer]] = defaultdict(list)
        """Places without a name, by what an exchange must have to have them (`_IS_THERE`)."""
        self.named: dict[str, dict[str, list[_Drawer]]] = defaultdict(lambda: defaultdict(list))
        """Those to look at where a name is present, by prefix and name (of a JSON path, the first
        part)."""
        for place in places:
            drawer = _Drawer(place, shelves)
            prefix = next((prefix for prefix in NAMED if place.startswith(prefix)), None)
            if prefix is None:
                self.single[_group(place)].append(drawer)
            else:
                name = place.removeprefix(prefix)
                first = name.partition(".")[0] if ".json." in prefix else name
                self.named[prefix][first].append(drawer)

    def collect(self, case: Case, found: set[int]) -> None:
        """Add the rules that something on this side of `case` speaks for."""
        for group, drawers in self.single.items():
            if _IS_THERE[group](case):
                for drawer in drawers:
                    drawer.collect(case, found)
        for prefix, by_name in self.named.items():
            for name in _NAMES[prefix](case):
                if name in by_name:
                    for drawer in by_name[name]:
                        drawer.collect(case, found)


class Index:
    """The shelves at work."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    @cached_property
    def _asked(self) -> _Side:
        return _Side((place for place in self._places() if not is_of_answer(place)), self._shelves)

    @cached_property
    def _answered(self) -> _Side:
        return _Side(filter(is_of_answer, self._places()), self._shelves)

    def _places(self) -> Iterable[str]:
        shelves = self._shelves
        return dict.fromkeys((*shelves.values, *shelves.needles, *shelves.present))

    @property
    def header_names(self) -> Iterable[str]:
        """The fields of an answer that are looked at."""
        return self._answered.named.get("response.header.", ())

    def of_request(self, case: Case) -> set[int]:
        """Return the positions of the rules that something in the request speaks for."""
        found: set[int] = set()
        self._asked.collect(case, found)
        return found

    def of_answer(self, case: Case) -> set[int]:
        """Return the positions of all others that may match `case`."""
        found = set(self._shelves.always)
        error = case.error
        if error is not None:
            for key in (f"{error.family.value} {error.code}", f" {error.code}"):
                found.update(self._shelves.codes.get(key, ()))
        self._answered.collect(case, found)
        return found


class Indexes:
    """Several indexes one after the other: those of the built-in rules and of the user's."""

    def __init__(self, parts: Sequence[tuple[int, Shelves]]) -> None:
        """Take for each part how many positions it has, and its shelves."""
        self._parts: list[tuple[int, Index]] = []
        offset = 0
        for size, shelves in parts:
            self._parts.append((offset, Index(shelves)))
            offset += size

    @property
    def header_names(self) -> Iterator[str]:
        """The fields of an answer that are looked at."""
        for _, index in self._parts:
            yield from index.header_names

    def of_request(self, case: Case) -> list[int]:
        """Return the positions of what something in the request speaks for."""
        return [offset + each for offset, index in self._parts for each in index.of_request(case)]

    def of_answer(self, case: Case) -> list[int]:
        """Return the positions of all others that may match `case`."""
        return [offset + each for offset, index in self._parts for each in index.of_answer(case)]


class _Drawer:
    """All keys at one place."""

    def __init__(self, place: str, shelves: Shelves) -> None:
        self.place = place
        self.read = reader(place)
        values = shelves.values.get(place)
        self.find = ByValue(values).get if values else None
        self.needles = shelves.needles.get(place)
        self.present = shelves.present.get(place)

    @cached_property
    def automaton(self) -> Any:
        automaton = ahocorasick.Automaton()
        for needle, positions in (self.needles or {}).items():
            automaton.add_word(needle, positions)
        automaton.make_automaton()
        return automaton

    @cached_property
    def search_known(self) -> Callable[[str], frozenset[int]]:
        """As `search`. Servers refuse in the same words over and over."""
        return functools.lru_cache(_REMEMBERED)(lambda text: self.search(folded(text)))

    def search(self, text: str) -> frozenset[int]:
        """Return the rules that something in the folded `text` speaks for."""
        return frozenset(number for _, found in self.automaton.iter(text) for number in found)

    def collect(self, case: Case, found: set[int]) -> None:
        """Add the rules that something at this place speaks for."""
        values = values_at(case, self.place, self.read)
        if not values:
            return
        if self.present:
            found.update(self.present)
        if self.find is not None:
            for value in values:
                positions = self.find(value)
                if positions is not None:
                    found.update(positions)
        if self.needles:
            if len(values) <= _FEW and all(
                type(each) is str and len(each) <= SHORT for each in values
            ):
                for value in values:
                    found.update(self.search_known(value))
            else:
                for _, text in texts_at(case, self.place, self.read):
                    found.update(self.search(text))


def _group(place: str) -> str:
    """Return under which question of `_IS_THERE` a place without a name of its own falls."""
    for group in ("error", "response.challenge"):
        if place.startswith(group):
            return group.rpartition(".")[2]
    return _GROUPS.get(place, "any")


_NAMES: dict[str, Callable[[Case], Iterable[str]]] = {
    "request.header.": lambda case: case.request.headers.by_name(),
    "request.query.": lambda case: {name for name, _ in case.query},
    "request.form.": lambda case: {name for name, _ in case.request.form},
    "request.cookie.": lambda case: {name for name, _ in case.cookies},
    "request.json.": lambda case: _json_names(case.request.json),
    "request.xml.": lambda case: {name for name, _ in case.request.xml or ()},
    "response.header.": lambda case: case.response.headers.by_name(),
    "response.json.": lambda case: _json_names(case.response.json),
    "response.xml.": lambda case: {name for name, _ in case.response.xml or ()},
}
"""The names that an exchange has under each prefix of `NAMED`, each once."""


def _json_names(value: Any) -> Sequence[str]:
    if isinstance(value, dict):
        return (*value, "*")
    if isinstance(value, list):
        return ("*", *(str(index) for index in range(min(len(value), 50))))
    return ()
