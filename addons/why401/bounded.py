"""Memory with a limit: what the traffic brings is without end."""

from __future__ import annotations

from collections import OrderedDict


class Bounded[K, V](OrderedDict[K, V]):
    """A mapping that forgets its oldest entries beyond `limit`; remembering makes an entry new."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __repr__(self) -> str:
        # Some are kept under the secret itself.
        return f"<{len(self)} of {self._limit}>"

    def remember(self, key: K, value: V) -> None:
        """Put `value` under `key`, as the newest."""
        self[key] = value
        self.move_to_end(key)
        while len(self) > self._limit:
            self.popitem(last=False)
