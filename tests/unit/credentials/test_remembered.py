from __future__ import annotations

import pytest

from why401.credentials.remembered import MAX_CHARS, MAX_KEPT, remembered


class Counted:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, value: str) -> tuple[str]:
        self.calls += 1
        return (value[:3],)


@pytest.mark.parametrize(
    ("values", "calls"),
    [
        pytest.param(["a", "a", "a"], 1, id="the same value again"),
        pytest.param(["a", "b", "a"], 2, id="another in between"),
        pytest.param(["x" * MAX_CHARS] * 2, 1, id="as long as is remembered"),
        pytest.param(["x" * (MAX_CHARS + 1)] * 2, 2, id="too long to be kept"),
        pytest.param(["a", *map(str, range(MAX_KEPT)), "a"], MAX_KEPT + 2, id="forgotten"),
    ],
)
def test_remembered(values: list[str], calls: int) -> None:
    counted = Counted()
    ask = remembered(counted.__call__)
    assert [ask(value) for value in values] == [(value[:3],) for value in values]
    assert counted.calls == calls
