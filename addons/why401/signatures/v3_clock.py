"""Wrong timestamp and wrong nonce in the text of a v3 request."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from why401.signatures.engine import Mistake
from why401.signatures.timestamps import milliseconds, near
from why401.signatures.v3_message import NONCE, TIMESTAMP, V3Message


def _ts_near(_: V3Message, value: bytes) -> Iterator[bytes]:
    return near(value, range(1, 11))


def _ts_off(_: V3Message, value: bytes) -> Iterator[bytes]:
    return near(value, range(11, 601))


def _ts_millis(_: V3Message, value: bytes) -> Iterator[bytes]:
    if len(value) == 10:
        yield value + b"000"
    elif len(value) == 13:
        yield value[:10]


def _ts_all_millis(_: V3Message, value: bytes) -> Iterator[bytes]:
    return milliseconds(value)


def _ts_float(_: V3Message, value: bytes) -> Iterator[bytes]:
    if not value.isdigit() or len(value) != 10:
        return
    seconds = int(value)
    yield value + b".0"
    yield b"%d" % (seconds + 28_800)
    yield b"%d" % (seconds - 28_800)
    china = datetime.timezone(datetime.timedelta(hours=8))
    for zone in (china, datetime.UTC):
        moment = datetime.datetime.fromtimestamp(seconds, zone)
        yield moment.strftime("%Y-%m-%dT%H:%M:%S%:z").encode()
        yield moment.strftime("%Y-%m-%d %H:%M:%S").encode()
        yield moment.strftime("%Y%m%d%H%M%S").encode()
    yield b""


def _nonce_variant(_: V3Message, value: bytes) -> Iterator[bytes]:
    yield value.upper()
    yield value.lower()
    yield value.strip()
    yield b'"' + value + b'"'
    bare = value.replace(b"-", b"")
    yield bare
    if len(bare) == 32 and bare.isalnum():
        for text in (bare, bare.lower(), bare.upper()):
            yield b"-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    yield b""
    yield value[:32]


def _nonce_neighbours(claim: V3Message, _: bytes) -> Iterator[bytes]:
    for nonce in reversed(claim.neighbours):
        yield nonce.encode("utf-8", "replace")


CLOCK_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v3-ts-off", TIMESTAMP, _ts_near, at_once=6),
    Mistake("v3-ts-millis", TIMESTAMP, _ts_millis),
    Mistake("v3-nonce-differs", NONCE, _nonce_neighbours, at_once=8),
    Mistake("v3-nonce-variant", NONCE, _nonce_variant, at_once=5),
    Mistake("v3-ts-float", TIMESTAMP, _ts_float, at_once=0),
    Mistake("v3-ts-off", TIMESTAMP, _ts_off, is_wide=True),
    Mistake("v3-ts-millis", TIMESTAMP, _ts_all_millis, is_wide=True),
)
