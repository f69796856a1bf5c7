"""Captures with secrets planted in them: of every kind, at every place, in every encoding.

A secret stands once at a *home*, a place that says what it is, and then as an *echo* wherever a
server, a log or another program may repeat it. What is generated depends on the seed alone.
"""

from __future__ import annotations

import dataclasses
import random

import msgspec

from bench.encodings import ENCODINGS
from bench.planted_places import ECHOES, HOMES, LATIN_HOMES
from bench.planted_secrets import KINDS, START_S, jwt_signature
from why401.model import Exchange, Times


@dataclasses.dataclass(frozen=True, slots=True)
class Planted:
    """A capture, what the user typed beside its exchanges, its file name, and what is secret."""

    exchanges: tuple[Exchange, ...]
    comments: tuple[str, ...]
    name: str
    secrets: tuple[str, ...]


def planted(seed: int) -> Planted:
    """Return the capture of number `seed`."""
    rnd = random.Random(seed)
    exchanges: list[Exchange] = []
    comments: list[str] = []
    secrets: list[str] = []
    name = f"capture-{seed}"
    for _ in range(rnd.randint(1, 3)):
        kind, make = rnd.choice(KINDS)
        value = make(rnd)
        if rnd.random() < 0.15:
            kind, (value, secret) = "token", jwt_signature(rnd)
        else:
            secret = value
        home = rnd.choice(list(HOMES))
        if home in LATIN_HOMES and not value.isascii():
            home = "JSON sent"
        secrets.append(secret)
        exchanges.append(HOMES[home](rnd, kind, value))
        comments.append("")
        for _ in range(rnd.randint(1, 4)):
            shown = ENCODINGS[rnd.choice(list(ENCODINGS))](rnd.choice((value, secret)))
            exchanges.append(ECHOES[rnd.choice(list(ECHOES))](shown))
            comments.append(f"try {shown} again" if rnd.random() < 0.1 else "")
        if rnd.random() < 0.05 and secret.isalnum():
            name = f"{name}-{secret}"
    order = list(range(len(exchanges)))
    rnd.shuffle(order)
    return Planted(
        tuple(_timed(exchanges[at], position) for position, at in enumerate(order)),
        tuple(comments[at] for at in order),
        name,
        tuple(secrets),
    )


def _timed(exchange: Exchange, position: int) -> Exchange:
    started = START_S + position
    times = Times(started, started + 0.01, started + 0.05, started + 0.06)
    return msgspec.structs.replace(exchange, id=f"x#{position}", times=times)
