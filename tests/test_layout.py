"""The lines that the layout draws: who may import mitmproxy, what every file owes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "addons" / "why401"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
MAY_IMPORT_MITMPROXY = ("proxy/", "capture/flows.py")
MAY_READ_A_CLOCK = ("proxy/", "commands/", "sandbox/", "cli.py")
CLOCKS = {"time.time", "datetime.datetime.now", "datetime.now", "time.monotonic"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


CORE = [path for path in SOURCES if not name_of(path).startswith(MAY_IMPORT_MITMPROXY)]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_knows_no_mitmproxy(path: Path) -> None:
    assert not {name for name in imported(path) if name.partition(".")[0] == "mitmproxy"}


@pytest.mark.parametrize(
    "path",
    [path for path in CORE if not name_of(path).startswith(("commands/", "cli.py"))],
    ids=name_of,
)
def test_the_core_does_not_reach_into_the_proxy(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("why401.proxy")}


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if not name_of(path).startswith(MAY_READ_A_CLOCK)],
    ids=name_of,
)
def test_the_core_reads_no_clock(path: Path) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not calls & CLOCKS


TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in (CHECKOUT / "tests").rglob("test_*.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_source_file_has_its_test(path: Path) -> None:
    """A file of its own beside the others, or a test that names what it is about."""
    unit = CHECKOUT / "tests" / "unit" / path.relative_to(PACKAGE).parent / f"test_{path.name}"
    module = f"why401.{name_of(path).removesuffix('.py').replace('/', '.')}"
    package, _, name = module.rpartition(".")
    named = rf"{re.escape(module)}\b|from {re.escape(package)} import [^\n]*\b{name}\b"
    assert unit.is_file() or re.search(named, TESTS)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_one_idea(path: Path) -> None:
    assert lines(path) <= 400


@pytest.mark.parametrize("folder", ["tests", "bench", "scripts"])
def test_what_is_beside_the_package_is_no_longer(folder: str) -> None:
    assert [path for path in (CHECKOUT / folder).rglob("*.py") if lines(path) > 400] == []


def test_what_tests_share_is_in_no_test() -> None:
    """Whoever reads or moves a test need not look for who else leans on it."""
    tests = [*(CHECKOUT / "tests").rglob("*.py")]
    leaning = [
        path.name
        for path in tests
        if re.search(r"^(?:from tests\.\S*\btest_|from tests\..*\bimport.*\btest_)",
                     path.read_text(encoding="utf-8"), re.MULTILINE)
    ]  # fmt: skip
    assert leaning == []


def test_diagnosing_loads_no_mitmproxy() -> None:
    script = (
        "import sys; import why401.diagnose, why401.commands.scan, why401.knowledge.load; "
        "sys.exit('mitmproxy' in sys.modules)"
    )
    path = str(CHECKOUT / "addons")
    assert subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": path}).returncode == 0


def test_expressions_are_compiled_when_they_are_used() -> None:
    """`later.regex`: what every start compiles, a scan of a small file waits for."""
    package = CHECKOUT / "addons" / "why401"
    compiling = [path.name for path in package.rglob("*.py") if "re.compile(" in path.read_text()]
    assert compiling == ["later.py"]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_what_the_readme_names_exists(readme: str) -> None:
    text = (CHECKOUT / readme).read_text(encoding="utf-8")
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^make (\w+)", text, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (CHECKOUT / link).exists(), link
    why401 = Path(sys.executable).parent / "why401"
    for command in set(re.findall(r"^(?:\.venv/bin/)?why401 (\w+)", text, re.MULTILINE)):
        done = subprocess.run([why401, command, "--help"], capture_output=True)
        assert done.returncode == 0, command
