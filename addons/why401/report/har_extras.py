"""What the entry of a foreign HAR says besides its exchange: kept when the HAR is written again.

Fields of other programs (`_initiator`, `_priority`, `_transferSize`, …), the cache, the fragment
of the URL: nothing is judged by them, but their owner would miss them. Those within `timings` are
left out: they divide phases that are counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

_OURS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {"_why401", "_pinned", "_error", "_client", "_clientAddress", "_serverPort"}
        | {"_webSocketMessages", "_sanitised"}
    ),
    "request": frozenset({"_raw", "_missing"}),
    "response": frozenset({"_trailers", "_error"}),
    "content": frozenset({"_size", "_encoding", "_exact", "_complete", "_decoded", "_missing"}),
}
"""Fields that are written from the exchange and its diagnosis, by the part that they stand in."""


class Extras(msgspec.Struct, frozen=True):
    """`parts` are fields beyond HAR 1.2 by the part of an entry that they stand in (the entry
    itself: ""), `cache` is the entry's, `fragment` its URL's without the number sign."""

    parts: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    cache: Mapping[str, Any] = msgspec.field(default_factory=dict)
    fragment: str = ""


def extras_of(entry: Any) -> Extras:
    """Return what an entry, as plain values, says besides its exchange."""
    if not isinstance(entry, dict):
        return Extras()
    found = {part: _foreign(holder, part) for part, holder in _holders(entry).items()}
    request, cache = entry.get("request"), entry.get("cache")
    url = request.get("url") if isinstance(request, dict) else ""
    return Extras(
        {part: fields for part, fields in found.items() if fields},
        cache if isinstance(cache, dict) else {},
        url.partition("#")[2] if isinstance(url, str) else "",
    )


def add_extras(entry: dict[str, Any], extras: Extras) -> None:
    """Put `extras` into an entry that is to be written, where it says nothing itself."""
    for part, holder in _holders(entry).items():
        for name, value in extras.parts.get(part, {}).items():
            holder.setdefault(name, value)
    if extras.cache:
        entry["cache"] = extras.cache
    if extras.fragment:
        entry["request"]["url"] += f"#{extras.fragment}"


def _foreign(holder: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {
        name: value
        for name, value in holder.items()
        if name.startswith("_") and name not in _OURS[part]
    }


def _holders(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parts of an entry that may have fields of other programs."""
    response = entry.get("response")
    found = {
        "": entry,
        "request": entry.get("request"),
        "response": response,
        "content": response.get("content") if isinstance(response, dict) else None,
    }
    return {part: holder for part, holder in found.items() if isinstance(holder, dict)}
