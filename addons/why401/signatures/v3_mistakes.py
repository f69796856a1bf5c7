"""Everything that clients get wrong in the text of a v3 request, the common first."""

from __future__ import annotations

from why401.signatures.engine import Mistake
from why401.signatures.v3_body import V3_BODY_MISTAKES
from why401.signatures.v3_clock import CLOCK_MISTAKES
from why401.signatures.v3_lines import LINE_MISTAKES
from why401.signatures.v3_url import URL_MISTAKES

V3_MISTAKES: tuple[Mistake, ...] = (
    *V3_BODY_MISTAKES,
    *LINE_MISTAKES,
    *URL_MISTAKES,
    *CLOCK_MISTAKES,
)
