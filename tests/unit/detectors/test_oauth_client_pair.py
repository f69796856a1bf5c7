"""A token request whose client the configuration knows."""

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.exchanges import basic, exchange
from tests.unit.detectors.keyed import configured, diagnosed

from why401.keys import Keys
from why401.model import Exchange

SECRET, OTHER = "s3cret+of/shop", "s3cret-of-billing"
URL = "https://id.example.com/token"


def keys(host: str = "id.example.com") -> Keys:
    pairs = (("shop", SECRET), ("billing", OTHER))
    return configured(
        oauth=[{"host": host, "client_id": name, "client_secret": each} for name, each in pairs]
    )


def asked(client: str, secret: str, *, is_basic: bool = False, status: int = 401) -> Exchange:
    form = {"grant_type": "client_credentials"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if is_basic:
        headers["Authorization"] = basic(f"{client}:{secret}")
    else:
        form |= {"client_id": client, "client_secret": secret}
    answer = {"error": "invalid_client"} if status == 401 else {"access_token": "a-token-1"}
    body = urlencode(form).encode()
    return exchange(URL, method="POST", headers=headers, body=body, status=status, json=answer)


PAIRS: list[Any] = [
    pytest.param("shop", "another", False, "not-this-secret", "proven", id="secret"),
    pytest.param("shop", "another", True, "not-this-secret", "proven", id="secret, in the header"),
    pytest.param("shop", OTHER, False, "of-another-client", "proven", id="of another"),
    pytest.param("shopp", SECRET, False, "other-id", "proven", id="client_id"),
    pytest.param("shop", SECRET + "\n", False, "blanks", "proven", id="newline"),
    pytest.param("shop", SECRET, False, "server-has-another", "likely", id="the configured one"),
    pytest.param(
        "shop", "[redacted:secret:0123abcd]", False, "wrong-secret", "possible", id="masked"
    ),
    pytest.param("nobody", "unknown", False, "wrong-secret", "possible", id="neither is known"),
]


@pytest.mark.parametrize(("client", "secret", "is_basic", "cause", "certainty"), PAIRS)
def test_the_wrong_half_is_proven(
    client: str, secret: str, is_basic: bool, cause: str, certainty: str
) -> None:
    sent = asked(client, secret, is_basic=is_basic)
    diagnosis = diagnosed(sent, keys(), hide=(SECRET, OTHER))
    assert diagnosis.verdict == f"oauth/invalid-client#{cause}"
    assert diagnosis.certainty == certainty


def test_the_encoded_secret_of_a_basic_header_is_the_configured_one() -> None:
    diagnosis = diagnosed(asked("shop", "s3cret%2Bof%2Fshop", is_basic=True), keys())
    assert diagnosis.verdict == "oauth/invalid-client#server-has-another"


def test_a_configuration_for_every_host_proves_nothing() -> None:
    diagnosis = diagnosed(asked("shop", "another"), keys("*"))
    assert (diagnosis.verdict, diagnosis.certainty) == (
        "oauth/invalid-client#not-this-secret",
        "likely",
    )


@pytest.mark.parametrize(
    ("accepted", "certainty"),
    [
        pytest.param("another", "likely", id="the pair"),
        pytest.param(OTHER, "proven", id="the client with another secret"),
    ],
)
@pytest.mark.parametrize("is_basic", [True, False], ids=["header", "body"])
def test_a_pair_that_was_accepted_before_is_not_proven_wrong(
    accepted: str, certainty: str, is_basic: bool
) -> None:
    before = asked("shop", accepted, is_basic=is_basic, status=200)
    diagnosis = diagnosed(asked("shop", "another", is_basic=is_basic), keys(), before)
    assert diagnosis.verdict == "oauth/invalid-client#not-this-secret"
    assert diagnosis.certainty == certainty


@pytest.mark.parametrize(
    ("secret", "cause"),
    [
        pytest.param("7b1f0a1e-0000-4000-8000-000000000000", "id-of-secret", id="its ID"),
        pytest.param("Ab8Q~a-value-of-a-secret-as-they-look", "wrong-secret", id="a value"),
    ],
)
def test_entra_is_sent_the_id_of_a_secret(secret: str, cause: str) -> None:
    sent = asked("app", secret)
    words = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
    told = exchange(
        URL,
        method="POST",
        headers=[(k.decode(), v.decode()) for k, v in sent.request.headers],
        body=sent.request.body.data if sent.request.body else b"",
        status=401,
        json=words,
    )
    assert diagnosed(told, configured()).verdict == f"oauth/invalid-client#{cause}"


def test_cured() -> None:
    assert diagnosed(asked("shop", SECRET, status=200), keys()).verdict is None
