"""One line of `why401 doctor`."""

from __future__ import annotations

import msgspec

OK, ADVICE, FAULT = "ok", "--", "!!"


class Check(msgspec.Struct, frozen=True):
    """One line: `mark` is OK, ADVICE (works, but) or FAULT."""

    mark: str
    text: str
