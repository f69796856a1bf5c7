"""What a rule saw, as it may be shown: each place once, under the name where it really stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from why401.case import Case
from why401.case.places import Reader, seen_text
from why401.case.said import place_of
from why401.knowledge.match import Seen
from why401.model import Evidence, Plain

ALWAYS_SHOWN = ("error.message",)
_NOT_SHOWN = frozenset({"error.family", "request.family", "request.host", "request.scheme"})


def evidence_of(
    seen: Seen, further: Iterable[tuple[str, Reader]], case: Case
) -> tuple[Evidence, ...]:
    """Return what a match saw and what stands at the `further` places; at least one element."""
    shown: dict[str, Evidence] = {}
    for place, value in seen:
        where = _real_place(place, case, value)
        if where is not None:
            shown.setdefault(where, Evidence(where, shown_value(where, value)))
    for place, read in further:
        values = read(case)
        where = _real_place(place, case, values[0]) if values else None
        if where is not None:
            shown.setdefault(where, Evidence(where, shown_value(where, values[0])))
    if not shown:
        shown["response.status"] = Evidence("response.status", case.status)
    return tuple(shown.values())


def shown_value(where: str, value: Any) -> Plain:
    """Return `value` as evidence may hold it. A whole request body is told by its length: secrets
    at places that name them are masked later, those in the midst of a text would not be."""
    if value is None:
        return None
    return f"… ({len(value)})" if where == "request.text" else seen_text(value)


def _real_place(place: str, case: Case, value: object) -> str | None:
    if place in _NOT_SHOWN:
        return None
    if place == "response.said":
        return place_of(case, value)
    if case.error and place == "error.code":
        return case.error.place
    if case.error and place == "error.message":
        return case.error.message_place
    return place
