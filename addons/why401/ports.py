"""Whether a port of this machine can be listened on."""

from __future__ import annotations

import contextlib
import os
import socket


def refusal_to_listen(host: str, port: int) -> OSError | None:
    """Return why nobody can listen on `port` of `host` now, None where it is free. Nothing is left
    open."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        # As asyncio does it: a port in TIME_WAIT is free, except on Windows, where the option
        # would steal a port in use.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
