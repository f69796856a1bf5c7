"""The configuration and language that a command was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner, Result

from why401.cli import cli
from why401.commands.options import configuration_at, fail, language_of
from why401.configuration import DEFAULTS

RUNNER = CliRunner()


def ran(*arguments: str) -> Result:
    return RUNNER.invoke(cli, arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "-c", "nowhere.yaml"),
        ("scan", "-c", "nowhere.yaml", "a.har"),
        ("explain", "-c", "nowhere.yaml", "40001"),
        ("doctor", "-c", "nowhere.yaml"),
        ("exec", "-c", "nowhere.yaml", "--", "true"),
        ("rules", "list", "-c", "nowhere.yaml"),
        ("rules", "show", "-c", "nowhere.yaml", "jwt/expired"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_configuration_is_one_line(arguments: tuple[str, ...], folder: Path) -> None:
    result = ran(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("why401: ")
    assert "nowhere.yaml" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_wrong_configuration_in_the_folder_is_one_line(folder: Path) -> None:
    (folder / "mitm_config.yaml").write_text("why401: {lnaguage: zh}\n", "utf-8")
    result = ran("rules", "list")
    assert result.exit_code == 2
    assert result.stderr.startswith("why401: mitm_config.yaml:1: ")
    assert result.stderr.count("\n") == 1


def test_the_folder_s_configuration_is_taken_without_being_named(folder: Path) -> None:
    (folder / "mitm_config.yaml").write_text("why401: {language: zh}\n", "utf-8")
    assert "怎么改" in ran("rules", "show", "jwt/expired").stdout
    assert "Fix" in ran("rules", "show", "jwt/expired", "--lang", "en").stdout


def test_without_one_the_defaults_hold(folder: Path) -> None:
    assert configuration_at(None) is DEFAULTS


LANGUAGES = [
    pytest.param("en", "zh", "en", id="asked for"),
    pytest.param(None, "zh", "zh", id="configured"),
    pytest.param(None, "auto", "en", id="of the locale"),
]


@pytest.mark.parametrize(("chosen", "configured", "language"), LANGUAGES)
def test_the_language(
    chosen: Literal["en"] | None,
    configured: str,
    language: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    (folder / "mitm_config.yaml").write_text(f"why401: {{language: {configured}}}\n", "utf-8")
    assert language_of(chosen, configuration_at(None)) == language


def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fail("no such thing")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "why401: no such thing\n"
