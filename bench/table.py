"""Figures beside their goals. A figure that misses its goal is said, never a failure: how fast a
machine is, is not a property of the code."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `is_met` is None where no goal was set."""

    what: str
    value: str
    goal: str = ""
    is_met: bool | None = None


def spread(values: Sequence[float], form: str = ".3f") -> str:
    """Return the median with the quartiles around it."""
    low, middle, high = quartiles(values)
    return f"{middle:{form}}  ({low:{form}} to {high:{form}})"


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def print_table(section: str, figures: Sequence[Figure]) -> None:
    """Print a section's figures, aligned."""
    print(f"\n{section}")
    wide = max(len(figure.what) for figure in figures)
    for figure in figures:
        verdict = {True: "met", False: "MISSED", None: ""}[figure.is_met]
        goal = f"goal {figure.goal}" if figure.goal else ""
        print(f"  {figure.what:{wide}}  {figure.value:32} {goal:20} {verdict}".rstrip())
