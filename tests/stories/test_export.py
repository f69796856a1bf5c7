"""A long session is exported while it goes on: nobody waits for the export but the export."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow, tutils
from tests.stories.running import BIN, Web

from why401.sandbox.server import Sandbox

FLOWS = 1000


def write_session(path: Path) -> None:
    """Write the flows of a long session, each with a token of its own in its answer."""
    with path.open("wb") as file:
        writer = FlowWriter(file)
        for number in range(FLOWS):
            body = json.dumps({"access_token": f"q7Zr2mK9xW4tB8v{number:05d}", "n": [0] * 200})
            writer.add(tflow.tflow(resp=tutils.tresp(content=body.encode())))


def test_a_request_is_answered_while_an_export_runs(tmp_path: Path) -> None:
    write_session(tmp_path / "session.flow")
    out = tmp_path / "out.har"
    command = [str(BIN / "why401"), "run", "--", "-r", str(tmp_path / "session.flow")]
    with Sandbox() as sandbox, Web(command, tmp_path) as web:
        while len(web.flows()) < FLOWS:
            pass  # they are still being read
        with httpx.Client(proxy=web.proxy, trust_env=False) as client:
            url = f"http://127.0.0.1:{sandbox.http_port}/orders"
            told = web.command("why401.export", "@all", str(out))
            assert f"out.har: {FLOWS} exchanges" in told["value"]
            answer = client.get(url, headers={"Host": "api.shop.example"})
            was_written = out.exists()
        assert answer.status_code == 401
        assert not was_written
        web.wait_for(r"wrote .*out\.har|已写入 .*out\.har")
    entries = json.loads(out.read_bytes())["log"]["entries"]
    assert len(entries) == FLOWS
    assert b"q7Zr2mK9xW4tB8v" not in out.read_bytes()
