"""The legs of a handshake, by connection."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic

from why401.case import Case
from why401.history.handshakes import MAX_LEGS, Handshakes, wants_connection
from why401.history.sighting import seen_in

CHALLENGES = [
    pytest.param("NTLM TlRMTVNTUAACAAAA", True, True, id="the second leg"),
    pytest.param("Negotiate YIIabc==", True, True, id="of Negotiate"),
    pytest.param("NTLM", False, True, id="the first refusal"),
    pytest.param("Bearer", False, False, id="another scheme"),
]


@pytest.mark.parametrize(("challenge", "is_leg", "wants"), CHALLENGES)
def test_what_carries_the_next_token(challenge: str, is_leg: bool, wants: bool) -> None:
    handshakes, traffic = Handshakes(), Traffic()
    got = {"WWW-Authenticate": challenge}
    case = Case(traffic("GET https://a.example/", 401, got=got, client="c1", server="s1"))
    handshakes.learn(case, seen_in(case))
    leg = handshakes.leg(Case(traffic("GET https://a.example/", 401, client="c1", server="s2")))
    assert (leg is not None and leg.server == "s1") is is_leg
    assert wants_connection(case) is wants
    assert handshakes.leg(Case(traffic("GET https://a.example/", 401, client="c2"))) is None


def test_memory_is_bounded() -> None:
    handshakes, traffic = Handshakes(), Traffic()
    got = {"WWW-Authenticate": "NTLM TlRMTVNTUAACAAAA"}
    cases = [
        Case(traffic("GET https://a.example/", 401, got=got, client=f"c{number}"))
        for number in range(MAX_LEGS + 1)
    ]
    for case in cases:
        handshakes.learn(case, seen_in(case))
    assert handshakes.leg(cases[0]) is None
    assert handshakes.leg(cases[1]) is not None
