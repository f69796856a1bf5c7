"""What happened to a request beside what options and scripts do: Host before a server of one's own,
and edits by hand before it was sent again.

Both are read from the flow when it is diagnosed, so healthy traffic pays nothing.
"""

from __future__ import annotations

from typing import Any

from mitmproxy import http, options
from mitmproxy.proxy.mode_specs import ReverseMode

from why401.credentials.secret_names import header_kind
from why401.model import Alteration
from why401.proxy.witness import changed_fields, changed_target

_HOST = "request.header.host"
_BY_MODE = "mode reverse"


def altered_otherwise(flow: http.HTTPFlow, set_options: options.Options) -> tuple[Alteration, ...]:
    """Return what became otherwise about the request of `flow`, though no option named it."""
    if flow.is_replay == "request":
        return _edited(flow)
    return _host_set(flow, set_options)


def _host_set(flow: http.HTTPFlow, set_options: options.Options) -> tuple[Alteration, ...]:
    """In mode `reverse` mitmproxy writes the server's own name into Host, whatever stood there. A
    browser that calls a page of another host its own origin tells that it was another name."""
    client, sent = flow.client_conn, flow.request
    if not isinstance(client.proxy_mode, ReverseMode) or set_options.keep_host_header:
        return ()
    if client.sni == sent.data.host:
        return ()
    _, mark, origin = sent.headers.get("origin", "").partition("://")
    is_own = bool(mark) and sent.headers.get("sec-fetch-site") == "same-origin"
    if is_own and origin == sent.headers.get("host"):
        return ()
    return (Alteration(_HOST, _BY_MODE, "replaced" if is_own else "set"),)


def _edited(flow: http.HTTPFlow) -> tuple[Alteration, ...]:
    """A flow that was edited holds what it was before. Who puts another credential in knows so, and
    has signed anew, where it is a signature: then nothing need be said."""
    backup = flow.get_state().get("backup")
    before: dict[str, Any] = backup["request"] if backup else {}
    if not before:
        return ()
    now = flow.request.data
    changes = [("request.method", "replaced")] if before["method"] != now.method else []
    if (before["scheme"], before["host"], before["port"]) != (now.scheme, now.host, now.port):
        changes.append(("request.host", "replaced"))
    if before["path"] != now.path:
        changes += changed_target(before["path"], now.path)
    fields = tuple((key, value) for key, value in before["headers"])
    changes += changed_fields(fields, now.headers.fields)
    if any(_is_of_credential(where) for where, _ in changes):
        return ()
    if None not in (before["content"], now.content) and before["content"] != now.content:
        changes.append(("request.body", "replaced"))
    return tuple(Alteration(where, "hand", change) for where, change in changes)


def _is_of_credential(where: str) -> bool:
    return where.startswith("request.query.") or header_kind(where.rpartition(".")[2]) is not None
