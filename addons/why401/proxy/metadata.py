"""Where a diagnosis stands on a flow."""

from __future__ import annotations

METADATA = "why401"
"""The key in `flow.metadata`; its value is plain, so that it survives in flow files."""
