"""`why401 run`, and the addon under the user's own mitmproxy: starting, failing, stopping."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.stories.running import BIN, CHECKOUT, Running, Web, free_port

from why401.sandbox import Sandbox

CONFIG = """
mitmproxy: {listen_host: 127.0.0.1, ssl_insecure: true, web_columns: [path, comment]}
why401: {language: en}
"""


def test_run_says_where_everything_is_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(CONFIG, encoding="utf-8")
    with Web([str(BIN / "why401"), "run", "-c", "my.yaml", "--"], tmp_path) as web:
        web.wait_for("Ctrl-C")
        assert web.proxy in web.output
        assert web.url in web.output
        assert str(web.ca) in web.output
        assert web.ca.is_file()
        assert web.interrupt() == 0
        assert "Traceback" not in web.output


def test_the_addon_works_under_a_plain_mitmweb(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "mitm_config.yaml").write_text("why401: {language: zh}\n", encoding="utf-8")
    command = [
        str(BIN / "mitmweb"),
        "-s",
        str(CHECKOUT / "addons" / "why401_addon.py"),
        "--set",
        "why401_config=mitm_config.yaml",
    ]
    with Web(command, tmp_path) as web:
        with httpx.Client(proxy=web.proxy, trust_env=False) as client:
            url = f"http://127.0.0.1:{sandbox.http_port}/orders"
            answer = client.get(url, headers={"Host": "api.shop.example"})
        assert answer.status_code == 401
        (flow,) = web.flows()
        assert flow["comment"].startswith("请求没有带任何凭证")
        assert web.view(flow["id"])["view_name"] == "Why 401"
        told = web.command("why401.export", "@all", str(tmp_path / "plain.har"))
        assert "plain.har" in told["value"]


def ended(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return how `why401 run` ended that cannot start."""
    command = [BIN / "why401", "run", "--ui", "none", *arguments]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=60)


def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = ended(tmp_path, "--", "--listen-port", str(port))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param("why401: {langauge: zh}\n", 'bad.yaml:1: unknown key "langauge"', id="key"),
        pytest.param("mitmproxy: {listen_prot: 1}\n", "listen_prot", id="mitmproxy's option"),
        pytest.param("mitmproxy: {listen_port: x}\n", "listen_port", id="its type"),
    ],
)
def test_a_wrong_configuration_is_one_line(tmp_path: Path, config: str, expected: str) -> None:
    (tmp_path / "bad.yaml").write_text(config, encoding="utf-8")
    done = ended(tmp_path, "-c", "bad.yaml")
    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_follows_two_dashes_wins_over_the_configuration(tmp_path: Path) -> None:
    configured, given = free_port(), free_port()
    (tmp_path / "mitm_config.yaml").write_text(
        f"mitmproxy: {{listen_port: {configured}}}\n", encoding="utf-8"
    )
    command = [BIN / "why401", "run", "--ui", "none", "--", "--listen-port", given]
    with Running([str(part) for part in command], tmp_path) as proxy:
        assert proxy.wait_for(r"listening at \S+:(\d+)")[1] == str(given)
        assert proxy.interrupt() == 0
