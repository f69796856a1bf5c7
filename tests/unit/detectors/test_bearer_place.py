from typing import Any

import pytest
from tests.exchanges import exchange
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
