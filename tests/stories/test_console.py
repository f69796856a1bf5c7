"""The console UI in a terminal of its own: a failure is shown, and our commands work there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.stories.running import BIN, START_S, STOP_S, free_port

from why401.sandbox import Sandbox

ROWS, COLUMNS = 40, 140
CONFIG = "why401: {language: en}\n"
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])")


class Terminal:
    """A program in a pseudo-terminal; what it draws is kept as text, escape sequences left out."""

    def __init__(self, command: list[str], home: Path) -> None:
        self.drawn = ""
        environment = os.environ | {"HOME": str(home), "TERM": "xterm", "LANG": "en_US.UTF-8"}
        self._file, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)

    def wait_for(self, text: str) -> None:
        """Return when `text` has been drawn since the last keys."""
        end_s = time.monotonic() + START_S
        while text not in self.drawn:
            ready, _, _ = select.select([self._file], [], [], max(0, end_s - time.monotonic()))
            assert ready, f"{text!r} was not drawn: {self.drawn[-3000:]}"
            assert time.monotonic() < end_s
            data = os.read(self._file, 65536).decode("utf-8", "replace")
            self.drawn += _ESCAPE.sub("", data)

    def press(self, keys: str) -> None:
        """Type `keys`, and forget what was drawn before."""
        self.drawn = ""
        os.write(self._file, keys.encode())

    def command(self, line: str) -> None:
        """Give a command as a user does: a colon, then the line."""
        self.press(":")
        self.wait_for(":")
        self.press(f"{line}\r")

    def end(self) -> int:
        """Return the exit status once the program has ended."""
        # Read on: a program that cannot draw does not end.
        threading.Thread(target=self._read, daemon=True).start()
        return self.process.wait(STOP_S)

    def _read(self) -> None:
        # Linux raises where the other side of the terminal is closed.
        with contextlib.suppress(OSError):
            while os.read(self._file, 65536):
                pass

    def close(self) -> None:
        """End the program, however far it got."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_S)
        os.close(self._file)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def console(tmp_path: Path, port: int) -> Iterator[Terminal]:
    (tmp_path / "mitm_config.yaml").write_text(CONFIG, encoding="utf-8")
    command = [str(BIN / "why401"), "run", "--ui", "tui", "--", "--listen-port", str(port)]
    terminal = Terminal(command, tmp_path)
    yield terminal
    terminal.close()


def test_our_commands_in_the_console(
    console: Terminal, port: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    console.wait_for(f":{port}]")
    with httpx.Client(proxy=f"http://127.0.0.1:{port}", trust_env=False) as client:
        url = f"http://127.0.0.1:{sandbox.http_port}/orders"
        assert client.get(url, headers={"Host": "api.shop.example"}).status_code == 401
    console.wait_for("401")
    console.command("why401.diagnose @all")
    console.wait_for("diagnosed 1 exchange, 1 with findings")
    console.command("why401.export @all out.har")
    console.wait_for("wrote out.har: 1 exchange;")
    (entry,) = json.loads((tmp_path / "out.har").read_bytes())["log"]["entries"]
    assert entry["_why401"]["verdict"].startswith("auth/missing#")
    console.command("console.exit")
    assert console.end() == 0
