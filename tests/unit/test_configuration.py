"""The configuration in force: keys parsed once, a wrong one named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from why401.configuration import DEFAULTS, read_configuration
from why401.documents import DocumentError

GOOD = """
why401: {rules: [mine]}
credentials:
  basic: [{host: "*.example.com", username: alice, password: "${env:PASSWORD}"}]
  jwt: [{name: shop, secret: abc, algorithms: [HS256], audience: shop}]
  oauth: [{host: id.example.com, client_id: shop, client_secret: s}]
  wechat: [{appid: wx0000000000000000, secret: t}]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "mine").mkdir()
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_of_key_is_there_and_no_secret_is_shown(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, GOOD), {"PASSWORD": "correct-horse"})
    keys = found.keys
    assert keys.basic[0].username == "alice"
    assert keys.jwt[0].audience == ("shop",)
    assert keys.jwt[0].host == "*"
    assert keys.oauth[0].client_id == "shop"
    assert keys.wechat[0].appid == "wx0000000000000000"
    assert "correct-horse" not in repr(keys)


def test_rule_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, GOOD), {"PASSWORD": "x"})
    assert found.rule_folders == (tmp_path / "mine",)
    assert DEFAULTS.rule_folders == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "credentials:\n  wechatpay:\n  - mchid: '1900000001'\n    certificate: no PEM\n",
            "c.yaml:4: ",
            id="a certificate that is none",
        ),
        pytest.param("credentials:\n  basic: [{host: a}]\n", "c.yaml:2: ", id="a key left out"),
        pytest.param(
            "credentials:\n  oauth: [{host: h, client_id: c, client_secret: '${env:NONE}'}]\n",
            "NONE",
            id="a variable that is not set",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_configuration(written(tmp_path, text), {})
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
