"""What is remembered is bounded, and the newest stays."""

from __future__ import annotations

from why401.bounded import Bounded


def test_the_oldest_are_forgotten() -> None:
    memory: Bounded[str, int] = Bounded(3)
    for number, name in enumerate("abcd"):
        memory.remember(name, number)
    assert list(memory) == ["b", "c", "d"]


def test_writing_makes_an_entry_new() -> None:
    memory: Bounded[str, int] = Bounded(2)
    for name in ("a", "b", "a", "c"):
        memory.remember(name, 0)
    assert list(memory) == ["a", "c"]


def test_what_is_kept_under_a_secret_does_not_show_it() -> None:
    memory: Bounded[str, int] = Bounded(2)
    memory.remember("ticket", 0)
    assert repr(memory) == "<1 of 2>"
