"""Fields of v2 joined or encoded wrongly, and wrong keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from why401.signatures import v2_seals
from why401.signatures.engine import Mistake, Told
from why401.signatures.percent import JAVASCRIPT, percent, percent_lower, plus
from why401.signatures.v2_message import (
    RENDER,
    SEAL,
    Items,
    Render,
    V2Message,
    joined,
)


def _recoded(change: Callable[[str], bytes]) -> Render:
    return lambda items: change(joined(items).decode("utf-8", "surrogatepass"))


def _value_of(item: bytes) -> bytes:
    return item.partition(b"=")[2]


_WHOLE: tuple[Render, ...] = (
    lambda items: percent(joined(items)),
    lambda items: plus(percent(joined(items))),
    lambda items: percent(joined(items), JAVASCRIPT),
    lambda items: plus(percent_lower(joined(items))),
)
_AMP: tuple[Render, ...] = (
    lambda items: b"&" + joined(items),
    lambda items: joined(items) + b"&",
    lambda items: b"?" + joined(items),
    lambda items: joined(items) + b"?",
    b";".join,
    b"".join,
    b" & ".join,
    b"&amp;".join,
    lambda items: joined(items).replace(b"=", b"= "),
    lambda items: b"&".join(map(_value_of, items)),
    lambda items: b"".join(map(_value_of, items)),
)
_GBK = (
    # GB18030 is GBK and more.
    _recoded(lambda text: text.encode("gb18030", "replace")),
    _recoded(lambda text: text.encode("gbk", "replace")),
)


def _latin1(claim: V2Message, _: Render) -> Iterator[Render]:
    values = "".join([value for _, value in claim.fields])
    try:
        values.encode("latin-1").decode("utf-8")
    except UnicodeError:
        if not claim.is_ascii:
            yield _recoded(lambda text: text.encode("latin-1", "replace"))
    # Else it is the text on the wire that was taken for Latin-1: `v2-charset-mojibake`.


def _misread(data: bytes, charset: str) -> bytes:
    return data.decode(charset, "replace").encode()


_MOJIBAKE = (
    lambda items: _misread(_mended(items), "latin-1"),
    lambda items: _misread(_mended(items), "gbk"),
    lambda items: _misread(_mended(items), "cp1252"),
    _recoded(lambda text: text.encode("gbk", "replace").decode("latin-1").encode()),
)


def _mended(items: Items) -> bytes:
    """Return the text with `?` for what UTF-8 cannot hold."""
    return joined(items).decode("utf-8", "surrogatepass").encode("utf-8", "replace")


def _renders(
    *renders: Render, ascii_too: bool = True
) -> Callable[[V2Message, Render], Iterator[Render]]:
    def of(claim: V2Message, _: Render) -> Iterator[Render]:
        if ascii_too or not claim.is_ascii:
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
    Mistake("v2-key-missing", SEAL, _keyless, at_once=2),
    Mistake("v2-key-whitespace", SEAL, _carelessly_used, at_once=2),
    Mistake("v2-key-label", SEAL, _wrongly_used, at_once=0),
    Mistake("v2-charset-gbk", RENDER, _renders(*_GBK, ascii_too=False), at_once=1),
    Mistake("v2-charset-latin1", RENDER, _latin1),
    Mistake("v2-charset-mojibake", RENDER, _renders(*_MOJIBAKE, ascii_too=False), at_once=1),
    Mistake("v2-amp-extra", RENDER, _renders(*_AMP), at_once=0),
    Mistake("v2-whole-urlencoded", RENDER, _renders(*_WHOLE), at_once=0),
)
