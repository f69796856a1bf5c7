"""`why401 sign` as it is typed; what it answers is in `test_sign.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from why401.commands.sign_group import sign

PAGE = ("--url", "https://a.example/", "--timestamp", "1414587457", "--nonce", "n")
TYPED = [
    pytest.param(("jssdk", *PAGE), 0, id="computed"),
    pytest.param(("jssdk", *PAGE, "--sign", "0" * 40), 1, id="wrong"),
    pytest.param(("jssdk",), 2, id="an option lacks"),
    pytest.param(("paysign", "--scene", "other", "a=b"), 2, id="no such scene"),
]


@pytest.mark.parametrize(("arguments", "status"), TYPED)
def test_the_status(
    arguments: tuple[str, ...], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHY401_JSAPI_TICKET", "ticket-of-a-test")
    assert CliRunner().invoke(sign, arguments).exit_code == status
