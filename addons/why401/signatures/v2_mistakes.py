"""Everything that clients get wrong in a v2 sign, the common first."""

from __future__ import annotations

from why401.signatures.engine import Mistake
from why401.signatures.v2_fields import FIELD_MISTAKES
from why401.signatures.v2_render import RENDER_MISTAKES
from why401.signatures.v2_values import VALUE_MISTAKES

V2_MISTAKES: tuple[Mistake, ...] = (*RENDER_MISTAKES, *FIELD_MISTAKES, *VALUE_MISTAKES)
