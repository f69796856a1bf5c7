from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.certificates import certificate_pem

from why401.commands.doctor import ADVICE, FAULT, OK, Check, checks
from why401.config import Config
from why401.configuration import Configuration
from why401.keys import NO_KEYS, Keys, wechatpay_keys

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


def test_a_fresh_machine_has_no_fault(tmp_path: Path) -> None:
    assert [check for check in found(tmp_path, NO_KEYS) if check.mark == FAULT] == []


def test_a_broken_certificate_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca-cert.pem").write_text("nonsense", encoding="utf-8")
    faults = [check.text for check in found(tmp_path, NO_KEYS) if check.mark == FAULT]
    assert len(faults) == 1
    assert "delete" in faults[0]
