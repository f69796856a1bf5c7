"""All that a detector may use besides the exchange itself."""

from __future__ import annotations

import msgspec

from why401.history import History
from why401.history.learnt import Learnt
from why401.keys import Keys
from why401.masking import Masker


class Context(msgspec.Struct, frozen=True):
    """Earlier exchanges, the user's keys and those learnt, and the masker for evidence."""

    history: History
    keys: Keys
    masker: Masker
    learnt: Learnt = msgspec.field(default_factory=Learnt)
