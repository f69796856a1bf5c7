"""Rules loaded from folders, and again when the user changes one."""

import os
from pathlib import Path

import pytest
from tests.unit.knowledge.rule_text import SOUND, write_rules

from why401.knowledge.load import KnowledgeSource, load_knowledge, read_knowledge, rules_folder


@pytest.fixture(autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


def test_rules_of_the_user_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    loaded = load_knowledge([write_rules(tmp_path, shop__key_withdrawn=SOUND)])
    assert loaded.knowledge.rule("shop/key-withdrawn") is not None
    assert loaded.knowledge.rule("wechat/40001") is not None
    assert (loaded.errors, loaded.replaced) == ((), ())


def test_a_rule_with_a_built_in_id_replaces_it_whole(tmp_path: Path) -> None:
    text = SOUND.replace("shop/key-withdrawn", "wechat/40001")
    loaded = load_knowledge([write_rules(tmp_path, wechat__40001=text)])
    assert loaded.replaced == ("wechat/40001",)
    rule = loaded.knowledge.rule("wechat/40001")
    assert rule is not None
    assert rule.title.en == "This key has been withdrawn"
    assert list(loaded.knowledge.rules).count("wechat/40001") == 1


def test_a_broken_file_costs_only_itself(tmp_path: Path) -> None:
    folder = write_rules(tmp_path, shop__key_withdrawn=SOUND, shop__broken="id: [")
    loaded = load_knowledge([folder, tmp_path / "none"])
    assert loaded.knowledge.rule("shop/key-withdrawn") is not None
    assert [Path(error.path).name for error in loaded.errors] == ["broken.yaml", "none"]


def test_kept_knowledge_is_the_same_as_read_knowledge() -> None:
    read = read_knowledge().knowledge
    for kept in (load_knowledge().knowledge, load_knowledge().knowledge):
        assert list(kept.rules) == list(read.rules)
        assert kept.codes.by_id == read.codes.by_id
        assert kept.fingerprints.rows == read.fingerprints.rows
        assert all(kept.rules[name].rule == read.rules[name].rule for name in kept.rules)


def touched(path: Path, text: str, number: int) -> None:
    """Write `path` with a time of change of its own: tests are quicker than some clocks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(number * 10**9, number * 10**9))


def test_a_new_rule_is_there_at_the_next_look(tmp_path: Path) -> None:
    folder = write_rules(tmp_path / "own")
    source = KnowledgeSource([folder])
    assert source.refreshed(100.0) is None
    touched(folder / "shop" / "key-withdrawn.yaml", SOUND, 1)
    assert source.refreshed(100.5) is None, "looked at most once a second"
    loaded = source.refreshed(101.0)
    assert loaded is source.loaded
    assert loaded is not None
    assert loaded.knowledge.rule("shop/key-withdrawn") is not None
    assert source.refreshed(102.0) is None
    (folder / "shop" / "key-withdrawn.yaml").unlink()
    assert source.refreshed(103.0) is not None
    assert source.loaded.knowledge.rule("shop/key-withdrawn") is None


def test_a_broken_file_is_told_once_and_again_after_it_was_mended(tmp_path: Path) -> None:
    folder = write_rules(tmp_path / "own")
    source = KnowledgeSource([folder])
    assert source.news() == ()
    path = folder / "shop" / "key-withdrawn.yaml"
    for number, (text, told) in enumerate(
        [("id: [", 1), (SOUND.replace("id:", "idd:", 1), 1), (SOUND, 0), ("id: [", 1)], start=1
    ):
        touched(path, text, number)
        assert source.refreshed(10.0 * number) is not None
        assert len(source.news()) == told
        assert source.news() == ()


def test_without_folders_nothing_is_looked_at() -> None:
    assert KnowledgeSource().refreshed(1.0) is None


def test_the_built_in_rules_are_found() -> None:
    assert (rules_folder() / "wechat" / "40001.yaml").is_file()
