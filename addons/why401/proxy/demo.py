"""Sends what is meant for WeChat and for `.example` to the sandbox instead; nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import certifi
from mitmproxy import connection
from mitmproxy.proxy import server_hooks

from why401.sandbox import Sandbox

HTTPS = 443


class SandboxRoutes:
    """An addon that changes where the proxy connects to, never what is said there.

    The address is exchanged only while the connection is being opened. Afterwards it is the one
    that the client asked for again: mitmproxy takes the host of later requests from it, finds
    connections to use again by it, and shows it.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._asked: dict[str, tuple[str, int]] = {}

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Lead a connection to the sandbox's plain or TLS port."""
        server = data.server
        if server.address is None or not self._sandbox.serves(server.address[0]):
            return
        self._asked[server.id] = (server.address[0], server.address[1])
        # The tunnel of an eager connection is opened before the client says what it is for: then
        # there is only the port to go by.
        tls = server.tls or server.address[1] == HTTPS
        port = self._sandbox.https_port if tls else self._sandbox.http_port
        server.address = ("127.0.0.1", port)

    def server_connected(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Give the connection its own address back."""
        self._restore(data.server)

    def server_connect_error(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Give the connection its own address back, so that the error names it."""
        self._restore(data.server)

    def _restore(self, server: connection.Server) -> None:
        asked = self._asked.pop(server.id, None)
        if asked is not None:
            # Past the guard that forbids to change the address of an open connection: this does
            # not claim another peer (that is `peername`), it undoes our own change.
            vars(server)["address"] = asked


def demo_options(sandbox: Sandbox) -> Mapping[str, str]:
    """Return the mitmproxy options under which `sandbox`, which must be running, is trusted.

    mitmproxy's option replaces the authorities that it trusts otherwise; so these stand in the
    file as well, and the rest of the world stays reachable during a demo. The file lies beside
    the sandbox's own certificate and goes with it.
    """
    bundle = sandbox.ca_pem_path.with_name("trusted.pem")
    public = Path(certifi.where()).read_text(encoding="ascii", errors="ignore")
    bundle.write_text(sandbox.ca_pem_path.read_text() + public)
    return {"ssl_verify_upstream_trusted_ca": str(bundle)}
