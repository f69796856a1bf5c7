"""A damaged HAR cut into its entries without parsing it: each stands or falls by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

# One string or one bracket; possessive, and an open string goes to the end: so it is linear.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"\s*+:\s*+")


@dataclass(frozen=True, slots=True)
class Split:
    """The entries as bytes, and whether their list was closed."""

    entries: tuple[memoryview, ...]
    is_complete: bool


def split_entries(data: bytes) -> Split | None:
    """Return the elements of the first list called `entries` at most two levels deep, or of a
    list that is the whole document; None where there is no such list."""
    view = memoryview(data)
    entries: list[memoryview] = []
    depth, list_depth, begin, key = 0, -1, 0, (0, 0)
    for token in _TOKEN.finditer(data):
        kind = data[token.start()]
        if kind == 0x22:
            key = token.span()
        elif kind in b"[{":
            if list_depth < 0:
                if kind == 0x5B and (depth == 0 or _is_entries(data, key, token.start(), depth)):
                    list_depth = depth + 1
            elif depth == list_depth:
                begin = token.start()
            depth += 1
        else:
            depth -= 1
            if depth == list_depth:
                entries.append(view[begin : token.end()])
            elif list_depth > depth:
                return Split(tuple(entries), is_complete=True)
    return Split(tuple(entries), is_complete=False) if list_depth >= 0 else None


def _is_entries(data: bytes, key: tuple[int, int], at: int, depth: int) -> bool:
    if depth > 2 or data[key[0] : key[1]] != b'"entries"':
        return False
    colon = _COLON.match(data, key[1])
    return colon is not None and colon.end() == at
