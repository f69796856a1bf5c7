"""Set-up on machines as they are: old Pythons first, shims for nothing, runs that were cut off.

The interpreters and the uv are small shell scripts in folders of the test, since no machine has
all of the real ones; what is checked is the real script with real processes and real files.
"""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "setup.py"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake interpreters are shell scripts")


def _loaded_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("why401_setup", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SETUP = _loaded_script()


def _executable(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


class Machine:
    """A home and a PATH with only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.root = folder / "checkout"
        for made in (self.home, self.bin, self.root / "scripts"):
            made.mkdir(parents=True)
        (self.root / "pyproject.toml").write_text('[dependency-groups]\ndev = ["pytest>=8"]\n')
        self.environ = {"HOME": str(self.home), "PATH": str(self.bin)}

    def python(
        self,
        place: str,
        version: str,
        *,
        level: str = "final",
        has_venv: bool = True,
        implementation: str = "CPython",
    ) -> Path:
        """Put an interpreter at `place` (`bin/…` or `home/…`) that describes itself so."""
        path = self.bin.parent / place
        numbers = [int(part) for part in version.split(".")]
        answer = json.dumps([numbers, level, has_venv, implementation, str(path)])
        return _executable(path, f"echo '{answer}'")

    def shim_for_nothing(self, name: str) -> None:
        _executable(self.bin / name, f"echo 'pyenv: {name}: command not found' >&2; exit 127")

    def uv(self, *, installs: bool = True) -> None:
        """Put a uv on PATH that makes real environments and writes down what it is to install."""
        body = f"""echo "$*" >> {self.bin}/uv.log
case $1 in
venv) for last; do :; done; exec {sys.executable} -m venv --without-pip "$last" ;;
*) exit {0 if installs else 1} ;;
esac"""
        _executable(self.bin / "uv", body)

    def uv_calls(self) -> list[str]:
        log = self.bin / "uv.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def set_up(self, *arguments: str) -> int:
        code: int = SETUP.main(list(arguments), self.root, self.environ)
        return code

    def stamp(self) -> dict[str, object]:
        stamp: dict[str, object] = SETUP.read_stamp(self.root / ".venv")
        return stamp


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def _chosen(machine: Machine, *, with_uv: bool = False) -> str | None:
    python = SETUP.chosen_python(SETUP.found_pythons(machine.environ), with_uv)
    return None if python is None else ".".join(map(str, python.version))


PLACES = [
    pytest.param({"bin/python3": "3.11.7", "bin/python3.12": "3.12.1"}, "3.12.1", id="old default"),
    pytest.param(
        {"bin/python3": "3.11.7", "home/.pyenv/versions/3.13.0/bin/python": "3.13.0"},
        "3.13.0",
        id="only under pyenv",
    ),
    pytest.param(
        {
            "home/.pyenv/versions/3.12.1/bin/python": "3.12.1",
            "home/.pyenv/versions/3.13.0/bin/python": "3.13.0",
            "home/.pyenv/versions/3.9.18/bin/python": "3.9.18",
        },
        "3.13.0",
        id="newest of several",
    ),
    pytest.param({"bin/python3": "3.13.0", "bin/python": "3.14.2"}, "3.14.2", id="named python"),
    pytest.param(
        {"bin/python3": "3.17.0", "bin/python3.13": "3.13.0"},
        "3.13.0",
        id="one that was tried before one that was not",
    ),
    pytest.param({"bin/python3": "3.17.0"}, "3.17.0", id="one that was not tried before none"),
    pytest.param(
        {"home/.local/share/uv/python/cpython-3.13/bin/python": "3.13.2"}, "3.13.2", id="uv's own"
    ),
    pytest.param({"bin/python3": "3.11.7", "bin/python": "2.7.18"}, None, id="all too old"),
    pytest.param({}, None, id="none at all"),
]


@pytest.mark.parametrize(("pythons", "expected"), PLACES)
def test_newest_fitting_interpreter_is_chosen(
    machine: Machine, pythons: dict[str, str], expected: str | None
) -> None:
    for place, version in pythons.items():
        machine.python(place, version)
    assert _chosen(machine) == expected


def test_shim_for_an_absent_version_is_passed_over(machine: Machine) -> None:
    machine.shim_for_nothing("python3.13")
    machine.python("home/.pyenv/versions/3.12.1/bin/python", "3.12.1")
    assert _chosen(machine) == "3.12.1"


def test_real_interpreter_behind_a_dead_shim_on_path_is_found(machine: Machine) -> None:
    machine.shim_for_nothing("python3.13")
    behind = machine.python("usr/bin/python3.13", "3.13.0")
    machine.environ["PATH"] += os.pathsep + str(behind.parent)
    assert _chosen(machine) == "3.13.0"


def test_pyenv_root_is_heeded(machine: Machine) -> None:
    machine.python("elsewhere/versions/3.12.1/bin/python", "3.12.1")
    machine.environ["PYENV_ROOT"] = str(machine.bin.parent / "elsewhere")
    assert _chosen(machine) == "3.12.1"


@pytest.mark.parametrize(
    ("level", "implementation"),
    [
        pytest.param("beta", "CPython", id="pre-release"),
        pytest.param("final", "PyPy", id="PyPy"),
        pytest.param("final", "free-threaded CPython", id="free-threaded"),
    ],
)
def test_new_but_unfit_interpreters_are_passed_over(
    machine: Machine, level: str, implementation: str
) -> None:
    machine.python("bin/python3", "3.14.0", level=level, implementation=implementation)
    assert _chosen(machine) is None


def test_interpreter_without_venv_serves_uv_only(machine: Machine) -> None:
    machine.python("bin/python3", "3.12.3", has_venv=False)
    assert _chosen(machine, with_uv=True) == "3.12.3"
    with pytest.raises(SETUP.SetupError, match=r"apt install python3\.12-venv"):
        _chosen(machine)


def test_rubbish_and_unstartable_interpreters_are_passed_over(machine: Machine) -> None:
    _executable(machine.bin / "python3", "echo not json")
    _executable(machine.bin / "python3.13", "exit 0")
    (machine.bin / "python").write_bytes(b"\x7fELF no program")
    (machine.bin / "python").chmod(0o755)
    machine.python("bin/python3.12", "3.12.1")
    assert _chosen(machine) == "3.12.1"


def test_no_fitting_interpreter_is_one_line(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.python("bin/python3", "3.11.7")
    machine.python("bin/python", "3.9.18")
    assert machine.set_up() == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "needs Python 3.12 or newer, found Python 3.11.7, Python 3.9.18;" in err
    assert "需要 Python 3.12" in err
    assert not (machine.root / ".venv").exists()


def test_interpreter_asked_for_must_fit(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    old = machine.python("old/python", "3.8.1")
    machine.python("bin/python3.13", "3.13.0")
    assert machine.set_up("--python", str(old)) == 1
    assert f"{old} is Python 3.8.1, why401 needs CPython 3.12" in capfd.readouterr().err


def test_another_folder_leaves_the_usual_one_alone(machine: Machine) -> None:
    machine.uv()
    machine.python("bin/python3.13", "3.13.0")
    older = machine.python("older/python3.12", "3.12.1")
    assert machine.set_up("--venv", ".venv-3.12", "--python", str(older)) == 0
    assert SETUP.read_stamp(machine.root / ".venv-3.12")["state"] == "ready"
    assert not (machine.root / ".venv").exists()


@pytest.mark.parametrize("folder", ["docs", "..", ".venv/../docs", "/home/alice/.venv"])
def test_no_other_folder_than_an_environment_is_replaced(machine: Machine, folder: str) -> None:
    (machine.root / "docs").mkdir()
    with pytest.raises(SystemExit):
        machine.set_up("--venv", folder)
    assert (machine.root / "docs").is_dir()


def test_launcher_passes_over_a_dead_python3(machine: Machine) -> None:
    """`scripts/setup.sh` needs any Python that starts; the one named python3 may not."""
    scripts = machine.root / "scripts"
    (scripts / "setup.sh").write_bytes((ROOT / "scripts" / "setup.sh").read_bytes())
    machine.shim_for_nothing("python3")
    _executable(machine.bin / "python", 'case $1 in -c) ;; *) echo "started $*" ;; esac')
    _executable(machine.bin / "dirname", 'exec /usr/bin/dirname "$@"')
    done = subprocess.run(
        ["/bin/sh", str(scripts / "setup.sh"), "--dev"],
        env=machine.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"started {scripts}/setup.py --dev\n"


def test_launcher_without_any_python_is_one_line(machine: Machine) -> None:
    scripts = machine.root / "scripts"
    (scripts / "setup.sh").write_bytes((ROOT / "scripts" / "setup.sh").read_bytes())
    _executable(machine.bin / "dirname", 'exec /usr/bin/dirname "$@"')
    done = subprocess.run(
        ["/bin/sh", str(scripts / "setup.sh")],
        env=machine.environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"needs Python 3.12 or newer, found no Python" in done.stderr


def test_script_keeps_to_the_syntax_of_python_3_6() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine with uv whose environment has been set up once."""
    machine.uv()
    machine.python("bin/python3.13", "3.13.0")
    assert machine.set_up() == 0
    assert machine.uv_calls() == ["venv", "pip"]
    return machine


