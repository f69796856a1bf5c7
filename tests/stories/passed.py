"""What passed the proxy, as its own export tells it, and the commands that send it there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.stories.running import BIN, CHECKOUT, Web

from why401.sandbox import Sandbox

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(
    CURL is None and os.environ.get("CI") != "true", reason="curl is not installed"
)

type Outcome = tuple[int, str | None, str | None]
"""Status, the verdict's rule, and how sure it is."""


def led_to(sandbox: Sandbox) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the options and the environment with which the proxy leads WeChat's hosts and
    `.example` to `sandbox`."""
    options = (
        *("-s", str(CHECKOUT / "tests" / "stories" / "routes.py")),
        *("--set", f"ssl_verify_upstream_trusted_ca={sandbox.ca_pem_path}"),
    )
    ports = {
        "SANDBOX_HTTP_PORT": str(sandbox.http_port),
        "SANDBOX_HTTPS_PORT": str(sandbox.https_port),
    }
    return options, ports


class Passed:
    """A running proxy, and what went through it since this was last asked."""

    def __init__(self, web: Web, home: Path) -> None:
        self.web, self._har, self._before = web, home / "out.har", 0

    def entries(self) -> list[dict[str, Any]]:
        """Return the new entries of the annotated HAR, in order."""
        self.web.command("why401.export", "@all", str(self._har))
        entries: list[dict[str, Any]] = json.loads(self._har.read_bytes())["log"]["entries"]
        new = entries[self._before :]
        self._before = len(entries)
        return new

    def outcomes(self) -> list[Outcome]:
        """Return what is said about each of the new entries."""
        return [outcome(entry) for entry in self.entries()]

    def curl(self, *arguments: str) -> str:
        """Run curl with these arguments and return the last status that it saw."""
        assert CURL is not None
        command = [CURL, "-q", "-sS", "-o", os.devnull, "-w", "%{http_code}", "--noproxy", ""]
        command += ["-x", self.web.proxy, "--cacert", str(self.web.ca), "--max-time", "20"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)
        return done.stdout

    @property
    def proxies(self) -> dict[str, str]:
        """The proxy as requests wants to be told."""
        return {"http": self.web.proxy, "https": self.web.proxy}


def outcome(entry: Mapping[str, Any]) -> Outcome:
    """Return what is said about an entry."""
    diagnosis = entry.get("_why401") or {}
    verdict = diagnosis.get("verdict")
    rule = verdict.partition("#")[0] if verdict else None
    return entry["response"]["status"], rule, diagnosis.get("certainty")


@contextlib.contextmanager
def passing(
    home: Path,
    credentials: Mapping[str, Any] | None = None,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = {},
) -> Iterator[Passed]:
    """Run the proxy with these credentials in its configuration."""
    config = home / "mitm_config.yaml"
    config.write_text(yaml.safe_dump({"credentials": dict(credentials or {})}))
    command = [str(BIN / "why401"), "run", "-c", str(config), "--", *options]
    with Web(command, home, environment=environment) as web:
        yield Passed(web, home)
