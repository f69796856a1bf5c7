import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.certificates import certificate_pem
from tests.sm2_keys import sm2_certificate_pem

from why401.commands.doctor import checks
from why401.commands.doctor_check import ADVICE, FAULT, OK, Check
from why401.config import Config
from why401.configuration import Configuration
from why401.keys import NO_KEYS, Keys, Secret, WechatAccount, wechatpay_keys

NOW_S = 1_795_132_800.0
DAY_S = 86_400


def found(tmp_path: Path, keys: Keys) -> list[Check]:
    config = Config(mitmproxy={"confdir": str(tmp_path)})
    return list(checks(Configuration(config, keys), "en", NOW_S))


@pytest.mark.parametrize(
    ("owner", "days", "mark", "text"),
    [
        pytest.param("1900000001", 300, OK, "valid until", id="valid"),
        pytest.param("1900000001", 10, ADVICE, "valid until", id="ends soon"),
        pytest.param("1900000001", -1, FAULT, "expired on", id="expired"),
        pytest.param("1900000002", 300, FAULT, "belongs to 1900000002", id="another merchant's"),
    ],
)
def test_a_merchant_certificate_is_judged(
    tmp_path: Path, owner: str, days: int, mark: str, text: str
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = certificate_pem(key, owner, NOW_S + days * DAY_S)
    keys = Keys(
        wechatpay=(wechatpay_keys("credentials.wechatpay[0]", "1900000001", certificate_pem=pem),)
    )
    assert any(check.mark == mark and text in check.text for check in found(tmp_path, keys))


def test_a_key_of_the_wrong_length_is_named_without_its_value(tmp_path: Path) -> None:
    keys = Keys(wechatpay=(wechatpay_keys("w", "1900000001", api_v2_key="short-and-secret"),))
    text = "\n".join(check.text for check in found(tmp_path, keys))
    assert "w.api_v2_key has 16 bytes" in text
    assert "short-and-secret" not in text


def test_an_aes_key_of_the_wrong_length_is_named_without_its_value(tmp_path: Path) -> None:
    account = WechatAccount(
        "a",
        "wx0000000000000000",
        encoding_aes_key=Secret("a.encoding_aes_key", "k" * 43),
        previous_aes_keys=(Secret("a.previous[0].encoding_aes_key", "short-and-secret"),),
    )
    text = "\n".join(check.text for check in found(tmp_path, Keys(wechat=(account,))))
    assert "a.previous[0].encoding_aes_key has 16 bytes, 43 are expected" in text
    assert "a.encoding_aes_key" not in text
    assert "short-and-secret" not in text


def test_sm2_keys_ask_for_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = sm2_certificate_pem("merchant", 7)
    keys = Keys(wechatpay=(wechatpay_keys("w", "1900000001", sm2_certificate_pem=pem),))
    ready = [check.text for check in found(tmp_path, keys)]
    assert any("w.sm2_certificate serial" in text for text in ready)
    assert not any("why401[sm]" in text for text in ready)
    monkeypatch.setitem(sys.modules, "gmalg", None)
    advice = [check.text for check in found(tmp_path, keys) if check.mark == ADVICE]
    assert any("pip install 'why401[sm]'" in text for text in advice)


def test_a_fresh_machine_has_no_fault(tmp_path: Path) -> None:
    assert [check for check in found(tmp_path, NO_KEYS) if check.mark == FAULT] == []


def test_a_misspelt_option_of_mitmproxy_is_named_with_the_nearest(tmp_path: Path) -> None:
    config = Config(mitmproxy={"confdir": str(tmp_path), "upstream_crt": True})
    path = tmp_path / "mitm_config.yaml"
    faults = [
        each.text
        for each in checks(Configuration(config, NO_KEYS, path), "en", NOW_S)
        if each.mark == FAULT
    ]
    assert faults == [f'{path}: mitmproxy has no option "upstream_crt" → "upstream_cert"']


def test_a_broken_certificate_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca-cert.pem").write_text("nonsense", encoding="utf-8")
    faults = [check.text for check in found(tmp_path, NO_KEYS) if check.mark == FAULT]
    assert len(faults) == 1
    assert "delete" in faults[0]


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}alice:p@ss-7@proxy.example:3128")
    text = "\n".join(check.text for check in found(tmp_path, NO_KEYS))
    assert "HTTPS_PROXY points to proxy.example:3128:" in text
    assert "ss-7" not in text


@pytest.mark.parametrize("port", ["abc", 99_999, -1, [1]])
def test_a_port_that_is_none_is_a_fault(tmp_path: Path, port: object) -> None:
    config = Config(mitmproxy={"confdir": str(tmp_path), "listen_port": port})
    found = list(checks(Configuration(config, NO_KEYS), "en", NOW_S))
    assert any(each.mark == FAULT and "mitmproxy.listen_port" in each.text for each in found)
