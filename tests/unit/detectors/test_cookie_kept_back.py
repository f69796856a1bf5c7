"""Stories of session cookies that did not go along, one for each attribute."""

from __future__ import annotations

import msgspec
import pytest
from tests.traffic import BROWSER, Traffic, tell

from why401.model import Certainty, Exchange

SITE = "https://www.example.com"
PLEASE = {"message": "not logged in"}
CROSS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


def login(traffic: Traffic, attributes: str, at: str = SITE) -> Exchange:
    return traffic(
        f"POST {at}/login",
        form={"username": "alice", "password": "x"},
        got={"Set-Cookie": f"session=abcdefgh{attributes}"},
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("No authorization token was found", "auth/missing", id="express-jwt"),
        pytest.param("No token provided", "cookie/path", id="a token may be in a cookie"),
    ],
)
def test_no_cookie_is_missing_where_a_header_is_asked_for(text: str, rule: str) -> None:
    traffic = Traffic(agent=BROWSER)
    first = login(traffic, "; Path=/admin")
    told = tell([first, traffic(f"GET {SITE}/api", 401, answer={"message": text})])
    assert told.rules("#2")[0] == rule


KEPT_BACK = [
    pytest.param("; Secure; Path=/", "http://www.example.com/me", {}, 1,
                 "cookie/secure-over-http#secure", id="secure"),
    pytest.param("; Path=/", "https://shop.example.com/me", {}, 1,
                 "cookie/domain#other-host", id="sub-domain"),
    pytest.param("; Path=/admin", f"{SITE}/me", {}, 1, "cookie/path#other-path", id="path"),
    pytest.param("; Path=/; Max-Age=60", f"{SITE}/me", {}, 3600,
                 "cookie/expired#expired", id="max-age"),
    pytest.param("; Path=/; Expires=Wed, 18 Nov 2026 00:00:00 GMT", f"{SITE}/me", {}, 1,
                 "session/logged-out#logged-out", id="deleted at once"),
    pytest.param("; Path=/; SameSite=Lax", f"{SITE}/me", CROSS, 1,
                 "cookie/samesite#cross-site", id="samesite"),
    pytest.param("; Path=/", f"{SITE}/me", CROSS, 1,
                 "cookie/samesite#cross-site", id="default lax"),
    pytest.param("; Path=/; SameSite=None", f"{SITE}/me", CROSS, 1,
                 "cookie/rejected#samesite-none", id="none without secure"),
    pytest.param("; Domain=other.org", f"{SITE}/me", {}, 1, "cookie/rejected#domain", id="foreign"),
    pytest.param("; Domain=com", f"{SITE}/me", {}, 1, "cookie/rejected#public-suffix", id="suffix"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "is_over"),
    [
        pytest.param({"Cookie": "remember_token=abcdefgh"}, True, id="it was there"),
        pytest.param({}, False, id="of whoever comes"),
    ],
)
@pytest.mark.parametrize("is_sanitised", [False, True], ids=["whole", "perhaps left out"])
def test_a_cookie_that_is_taken_away(
    sent: dict[str, str], is_over: bool, is_sanitised: bool
) -> None:
    traffic = Traffic(agent=BROWSER)
    gone = {"Set-Cookie": "remember_token=; Path=/; Max-Age=0"}
    page = traffic(f"GET {SITE}/", sent=sent, got=gone)
    refused = traffic(f"GET {SITE}/me", 401, answer=PLEASE)
    told = tell([page, msgspec.structs.replace(refused, is_sanitised=is_sanitised)])
    assert ("session/logged-out" in told.rules("#2")) is (is_over and not is_sanitised)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        pytest.param("", "session/logged-out", id="emptied"),
        pytest.param("abc", "auth/unknown", id="another value"),
    ],
)
def test_a_session_that_the_server_emptied(value: str, rule: str) -> None:
    traffic = Traffic(agent=BROWSER)
    first = login(traffic, "; Path=/")
    emptied = traffic(f"GET {SITE}/page", got={"Set-Cookie": f"session={value}; Path=/"})
    sent = {"Cookie": f"session={value}"}
    told = tell([first, emptied, traffic(f"GET {SITE}/me", 401, sent=sent)])
    assert told.rules("#3")[0] == rule


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        pytest.param("; Partitioned", "cookie/third-party-blocked", id="partitioned"),
        pytest.param("", "cookie/not-sent", id="not partitioned"),
    ],
)
def test_a_partitioned_cookie_is_there_for_one_site_alone(attributes: str, rule: str) -> None:
    traffic = Traffic(agent=BROWSER)
    first = login(traffic, f"; Path=/; SameSite=None; Secure{attributes}")
    opened = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
    told = tell([first, traffic(f"GET {SITE}/me", 401, sent=opened)])
    assert rule in told.rules("#2")
    assert attributes == "" or "cookie/not-sent" not in told.rules("#2")


