import socket
import sys
from pathlib import Path

import pytest

from why401.commands.exec import NO_PROXY, NOT_FOUND, exec_command, proxy_variables
from why401.config import Config
from why401.configuration import Configuration
from why401.keys import NO_KEYS


def test_the_variables_name_the_proxy_and_the_authority() -> None:
    variables = proxy_variables(
        "http://127.0.0.1:9090", Path("/b.pem"), {"JAVA_TOOL_OPTIONS": "-Xmx1g"}
    )
    assert variables["https_proxy"] == variables["HTTPS_PROXY"] == "http://127.0.0.1:9090"
    assert variables["NODE_EXTRA_CA_CERTS"] == variables["REQUESTS_CA_BUNDLE"] == "/b.pem"
    assert variables["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Dhttp.proxyHost=127.0.0.1 ")
    assert variables["JAVA_TOOL_OPTIONS"].endswith("-Dhttps.proxyPort=9090")


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(Config(mitmproxy={"confdir": str(tmp_path)}), NO_KEYS)


@pytest.fixture
def listening() -> object:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_the_command_sees_the_proxy_and_its_status_is_passed_on(
    configuration: Configuration, listening: str, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    script = (
        "import os, pathlib, sys; "
        f"pathlib.Path({str(seen)!r}).write_text(os.environ['HTTPS_PROXY']); sys.exit(7)"
    )
    status = exec_command([sys.executable, "-c", script], configuration, listening, "en")
    assert status == 7
    assert seen.read_text() == f"http://{listening}"


def test_without_a_proxy_nothing_is_run(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        assert exec_command(["true"], configuration, address, "en") == NO_PROXY
    assert "why401 run" in capsys.readouterr().err


def test_an_unknown_command_is_one_line(
    configuration: Configuration, listening: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exec_command(["no-such-command-401"], configuration, listening, "zh") == NOT_FOUND
    assert capsys.readouterr().err == "why401: 找不到命令 no-such-command-401\n"
