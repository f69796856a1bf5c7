"""Stories of what lies between client and server."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BEARER, BROWSER, Traffic, bearer, tell

from why401.model import Certainty, Exchange, Times

API = "https://api.example.com"
TYPE_1 = "NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
TYPE_2 = "NTLM TlRMTVNTUAACAAAADAAMADgAAAAFgomi"
TYPE_3 = "NTLM TlRMTVNTUAADAAAAGAAYAHIAAAA="


@pytest.mark.parametrize(
    ("second", "expected"),
    [pytest.param("s2", True, id="another"), pytest.param("s1", False, id="the same")],
)
def test_ntlm_over_two_connections(second: str, expected: bool) -> None:
    traffic = Traffic()
    url, ntlm = f"GET {API}/x", {"WWW-Authenticate": "NTLM"}
    told = tell(
        [
            traffic(url, 401, got=ntlm, client="c1", server="s1"),
            traffic(
                url,
                401,
                sent={"Authorization": TYPE_1},
                got={"WWW-Authenticate": TYPE_2},
                client="c1",
                server="s1",
            ),
            traffic(url, 401, sent={"Authorization": TYPE_3}, got=ntlm, client="c1", server=second),
        ]
    )
    assert ("transport/ntlm-connection-broken" in told.rules("#3")) is expected
    assert told.rules("#2") == ()
    assert not expected or told.diagnoses["#3"].certainty is Certainty.PROVEN


@pytest.mark.parametrize(
    ("clients", "broken"),
    [
        pytest.param(("c1", "c2"), None, id="each on its own connection"),
        pytest.param(("", ""), Certainty.LIKELY, id="connections of the client unknown"),
    ],
)
def test_two_ntlm_handshakes_at_once(clients: tuple[str, str], broken: Certainty | None) -> None:
    """A browser opens several connections to a host, each with a handshake of its own."""
    traffic = Traffic()
    got = {"WWW-Authenticate": TYPE_2}
    first, second = clients
    sent = {"Authorization": TYPE_1}
    told = tell(
        [
            traffic(f"GET {API}/a", 401, sent=sent, got=got, client=first, server="s1"),
            traffic(f"GET {API}/b", 401, sent=sent, got=got, client=second, server="s2"),
            traffic(
                f"GET {API}/a",
                401,
                sent={"Authorization": TYPE_3},
                got={"WWW-Authenticate": "NTLM"},
                client=first,
                server="s1",
            ),
        ]
    )
    expected = "transport/ntlm-connection-broken" if broken else "auth/ntlm-refused"
    assert told.rules("#3")[0] == expected
    assert told.diagnoses["#3"].certainty is Certainty.LIKELY


def test_a_certificate_that_stayed_with_the_proxy() -> None:
    text = "<html><head><title>400 No required SSL certificate was sent</title></head></html>"
    told = tell([Traffic()(f"GET {API}/x", 400, answer=text)])
    assert told.verdicts() == {"#1": "transport/mtls-through-proxy#kept-by-proxy"}


def test_a_tls_alert_has_no_status() -> None:
    exchange = Traffic()(f"GET {API}/x")
    exchange = msgspec.structs.replace(
        exchange, response=None, error="OpenSSL Error: tlsv13 alert certificate required"
    )
    assert tell([exchange]).verdicts() == {"#1": "transport/mtls-through-proxy#kept-by-proxy"}


def test_cured_other_errors_without_an_answer_are_not_ours_to_explain() -> None:
    exchange = msgspec.structs.replace(Traffic()(f"GET {API}/x"), response=None, error="timed out")
    assert tell([exchange]).verdicts() == {}


@pytest.mark.parametrize(
    ("name", "status", "text", "cause"),
    [
        pytest.param("Cookie", 400, "Request Header Or Cookie Too Large", "cookies", id="nginx"),
        pytest.param("Authorization", 431, "", "token", id="431"),
        pytest.param("X-Data", 431, "", "other", id="another header"),
    ],
)
def test_headers_that_are_too_large(name: str, status: int, text: str, cause: str) -> None:
    sent = {name: "a=" + "b" * 9000}
    told = tell([Traffic()(f"GET {API}/x", status, sent=sent, answer=text)])
    assert told.verdicts()["#1"] == f"transport/header-too-large#{cause}"
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


def test_headers_that_were_not_large_when_they_were_sent() -> None:
    told = tell([Traffic(agent=BROWSER)(f"GET {API}/x", 431, sent={"Cookie": "a=b"})])
    assert told.verdicts()["#1"] == "transport/header-too-large#grown"
    assert told.diagnoses["#1"].certainty is Certainty.POSSIBLE


def test_a_header_that_never_arrived() -> None:
    answer = {"message": "No authorization header found"}
    told = tell(
        [Traffic()(f"GET {API}/x", 401, sent=bearer("opaque-token-1"), got=BEARER, answer=answer)]
    )
    assert "transport/auth-stripped-upstream" in told.rules("#1")
    assert told.diagnoses["#1"].certainty is not Certainty.PROVEN


def test_no_valid_one_came_is_not_none() -> None:
    answer = {"errors": [{"message": "Valid authorization header not provided."}]}
    told = tell([Traffic()(f"GET {API}/x", 401, sent=bearer("opaque-token-1"), answer=answer)])
    assert "transport/auth-stripped-upstream" not in told.rules("#1")


def test_cured_a_server_that_saw_the_token() -> None:
    got = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    told = tell([Traffic()(f"GET {API}/x", 401, sent=bearer("opaque-token-1"), got=got)])
    assert "transport/auth-stripped-upstream" not in told.rules("#1")


def test_a_browser_cannot_send_authorization_with_a_websocket() -> None:
    sent = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    told = tell([Traffic(agent=BROWSER)(f"GET {API}/ws", 401, sent=sent)])
    assert "transport/websocket-auth" in told.rules("#1")
    told = tell([Traffic(agent=BROWSER)(f"GET {API}/ws?access_token=a1b2c3d4e5f6", 401, sent=sent)])
    assert "transport/websocket-auth" not in told.rules("#1")


def test_cured_a_token_among_the_subprotocols_of_a_websocket() -> None:
    sent = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Protocol": "bearer, a1b2c3d4e5f6",
    }
    told = tell([Traffic(agent=BROWSER)(f"GET {API}/ws", 401, sent=sent)])
    assert told.rules("#1")[0] == "auth/unknown"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        pytest.param({"X-Cache": "HIT from edge"}, True, id="hit"),
        pytest.param({"Age": "120"}, True, id="age"),
        pytest.param({"X-Cache": "MISS", "Age": "0"}, False, id="miss"),
        pytest.param({"Age": "²"}, False, id="a digit that is no number"),
    ],
)
def test_a_refusal_out_of_a_cache(got: dict[str, str], expected: bool) -> None:
    told = tell([Traffic()(f"GET {API}/x", 401, got=got | BEARER)])
    assert ("transport/cached-401" in told.rules("#1")) is expected


def test_a_token_in_the_url_is_advice_only() -> None:
    told = tell([Traffic()(f"GET {API}/x?access_token=opaque-token-1", 401, got=BEARER)])
    assert "transport/credentials-in-url" in told.rules("#1")[1:]


def late(traffic: Traffic, url: str, by_s: float, status: int) -> Exchange:
    """An answer whose Date is that of a clock which is `by_s` behind the local one."""
    made = traffic(url, status, got=BEARER if status == 401 else {"Set-Cookie": "a=1"})
    at_s = (made.at_s or 0.0) + by_s
    return msgspec.structs.replace(made, times=Times(at_s, at_s, at_s, at_s))


CLOCKS = [
    pytest.param([], "differ", id="one server"),
    pytest.param([600.0], "fast", id="another server says so too"),
    pytest.param([0.0], "server", id="another server agrees with this machine"),
]


@pytest.mark.parametrize(("others", "cause"), CLOCKS)
def test_whose_clock_is_off(others: list[float], cause: str) -> None:
    traffic = Traffic()
    made = [late(traffic, "GET https://www.other.example/", by_s, 200) for by_s in others]
    told = tell([*made, late(traffic, f"GET {API}/x", 600.0, 401)])
    (last,) = (each for key, each in told.diagnoses.items() if key == f"#{len(others) + 1}")
    found = next(each for each in last.findings if each.rule == "transport/clock-client")
    assert [each.id for each in found.causes] == [cause]
    assert found.causes[0].certainty is not Certainty.PROVEN


def test_cured_clocks_that_agree() -> None:
    told = tell([late(Traffic(), f"GET {API}/x", 0.0, 401)])
    assert "transport/clock-client" not in told.rules("#1")


def test_ntlm_whose_account_is_refused() -> None:
    traffic = Traffic()
    url, ntlm = f"GET {API}/x", {"WWW-Authenticate": "NTLM"}
    challenge = {"WWW-Authenticate": TYPE_2}
    third = {"Authorization": TYPE_3}
    steps = [
        traffic(url, 401, got=ntlm, server="s1"),
        traffic(url, 401, sent={"Authorization": TYPE_1}, got=challenge, server="s1"),
    ]
    refused = tell([*steps, traffic(url, 401, sent=third, got=ntlm, server="s1")])
    assert refused.verdicts() == {"#3": "auth/ntlm-refused#wrong-account"}
    assert refused.diagnoses["#3"].certainty is Certainty.LIKELY
    cured = tell([*steps, traffic(url, 200, sent=third, server="s1")])
    assert cured.verdicts() == {}


@pytest.mark.parametrize(
    ("challenge", "expected"),
    [
        pytest.param("Bearer", True, id="bare"),
        pytest.param('Bearer error="invalid_request"', False, id="cured: it names an error"),
    ],
)
def test_a_challenge_that_names_no_error(challenge: str, expected: bool) -> None:
    got = {"WWW-Authenticate": challenge}
    told = tell([Traffic()(f"GET {API}/x", 401, sent=bearer("opaque-token-1"), got=got)])
    best = told.diagnoses["#1"].findings[0]
    causes = {cause.id: cause.certainty for cause in best.causes}
    assert (causes.get("not-received") is Certainty.POSSIBLE) is expected
