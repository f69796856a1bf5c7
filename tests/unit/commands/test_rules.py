from pathlib import Path

import pytest
from tests.unit.knowledge.rule_text import SOUND, write_rules

from why401.commands.rules import check, list_rules, show_rule
from why401.config import Config, Settings
from why401.configuration import DEFAULTS, Configuration

BROKEN = "id: shop/other-id\nstatus: stable\nseverity: eror\n"


def test_list_names_every_rule_and_counts_apart(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(DEFAULTS, "en")
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines == sorted(lines)
    assert next(line for line in lines if line.startswith("jwt/expired ")).split(maxsplit=1)[1]
    assert err.startswith(f"{len(lines)} rules, ")


@pytest.mark.parametrize(("language", "heading"), [("zh", "怎么改"), ("en", "Fix")])
def test_show_says_it_in_the_language_asked_for(
    language: str, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_rule("wechat/40001", DEFAULTS, language)  # type: ignore[arg-type]
    out = capsys.readouterr().out
    assert "wechat/40001" in out
    assert heading in out
    assert "https://" in out
    words = [line for line in out.splitlines() if not line.startswith("https://")]
    assert max(map(len, words)) <= 100


@pytest.mark.parametrize(
    ("rule_id", "hint"),
    [
        pytest.param("jwt/expird", "jwt/expired", id="misspelt"),
        pytest.param("zzz", "", id="nothing like it"),
    ],
)
def test_show_of_an_unknown_rule(
    rule_id: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not show_rule(rule_id, DEFAULTS, "en")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"why401: there is no rule {rule_id}")
    assert hint in err
    assert ("nearest" in err) == bool(hint)


def test_the_user_s_rules_are_shown_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules").mkdir()
    configuration = Configuration(
        Config(why401=Settings(rules=["rules"])), DEFAULTS.keys, tmp_path / "mitm_config.yaml"
    )
    assert configuration.rule_folders == (tmp_path / "rules",)
    assert show_rule("jwt/expired", configuration, "en")


def test_check_of_a_broken_folder_names_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "x.yaml").write_text(BROKEN, encoding="utf-8")
    assert check(str(tmp_path), "en") == 1
    out, err = capsys.readouterr()
    assert "shop/x.yaml:" in err
    assert out.endswith(", 1 fault\n")


def test_check_of_sound_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(str(write_rules(tmp_path, shop__key_withdrawn=SOUND)), "en") == 0
    assert "0 faults" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(".", "holds no rules; a rule is", id="a folder without rules"),
        pytest.param("a.har", "a.har: holds no rules; a rule is", id="a capture"),
        pytest.param("none", "none: is not a folder", id="nothing there"),
    ],
)
def test_check_where_no_rule_is(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.har").write_text("{}", encoding="utf-8")
    assert check(str(tmp_path / name), "en") == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
