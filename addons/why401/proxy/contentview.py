"""The content view `Why 401`: the whole story as text, then the body as mitmproxy shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mitmproxy import contentviews, http

from why401.proxy.metadata import METADATA

if TYPE_CHECKING:
    from why401.proxy.addon import Why401

WIDTH = 88
"""Columns of text: what fits beside the list at the usual width of a page."""
RULER = "─" * 72
PRIORITY = 10.0
"""Above every view of mitmproxy's own, of which none claims more than 2."""


class Why401View(contentviews.Contentview):
    """Chosen by itself on exchanges with a finding, selectable on all others."""

    name = "Why 401"
    syntax_highlight = "none"

    def __init__(self, addon: Callable[[], Why401 | None]) -> None:
        self._addon = addon

    def prettify(self, data: bytes, metadata: contentviews.Metadata) -> str:
        """Return the story of the flow and the body below it."""
        addon, flow = self._addon(), metadata.flow
        if addon is None or not isinstance(flow, http.HTTPFlow):
            raise ValueError("Why 401 explains HTTP exchanges")
        # mitmweb gives a line without any character no height.
        text = addon.session().told(flow, WIDTH).replace("\n\n", "\n \n")
        return f"{text}\n{RULER}\n{self._body(data, metadata)}"

    def render_priority(self, data: bytes, metadata: contentviews.Metadata) -> float:  # noqa: ARG002
        """Claim a body where a finding stands on its flow."""
        flow = metadata.flow
        chosen = isinstance(flow, http.HTTPFlow) and METADATA in flow.metadata
        return PRIORITY if chosen else -1.0

    def _body(self, data: bytes, metadata: contentviews.Metadata) -> str:
        message, flow = metadata.http_message, metadata.flow
        if message is None or flow is None or not data:
            return ""
        others = [view for view in contentviews.registry.values() if view is not self]
        best = max(others, key=lambda view: view.render_priority(data, metadata))
        return contentviews.prettify_message(message, flow, best.name).text
