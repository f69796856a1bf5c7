"""mitmweb's command bar, opened for our commands."""

from __future__ import annotations

from mitmproxy import master


def open_command_route(running: master.Master) -> None:
    """Let mitmweb execute commands whose name holds digits.

    Its route for commands takes names of letters and dots alone (mitmproxy 12.2,
    tools/web/app.py), so that `why401.export` would be answered with 404. The same handler, with
    the same authentication, is registered for our names; other UIs are left alone.
    """
    app = getattr(running, "app", None)
    if app is None:
        return
    from mitmproxy.tools.web.app import Application, ExecuteCommand

    if isinstance(app, Application):
        app.add_handlers(r".*", [(r"/commands/(?P<cmd>why401\.[a-z.]+)", ExecuteCommand)])
