"""Pure functions of one credential that remember their last answers.

A client that is refused comes again with the same token, and within one exchange several
detectors ask the same: so a token is taken apart once. What is remembered is bounded, and is
forgotten as soon as other credentials have passed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

MAX_KEPT = 64
MAX_CHARS = 4096
"""Longer values are worked out again each time: an attacker's megabyte does not stay."""


def remembered[Value: (str, bytes), Answer](
    function: Callable[[Value], Answer],
) -> Callable[[Value], Answer]:
    """Return `function` with its answers to the last 64 short values remembered. They are shared
    between callers, who must not change them."""
    recall = functools.lru_cache(MAX_KEPT)(function)

    @functools.wraps(function)
    def answer(value: Value) -> Answer:
        return recall(value) if len(value) <= MAX_CHARS else function(value)

    return answer
