"""The configuration in force: keys parsed once, a wrong one named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sm2_keys import sm2_certificate_pem, sm2_public_pem
from tests.unit.signatures.example_keys import PLATFORM, certificate_pem

from why401.configuration import DEFAULTS, read_configuration
from why401.documents import DocumentError
from why401.keys import Secret

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


ACCOUNT = """
credentials:
  wechat:
    - appid: wx0000000000000000
      token: push-token
      encoding_aes_key: new-aes-key
      app_key: "${env:APP_KEY}"
      sandbox_app_key: sandbox-key
      previous: [{encoding_aes_key: first-aes-key}, {encoding_aes_key: second-aes-key}]
"""


def test_app_keys_and_replaced_aes_keys_have_labels_of_their_own(tmp_path: Path) -> None:
    (account,) = read_configuration(written(tmp_path, ACCOUNT), {"APP_KEY": "real-key"}).keys.wechat
    at = "credentials.wechat[0]"
    assert account.app_key == Secret(f"{at}.app_key", "real-key")
    assert account.sandbox_app_key == Secret(f"{at}.sandbox_app_key", "sandbox-key")
    assert account.previous_aes_keys == (
        Secret(f"{at}.previous[0].encoding_aes_key", "first-aes-key"),
        Secret(f"{at}.previous[1].encoding_aes_key", "second-aes-key"),
    )
    assert "-key" not in repr(account).replace("_key", "")


def test_sm2_keys_stand_beside_those_of_rsa(tmp_path: Path) -> None:
    (tmp_path / "sm2.pem").write_text(sm2_certificate_pem("merchant", 7), encoding="utf-8")
    (tmp_path / "wx.pem").write_text(sm2_public_pem("platform"), encoding="utf-8")
    (tmp_path / "rsa.pem").write_text(certificate_pem(PLATFORM, 5, "x"), encoding="utf-8")
    merchant = read_configuration(written(tmp_path, SM2), {}).keys.wechatpay[0]
    assert merchant.certificate is None
    assert merchant.sm2_certificate is not None
    assert merchant.sm2_certificate.label == "credentials.wechatpay[0].sm2_certificate"
    assert [key.label[-20:] for key in merchant.platform_keys] == ["[0].platform_keys[0]"]
    (platform,) = merchant.sm2_platform_keys
    assert (platform.serial, platform.label[-21:]) == (
        "PUB_KEY_ID_1",
        ".platform_keys[1].key",
    )


SM2 = """
credentials:
  wechatpay:
    - mchid: "1900000001"
      sm2_certificate: file:sm2.pem
      platform_keys: [file:rsa.pem, {id: PUB_KEY_ID_1, key: file:wx.pem}]
"""


def test_keys_of_other_signers(tmp_path: Path) -> None:
    path = tmp_path / "mitm_config.yaml"
    path.write_text(
        "credentials:\n  signing:\n"
        "    - {host: '*.amazonaws.com', key_id: AKID, secret: '${env:S}', token_secret: two}\n"
    )
    (key,) = read_configuration(path, {"S": "s3cret-1"}).keys.signing
    assert (key.host, key.key_id, key.public_key) == ("*.amazonaws.com", "AKID", None)
    assert key.secret == Secret("credentials.signing[0].secret", "s3cret-1")
    assert key.token_secret == Secret("credentials.signing[0].token_secret", "two")
    assert "s3cret-1" not in repr(key)


def test_a_public_key_of_a_signer_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "mitm_config.yaml"
    path.write_text("credentials:\n  signing:\n    - {host: a, public_key: nothing}\n")
    with pytest.raises(DocumentError, match=r"credentials\.signing\[0\]\.public_key: is not a"):
        read_configuration(path, {})


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
        pytest.param(
            "credentials:\n  wechatpay:\n  - mchid: '1900000001'\n    certificate: |\n      "
            + sm2_certificate_pem("merchant", 7).replace("\n", "\n      "),
            "certificate: is an SM2 certificate; give it as sm2_certificate",
            id="an SM2 certificate in the place of RSA",
        ),
        pytest.param(
            "credentials:\n  wechatpay:\n  - mchid: '1900000001'\n    sm2_certificate: no PEM\n",
            "c.yaml:4: ",
            id="an SM2 certificate that is none",
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
