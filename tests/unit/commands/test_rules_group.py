"""`why401 rules` as it is typed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from why401.commands.rules_group import rules

TYPED = [
    pytest.param(("list", "--lang", "en"), 0, "jwt/expired", id="all of them"),
    pytest.param(("show", "jwt/expired", "--lang", "en"), 0, "jwt/expired", id="one"),
    pytest.param(("show", "jwt/no-such-rule"), 2, "", id="none of that name"),
]


@pytest.mark.parametrize(("arguments", "status", "part"), TYPED)
def test_what_is_shown(arguments: tuple[str, ...], status: int, part: str) -> None:
    done = CliRunner().invoke(rules, arguments)
    assert done.exit_code == status
    assert part in done.stdout
