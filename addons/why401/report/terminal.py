"""Stories on a terminal: severity by colour and by word, width as the terminal has it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text as Styled

from why401.knowledge.words import Language
from why401.model import Certainty, Severity
from why401.report import labels
from why401.report.story import Line, Style
from why401.report.text import rows

MAX_WIDTH = 110
PIPED_WIDTH = 100

_STYLES = {Style.TITLE: "bold", Style.RULE: "dim", Style.FIX: "green"}
_CERTAINTY = {Certainty.PROVEN: "bold red", Certainty.LIKELY: "yellow", Certainty.POSSIBLE: "cyan"}
SEVERITY = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def print_story(console: Console, lines: Iterable[Line], language: Language) -> None:
    """Print `lines` in two columns; without colour where the output is no terminal."""
    width = min(console.width, MAX_WIDTH) if console.is_terminal else PIPED_WIDTH
    for line in lines:
        for row in rows(line, language, width):
            console.print(_styled(row, line, language), soft_wrap=True)


def _styled(row: str, line: Line, language: Language) -> Styled:
    text = Styled(row, style=_STYLES.get(line.style, ""))
    if line.heading:
        text.stylize("bold cyan", 0, len(line.heading))
    if line.certainty is not None:
        word = labels.CERTAINTY[line.certainty]
        end = f"[{word.zh if language == 'zh' else word.en}]"
        if row.endswith(end):
            text.stylize(_CERTAINTY[line.certainty], len(row) - len(end))
    return text
