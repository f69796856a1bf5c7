import contextlib
import io
import subprocess
import sys

import pytest
from rich.console import Console
from tests.unit.detectors.diagnosed import diagnosed, knowledge, refused

from why401.knowledge.words import Language
from why401.model import Certainty
from why401.report.story import Line, Style, story
from why401.report.terminal import MAX_WIDTH, PIPED_WIDTH, Page

MISSING = diagnosed(refused())


def printed(lines: list[Line], language: Language = "en", *, width: int = 0) -> str:
    """Return what is printed to a terminal of `width` columns, or to a pipe where that is 0."""
    file = io.StringIO()
    if not width:
        with contextlib.redirect_stdout(file):
            Page().story(lines, language)
        return file.getvalue()
    console = Console(
        file=file,
        force_terminal=True,
        width=width,
        color_system="standard",
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    Page(console).story(lines, language)
    return file.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pipe_gets_no_colour_and_never_too_long_a_line(language: Language) -> None:
    text = printed(list(story(MISSING, knowledge(), language)), language)
    assert "auth/missing" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= PIPED_WIDTH


def test_a_wide_terminal_is_not_filled() -> None:
    line = Line(Style.TEXT, "word " * 100, "Why")
    rows = printed([line], width=200).replace("\x1b[1;36m", "").replace("\x1b[0m", "")
    assert MAX_WIDTH - 12 < max(map(len, rows.splitlines())) <= MAX_WIDTH


def test_what_is_shown_is_no_markup() -> None:
    assert printed([Line(Style.TEXT, "[red]x[/red] :smile:")]).strip() == "[red]x[/red] :smile:"


@pytest.mark.parametrize("certainty", Certainty)
def test_certainty_is_a_word_and_a_colour(certainty: Certainty) -> None:
    title = Line(Style.TITLE, "Expired", certainty=certainty)
    plain, coloured = printed([title]), printed([title], width=80)
    assert plain.startswith("Expired  [")
    assert "\x1b[" in coloured
    assert coloured != plain


def test_a_pipe_loads_nothing_that_colours() -> None:
    script = (
        "import sys; from why401.report.terminal import Page; Page().line('x'); "
        "sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "x\n")


def test_colour_may_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    with contextlib.redirect_stdout(file):
        Page().line("Expired", "bold red")
    assert "\x1b[1;31mExpired" in file.getvalue()
