"""What is made ready when it is first used: modules, regular expressions, and properties.

For what takes long to load and is seldom needed. The keys of a certificate cost as much time to be
able to read as everything else that a scan of a small file does; three hundred expressions, of
which one exchange needs a few, cost a quarter of it.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Callable
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


class Once:
    """A property that is worked out when it is first asked for, and kept in the `__dict__` of its
    object: `functools.cached_property` in half as many steps. A refusal takes some twenty."""

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        """Take the name under which the value is kept."""
        self._name = name

    def __get__(self, held: Any, _owner: type) -> Any:
        """Return the value; from now on it stands before this."""
        if held is None:
            return self
        found = held.__dict__[self._name] = self._work_out(held)
        return found


_OF_A_PATTERN = tuple(name for name in dir(re.Pattern) if not name.startswith("_"))

if TYPE_CHECKING:
    once = functools.cached_property
    regex = re.compile
else:
    once = Once
    regex = Regex
