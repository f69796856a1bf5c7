"""The text that WeChat Pay v2 signs, and how clients get it wrong.

Every non-empty field but `sign`, sorted by name, joined `name=value` with `&`, values raw.
Source: https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=4_3
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from why401.keys import Secret
from why401.signatures import v2_seals
from why401.signatures.engine import Parts

ITEMS, RENDER, SEAL = range(3)
MAX_FIELDS = 100

type Items = tuple[str, ...]
"""`name=value`, in the order in which they are joined."""
type Render = Callable[[Items], bytes]


def joined(items: Items) -> bytes:
    """Return the text as it should be."""
    return "&".join(items).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class V2Message:
    """What a message says it signed: the fields on the wire without `sign`, in their order.

    `key` is the key that should have been used, None where it is not known; `others` are the
    further keys with the rule that the use of each breaks.
    """

    fields: tuple[tuple[str, str], ...]
    algorithm: str
    key: Secret | None = None
    others: tuple[tuple[str, Secret], ...] = field(default=(), repr=False)
    neighbours: tuple[str, ...] = ()
    raw_query: tuple[tuple[str, str], ...] = ()
    """Of a GET: the fields as they stand in the query, still encoded."""

    @cached_property
    def items(self) -> Items:
        """The right items."""
        return tuple(
            f"{name}={value}" for name, value in sorted(self.fields, key=by_name) if value != ""
        )

    @cached_property
    def parts(self) -> Parts:
        """The right parts; without a key the seal is one that nobody uses."""
        key = self.key.data if self.key else None
        right = v2_seals.reused(self.algorithm, key) if key is not None else _no_seal
        return (self.items, joined, right)

    def value(self, name: str) -> str:
        """Return the value of a field, empty where it was not sent."""
        return next((value for key, value in self.fields if key == name), "")


def message(parts: Parts) -> bytes:
    """Return the text without the key."""
    text: bytes = parts[RENDER](parts[ITEMS])
    return text


def sealed(parts: Parts) -> bytes:
    """Return the digest that `parts` give."""
    items, render, seal = parts
    digest: bytes = seal(render(items))
    return digest


def _no_seal(_: bytes) -> bytes:
    return b""


def by_name(pair: tuple[str, str]) -> str:
    """Return what fields are sorted by."""
    return pair[0]


def name_of(item: str) -> str:
    """Return the name in `name=value`."""
    return item.partition("=")[0]


def resorted(items: Iterable[str]) -> Items:
    """Return items sorted by name."""
    return tuple(sorted(items, key=name_of))


def with_item(items: Items, item: str) -> Items:
    """Return sorted items with one more, in its place."""
    at = bisect.bisect_left(items, name_of(item), key=name_of)
    return (*items[:at], item, *items[at:])
