"""mitmdump as a process of its own, bare and with why401, started as a user starts it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

BARE = "from mitmproxy.tools.main import mitmdump; mitmdump()"
WITH_WHY401 = (
    "import sys; from why401.cli import main; sys.argv[1:1] = ['run', '--ui', 'none', '--']; main()"
)
ADDONS = Path(__file__).parents[1] / "addons"
PATIENCE_S = 30.0


class Proxy:
    """A running mitmdump."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        command = [
            *(sys.executable, "-c", program, "-q", "--listen-host", "127.0.0.1"),
            *("--listen-port", str(self.port), "--set", f"confdir={folder / 'confdir'}"),
        ]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdout=subprocess.DEVNULL,
        )
        self._wait_until_listening(began)
        self.start_s = time.perf_counter() - began

    def _wait_until_listening(self, began: float) -> None:
        while self.process.poll() is None and time.perf_counter() - began < PATIENCE_S:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except ConnectionRefusedError:
                time.sleep(0.001)
            else:
                return
        self.process.kill()
        raise SystemExit("the proxy does not start; run it by hand to see why")

    def cpu_s(self) -> float | None:
        """Return the CPU time of the process so far, seconds; None where the system (Linux alone
        does) does not tell it finely enough."""
        try:
            threads = Path(f"/proc/{self.process.pid}/task").iterdir()
            return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9
        except OSError:
            return None

    def pin(self, core: int) -> None:
        """Keep the process on one core, where the system can."""
        if hasattr(os, "sched_setaffinity"):
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{self.process.pid}/task").iterdir():
                    os.sched_setaffinity(int(task.name), {core})

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installed program: its bytecode is kept from the first start
    on, whatever the developer's own settings say."""
    environment = {**os.environ, "PYTHONPATH": str(ADDONS)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    return environment


@contextlib.contextmanager
def proxy(program: str, folder: Path) -> Iterator[Proxy]:
    """Run a proxy while the block runs."""
    running = Proxy(program, folder)
    try:
        yield running
    finally:
        running.stop()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
