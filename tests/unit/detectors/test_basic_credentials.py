import base64
from typing import Any

import pytest
from tests.exchanges import basic
from tests.traffic import Traffic, tell
from tests.unit.detectors.diagnosed import diagnosed, outcome, refused, rules

REALM = 'Basic realm="orders"'
PASSWORD = "s3cret-pw!"

FIRING: list[Any] = [
    pytest.param(f"Basic alice:{PASSWORD}", "basic/not-encoded#not-encoded", "proven", id="clear"),
    pytest.param("Basic $$$$", "basic/bad-base64#not-base64", "proven", id="no base64"),
    pytest.param(
        basic("a:?>?>").replace("/", "_"), "basic/bad-base64#url-safe", "likely", id="url-safe"
    ),
    pytest.param(
        basic(f"alice:{PASSWORD}").rstrip("="),
        "basic/bad-base64#no-padding",
        "likely",
        id="unpadded",
    ),
    pytest.param(basic(PASSWORD), "basic/no-colon#no-colon", "proven", id="no colon"),
    pytest.param(
        basic(f"alice:{PASSWORD}\n"), "basic/trailing-newline#newline", "likely", id="newline"
    ),
    pytest.param(
        basic("username:password"), "basic/placeholder-creds#sample", "likely", id="sample"
    ),
    pytest.param(basic("alice:"), "basic/empty-part#empty", "likely", id="no password"),
    pytest.param(
        basic("alice:pässwörd".encode("latin-1")), "basic/charset#encoding", "possible", id="latin"
    ),
    pytest.param(
        basic(f"alice:{PASSWORD}"), "basic/wrong-password#wrong", "possible", id="nothing"
    ),
]


@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client"])
def test_a_client_s_secret_is_no_password(error: str) -> None:
    sent = refused(
        basic(f"shop:{PASSWORD}"),
        method="POST",
        challenge="",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"grant_type=password&username=alice&password=wrong-1",
        json={"error": error},
    )
    assert "basic/wrong-password" not in rules(diagnosed(sent, PASSWORD))


@pytest.mark.parametrize(
    ("said", "verdict", "certainty"),
    [
        pytest.param(
            "Support for password authentication was removed on August 13, 2021.",
            "basic/wrong-password#passwords-not-taken",
            "proven",
            id="GitHub",
        ),
        pytest.param(
            "Invalid username or token. Password authentication is not supported for Git "
            "operations.",
            "basic/wrong-password#passwords-not-taken",
            "proven",
            id="GitHub, to git over HTTPS",
        ),
        pytest.param("Bad credentials", "basic/wrong-password#wrong", "likely", id="other words"),
    ],
)
def test_server_that_takes_no_passwords(said: str, verdict: str, certainty: str) -> None:
    sent = refused(basic(f"alice:{PASSWORD}"), challenge=REALM, says=said)
    assert outcome(diagnosed(sent, PASSWORD)) == (verdict, certainty)


@pytest.mark.parametrize(
    ("token", "verdict", "certainty"),
    [
        pytest.param("ghp_" + "a1B2" * 9, "token-not-taken", "likely", id="a token of GitHub's"),
        pytest.param("a1b2c3d4" * 5, "passwords-not-taken", "likely", id="perhaps a token"),
    ],
)
def test_a_token_is_no_account_password(token: str, verdict: str, certainty: str) -> None:
    says = "Support for password authentication was removed on August 13, 2021."
    sent = refused(basic(f"alice:{token}"), challenge=REALM, says=says)
    assert outcome(diagnosed(sent, token)) == (f"basic/wrong-password#{verdict}", certainty)


@pytest.mark.parametrize(("sent", "verdict", "certainty"), FIRING)
def test_defect_is_the_verdict(sent: str, verdict: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(sent, challenge=REALM), PASSWORD, sent.removeprefix("Basic "))
    assert outcome(diagnosis) == (verdict, certainty)


@pytest.mark.parametrize(("sent", "verdict", "certainty"), FIRING)
def test_accepted(sent: str, verdict: str, certainty: str) -> None:
    assert diagnosed(refused(sent, challenge="", status=200)).findings == ()


def test_words_make_a_wrong_password_likely_never_proven() -> None:
    sent = refused(basic(f"alice:{PASSWORD}"), challenge=REALM, says="Bad credentials")
    assert outcome(diagnosed(sent, PASSWORD)) == ("basic/wrong-password#wrong", "likely")


def test_well_formed_credentials_have_no_defect() -> None:
    found = rules(diagnosed(refused(basic(f"alice:{PASSWORD}"), challenge=REALM)))
    assert found == {"basic/wrong-password"}


def test_key_as_user_needs_no_password() -> None:
    sent = refused(basic("sk_test_0123456789abcdef:"), challenge=REALM)
    assert "basic/empty-part" not in rules(diagnosed(sent))


def test_latin_1_against_a_utf_8_challenge() -> None:
    sent = refused(
        basic("alice:pässwörd".encode("latin-1")), challenge='Basic realm="a", charset="UTF-8"'
    )
    assert outcome(diagnosed(sent)) == ("basic/charset#encoding", "likely")


URL = "GET https://api.example.com/orders"
CHALLENGE = {"WWW-Authenticate": REALM}


def written(password: str, encoding: str) -> dict[str, str]:
    """Return the field that carries the password of alice in this encoding."""
    pair = base64.b64encode(f"alice:{password}".encode(encoding)).decode()
    return {"Authorization": f"Basic {pair}"}


@pytest.mark.parametrize(
    ("password", "after_s", "is_proven"),
    [
        pytest.param("grün-ß-7", 2.0, True, id="the same password"),
        pytest.param("grün-ß-8", 2.0, False, id="cured: another password"),
        pytest.param("grün-ß-7", 3600.0, False, id="an hour between"),
    ],
)
def test_the_other_encoding_worked(password: str, after_s: float, *, is_proven: bool) -> None:
    right, wrong = written("grün-ß-7", "utf-8"), written(password, "latin-1")
    for refused_first in (False, True):
        traffic = Traffic()
        steps = [(200, right), (401, wrong)][:: -1 if refused_first else 1]
        told = tell(
            [
                traffic(URL, status, sent=sent, got=CHALLENGE, after_s=after_s)
                for status, sent in steps
            ]
        )
        diagnosis = told.diagnoses["#1" if refused_first else "#2"]
        is_told = (diagnosis.verdict, diagnosis.certainty) == ("basic/charset#encoding", "proven")
        assert is_told is is_proven
