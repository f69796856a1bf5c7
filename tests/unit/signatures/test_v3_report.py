"""What is said of a judged v3 request: whose key, which text, and what the server saw."""

from __future__ import annotations

import pytest
from tests.unit.signatures.example_keys import MCHID, SERIAL, merchant_keys
from tests.unit.signatures.messages import (
    BODY,
    context,
    examined,
    rules_of,
    sign_information,
    v3_request,
)

from why401.case import Case
from why401.keys import PublicKey, Secret
from why401.signatures.v3_claim import claim_of
from why401.signatures.v3_report import digest_and_length, identity_evidence, key_place, values_of

OWN = merchant_keys().certificate


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("credentials.wechatpay[0].certificate", "config.credentials.wechatpay[0].certificate"),
        ("history.platform-certificate", "history.platform-certificate"),
    ],
)
def test_a_key_is_named_where_it_comes_from(label: str, place: str) -> None:
    assert key_place(Secret(label, "value")) == place


def test_text_is_told_by_length_and_hash() -> None:
    assert digest_and_length(b"") == {
        "bytes": 0,
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }


def test_the_signer_stands_beside_what_the_header_says() -> None:
    claim = claim_of(Case(v3_request(serial=7)), context())
    assert claim is not None
    assert isinstance(OWN, PublicKey)
    (shown,) = identity_evidence(claim, OWN)
    assert shown.seen == {
        "serial": f"{SERIAL:040X}",
        "owner": MCHID,
        "serial_no_sent": "7".zfill(40),
    }
    assert values_of(claim, None)["mchid"] == MCHID
    assert "key" not in values_of(claim, None)


def test_what_the_server_saw_otherwise_was_changed_on_the_way() -> None:
    longer = sign_information(body=BODY + " ")
    rules = [finding.rule for finding in examined(v3_request(saw=longer)).findings]
    assert rules == ["wechatpay/v3-rewritten-in-transit"]


def test_what_the_server_makes_of_four_bytes_was_not_changed_on_the_way() -> None:
    body = BODY.replace("测试商品", "🍵")
    shorter = sign_information(body=body.replace("🍵", ""))
    assert rules_of(examined(v3_request(body=body, saw=shorter))) == (
        "v3-astral-char",
        "v3-consistent-rejected",
    )
    elsewhere = sign_information(url="/v3/other", body=body)
    found = rules_of(examined(v3_request(body=body, saw=elsewhere)))
    assert found == ("v3-rewritten-in-transit",)


@pytest.mark.parametrize(
    ("word", "rules"),
    [
        pytest.param("测试", ("v3-consistent-rejected",), id="three bytes"),
        pytest.param("🍵", ("v3-astral-char", "v3-consistent-rejected"), id="four bytes"),
    ],
)
def test_emoji_in_a_refused_body_are_named(word: str, rules: tuple[str, ...]) -> None:
    body = BODY.replace("测试商品", word)
    assert rules_of(examined(v3_request(body=body))) == rules
