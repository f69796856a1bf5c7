"""The command line: help, usage and configuration errors are a line and a status, no traceback."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from why401.cli import cli, main

RUNNER = CliRunner()


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


ALL = sorted(commands(cli))


def ran(*arguments: str, given: str | None = None) -> Result:
    return RUNNER.invoke(cli, arguments, input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        result = ran(*command, flag)
        assert result.exit_code == 0
        assert result.output.startswith("Usage: ")
        assert len(result.output.splitlines()) > 3


@pytest.mark.parametrize("command", [each for each in ALL if each[0] != "exec"], ids=" ".join)
def test_an_unknown_option_is_wrong_usage(command: tuple[str, ...]) -> None:
    result = ran(*command, "--no-such-option")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_version_is_told() -> None:
    result = ran("--version")
    assert result.exit_code == 0
    assert result.output.startswith("why401, version ")


def test_explain_reads_standard_input() -> None:
    result = ran("explain", "--json", "-", given="40001\n")
    assert result.exit_code == 0
    assert "wechat/40001" in {each["rule"] for each in json.loads(result.stdout)}


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["held back", "at once"])
def test_a_reader_that_has_gone_is_no_fault(tmp_path: Path, unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", "from why401.cli import main; main()", "explain", "40001"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONUNBUFFERED": unbuffered,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.returncode in (0, 1)
    assert done.stderr == b""


class CtrlC(io.RawIOBase):
    """Standard input at which the user presses Ctrl-C."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        raise KeyboardInterrupt


@pytest.mark.parametrize("arguments", [("explain", "-"), ("sign", "v3", "-"), ("scan", "-")])
def test_ctrl_c_ends_every_command_without_a_word(folder: Path, arguments: tuple[str, ...]) -> None:
    done = RUNNER.invoke(cli, arguments, input=io.BufferedReader(CtrlC()))
    assert (done.exit_code, done.output) == (130, "")


def test_a_fault_of_the_network_is_not_one_of_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise OSError(errno.EADDRNOTAVAIL, "Web server failed to listen on 192.0.2.1:8081")

    monkeypatch.setattr("why401.cli.cli", failing)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "why401: Web server failed to listen on 192.0.2.1:8081\n"


@pytest.mark.parametrize("arguments", [["explain", "40001"], ["rules", "list"]])
def test_a_full_disk_is_one_line(folder: Path, arguments: list[str]) -> None:
    why401 = Path(sys.executable).parent / "why401"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([why401, *arguments], stdout=full, stderr=subprocess.PIPE, cwd=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(b"cannot be written: the disk is full")
    assert b"Traceback" not in done.stderr


def test_a_reader_that_has_gone_is_no_finding(folder: Path) -> None:
    why401 = Path(sys.executable).parent / "why401"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [why401, "rules", "list"], stdout=writer, stderr=subprocess.PIPE, cwd=folder
    )
    os.close(writer)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
