"""What mitmweb's page needs for us: a Comment column that can be read, and a way to our commands.

Both are handlers registered before mitmweb's own, with its authentication; other UIs, and a
mitmweb whose page is made otherwise, are left as they are.
"""

from __future__ import annotations

from typing import Any

from mitmproxy import master

STYLE = b"""<style>
.flow-table .col-comment { width: 46%; }
.flow-table td.col-comment { text-align: left; }
</style>
"""
"""mitmweb gives comments 150 pixels: nine Chinese characters. A verdict needs a line."""


def open_page(running: master.Master) -> None:
    """Prepare the page of `running` where that is mitmweb.

    Its route for commands takes names of letters and dots alone (mitmproxy 12.2,
    tools/web/app.py), so that `why401.export` would be answered with 404.
    """
    app = getattr(running, "app", None)
    if app is None:
        return
    from mitmproxy.tools.web.app import Application, ExecuteCommand, IndexHandler

    if not isinstance(app, Application):
        return

    class Index(IndexHandler):
        def render_string(self, template_name: str, **values: Any) -> bytes:
            page: bytes = super().render_string(template_name, **values)
            return page.replace(b"</head>", STYLE + b"</head>", 1)

    app.add_handlers(
        r".*", [(r"/", Index), (r"/commands/(?P<cmd>why401\.[a-z.]+)", ExecuteCommand)]
    )
