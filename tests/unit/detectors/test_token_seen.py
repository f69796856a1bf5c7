import json
from typing import Any

import pytest
from tests.exchanges import AT_S, b64url, exchange
from tests.unit.detectors.diagnosed import finding, jwt, refused, rules
from tests.unit.detectors.keyed import diagnosed, ec_key, token

from why401.keys import NO_KEYS
from why401.model import Exchange

TOKEN = jwt({"jti": "one", "name": "a name that makes it long enough"})
REFRESH = "r1-" + "Zk3vQ9" * 6
ID = jwt({"jti": "two", "aud": "shop"})


def login(**tokens: str) -> Exchange:
    return exchange(
        "https://id.example.com/token",
        method="POST",
        at_s=AT_S - 60,
        json={"token_type": "Bearer", **tokens},
        id="t#1",
    )


def worked(token: str) -> Exchange:
    return exchange(
        "https://api.example.com/orders",
        headers={"Authorization": f"Bearer {token}"},
        json={},
        id="t#1",
    )


def after(before: Exchange, sent: str, says: str = "") -> Any:
    return diagnosed(refused(f"Bearer {sent}", says=says), NO_KEYS, before, hide=(sent, TOKEN))


def edited(**claims: Any) -> str:
    header, _, signature = TOKEN.split(".")
    return f"{header}.{b64url({'sub': 'admin', 'iat': int(AT_S) - 600, **claims})}.{signature}"


OUTCOMES: list[Any] = [
    pytest.param(TOKEN[:-9], "auth/truncated#cut", id="cut in the signature"),
    pytest.param(TOKEN[: TOKEN.rindex(".") - 11], "auth/truncated#cut", id="cut in the payload"),
    pytest.param(edited(), "jwt/payload-altered#payload-changed", id="payload edited"),
    pytest.param(
        f"{b64url({'alg': 'HS256', 'typ': 'JWT', 'kid': 'x'})}.{TOKEN.partition('.')[2]}",
        "jwt/payload-altered#header-changed",
        id="header edited",
    ),
    pytest.param(
        TOKEN[:-10] + "AAAAAAAAAA"[:9] + TOKEN[-1],
        "jwt/payload-altered#signature-changed",
        id="signature damaged",
    ),
]


@pytest.mark.parametrize(("sent", "verdict"), OUTCOMES)
def test_a_token_made_of_one_that_was_handed_out(sent: str, verdict: str) -> None:
    diagnosis = after(login(access_token=TOKEN), sent)
    assert (diagnosis.verdict, diagnosis.certainty) == (verdict, "proven")
    rule = verdict.partition("#")[0]
    assert finding(diagnosis, rule).related == ("t#1",)


@pytest.mark.parametrize("alg", ["ES256", "PS256"])
def test_the_same_claims_signed_twice_at_random_are_two_good_tokens(alg: str) -> None:
    first, second = (jwt({"jti": "one"}, {"alg": alg}, key) for key in (b"a", b"b"))
    diagnosis = after(login(access_token=first), second)
    assert "jwt/payload-altered" not in rules(diagnosis)


def test_a_token_made_of_one_that_worked() -> None:
    diagnosis = after(worked(TOKEN), edited())
    assert diagnosis.verdict == "jwt/payload-altered#payload-changed"


def test_an_opaque_token_that_was_cut_is_likely() -> None:
    opaque = "f3Kq" * 11
    diagnosis = after(login(access_token=opaque), opaque[:40])
    assert (diagnosis.verdict, diagnosis.certainty) == ("auth/truncated#cut", "likely")


def test_the_server_had_read_the_token() -> None:
    diagnosis = after(login(access_token=TOKEN), edited(), "jwt expired")
    assert "jwt/payload-altered" not in rules(diagnosis)


@pytest.mark.parametrize("sent", [TOKEN, jwt({"jti": "three"}), "another-opaque-one-of-length"])
def test_cured(sent: str) -> None:
    found = rules(after(login(access_token=TOKEN), sent))
    assert not found & {"auth/truncated", "jwt/payload-altered"}


