"""Modules that are loaded when something of them is first used.

For what takes long to load and is seldom needed: the keys of a certificate cost as much time to be
able to read as everything else that a scan of a small file does.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any


def later(name: str) -> Any:
    """Return module `name`, which is executed when its first attribute is asked for; the packages
    around it are executed now. Raises ModuleNotFoundError where it is not installed."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
