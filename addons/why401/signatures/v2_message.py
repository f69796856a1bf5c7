"""The text that WeChat Pay v2 signs, and how clients get it wrong.

Every non-empty field but `sign`, sorted by name, joined `name=value` with `&`, values raw.
Source: https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=4_3
"""

from __future__ import annotations

import bisect
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from why401.keys import Secret
from why401.signatures import v2_seals
from why401.signatures.engine import Fits, Parts
from why401.signatures.percent import percent

ITEMS, RENDER, SEAL = range(3)
MAX_FIELDS = 100

type Items = tuple[bytes, ...]
"""`name=value` in UTF-8, in the order in which they are joined."""
type Render = Callable[[Items], bytes]

joined: Render = b"&".join
"""The text as it should be."""


class Odd(NamedTuple):
    """A value that not every encoder leaves as it is, for it holds more than letters, digits and
    `_.-`: the place of its item, and how it is written percent-encoded."""

    at: int
    name: bytes
    value: bytes
    encoded: bytes


class Taken(NamedTuple):
    """Items taken apart: `pairs` of name and value, the `names` alone, and the odd values."""

    pairs: tuple[tuple[bytes, bytes], ...]
    names: tuple[bytes, ...]
    odd: tuple[Odd, ...]


_PLAIN = (string.ascii_letters + string.digits + "_.-").encode()


def _taken(items: Items) -> Taken:
    pairs = []
    odd = []
    for index, item in enumerate(items):
        name, _, value = item.partition(b"=")
        pairs.append((name, value))
        if value.translate(None, _PLAIN):
            odd.append(Odd(index, name, value, percent(value)))
    return Taken(tuple(pairs), tuple([name for name, _ in pairs]), tuple(odd))


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
    def document(self) -> Items:
        """Every field as `name=value` in the order of the message, the empty ones too."""
        return tuple([utf8(f"{name}={value}") for name, value in self.fields])

    @cached_property
    def sorted_document(self) -> Items:
        """Every field sorted by name, the empty ones too."""
        document = self.document
        return tuple([document[at] for at in self._order])

    @cached_property
    def items(self) -> Items:
        """The right items."""
        document, fields = self.document, self.fields
        return tuple([document[at] for at in self._order if fields[at][1]])

    @cached_property
    def _order(self) -> list[int]:
        names = [name for name, _ in self.fields]
        return sorted(range(len(names)), key=names.__getitem__)

    @cached_property
    def parts(self) -> Parts:
        """The right parts; without a key the seal is one that nobody uses."""
        key = self.key.data if self.key else None
        right = v2_seals.seal(self.algorithm, key) if key is not None else _no_seal
        return (self.items, joined, right)

    def value(self, name: str) -> str:
        """Return the value of a field, empty where it was not sent."""
        return next((value for key, value in self.fields if key == name), "")

    def taken(self, items: Items) -> Taken:
        """Return `items` taken apart; the right ones, which every mistake asks for, only once."""
        return self._right_taken if items is self.items else _taken(items)

    @cached_property
    def _right_taken(self) -> Taken:
        return _taken(self.items)

    @cached_property
    def sent_names(self) -> frozenset[bytes]:
        """The names of all fields, the empty ones too."""
        return frozenset(map(name_of, self.document))

    @cached_property
    def is_ascii(self) -> bool:
        """Whether no field holds a character beyond ASCII."""
        return all(map(bytes.isascii, self.items))


def utf8(text: str) -> bytes:
    """Return text from the wire in UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def message(parts: Parts) -> bytes:
    """Return the text without the key."""
    text: bytes = parts[RENDER](parts[ITEMS])
    return text


def sealed(parts: Parts) -> bytes:
    """Return the digest that `parts` give."""
    items, render, seal = parts
    digest: bytes = seal(render(items))
    return digest


def sealed_fits(is_wanted: Callable[[bytes], bool]) -> Fits:
    """Return the test whether parts give a digest that `is_wanted`.

    The last text is kept, for many seals are tried on one text.
    """
    kept: tuple[Items, Render, bytes] = ((), joined, b"")

    def fits(parts: Parts) -> bool:
        nonlocal kept
        items, render, seal = parts
        last_items, last_render, text = kept
        if items is not last_items or render is not last_render:
            text = render(items)
            kept = (items, render, text)
        return is_wanted(seal(text))

    return fits


def _no_seal(_: bytes) -> bytes:
    return b""


def name_of(item: bytes) -> bytes:
    """Return the name in `name=value`."""
    return item.partition(b"=")[0]


def resorted(items: Iterable[bytes]) -> Items:
    """Return items sorted by name."""
    return tuple(sorted(items, key=name_of))


def with_item(items: Items, names: tuple[bytes, ...], item: bytes) -> Items:
    """Return sorted items, whose names are `names`, with one more in its place."""
    at = bisect.bisect_left(names, name_of(item))
    return (*items[:at], item, *items[at:])


def with_values(items: Items, values: Iterable[tuple[Odd, bytes]]) -> Items:
    """Return items with other values in some places."""
    changed = list(items)
    for odd, value in values:
        changed[odd.at] = odd.name + b"=" + value
    return tuple(changed)
