from typing import Any

import pytest
from tests.exchanges import AT_S, exchange
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules
from tests.unit.detectors.keyed import diagnosed as diagnosed_after

from why401.keys import NO_KEYS

TOKEN = jwt()
URL = "https://api.example.com/orders"
JSON = {"Content-Type": "application/json"}
BODY = b'{"access_token": "' + TOKEN.encode() + b'"}'


def test_token_in_the_query() -> None:
    sent = refused(url=f"{URL}?access_token={TOKEN}")
    expected = ("bearer/in-query-unsupported#header-only", "likely")
    assert outcome(diagnosed(sent, TOKEN)) == expected


def test_the_same_token_worked_in_the_header() -> None:
    worked = exchange(URL, headers={"Authorization": f"Bearer {TOKEN}"}, id="t#1", json={})
    sent = refused(url=f"{URL}?access_token={TOKEN}")
    found = finding(diagnosed_after(sent, NO_KEYS, worked), "bearer/in-query-unsupported")
    assert (found.causes[0].certainty, found.related) == ("proven", ("t#1",))


LATER: list[Any] = [
    pytest.param(AT_S - 4000, AT_S + 60, id="it worked long ago"),
    pytest.param(AT_S - 60, AT_S - 30, id="it has expired since"),
]


@pytest.mark.parametrize(("worked_at_s", "expires_s"), LATER)
def test_what_worked_earlier_proves_nothing_later(worked_at_s: float, expires_s: float) -> None:
    token = jwt({"iat": int(AT_S) - 8000, "exp": int(expires_s)})
    headers = {"Authorization": f"Bearer {token}"}
    worked = exchange(URL, headers=headers, id="t#1", json={}, at_s=worked_at_s)
    sent = refused(url=f"{URL}?access_token={token}")
    found = finding(diagnosed_after(sent, NO_KEYS, worked), "bearer/in-query-unsupported")
    assert found.causes[0].certainty == "likely"


def test_token_in_json() -> None:
    sent = refused(method="POST", headers=JSON, body=BODY)
    diagnosis = diagnosed(sent, TOKEN)
    assert "bearer/in-body-wrong-type" in rules(diagnosis)


SILENT: list[Any] = [
    pytest.param({"challenge": 'Bearer error="invalid_token"'}, id="the server saw it"),
    pytest.param({"challenge": 'Basic realm="x"'}, id="no Bearer is asked for"),
    pytest.param({"status": 403}, id="forbidden"),
    pytest.param({"says": "jwt expired"}, id="the server read it"),
]


@pytest.mark.parametrize("parts", SILENT)
def test_silent(parts: dict[str, Any]) -> None:
    sent = refused(url=f"{URL}?access_token={TOKEN}", **parts)
    assert not {each for each in rules(diagnosed(sent)) if each.startswith("bearer/in-")}


def test_cured() -> None:
    sent = refused(f"Bearer {TOKEN}")
    assert not {each for each in rules(diagnosed(sent)) if each.startswith("bearer/in-")}