KINDS: list[Any] = [
    pytest.param(REFRESH, "bearer/refresh-as-access#wrong-token", "proven", id="refresh"),
    pytest.param(ID, "bearer/id-token-as-access#wrong-token", "likely", id="ID"),
]


@pytest.mark.parametrize(("sent", "verdict", "certainty"), KINDS)
def test_a_token_of_another_kind(sent: str, verdict: str, certainty: str) -> None:
    before = login(access_token=TOKEN, refresh_token=REFRESH, id_token=ID)
    diagnosis = after(before, sent)
    assert (diagnosis.verdict, diagnosis.certainty) == (verdict, certainty)


def test_an_access_token_sent_to_refresh() -> None:
    sent = exchange(
        "https://id.example.com/auth/refresh",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps({"refresh_token": TOKEN}).encode(),
        status=401,
        json={"message": "Invalid token"},
    )
    before = login(access_token=TOKEN, refresh_token=REFRESH)
    diagnosis = diagnosed(sent, NO_KEYS, before, hide=(TOKEN,))
    assert (diagnosis.verdict, diagnosis.certainty) == (
        "bearer/access-as-refresh#wrong-token",
        "proven",
    )


def test_an_access_token_in_a_refresh_grant() -> None:
    sent = exchange(
        "https://id.example.com/token",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=f"grant_type=refresh_token&refresh_token={TOKEN}".encode(),
        status=400,
        json={"error": "invalid_grant"},
    )
    before = login(access_token=TOKEN, refresh_token=REFRESH)
    diagnosis = diagnosed(sent, NO_KEYS, before, hide=(TOKEN,))
    assert diagnosis.verdict == "bearer/access-as-refresh#wrong-token"


def test_a_token_of_the_login_before() -> None:
    second = exchange(
        "https://id.example.com/token",
        method="POST",
        at_s=AT_S - 30,
        json={"access_token": jwt({"jti": "four"}), "token_type": "Bearer"},
        id="t#2",
    )
    first = login(access_token=TOKEN)
    diagnosis = diagnosed(
        refused(f"Bearer {TOKEN}", says="Token has been revoked"), NO_KEYS, first, second
    )
    found = finding(diagnosis, "bearer/token-of-other-user-session")
    assert (found.causes[0].certainty, found.related) == ("likely", ("t#1", "t#2"))
    newest = diagnosed(refused(f"Bearer {TOKEN}"), NO_KEYS, first)
    assert "bearer/token-of-other-user-session" not in rules(newest)


def test_a_server_that_renews_an_access_token_against_itself() -> None:
    sent = refused(f"Bearer {TOKEN}", url="https://id.example.com/auth/refresh", method="POST")
    diagnosis = diagnosed(sent, NO_KEYS, login(access_token=TOKEN))
    assert "bearer/access-as-refresh" not in rules(diagnosis)


def test_a_refresh_token_where_sessions_are_renewed() -> None:
    sent = refused(f"Bearer {REFRESH}", url="https://id.example.com/session/renew", method="POST")
    before = login(access_token=TOKEN, refresh_token=REFRESH)
    assert "bearer/refresh-as-access" not in rules(diagnosed(sent, NO_KEYS, before))


def test_algorithms_that_never_sign_alike() -> None:
    claims = {"sub": "u1", "iat": int(AT_S) - 600, "exp": int(AT_S) + 3600}
    first, second = (token(ec_key(), "ES256", claims) for _ in range(2))
    assert first != second
    assert "jwt/payload-altered" not in rules(after(login(access_token=first), second))


def test_one_text_in_place_of_all_signatures() -> None:
    def stand_in(subject: str) -> str:
        return f"{jwt({'sub': subject}).rpartition('.')[0]}.{'c3RhbmQtaW4' * 4}"

    before = (login(access_token=stand_in("a")), worked(stand_in("b")))
    diagnosis = diagnosed(refused(f"Bearer {stand_in('c')}"), NO_KEYS, *before)
    assert "jwt/payload-altered" not in rules(diagnosis)
