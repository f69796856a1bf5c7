"""Compiled rules are kept for as long as the files are what they were."""

import os
import stat
from pathlib import Path

import pytest
from tests.unit.knowledge.rule_text import SOUND, write_rules

from why401.knowledge import cache
from why401.knowledge.cache import cache_file, part_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_rules(tmp_path / "rules", shop__key_withdrawn=SOUND, shop__broken="id: [")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were read from their YAML files."""
    seen: list[Path] = []
    real = cache.read_folder

    def counted(folder: Path) -> object:
        seen.append(folder)
        return real(folder)

    monkeypatch.setattr(cache, "read_folder", counted)
    return seen


def kept(folder: Path) -> Path:
    path = cache_file(folder)
    assert path is not None
    return path


def test_second_start_reads_no_yaml_and_tells_the_same_faults(
    folder: Path, reads: list[Path]
) -> None:
    first, second = part_of(folder), part_of(folder)
    assert reads == [folder]
    assert second == first
    assert [Path(error.path).name for error in second.faults()] == ["broken.yaml"]
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o600


def changed(path: Path) -> None:
    path.write_text(SOUND + "\n")


def touched(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def added(path: Path) -> None:
    path.with_name("other.yaml").write_text(SOUND)


CHANGES = [
    pytest.param(change, id=change.__name__) for change in (changed, touched, added, Path.unlink)
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(folder: Path, reads: list[Path], change: object) -> None:
    part_of(folder)
    change(folder / "shop" / "key-withdrawn.yaml")  # type: ignore[operator]
    part_of(folder)
    assert reads == [folder, folder]


def cut(data: bytes) -> bytes:
    return data[:-7]


def flipped(data: bytes) -> bytes:
    return data[:200] + bytes([data[200] ^ 1]) + data[201:]


def emptied(_: bytes) -> bytes:
    return b""


def foreign(_: bytes) -> bytes:
    return b"\x93 not ours" * 100


@pytest.mark.parametrize("damage", [cut, flipped, emptied, foreign])
def test_a_damaged_file_is_made_anew(folder: Path, reads: list[Path], damage: object) -> None:
    whole = part_of(folder)
    path = kept(folder)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert part_of(folder) == whole
    assert part_of(folder) == whole
    assert reads == [folder, folder]


def test_a_place_that_cannot_be_written_is_no_error(folder: Path, home: Path) -> None:
    home.write_text("a file where a folder should be")
    assert part_of(folder).ids == ["shop/key-withdrawn"]
    assert home.read_text() == "a file where a folder should be"


def test_nothing_is_left_behind_beside_the_kept_file(folder: Path) -> None:
    part_of(folder)
    assert [path.name for path in kept(folder).parent.iterdir()] == [kept(folder).name]


def test_a_user_without_a_home_has_no_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", staticmethod(homeless))
    assert cache_file(folder) is None
    assert part_of(folder).ids == ["shop/key-withdrawn"]
