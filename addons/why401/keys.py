"""The user's keys and secrets as the configuration gives them, and those learnt from traffic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """What turns a guess into a proof."""


NO_KEYS = Keys()
