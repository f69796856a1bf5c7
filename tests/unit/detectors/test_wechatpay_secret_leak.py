from __future__ import annotations

import json

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import knowledge, rules

from why401.diagnose import Diagnoser
from why401.keys import Keys, Secret, WechatPayKeys
from why401.masking import Masker
from why401.model import Diagnosis

V2_KEY = "examplekeyexamplekeyexamplekey01"
KEYS = Keys(
    wechatpay=(
        WechatPayKeys(
            "credentials.wechatpay[0]",
            "1900000001",
            api_v2_key=Secret("credentials.wechatpay[0].api_v2_key", V2_KEY),
        ),
    )
)


def sent(text: str, url: str = "https://api.mch.weixin.qq.com/v3/x") -> Diagnosis:
    seen = exchange(url, method="POST", body=json.dumps({"a": text}).encode(), json={"ok": 1})
    return Diagnoser(knowledge(), KEYS, Masker(b"k" * 32)).diagnose(seen).diagnosis


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param(V2_KEY, "v2-key", id="the configured key"),
        pytest.param("-----BEGIN PRIVATE KEY-----", "private-key", id="a private key"),
    ],
)
def test_secret_in_a_request_is_told_and_masked(text: str, cause: str) -> None:
    found = sent(text)
    assert found.verdict == f"wechatpay/biz-secret-leak#{cause}"
    assert not any(text in str(each.seen) for each in found.findings[0].evidence)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("tea", "https://api.mch.weixin.qq.com/v3/x", id="no secret"),
        pytest.param(V2_KEY, "https://api.example.com/v3/x", id="another host"),
    ],
)
def test_everything_else_is_silent(text: str, url: str) -> None:
    assert "wechatpay/biz-secret-leak" not in rules(sent(text, url))