@pytest.mark.parametrize(
    ("agent", "address", "cookie", "certainty"),
    [
        pytest.param(BROWSER, "10.0.0.7:50001", "visitor=v-12345678", Certainty.PROVEN, id="sent"),
        pytest.param("curl/8.5", "10.0.0.7:50001", "visitor=v-12345678", Certainty.PROVEN,
                     id="sent by a program"),
        pytest.param(BROWSER, "", "", Certainty.PROVEN, id="a browser's own capture"),
        pytest.param(BROWSER, "10.0.0.7:50001", "", Certainty.LIKELY, id="perhaps another window"),
        pytest.param(BROWSER, "10.0.0.7:50001", "visitor=v-87654321", Certainty.LIKELY,
                     id="another window"),
        pytest.param(BROWSER, "10.0.0.7:50001", "lang=en", Certainty.LIKELY,
                     id="what many have"),
    ],
)  # fmt: skip
def test_whose_jar_it_is(agent: str, address: str, cookie: str, certainty: Certainty) -> None:
    traffic = Traffic(agent=agent, address=address)
    given = {"Set-Cookie": ["visitor=v-12345678; Path=/", "lang=en; Path=/"]}
    sent = {"Cookie": cookie} if cookie else {}
    told = tell(
        [
            traffic(f"GET {SITE}/", got=given),
            login(traffic, "; Path=/admin"),
            traffic(f"GET {SITE}/me", 401, sent=sent, answer=PLEASE),
        ]
    )
    assert told.verdicts() == {"#3": "cookie/path#other-path"}
    assert told.diagnoses["#3"].certainty is certainty


@pytest.mark.parametrize(("attributes", "url", "sent", "after_s", "verdict"), KEPT_BACK)
def test_an_attribute_kept_the_cookie_back(
    attributes: str, url: str, sent: dict[str, str], after_s: float, verdict: str
) -> None:
    traffic = Traffic(agent=BROWSER, address="")
    told = tell(
        [
            login(traffic, attributes),
            traffic(f"GET {url}", 401, sent=sent, answer=PLEASE, after_s=after_s),
        ]
    )
    assert told.verdicts() == {"#2": verdict}
    # Another host may be another application.
    sure = Certainty.LIKELY if verdict.startswith("cookie/domain") else Certainty.PROVEN
    assert told.diagnoses["#2"].certainty is sure
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


def test_a_challenge_for_a_token_does_not_speak_of_the_cookie() -> None:
    traffic = Traffic(agent=BROWSER)
    before = login(traffic, "; Path=/admin")
    asked = traffic(f"GET {SITE}/me", 401, got={"WWW-Authenticate": "Bearer"}, answer=PLEASE)
    told = tell([before, asked])
    assert told.verdicts() == {"#2": "auth/missing#not-sent"}


def test_localhost_and_its_address_are_two_hosts() -> None:
    traffic = Traffic(agent=BROWSER)
    told = tell(
        [
            login(traffic, "; Path=/", "http://localhost:3000"),
            traffic("GET http://127.0.0.1:3000/me", 401, answer=PLEASE),
        ]
    )
    assert told.verdicts() == {"#2": "cookie/domain#other-host"}


def test_words_alone_do_not_prove_it_of_a_program() -> None:
    traffic = Traffic(agent="curl/8.5")
    told = tell(
        [
            login(traffic, "; Secure"),
            traffic("GET http://www.example.com/me", 401, answer=PLEASE),
        ]
    )
    assert told.diagnoses["#2"].verdict == "cookie/secure-over-http#secure"
    assert told.diagnoses["#2"].certainty is Certainty.LIKELY


def test_a_client_without_a_jar() -> None:
    traffic = Traffic()
    told = tell([login(traffic, "; Path=/"), traffic(f"GET {SITE}/me", 401, answer=PLEASE)])
    assert "cookie/not-sent" in told.rules("#2")


CURED = [
    pytest.param("; Secure; Path=/", "https://www.example.com/me", id="https"),
    pytest.param("; Path=/; Domain=example.com", "https://shop.example.com/me", id="domain"),
    pytest.param("; Path=/", f"{SITE}/me", id="path"),
]


@pytest.mark.parametrize(("attributes", "url"), CURED)
def test_cured_the_cookie_goes_along(attributes: str, url: str) -> None:
    traffic = Traffic(agent=BROWSER)
    told = tell(
        [login(traffic, attributes), traffic(f"GET {url}", sent={"Cookie": "session=abcdefgh"})]
    )
    assert told.verdicts() == {}


def test_another_refusal_while_the_cookie_goes_along_is_not_the_cookies_fault() -> None:
    traffic = Traffic(agent=BROWSER)
    told = tell(
        [
            login(traffic, "; Path=/"),
            traffic(f"GET {SITE}/admin", 403, sent={"Cookie": "session=abcdefgh"}),
        ]
    )
    assert not any(rule.startswith("cookie/") for rule in told.rules("#2"))


@pytest.mark.parametrize(
    "sent", [pytest.param({"Authorization": "Bearer opaque-token-1"}, id="bearer")]
)
def test_a_request_with_another_credential_needs_no_cookie(sent: dict[str, str]) -> None:
    traffic = Traffic(agent=BROWSER)
    told = tell([login(traffic, "; Path=/admin"), traffic(f"GET {SITE}/me", 401, sent=sent)])
    assert not any(rule.startswith("cookie/") for rule in told.rules("#2"))
