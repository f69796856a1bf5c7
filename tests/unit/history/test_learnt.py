"""What the traffic taught is bounded, and the newest stays."""

from __future__ import annotations

from why401.history.learnt import MAX_NONCES, Learnt


def test_random_texts_are_bounded() -> None:
    learnt = Learnt()
    for number in range(MAX_NONCES * 2):
        learnt.nonces.remember(str(number), "x")
    assert len(learnt.nonces) == MAX_NONCES
