from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from why401.config import Language, Verify
from why401.configuration import read_configuration
from why401.documents import DocumentError

SECRET = "s3cret-that-must-not-show"
PUBLIC_PEM = (
    rsa.generate_private_key(65537, 2048)
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def write(folder: Path, text: str) -> Path:
    path = folder / "mitm_config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read_and_references_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "pub.pem").write_text(PUBLIC_PEM, encoding="utf-8")
    (tmp_path / "my-rules").mkdir()
    path = write(
        tmp_path,
        """
mitmproxy: {listen_port: 9090, web_columns: [path, comment]}
why401: {language: zh, rules: [my-rules], redact: false, verify: all}
credentials:
  jwt: [{host: api.example.com, audience: [a, b], key: file:pub.pem}]
  basic: [{host: h, username: alice, password: "${env:PW}"}]
  wechatpay:
    - mchid: "1900000001"
      api_v2_key: pre-${env:PW}
      previous: [{api_v2_key: old}]
      platform_keys: [file:pub.pem, {id: PUB_KEY_ID_1, key: file:pub.pem}]
  wechat:
""",
    )
    configuration = read_configuration(path, {"PW": SECRET})
    config = configuration.config
    assert config.mitmproxy == {"listen_port": 9090, "web_columns": ["path", "comment"]}
    assert config.settings.language is Language.ZH
    assert config.settings.verify is Verify.ALL
    assert configuration.keys.verify_accepted
    assert configuration.rule_folders == (tmp_path / "my-rules",)
    credentials = config.credentials
    assert credentials is not None
    assert credentials.basic is not None
    assert credentials.basic[0].password == SECRET
    assert credentials.jwt is not None
    assert credentials.jwt[0].key == PUBLIC_PEM
    assert credentials.wechatpay is not None
    assert credentials.wechatpay[0].api_v2_key == f"pre-{SECRET}"
    assert credentials.wechat is None
    assert configuration.keys.wechatpay[0].platform_keys[1].serial == "PUB_KEY_ID_1"
    assert configuration.keys.basic[0].password.label == "credentials.basic[0].password"
    assert SECRET not in repr(configuration)


def test_the_file_that_is_shipped_is_valid() -> None:
    shipped = Path(__file__).parents[2] / "mitm_config.yaml"
    assert "comment" in (read_configuration(shipped, {}).config.mitmproxy or {})["web_columns"]


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_configuration(write(tmp_path, "# nothing\n"), {}).settings.redact is True


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("why402: {}\n", 1, 'did you mean "why401"', id="misspelt section"),
        pytest.param("why401:\n  langauge: zh\n", 2, 'did you mean "language"', id="misspelt key"),
        pytest.param("why401:\n  language: fr\n", 2, "why401.language", id="no such language"),
        pytest.param("why401:\n  redact: maybe\n", 2, "why401.redact", id="wrong type"),
        pytest.param("why401:\n  rules: [nowhere]\n", 2, "is not a folder", id="no such folder"),
        pytest.param(
            "credentials:\n  basic:\n    - host: h\n      username: u\n",
            3,
            "password",
            id="missing",
        ),
        pytest.param(
            "credentials:\n  basic: [{host: h, username: u, password: '${env:NOPE}'}]\n",
            2,
            "credentials.basic[0].password: the environment variable NOPE is not set",
            id="unset variable",
        ),
        pytest.param(
            "credentials:\n  jwt:\n    - {host: h, key: file:gone.pem}\n",
            3,
            "credentials.jwt[0].key",
            id="missing file",
        ),
        pytest.param(
            f"credentials:\n  jwt:\n    - {{secret: {SECRET}, key: x}}\n",
            3,
            "not two",
            id="two keys",
        ),
        pytest.param(
            "credentials:\n  jwt:\n    - {jwks: '[1]'}\n", 3, 'a list "keys"', id="jwks no set"
        ),
        pytest.param(
            "credentials:\n  wechatpay:\n    - {mchid: 1900000001}\n",
            3,
            "mchid",
            id="number as mchid",
        ),
        pytest.param(
            f"credentials:\n  wechatpay:\n    - mchid: '1900000001'\n      certificate: {SECRET}\n",
            4,
            "credentials.wechatpay[0].certificate: is not a certificate",
            id="a certificate that is none",
        ),
        pytest.param(
            f"credentials:\n  jwt:\n    - host: h\n      key: {SECRET}\n",
            4,
            "credentials.jwt[0].key",
            id="a public key that is none",
        ),
        pytest.param("mitmproxy:\n\tlisten_port: 1\n", 2, "tab", id="a tab"),
        pytest.param("a: 1\na: 2\n", 2, "twice", id="a key twice"),
        pytest.param("a: &x {b: *x}\n", None, "", id="a cycle"),
        pytest.param("- 1\n", 1, "expected the sections", id="a list"),
    ],
)
def test_a_fault_is_one_line_with_file_line_and_key(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DocumentError) as caught:
        read_configuration(path, {})
    shown = str(caught.value)
    assert shown.startswith(f"{path}:")
    assert line is None or shown.startswith(f"{path}:{line}: ")
    assert message in shown
    assert "\n" not in shown
    assert SECRET not in shown


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mitm_config.yaml"
    path.write_bytes("# 配置\nwhy401: {}\n".encode("gbk"))
    with pytest.raises(DocumentError, match="UTF-8"):
        read_configuration(path, {})


def test_a_binary_key_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(b"\x30\x82\xff\xfe")
    path = write(tmp_path, "credentials:\n  jwt: [{key: file:key.der}]\n")
    with pytest.raises(DocumentError, match="PEM"):
        read_configuration(path, {})
