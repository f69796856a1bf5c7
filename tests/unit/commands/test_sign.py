"""The command as a user types it; the worked examples are those of WeChat Pay's rules."""

import base64
import contextlib
import hashlib
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.certificates import certificate_pem, private_pem
from tests.sm2_keys import sm2_certificate_pem, sm2_sign

from why401 import sm2
from why401.cli import cli
from why401.commands.sign import ENVIRONMENT

V2_KEY = "example0v2key0123456789ABCDEFGHI"
V2_FIELDS = (
    "appid=wx00000000000000aa", "mch_id=1900000001", "nonce_str=N0nceExample01",
    "body=测试 商品&1", "out_trade_no=T202611200001", "total_fee=101",
    "spbill_create_ip=203.0.113.7", "notify_url=https://shop.example/notify",
    "trade_type=JSAPI", "openid=oEXAMPLE0001", "attach=",
)  # fmt: skip


def run(*arguments: str, folder: Path, **environment: str) -> Result:
    with contextlib.chdir(folder):
        return CliRunner().invoke(cli, ["sign", *arguments, "--lang", "en"], env=environment)


@pytest.mark.parametrize(
    ("given", "status", "expected"),
    [
        pytest.param("554ECE40880219FD4512BB13C0C15FA1", 0, "the signature is right", id="right"),
        pytest.param("0482C9BFBB525F4453E74248B980807C", 1, "v2-empty-included", id="empty kept"),
        pytest.param("4E10F24C9C7BF2DF98DA99FECA634D7D", 1, "v2-value-urlencoded", id="encoded"),
        pytest.param("B72D4E26A375718FE86F80C4227BDD3D", 1, "v2-unsorted", id="not sorted"),
        pytest.param("00" * 16, 1, "the signature is wrong", id="no known mistake"),
    ],
)
def test_v2_checks_a_given_signature_and_names_the_mistake(
    tmp_path: Path, given: str, status: int, expected: str
) -> None:
    done = run("v2", *V2_FIELDS, "--sign", given, folder=tmp_path, WHY401_API_V2_KEY=V2_KEY)
    assert (done.exit_code, expected in done.stdout) == (status, True)
    assert V2_KEY not in done.output


OTHER_KEYS = [
    pytest.param("0" * 31 + "3", "v2-key-is-v3key", "APIv3", id="v3 key"),
    pytest.param("0" * 31 + "1", "v2-key-old", "old", id="the one before"),
    pytest.param("a" * 32, "v2-key-is-appsecret", "AppSecret", id="AppSecret"),
]


@pytest.mark.parametrize(("key", "rule", "word"), OTHER_KEYS)
def test_v2_names_the_other_key_that_was_used(
    tmp_path: Path, key: str, rule: str, word: str
) -> None:
    merchant = {
        "mchid": "1900000001",
        "api_v2_key": V2_KEY,
        "api_v3_key": OTHER_KEYS[0].values[0],
        "previous": [{"api_v2_key": OTHER_KEYS[1].values[0]}],
    }
    apps = [{"appid": "wx00000000000000aa", "secret": OTHER_KEYS[2].values[0]}]
    config = {"credentials": {"wechatpay": [merchant], "wechat": apps}}
    (tmp_path / "c.yaml").write_text(json.dumps(config), encoding="utf-8")
    text = "&".join(sorted(each for each in V2_FIELDS if not each.endswith("="))) + f"&key={key}"
    given = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    done = run("v2", *V2_FIELDS, "--sign", given, "-c", "c.yaml", folder=tmp_path)
    assert done.exit_code == 1
    assert f"= wechatpay/{rule}\n" in done.stdout
    assert word in done.stdout
    assert key not in done.output


def test_v2_computes_and_shows_every_step(tmp_path: Path) -> None:
    done = run("v2", *V2_FIELDS, folder=tmp_path, WHY401_API_V2_KEY=V2_KEY)
    assert done.exit_code == 0
    assert "554ECE40880219FD4512BB13C0C15FA1" in done.stdout
    assert "attach (empty)" in done.stdout
    assert done.stdout.index("appid=") < done.stdout.index("trade_type=")
    assert V2_KEY not in done.output


def test_without_a_key_it_says_where_to_put_one(tmp_path: Path) -> None:
    done = run("v2", *V2_FIELDS, folder=tmp_path)
    assert done.exit_code == 2
    assert ENVIRONMENT["api_v2_key"] in done.stderr


def test_jssdk_worked_example(tmp_path: Path) -> None:
    done = run(
        "jssdk", "--url", "https://shop.example/pay?oid=1&x=%E6%B5%8B#part",
        "--timestamp", "1795132800", "--nonce", "JsNonce01", "--json",
        folder=tmp_path, WHY401_JSAPI_TICKET="EXAMPLE-jsapi_ticket-0001",
    )  # fmt: skip
    assert json.loads(done.stdout)["expected"] == "c74d8ac09d708bcb70ffcba8fe09116a8924ed0e"
    assert "EXAMPLE-jsapi_ticket-0001" not in done.output