def test_second_run_does_nothing(ready: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    assert ready.set_up() == 0
    assert ready.uv_calls() == ["venv", "pip"]
    assert capfd.readouterr() == ("", "")


def test_dev_group_is_added_once_and_stays(ready: Machine) -> None:
    assert ready.set_up("--dev") == 0
    assert "pytest>=8" in (ready.bin / "uv.log").read_text()
    assert ready.set_up() == 0
    assert ready.set_up("--dev") == 0
    assert ready.uv_calls() == ["venv", "pip", "pip"]
    assert ready.stamp()["groups"] == ["dev"]


def test_changed_dependencies_are_installed_into_the_same_environment(ready: Machine) -> None:
    with (ready.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert ready.set_up() == 0
    assert ready.set_up() == 0
    assert ready.uv_calls() == ["venv", "pip", "pip"]


def _cut_off(machine: Machine) -> None:
    SETUP.write_stamp(machine.root / ".venv", {"state": "working"})


def _interpreter_gone(machine: Machine) -> None:
    python = machine.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.13")


def _moved(machine: Machine) -> None:
    stamp = machine.stamp()
    SETUP.write_stamp(machine.root / ".venv", stamp | {"root": "/elsewhere"})


def _other_python(machine: Machine) -> None:
    stamp = machine.stamp()
    SETUP.write_stamp(machine.root / ".venv", stamp | {"python": "3.9"})


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_cut_off, id="run was cut off"),
        pytest.param(_interpreter_gone, id="interpreter is gone"),
        pytest.param(_moved, id="checkout was moved"),
        pytest.param(_other_python, id="interpreter was replaced"),
    ],
)
def test_spoilt_environment_is_built_anew(ready: Machine, spoil: Callable[[Machine], None]) -> None:
    stray = ready.root / ".venv" / "stray"
    stray.touch()
    spoil(ready)
    assert ready.set_up() == 0
    assert ready.uv_calls() == ["venv", "pip", "venv", "pip"]
    assert not stray.exists()
    assert ready.stamp()["state"] == "ready"


def test_environment_made_by_hand_is_used(ready: Machine) -> None:
    (ready.root / ".venv" / SETUP.STAMP).unlink()
    assert ready.set_up() == 0
    assert ready.uv_calls() == ["venv", "pip", "pip"]


def test_failed_update_leaves_what_worked(ready: Machine) -> None:
    before = ready.stamp()
    ready.uv(installs=False)
    (packages,) = (ready.root / ".venv").glob("lib/python3*/site-packages")
    (packages / "pip").mkdir()
    (packages / "pip" / "__main__.py").write_text("import sys; sys.exit('install' in sys.argv)\n")
    assert ready.set_up("--dev") == 1
    assert ready.stamp() == before
    assert ready.set_up() == 0


def test_pip_is_tried_where_uv_fails(ready: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    ready.uv(installs=False)
    (packages,) = (ready.root / ".venv").glob("lib/python3*/site-packages")
    (packages / "pip").mkdir()
    (packages / "pip" / "__main__.py").write_text("import sys; print(sys.argv[1:])\n")
    assert ready.set_up("--dev") == 0
    assert f"'--editable', '{ready.root}', 'pytest>=8'" in capfd.readouterr().out
    assert ready.stamp()["groups"] == ["dev"]
