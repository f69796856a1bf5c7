"""What is loaded later is not loaded now, and is the same module then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from why401.later import later

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
    assert output(SCAN)[1] == "False"


def test_what_is_loaded_is_given_at_once() -> None:
    assert later("sys") is sys


def test_what_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        later("no_such_module")
