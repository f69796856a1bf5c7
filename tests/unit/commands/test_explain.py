import io
import json
import sys

import pytest
from tests.exchanges import basic
from tests.unit.detectors.diagnosed import jwt

from why401.commands.explain import explain_words
from why401.configuration import DEFAULTS


def told(
    capsys: pytest.CaptureFixture[str], *words: str, as_json: bool = False, language: str = "en"
) -> tuple[int, str, str]:
    status = explain_words(words, DEFAULTS, language, as_json=as_json)  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        pytest.param(("40001",), "wechat/40001", id="code"),
        pytest.param(("SIGN_ERROR",), "wechatpay/v3-sign-error", id="letter code"),
        pytest.param(
            ("invalid credential, access_token is invalid or not latest",),
            "wechat/40001",
            id="message",
        ),
    ],
)
def test_what_is_known_is_said(
    words: tuple[str, ...], rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = told(capsys, *words)
    assert (status, err) == (0, "")
    assert rule in out
    assert "Fix" in out
    status, out, _ = told(capsys, *words, as_json=True)
    found = json.loads(out)
    assert status == 0
    assert rule in {each["rule"] for each in found}
    assert {"rule", "family", "code", "title", "causes", "references"} <= found[0].keys()


def test_a_token_is_decoded_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    token = jwt({"exp": 1, "sub": "alice"})
    status, out, _ = told(capsys, token)
    assert status == 0
    assert "alice" in out
    assert token not in out
    assert token.rpartition(".")[2] not in out


def test_an_authorization_value_is_decoded_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = told(capsys, basic("alice:correct-horse-7"))
    assert status == 0
    assert "alice" in out
    assert "correct-horse-7" not in out


def test_what_nobody_knows_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(capsys, "zq\x1b[31mxv")
    assert (status, out) == (1, "")
    assert err.startswith("nothing is known about: ")
    assert "\x1b" not in err
    assert told(capsys, "zqxv", as_json=True)[:2] == (1, "[]\n")


def test_a_minus_reads_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("40001\n"))
    status, out, _ = told(capsys, "-", language="zh")
    assert status == 0
    assert "怎么改" in out
