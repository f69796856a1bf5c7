"""Fields of v2 joined or encoded wrongly, and wrong keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

from why401.signatures import v2_seals
from why401.signatures.engine import Mistake, Told
from why401.signatures.v2_message import (
    RENDER,
    SEAL,
    Render,
    V2Message,
)
from why401.signatures.v2_values import encode_component, lower_hex


def _rendered(change: Callable[[str], str]) -> Render:
    return lambda items: change("&".join(items)).encode("utf-8", "surrogatepass")


def _encoded(change: Callable[[str], bytes]) -> Render:
    return lambda items: change("&".join(items))


_WHOLE = (
    _rendered(lambda text: quote(text, safe="")),
    _rendered(quote_plus),
    _rendered(encode_component),
    _rendered(lambda text: lower_hex(quote_plus(text))),
)
_AMP = (
    _rendered(lambda text: "&" + text),
    _rendered(lambda text: text + "&"),
    _rendered(lambda text: "?" + text),
    _rendered(lambda text: text + "?"),
    lambda items: ";".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "".join(items).encode("utf-8", "surrogatepass"),
    lambda items: " & ".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "&amp;".join(items).encode("utf-8", "surrogatepass"),
    lambda items: "&".join(items).replace("=", "= ").encode("utf-8", "surrogatepass"),
    lambda items: "&".join(map(_value_of, items)).encode("utf-8", "surrogatepass"),
    lambda items: "".join(map(_value_of, items)).encode("utf-8", "surrogatepass"),
)
_GBK = (
    _encoded(lambda text: text.encode("gbk", "replace")),
    _encoded(lambda text: text.encode("gb18030", "replace")),
)
_LATIN1 = (_encoded(lambda text: text.encode("latin-1", "replace")),)
_MOJIBAKE = (
    _encoded(lambda text: text.encode("utf-8", "replace").decode("latin-1").encode()),
    _encoded(lambda text: text.encode("utf-8", "replace").decode("cp1252", "replace").encode()),
    _encoded(lambda text: text.encode("utf-8", "replace").decode("gbk", "replace").encode()),
    _encoded(lambda text: text.encode("gbk", "replace").decode("latin-1").encode()),
)


def _value_of(item: str) -> str:
    return item.partition("=")[2]


def _renders(
    *renders: Render, ascii_too: bool = True
) -> Callable[[V2Message, Render], Iterator[Render]]:
    def of(claim: V2Message, _: Render) -> Iterator[Render]:
        if ascii_too or not all(map(str.isascii, claim.items)):
            yield from renders

    return of


def _keyless(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    return v2_seals.keyless(claim.algorithm)


def _wrongly_used(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    if claim.key is not None:
        yield from v2_seals.wrongly_used(claim.algorithm, claim.key.data)


def _carelessly_used(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    if claim.key is not None:
        yield from v2_seals.carelessly_used(claim.algorithm, claim.key.data)


def _other_keys(claim: V2Message, _: v2_seals.Seal) -> Iterator[Told]:
    return v2_seals.other_keys(claim.algorithm, claim.others)


RENDER_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v2-key-is-v3key", SEAL, _other_keys),
    Mistake("v2-key-missing", SEAL, _keyless),
    Mistake("v2-key-whitespace", SEAL, _carelessly_used),
    Mistake("v2-key-label", SEAL, _wrongly_used, is_late=True),
    Mistake("v2-charset-gbk", RENDER, _renders(*_GBK, ascii_too=False)),
    Mistake("v2-charset-latin1", RENDER, _renders(*_LATIN1, ascii_too=False)),
    Mistake("v2-charset-mojibake", RENDER, _renders(*_MOJIBAKE, ascii_too=False)),
    Mistake("v2-amp-extra", RENDER, _renders(*_AMP), is_late=True),
    Mistake("v2-whole-urlencoded", RENDER, _renders(*_WHOLE), is_late=True),
)
