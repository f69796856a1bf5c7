"""Generated exchanges in which it is known what is wrong: nothing else is called proven, and of
what is well nothing is said. A few rounds; `python -m bench negatives` plays fifty thousand."""

from __future__ import annotations

import pytest
from tests.negatives.play import claimed, play, steps_of

from why401.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge().knowledge
ROUNDS = 12


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_is_claimed_that_is_not_so(seed: int) -> None:
    wrong = [
        (fault.said, [claimed(finding) for finding in fault.diagnosis.findings])
        for fault in play(seed, KNOWLEDGE).faults
    ]
    assert wrong == []


def test_the_rounds_hold_every_kind_of_traffic_and_proofs_among_it() -> None:
    played = [play(seed, KNOWLEDGE) for seed in range(ROUNDS)]
    assert sum(each.proven for each in played) > ROUNDS
    scenes = {step.scene for seed in range(ROUNDS) for step in steps_of(seed)}
    assert {"answered", "digest", "refresh", "vague", "one_mistake", "open_platform"} <= scenes
