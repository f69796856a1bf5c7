"""Stories on a terminal: severity by colour and by word, width as the terminal has it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from why401.knowledge.words import Language
from why401.model import Certainty, Severity
from why401.report import labels
from why401.report.story import Line, Style
from why401.report.text import rows

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as Styled

MAX_WIDTH = 110
PIPED_WIDTH = 100

_STYLES = {Style.TITLE: "bold", Style.RULE: "dim", Style.FIX: "green"}
_CERTAINTY = {Certainty.PROVEN: "bold red", Certainty.LIKELY: "yellow", Certainty.POSSIBLE: "cyan"}
SEVERITY = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


class Page:
    """Standard output: coloured where it is a terminal, plain lines where it is a pipe or a file.
    What colours is loaded for a terminal alone; it takes as long as reading a small file."""

    def __init__(self, console: Console | None = None) -> None:
        """Print on `console`; without one, on standard output as it is."""
        self._console = console or _console()

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line, however long."""
        if self._console is None:
            sys.stdout.write(f"{text}\n")
        else:
            self._console.print(text, style=style, soft_wrap=True)

    def story(self, lines: Iterable[Line], language: Language) -> None:
        """Print `lines` in two columns."""
        console = self._console
        width = PIPED_WIDTH if console is None else min(console.width, MAX_WIDTH)
        for line in lines:
            for row in rows(line, language, width):
                if console is None:
                    sys.stdout.write(f"{row}\n")
                else:
                    console.print(_styled(row, line, language), soft_wrap=True)


def _console() -> Console | None:
    """Return the terminal; None where standard output is none and colour is not asked for."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return None
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def _styled(row: str, line: Line, language: Language) -> Styled:
    from rich.text import Text as Styled

    text = Styled(row, style=_STYLES.get(line.style, ""))
    if line.heading:
        text.stylize("bold cyan", 0, len(line.heading))
    if line.certainty is not None:
        word = labels.CERTAINTY[line.certainty]
        end = f"[{word.zh if language == 'zh' else word.en}]"
        if row.endswith(end):
            text.stylize(_CERTAINTY[line.certainty], len(row) - len(end))
    return text
