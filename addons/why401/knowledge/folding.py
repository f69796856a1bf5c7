"""Messages in the form in which they are compared: servers reword them in just these ways."""

from __future__ import annotations

import unicodedata

from why401.later import regex

MAX_TEXT = 64 << 10
"""Characters of a value that are looked at."""

_PUNCTUATION = str.maketrans("。“”‘’、「」『』", '.""\'\',""""')
_AROUND = regex(r" ?([^\x00-\x7f]) ?")


def folded(value: object) -> str:
    """Return `value` as text, case folded and with blanks collapsed. Text that holds more than
    ASCII loses the blanks beside such characters; full-width forms become ASCII (NFKC)."""
    text = " ".join(str(value)[:MAX_TEXT].casefold().split())
    if text.isascii():
        return text
    text = _AROUND.sub(r"\1", text)
    return unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)[:MAX_TEXT]
