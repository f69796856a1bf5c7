"""The base string of RFC 5849 section 3.4.1.1, and mistakes in it."""

import base64
import hmac
import urllib.parse
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.keyed import diagnosed, status
from tests.unit.signatures.clouds import KEYS, SECRET

from why401.model import Exchange
from why401.signatures.oauth1 import Oauth1Claim, base_string, signature_of
from why401.signatures.sent_request import SentRequest, decoded_pairs

SENT = SentRequest(
    "POST",
    "http",
    "example.com",
    "/request",
    decoded_pairs("b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
    (("host", "EXAMPLE.COM:80"),),
    b"c2&a3=2+q",
    (("c2", ""), ("a3", "2 q")),
)
OAUTH = (
    ("realm", "Example"),
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("oauth_signature", "bYT5CMsGcbgUdFHObYMEfcx6bsw="),
)
CLAIM = Oauth1Claim(SENT, OAUTH, "HMAC-SHA1", "", "a b", "t")


def test_base_string_of_the_rfc() -> None:
    assert base_string(CLAIM.parts) == (
        b"POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q"
        b"%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_"
        b"key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m"
        b"ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk"
        b"9d7dh3k39sjv7"
    )


def test_plaintext_is_both_secrets() -> None:
    assert signature_of("PLAINTEXT", CLAIM.parts) == "a%20b&t"


@pytest.mark.parametrize(("host", "expected"), [("a.example:8080", "a.example:8080")])
def test_other_ports_stay(host: str, expected: str) -> None:
    sent = SentRequest("GET", "http", "a.example", "/", (), (("host", host),), b"")
    assert Oauth1Claim(sent, (), "HMAC-SHA1", "", "", "").url == f"http://{expected}/"


def refused(url: str, parameters: str, *, key: str = f"{SECRET}&t-secret") -> Exchange:
    text = f"GET&{urllib.parse.quote(url, safe='')}&{urllib.parse.quote(parameters, safe='')}"
    made = base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()
    return exchange(
        "https://api.example.com/a?b=c%20d",
        headers={
            "Authorization": 'OAuth oauth_consumer_key="AKID", oauth_nonce="n", '
            'oauth_signature_method="HMAC-SHA1", oauth_timestamp="1795132800", '
            f'oauth_token="t", oauth_signature="{urllib.parse.quote(made, safe="")}"'
        },
        status=401,
        json={"error": "signature_invalid"},
    )


URL = "https://api.example.com/a"
OWN = (
    "oauth_consumer_key=AKID&oauth_nonce=n&oauth_signature_method=HMAC-SHA1"
    "&oauth_timestamp=1795132800&oauth_token=t"
)
MISTAKES: list[Any] = [
    pytest.param(URL, f"b=c%2520d&{OWN}", {}, "parameters", id="encoded twice"),
    pytest.param(URL, OWN, {}, "parameters", id="query left out"),
    pytest.param("http://api.example.com/a", f"b=c%20d&{OWN}", {}, "url", id="http"),
    pytest.param(f"{URL}/", f"b=c%20d&{OWN}", {}, "url", id="slash"),
    pytest.param(
        URL, f"b=c%20d&{OWN}", {"key": f"{SECRET}&"}, "token-secret", id="no token secret"
    ),
]


@pytest.mark.parametrize(("url", "parameters", "more", "cause"), MISTAKES)
def test_a_mistake_of_oauth1_is_proven(
    url: str, parameters: str, more: dict[str, str], cause: str
) -> None:
    diagnosis = diagnosed(refused(url, parameters, **more), KEYS, hide=(SECRET, "t-secret"))
    assert diagnosis.verdict == f"signature/oauth1-mismatch#{cause}"
    assert diagnosis.certainty == "proven"


def test_oauth1_cured() -> None:
    assert status(diagnosed(refused(URL, f"b=c%20d&{OWN}"), KEYS)) == "valid"
