import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchanges import basic, exchange
from tests.unit.detectors.diagnosed import outcome, refused, rules
from tests.unit.detectors.keyed import HOST, configured, diagnosed

from why401.keys import Keys
from why401.model import Diagnosis

CHALLENGE = 'Basic realm="intranet", charset="UTF-8"'
PASSWORD = "s3cret:pä$$ w0rd"
KEYS = configured(
    basic=[
        {"host": HOST, "username": "alice", "password": PASSWORD},
        {"host": HOST, "username": "bob", "password": "b0b's own"},
        {"host": HOST, "username": "dom:carol", "password": "c4rol's"},
    ]
)


def judged(pair: str | bytes, keys: Keys = KEYS, **parts: Any) -> Diagnosis:
    parts.setdefault("challenge", CHALLENGE)
    made: Diagnosis = diagnosed(refused(basic(pair), **parts), keys)
    return made


def misread(text: str) -> str:
    return text.encode().decode("latin-1")


FIRING: list[Any] = [
    pytest.param("alice:wr0ng", "wrong-password#not-this-password", id="password"),
    pytest.param(f"alicia:{PASSWORD}", "wrong-password#wrong-user", id="user"),
    pytest.param("alice:b0b's own", "wrong-password#of-another-account", id="bob's password"),
    pytest.param(f"alice: {PASSWORD}", "wrong-password#blanks", id="blank in front"),
    pytest.param(f"alice:{PASSWORD.upper()}", "wrong-password#other-case", id="caps lock"),
    pytest.param(
        "alice:s3cret%3Ap%C3%A4%24%24%20w0rd", "wrong-password#percent-encoded", id="percent"
    ),
    pytest.param(f'alice:"{PASSWORD}"', "wrong-password#quotes", id="quotes"),
    pytest.param(f"alice:{PASSWORD}\n", "trailing-newline#newline", id="echo"),
    pytest.param("alice:s3cret", "password-cut#at-colon", id="split at the colon"),
    pytest.param("alice:s3cret:pä", "password-cut#cut", id="cut by the shell"),
    pytest.param(f"{PASSWORD}:alice", "swapped#swapped", id="swapped"),
    pytest.param("dom:carol:c4rol's", "colon-in-user#colon", id="colon in user"),
    pytest.param(f"alice:{PASSWORD}".encode("latin-1"), "charset#encoding", id="Latin-1"),
    pytest.param(f"alice:{unicodedata.normalize('NFD', PASSWORD)}", "charset#decomposed", id="NFD"),
    pytest.param(f"alice:{misread(PASSWORD)}", "charset#read-twice", id="read twice"),
]


@pytest.mark.parametrize(("pair", "verdict"), FIRING)
def test_what_is_wrong_is_proven(pair: str | bytes, verdict: str) -> None:
    assert outcome(judged(pair)) == (f"basic/{verdict}", "proven")


@pytest.mark.parametrize("pair", [f"alice:{PASSWORD}", "bob:b0b's own"])
def test_the_configured_pair_leaves_the_server(pair: str) -> None:
    diagnosis = judged(pair)
    assert outcome(diagnosis) == ("basic/wrong-password#server-has-another", "likely")


UNPROVEN: list[Any] = [
    pytest.param("zoe:anything", KEYS, id="another user"),
    pytest.param("alice:wr0ng", Keys(), id="nothing configured"),
    pytest.param(
        "alice:wr0ng",
        configured(basic=[{"host": "b.example", "username": "alice", "password": "other pw"}]),
        id="configured for another host",
    ),
    pytest.param(
        "alice:wr0ng",
        configured(basic=[{"host": "*", "username": "alice", "password": "other pw"}]),
        id="configured for any host",
    ),
]


@pytest.mark.parametrize(("pair", "keys"), UNPROVEN)
def test_what_is_not_configured_is_not_proven(pair: str, keys: Keys) -> None:
    diagnosis = judged(pair, keys)
    assert rules(diagnosis) == {"basic/wrong-password"}
    assert diagnosis.certainty != "proven"


def test_another_status_proves_less() -> None:
    assert judged("alice:wr0ng", status=403).certainty == "likely"


@settings(max_examples=100, deadline=None)
@given(
    st.text(min_size=1, max_size=12).filter(lambda text: ":" not in text and text.isprintable()),
    st.text(min_size=1, max_size=20).filter(str.isprintable),
)
def test_the_right_pair_is_never_proven_wrong(user: str, password: str) -> None:
    keys = configured(basic=[{"host": HOST, "username": user, "password": f"§{password}§"}])
    made = refused(basic(f"{user}:§{password}§"), challenge=CHALLENGE)
    assert diagnosed(made, keys).certainty != "proven"


def test_a_pair_in_clear_is_not_compared_before_it_is_encoded() -> None:
    keys = configured(basic=[{"host": HOST, "username": "alice", "password": "right-one"}])
    diagnosis = diagnosed(refused("Basic alice:right-one", challenge='Basic realm="x"'), keys)
    assert rules(diagnosis) == {"basic/not-encoded"}


def test_a_pair_that_worked_here_is_not_proven_wrong() -> None:
    sent = basic("alice:wr0ng")
    worked = exchange(
        f"https://{HOST}/orders", headers={"Authorization": sent}, id="t#1", json={"ok": True}
    )
    diagnosis = diagnosed(refused(sent, challenge=CHALLENGE), KEYS, worked)
    assert outcome(diagnosis) == ("basic/wrong-password#not-this-password", "likely")
