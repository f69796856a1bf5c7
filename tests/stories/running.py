"""The real thing under test: why401, mitmdump or mitmweb as a process of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
START_S = 30.0
STOP_S = 15.0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """A command that runs until it is interrupted, its output collected line by line."""

    def __init__(
        self, command: Sequence[str], home: Path, *, environment: Mapping[str, str] = {}
    ) -> None:
        self.lines: list[str] = []
        self._news: queue.Queue[str | None] = queue.Queue()
        variables = {
            **os.environ,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LANG": "en_US.UTF-8",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        for name in ("LC_ALL", "LC_MESSAGES"):
            variables.pop(name, None)
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=home,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._news.put(line.rstrip("\n"))
        self._news.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the match of `pattern` in a line of the output, past or to come."""
        for line in self.lines:
            if found := re.search(pattern, line):
                return found
        while True:
            line = self._news.get(timeout=START_S)
            if line is None:
                output = "\n".join(self.lines)
                raise AssertionError(f"it ended before it printed {pattern!r}:\n{output}")
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(STOP_S)
        self.drain()
        return status

    def drain(self) -> None:
        """Take over the rest of the output of a process that has ended."""
        self.process.wait(STOP_S)
        while (line := self._news.get(timeout=STOP_S)) is not None:
            self.lines.append(line)

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return "\n".join(self.lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Web(Running):
    """mitmweb with why401 in it, started by any of our commands, and its own HTTP interface."""

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        *,
        environment: Mapping[str, str] = {},
    ) -> None:
        self.port, self.web_port = free_port(), free_port()
        ports = ["--listen-port", str(self.port), "--web-port", str(self.web_port)]
        options = ["--set", "web_open_browser=false"]
        super().__init__([*command, *ports, *options], home, environment=environment)
        address = self.wait_for(rf"(http://127\.0\.0\.1:{self.web_port}/\?token=\w+)")[1]
        self.url = address
        self.proxy = f"http://127.0.0.1:{self.port}"
        self.ca = home / ".mitmproxy" / "mitmproxy-ca-cert.pem"
        # What the page sends with every change: a value of its own, as cookie and as header.
        self._api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.web_port}",
            trust_env=False,
            headers={"X-XSRFToken": "00"},
            cookies={"_mitmproxy_xsrf": "00"},
        )
        self._api.get(address).raise_for_status()

    def flows(self) -> list[dict[str, Any]]:
        """Return the flows as the page gets them."""
        found: list[dict[str, Any]] = self._api.get("/flows").raise_for_status().json()
        return found

    def view(self, flow_id: str, side: str = "response", name: str = "auto") -> dict[str, Any]:
        """Return what the content view shows of one side of a flow."""
        answer = self._api.get(f"/flows/{flow_id}/{side}/content/{name}.json")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def command(self, name: str, *arguments: str) -> Any:
        """Execute a command as the page's command bar does."""
        answer = self._api.post(f"/commands/{name}", json={"arguments": list(arguments)})
        return answer.raise_for_status().json()

    def update(self, flow_id: str, **changes: str) -> None:
        """Change a flow as a user does in the page."""
        self._api.put(f"/flows/{flow_id}", json=changes).raise_for_status()

    def __exit__(self, *raised: object) -> None:
        self._api.close()
        super().__exit__(*raised)
