"""The story as plain text in two columns, for the content view and for pipes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from why401.knowledge.words import Language, printable, say
from why401.report import labels
from why401.report.story import Line, Style

_COLUMN = {"zh": 8, "en": 12}
_HANGING = "  "


def plain_text(lines: Iterable[Line], language: Language, width: int = 100) -> str:
    """Return `lines` as text wrapped to `width` columns; a Chinese character takes two."""
    return "\n".join(row for line in lines for row in rows(line, language, width))


def rows(line: Line, language: Language, width: int) -> Iterator[str]:
    """Yield the rows that `line` takes: headings in the left column, text beside them. Whatever
    stands in a line, and be it out of somebody's file, nothing in a row steers the terminal."""
    return map(printable, _rows(line, language, width))


def _rows(line: Line, language: Language, width: int) -> Iterator[str]:
    match line.style:
        case Style.BLANK:
            yield ""
        case Style.TITLE:
            prefix = f"{line.heading}  " if line.heading else ""
            end = (
                f"[{say(labels.CERTAINTY[line.certainty], language, {})}]" if line.certainty else ""
            )
            yield f"{prefix}{line.text}  {end}".rstrip()
        case Style.RULE:
            yield line.text
        case Style.EXACT:
            yield " " * _COLUMN[language] + line.text
        case _:
            column = _COLUMN[language]
            heading = line.heading + " " * max(1, column - columns(line.heading))
            for number, part in enumerate(wrapped(line.text, width - column)):
                yield (heading if number == 0 else " " * column) + part


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield `text` in rows of at most `width` columns: broken at blanks, and between Chinese
    characters; what has neither (a URL, a token) is left whole, so that it can be copied. Rows
    after the first are set in by two columns more."""
    if columns(text) <= width:
        yield text.rstrip()
        return
    indent = text[: len(text) - len(text.lstrip())] + _HANGING
    row, used = "", 0
    for piece in _pieces(text):
        size = columns(piece)
        if used and used + size > width and piece.strip():
            yield row.rstrip()
            row, used = indent, len(indent)
            piece = piece.lstrip()
            size = columns(piece)
        row += piece
        used += size
    yield row.rstrip()


_NO_BREAK_BEFORE = frozenset("，。；：、？！）》」』”’,.;:)!?]}")


def _pieces(text: str) -> Iterator[str]:
    """Yield the smallest parts of `text` between which a row may end."""
    piece = ""
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        ends_before = (
            wide or char == " " or (piece and unicodedata.east_asian_width(piece[-1]) in "WF")
        )
        if piece and ends_before and char not in _NO_BREAK_BEFORE and piece.strip():
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece
