"""What is remembered of an exchange, and how secrets are told apart without being kept."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import Traffic

from why401.history.sighting import (
    MAX_RECENT,
    Fingerprints,
    client_of,
    machine_of,
    placeholder,
    seconds_between,
    sighting,
)
from why401.masking import Masker

KEY = b"a key of the tests"


@pytest.mark.parametrize(
    "secret",
    ["token", "ü", b"\x00\xff", "", "\ud800"],
    ids=["text", "umlaut", "bytes", "none", "lone"],
)
def test_a_fingerprint_shows_as_the_masker_would_show_the_secret(secret: str | bytes) -> None:
    found = Fingerprints(KEY).of(secret)
    assert len(found) == 8
    assert placeholder("token", found) == Masker(KEY).placeholder("token", secret)


def test_another_session_has_other_fingerprints() -> None:
    assert Fingerprints(KEY).of("token") != Fingerprints(b"another").of("token")


def test_the_scheme_does_not_count() -> None:
    fingerprints = Fingerprints(KEY)
    assert fingerprints.of_authorization(b"Bearer token") == fingerprints.of("token")
    assert fingerprints.of_authorization(b"Bearer token") == fingerprints.of("token")
    assert fingerprints.of_authorization(b"token") == fingerprints.of("token")


def test_the_values_looked_up_are_bounded() -> None:
    fingerprints = Fingerprints(KEY)
    for number in range(2 * MAX_RECENT):
        fingerprints.of_authorization(b"Bearer %d" % number)
    assert 0 < len(fingerprints._of_fields) <= MAX_RECENT
    assert 0 < len(fingerprints._of_secrets) <= MAX_RECENT


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        pytest.param("10.0.0.7:50001", "10.0.0.7", id="v4"),
        pytest.param("[::1]:50001", "[::1]", id="v6"),
        pytest.param("", "", id="HAR"),
        pytest.param("host", "host", id="no port"),
    ],
)
def test_a_machine_is_its_address_without_port(address: str, machine: str) -> None:
    exchange = msgspec.structs.replace(Traffic()("GET https://a.example/"), client_address=address)
    assert machine_of(exchange) == machine
    assert client_of(exchange) == (machine, "python-requests/2.32")


def test_a_sighting_names_the_exchange_without_its_query() -> None:
    seen = sighting(Traffic()("POST https://a.example/token?secret=x"))
    assert seen.via == "POST /token"
    assert seen.host == "a.example"
    assert seen.client_text == "10.0.0.7:50001 python-requests/2.32"


def test_unknown_times_are_no_time_apart() -> None:
    assert seconds_between(None, 5.0) == seconds_between(5.0, None) == 0.0
    assert seconds_between(2.0, 5.0) == 3.0
