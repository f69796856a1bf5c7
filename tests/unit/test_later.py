"""What is loaded later is not loaded now, and is the same then."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from why401.later import later, once, regex

CODE = """
import sys
from why401.later import later
rsa = later("cryptography.hazmat.primitives.asymmetric.rsa")
before = len(sys.modules)
assert "cryptography.hazmat.bindings._rust" not in sys.modules
assert rsa.RSAPublicKey.__name__ == "RSAPublicKey"
assert len(sys.modules) > before
from cryptography.hazmat.primitives.asymmetric import rsa as again
assert again.RSAPublicKey is rsa.RSAPublicKey
"""
SCAN = """
import sys, why401.commands.scan
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"rich", "yaml", "jinja2"}))
print("cryptography.hazmat.bindings._rust" in sys.modules)
print(*sorted({"statistics", "shutil", "why401.signatures.v3_lines"} & set(sys.modules)))
"""

COMPILE_ALL = """
import gc, importlib, pkgutil, why401
from why401.later import Regex
for module in pkgutil.walk_packages(why401.__path__, "why401."):
    importlib.import_module(module.name)
print(len([each.pattern for each in gc.get_objects() if type(each) is Regex]))
"""


def output(code: str) -> list[str]:
    environment = {"PYTHONPATH": "addons", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    return done.stdout.splitlines()


def test_it_is_loaded_when_it_is_used() -> None:
    assert output(CODE) == []


def test_a_scan_loads_nothing_that_it_may_not_need() -> None:
    assert output(SCAN)[1:] == ["False", ""]


def test_what_is_loaded_is_given_at_once() -> None:
    assert later("sys") is sys


def test_what_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        later("no_such_module")


def test_an_expression_is_compiled_when_it_is_used() -> None:
    word = regex(r"[a-z]+", re.IGNORECASE)
    assert "search" not in vars(word)
    assert word.sub("-", "Ab1c") == "-1-"
    assert "search" in vars(word)
    found = word.fullmatch("AbC")
    assert found is not None
    assert found.group() == "AbC"
    assert (word.pattern, word.flags & re.IGNORECASE) == (r"[a-z]+", re.IGNORECASE)


def test_an_expression_of_bytes() -> None:
    assert regex(rb"[0-9]+").findall(b"1 22") == [b"1", b"22"]


def test_a_wrong_expression_is_named_when_it_is_used() -> None:
    with pytest.raises(re.error):
        regex("(").search("x")


def test_every_expression_of_the_program_compiles() -> None:
    assert int(output(COMPILE_ALL)[0]) > 200


class Counted:
    """Counts how often what it tells is worked out."""

    def __init__(self) -> None:
        self.times = 0

    @once
    def told(self) -> int:
        """What is told."""
        self.times += 1
        return self.times


def test_a_property_is_worked_out_once_for_each_object() -> None:
    first, second = Counted(), Counted()
    assert first.times == 0
    assert [first.told, first.told, second.told] == [1, 1, 1]
    assert Counted.told.__doc__ == "What is told."


def test_one_that_fails_is_worked_out_again() -> None:
    class Failing:
        given: int | None = None

        @once
        def told(self) -> int:
            if self.given is None:
                raise ValueError("not given")
            return self.given

    held = Failing()
    with pytest.raises(ValueError, match="not given"):
        assert held.told
    held.given = 1
    assert held.told == 1
