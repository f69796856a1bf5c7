"""What is made ready when it is first used: modules, and regular expressions.

For what takes long to load and is seldom needed. The keys of a certificate cost as much time to be
able to read as everything else that a scan of a small file does; three hundred expressions, of
which one exchange needs a few, cost a quarter of it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import TYPE_CHECKING, Any


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


class Regex:
    """A regular expression that is compiled when its first attribute is asked for."""

    def __init__(self, text: str | bytes, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile; from now on the attributes are this object's own, and found as fast as those of
        `re.Pattern`."""
        compiled = re.compile(self._text, self._flags)
        self.__dict__.update((each, getattr(compiled, each)) for each in _OF_A_PATTERN)
        return getattr(compiled, name)


_OF_A_PATTERN = tuple(name for name in dir(re.Pattern) if not name.startswith("_"))

if TYPE_CHECKING:
    regex = re.compile
else:
    regex = Regex
