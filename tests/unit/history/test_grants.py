"""Authorization requests and their codes."""

from __future__ import annotations

from tests.exchanges import basic
from tests.traffic import Traffic

from why401.case import Case
from why401.history.grants import MAX_EACH, Grants, sent_code
from why401.history.sighting import Fingerprints, sighting
from why401.model import Exchange

AUTHORIZE = "GET https://id.example.com/authorize?response_type=code&client_id=app&state=s1"
BACK = "https://app.example.com/cb?code=code-1&state=s1"


def learn(grants: Grants, *exchanges: Exchange) -> None:
    for exchange in exchanges:
        grants.learn(Case(exchange), sighting(exchange))


def test_a_code_is_tied_to_its_request_by_the_state() -> None:
    traffic, grants = Traffic(), Grants(Fingerprints(b"k"))
    learn(grants, traffic(AUTHORIZE, 302, got={"Location": BACK}))
    code = grants.code("code-1")
    assert code is not None
    assert code.authorize is not None
    assert code.authorize.client_id == "app"
    assert grants.knows_state("s1")
    assert not grants.knows_state("s2")


def test_a_callback_tells_of_a_code_too() -> None:
    traffic, grants = Traffic(), Grants(Fingerprints(b"k"))
    learn(grants, traffic(AUTHORIZE), traffic(f"GET {BACK}"))
    code = grants.code("code-1")
    assert code is not None
    assert code.given is not None
    assert code.given.exchange == "#2"


def test_each_exchange_is_remembered() -> None:
    traffic, grants = Traffic(), Grants(Fingerprints(b"k"))
    form = {"grant_type": "authorization_code", "code": "code-1"}
    url = "POST https://id.example.com/token"
    learn(grants, traffic(url, 200, form=form), traffic(url, 400, form=form))
    code = grants.code("code-1")
    assert code is not None
    assert [ok for _, ok in code.exchanged] == [True, False]


def test_other_grants_send_no_code() -> None:
    form = {"grant_type": "urn:example", "code": "code-1"}
    assert sent_code(Case(Traffic()("POST https://id.example.com/token", form=form))) is None


def test_clients_that_were_accepted() -> None:
    traffic, grants = Traffic(), Grants(Fingerprints(b"k"))
    url, form = "POST https://id.example.com/token", {"grant_type": "client_credentials"}
    in_body = form | {"client_id": "shop", "client_secret": "s1"}
    in_header = {"Authorization": basic("shop:s2")}
    learn(grants, traffic(url, form=in_body), traffic(url, form=form, sent=in_header))
    learn(grants, traffic(url, 401, form=in_body | {"client_secret": "s3"}))
    asked = [grants.has_accepted(Case(traffic(url, 401, form=in_body | {"client_secret": each})))
             for each in ("s1", "s2", "s3")]  # fmt: skip
    assert asked == [True, True, False]
    assert not grants.has_accepted(Case(traffic(url.replace("id.", "id2."), form=in_body)))


def test_they_are_bounded() -> None:
    traffic, grants = Traffic(), Grants(Fingerprints(b"k"))
    for number in range(2 * MAX_EACH):
        location = BACK.replace("code-1", f"code-{number}")
        got = {"Location": location}
        learn(grants, traffic(AUTHORIZE.replace("s1", f"s{number}"), 302, got=got))
    assert len(grants._requests) == MAX_EACH
    assert len(grants._codes) == MAX_EACH
