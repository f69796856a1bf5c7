"""Fifty clients at once: what is said to each is what would be said to it alone.

Each client plays scenes of its own on hosts that all share. The orders in which their exchanges
reach the proxy are drawn at random; only each client's own order is kept.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from tests.negatives.healthy import HEALTHY
from tests.negatives.planted import PLANTED
from tests.negatives.refused import REFUSED
from tests.negatives.world import World
from tests.traffic import KNOWLEDGE

from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.masking import Masker
from why401.model import Exchange

CLIENTS, SCENES = 50, 3
OF_THE_HOST = {
    *("bearer/token-of-other-env", "jwt/wrong-tenant", "jwt/aud-mismatch"),
    "bearer/jwt-where-opaque",
    *("transport/clock-client", "jwt/clock-skew", "transport/credentials-to-third-party"),
}
"""What a host takes, what its clock shows, and where else a password is known, is learnt from all
clients. So is that a request works with a credential, hence each has paths of its own."""

type Said = tuple[str | None, str | None]


def told(exchanges: Sequence[Exchange]) -> dict[str, Said]:
    """Return the verdict of each exchange and how sure it is, as they stand in the end."""
    diagnoser = Diagnoser(KNOWLEDGE, NO_KEYS, Masker(b"interleaved"))
    found: dict[str, Said] = {}
    for exchange in exchanges:
        outcome = diagnoser.diagnose(exchange)
        for key, each in ((exchange.id, outcome.diagnosis), *outcome.revised):
            assert not each.faults
            found[key] = (each.verdict, each.certainty)
    return found


def clients_of(seed: int) -> list[list[Exchange]]:
    """Return the exchanges of each client, in the order in which it made them."""
    world = World(random.Random(seed), is_always_dated=True)
    clients = []
    for number in range(CLIENTS):
        made: list[Exchange] = []
        for _ in range(SCENES):
            world.enter()
            world.client, world.agent = f"10.0.{number}.1:50000", f"client/{number}"
            world.prefix = f"/of/{number}"
            player = world.pick(*world.pick(HEALTHY, REFUSED, PLANTED))
            made += [step.exchange for step in player(world)]
        clients.append(sorted(made, key=lambda each: each.at_s or 0.0))
    return clients


def merged(clients: Sequence[Sequence[Exchange]], seed: int) -> list[Exchange]:
    """Return all exchanges in an order drawn at random that keeps each client's own."""
    turns = [number for number, made in enumerate(clients) for _ in made]
    random.Random(seed).shuffle(turns)
    waiting = [iter(made) for made in clients]
    return [next(waiting[number]) for number in turns]


def is_of_the_host(said: Said) -> bool:
    return (said[0] or "").partition("#")[0] in OF_THE_HOST


@pytest.mark.parametrize("seed", range(6))
def test_each_client_is_told_what_it_would_be_told_alone(seed: int) -> None:
    clients = clients_of(seed)
    alone = {key: said for made in clients for key, said in told(made).items()}
    by_time = sorted((each for made in clients for each in made), key=lambda each: each.at_s or 0.0)
    for order in (by_time, merged(clients, seed), merged(clients, seed + 100)):
        together = told(order)
        differing = {
            key: (alone[key], together[key])
            for key in alone
            if alone[key] != together[key]
            and not is_of_the_host(alone[key])
            and not is_of_the_host(together[key])
        }
        assert differing == {}
