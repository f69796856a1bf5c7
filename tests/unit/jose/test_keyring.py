import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import exchange
from tests.unit.detectors.keyed import jwk, rsa_key

from why401.case import Case
from why401.jose.keyring import MAX_DOCUMENTS, MAX_RETIRED, JwtKeyring
from why401.keys import JwtKeys, Secret

KEY = jwk(rsa_key())


def document(*kids: str) -> dict[str, Any]:
    return {"keys": [{**KEY, "kid": kid} for kid in kids]}


def learnt(keyring: JwtKeyring, url: str, body: Any, **parts: Any) -> None:
    keyring.learn(Case(exchange(url, response_body=json.dumps(body).encode(), **parts)))


def test_documents_are_found_by_issuer_and_kid() -> None:
    keyring = JwtKeyring()
    learnt(keyring, "https://id.example.com/certs?v=1", document("1"))
    assert [each.url for each in keyring.of_issuer("https://id.example.com/")] == [
        "https://id.example.com/certs"
    ]
    assert list(keyring.of_issuer("https://other.example.com")) == []
    assert list(keyring.of_issuer(None)) == list(keyring.of_issuer("no url")) == []
    assert [each.keys[0].kid for each in keyring.with_kid("1")] == ["1"]
    assert list(keyring.with_kid(None)) == []


def test_metadata_says_where_the_keys_of_an_issuer_are() -> None:
    keyring = JwtKeyring()
    learnt(keyring, "https://keys.example.net/v3", document("1"))
    learnt(
        keyring,
        "https://id.example.com/.well-known/openid-configuration",
        {"issuer": "https://id.example.com", "jwks_uri": "https://keys.example.net/v3"},
    )
    assert [each.url for each in keyring.of_issuer("https://id.example.com")] == [
        "https://keys.example.net/v3"
    ]


def test_rotation_is_remembered() -> None:
    keyring = JwtKeyring()
    learnt(keyring, "https://a.example/certs", document("1", "2"), id="first")
    learnt(keyring, "https://a.example/certs", document("2", "3"), id="second")
    retired = keyring.retired("1", "https://a.example")
    assert retired is not None
    assert (retired.exchange, retired.gone_in) == ("first", "second")
    assert keyring.retired("2", "https://a.example") is None
    learnt(keyring, "https://a.example/certs", document("1"), id="third")
    assert keyring.retired("1", "https://a.example") is None


def test_memory_is_bounded() -> None:
    keyring = JwtKeyring()
    for number in range(3 * MAX_DOCUMENTS):
        learnt(keyring, f"https://a{number}.example/certs", document("1"))
    assert len(list(keyring.with_kid("1"))) == MAX_DOCUMENTS
    for number in range(3 * MAX_RETIRED):
        learnt(keyring, "https://b.example/certs", document(str(number)))
    (known,) = keyring.of_issuer("https://b.example")
    assert len(known.retired) == MAX_RETIRED


IGNORED: list[Any] = [
    pytest.param({"keys": []}, {}, id="no keys"),
    pytest.param({"keys": [{"kty": "oct", "k": "AAAA"}]}, {}, id="shared secrets"),
    pytest.param(document("1"), {"status": 404}, id="an error"),
    pytest.param({"keys": [KEY], "x": "y" * (300 << 10)}, {}, id="too large"),
    pytest.param(["keys"], {}, id="a list"),
]


@pytest.mark.parametrize(("body", "parts"), IGNORED)
def test_what_is_not_learnt(body: Any, parts: dict[str, Any]) -> None:
    keyring = JwtKeyring()
    learnt(keyring, "https://a.example/certs", body, **parts)
    assert list(keyring.of_issuer("https://a.example")) == []


def test_entries_are_parsed_once() -> None:
    keyring = JwtKeyring()
    entries = (JwtKeys("credentials.jwt[0]", secret=Secret("s", "x" * 40)),)
    assert keyring.parsed(entries)[0] is keyring.parsed(entries)[0]


@given(st.binary(max_size=80), st.sampled_from([b'{"keys":', b'{"jwks_uri":', b""]))
def test_no_document_makes_it_fail(body: bytes, start: bytes) -> None:
    JwtKeyring().learn(Case(exchange("https://a.example/", response_body=start + body)))
