"""The schemes of WeChat's signatures name rules that exist."""

from __future__ import annotations

from pathlib import Path

from tests.unit.signatures.schemes import SCHEMES


def test_every_rule_of_a_mistake_has_its_file() -> None:
    rules = Path(__file__).parents[3] / "rules"
    for scheme in SCHEMES:
        folder = "wechat-js" if scheme.name in ("wechat-jssdk", "wechat-virtual-payment") else ""
        for rule in scheme.rules():
            assert (rules / (folder or "wechatpay") / f"{rule}.yaml").is_file(), rule
