"""Handshakes of several legs, by the connection that they authenticate (NTLM, Negotiate)."""

from __future__ import annotations

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.history.sighting import Client, Sighting, seen_in

MAX_LEGS = 200
CONNECTION_BOUND = frozenset({"ntlm", "negotiate"})
"""The schemes whose legs belong to one connection (RFC 4559 section 6)."""


class Leg(msgspec.Struct, frozen=True):
    """A refusal that carried the next token of a handshake, and on which server connection."""

    seen: Sighting
    server: str


class Handshakes:
    """The last leg of each client's handshakes, by client, its connection and host."""

    def __init__(self) -> None:
        self._legs: Bounded[tuple[Client, str, str], Leg] = Bounded(MAX_LEGS)

    def learn(self, case: Case, seen: Sighting) -> None:
        """Remember the leg that a refusal is, if it is one."""
        if any(each.token68 and each.name in CONNECTION_BOUND for each in case.challenges):
            exchange = case.exchange
            place = (seen.client, exchange.client, seen.host)
            self._legs.remember(place, Leg(seen, exchange.server))

    def leg(self, case: Case) -> Leg | None:
        """Return where this client was last given the next token of a handshake with the host, over
        the same connection of the client's where the capture tells them apart: a client runs one
        handshake on each of them."""
        exchange = case.exchange
        return self._legs.get((seen_in(case).client, exchange.client, exchange.request.host))


def wants_connection(case: Case) -> bool:
    """Return whether it is the connection that the server wants authenticated."""
    return not CONNECTION_BOUND.isdisjoint([each.name for each in case.challenges])