@pytest.fixture(scope="module")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, rsa.RSAPrivateKey]:
    folder = tmp_path_factory.mktemp("merchant")
    key = rsa.generate_private_key(65537, 2048)
    pem = certificate_pem(key, "1900000001", serial=0x1234)
    config = {"credentials": {"wechatpay": [{"mchid": "1900000001", "certificate": pem}]}}
    (folder / "c.yaml").write_text(json.dumps(config), encoding="utf-8")
    return folder, key


def request(key: rsa.RSAPrivateKey, signed_body: bytes, sent_body: bytes) -> bytes:
    text = b"POST\n/v3/pay/transactions/jsapi\n1795132800\nN1\n" + signed_body + b"\n"
    signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    head = (
        "POST /v3/pay/transactions/jsapi HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\n"
        'Authorization: WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="N1",'
        f'signature="{signature}",timestamp="1795132800",serial_no="1234"\r\n\r\n'
    )
    return head.encode() + sent_body


@pytest.mark.parametrize(
    ("signed", "status", "expected"),
    [
        pytest.param(b'{"a":1,"b":"x"}', 0, "the signature is right", id="right"),
        pytest.param(b'{"a": 1, "b": "x"}', 1, "v3-body-spaced", id="blanks in the signed body"),
        pytest.param(b"", 1, "wechatpay/v3-", id="an empty body was signed"),
    ],
)
def test_v3_checks_a_raw_request_with_the_certificate_alone(
    merchant: tuple[Path, rsa.RSAPrivateKey], signed: bytes, status: int, expected: str
) -> None:
    folder, key = merchant
    path = folder / "request.txt"
    path.write_bytes(request(key, signed, b'{"a":1,"b":"x"}'))
    done = run("v3", str(path), "-c", str(folder / "c.yaml"), folder=folder)
    assert (done.exit_code, expected in done.stdout) == (status, True), done.output


def test_v3_computes_what_the_key_verifies(
    merchant: tuple[Path, rsa.RSAPrivateKey], tmp_path: Path
) -> None:
    key = merchant[1]
    pem = private_pem(key)
    done = run(
        "v3", "--url", "/v3/certificates", "--timestamp", "1", "--nonce", "n", "--json",
        folder=tmp_path, WHY401_PRIVATE_KEY=pem,
    )  # fmt: skip
    signature = base64.b64decode(json.loads(done.stdout)["expected"])
    text = b"GET\n/v3/certificates\n1\nn\n\n"
    key.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    assert "PRIVATE KEY" not in done.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("v2", "nowhere.xml"), "nowhere.xml"),
        (("v2",), "no fields"),
        (("paysign",), "no fields"),
        (("jssdk", "--url", "u", "--timestamp", "1", "--nonce", "n"), "jsapi_ticket"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.exit_code == 2
    assert expected in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.output


def sm2_request(folder: Path, signed: bytes, *, raw: bool = False) -> list[str]:
    """Write a request signed with SM2 and its configuration; return the arguments to check it."""
    body, path = b'{"a":1,"b":"x"}', folder / "sm2.txt"
    text = b"POST\n/v3/pay/transactions/jsapi\n1795132800\nN1\n" + signed + b"\n"
    data = sm2_sign(text, "merchant")
    if raw:
        r, s = sm2.signature_numbers(data) or (0, 0)
        data = r.to_bytes(32) + s.to_bytes(32)
    head = (
        "POST /v3/pay/transactions/jsapi HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\n"
        'Authorization: WECHATPAY2-SM2-WITH-SM3 mchid="1900000001",nonce_str="N1",'
        f'signature="{base64.b64encode(data).decode()}",timestamp="1795132800",serial_no="7"\r\n\r\n'
    )
    path.write_bytes(head.encode() + body)
    pem = sm2_certificate_pem("merchant", 7)
    config = {"credentials": {"wechatpay": [{"mchid": "1900000001", "sm2_certificate": pem}]}}
    (folder / "sm2.yaml").write_text(json.dumps(config), encoding="utf-8")
    return ["v3", str(path), "-c", str(folder / "sm2.yaml")]


SM2 = [
    pytest.param(b'{"a":1,"b":"x"}', False, 0, "the signature is right", id="right"),
    pytest.param(b'{"a": 1, "b": "x"}', False, 1, "v3-body-spaced", id="blanks in the signed body"),
    pytest.param(b'{"a":1,"b":"x"}', True, 1, "v3-sm2-raw", id="not DER"),
    pytest.param(b"something else", False, 1, "the signature is wrong", id="no known mistake"),
]


@pytest.mark.parametrize(("signed", "raw", "status", "expected"), SM2)
def test_v3_checks_an_sm2_request(
    tmp_path: Path, signed: bytes, raw: bool, status: int, expected: str
) -> None:
    done = run(*sm2_request(tmp_path, signed, raw=raw), folder=tmp_path)
    assert (done.exit_code, expected in done.stdout) == (status, True), done.output


def test_sm2_without_the_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = sm2_request(tmp_path, b'{"a":1,"b":"x"}')
    monkeypatch.setitem(sys.modules, "gmalg", None)
    done = run(*arguments, "--json", folder=tmp_path)
    found = json.loads(done.stdout)
    assert (done.exit_code, found["status"], found["needs"]) == (2, "unverifiable", ["why401[sm]"])
