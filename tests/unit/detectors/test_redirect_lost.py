"""Stories of redirects that lost a credential or the method, and of those that kept too much."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty, Exchange

API = "https://api.example.com"
CDN = "https://cdn.example.com"


def redirected(traffic: Traffic, request: str, to: str, status: int = 302) -> Exchange:
    return traffic(request, status, sent=bearer("opaque-token-1"), got={"Location": to})


@pytest.mark.parametrize(
    ("start", "to", "then", "rule"),
    [
        pytest.param(
            f"GET {API}/file", f"{CDN}/f", f"GET {CDN}/f",
            "transport/auth-dropped-on-redirect#other-origin", id="another host",
        ),
        pytest.param(
            f"GET {API}/file", f"{API}:8443/f", f"GET {API}:8443/f",
            "transport/auth-dropped-on-redirect#other-origin", id="another port",
        ),
        pytest.param(
            f"GET {API}/file", "/f", f"GET {API}/f",
            "transport/auth-dropped-on-redirect#same-origin", id="the same host",
        ),
        pytest.param(
            "GET http://api.example.com/file", f"{API}/file", f"GET {API}/file",
            "transport/auth-dropped-scheme-change#scheme-change", id="http to https",
        ),
        pytest.param(
            f"GET {API}/items", "http://api.example.com/items/",
            "GET http://api.example.com/items/",
            "transport/auth-dropped-scheme-change#to-clear-text", id="https to http",
        ),
        pytest.param(
            f"GET {API}/items", f"{API}/items/", f"GET {API}/items/",
            "transport/trailing-slash-redirect#credential-lost", id="slash added",
        ),
    ],
)  # fmt: skip
def test_a_redirect_dropped_the_credential(start: str, to: str, then: str, rule: str) -> None:
    traffic = Traffic()
    told = tell([redirected(traffic, start, to), traffic(then, 401, got=BEARER)])
    assert told.verdicts() == {"#2": rule}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


@pytest.mark.parametrize(
    ("after_s", "rule"),
    [
        pytest.param(2, "transport/auth-dropped-on-redirect", id="at once"),
        pytest.param(40, "auth/missing", id="later, by whoever it is"),
    ],
)
def test_clients_follow_at_once(after_s: float, rule: str) -> None:
    traffic = Traffic()
    first = redirected(traffic, f"GET {API}/file", f"{CDN}/f")
    told = tell([first, traffic(f"GET {CDN}/f", 401, got=BEARER, after_s=after_s)])
    assert told.rules("#2")[0] == rule


def test_the_chain_is_followed_over_several_hops() -> None:
    traffic = Traffic()
    told = tell(
        [
            redirected(traffic, f"GET {API}/a", f"{CDN}/b"),
            traffic(f"GET {CDN}/b", 307, got={"Location": "/c"}),
            traffic(f"GET {CDN}/c", 401, got=BEARER),
        ]
    )
    assert told.verdicts() == {"#3": "transport/auth-dropped-on-redirect#other-origin"}
    assert told.diagnoses["#3"].findings[0].related == ("#1", "#2")


def test_a_server_that_saw_an_error_is_not_certain_to_miss_the_credential() -> None:
    traffic = Traffic()
    told = tell(
        [
            redirected(traffic, f"GET {API}/a", f"{CDN}/b"),
            traffic(f"GET {CDN}/b", 403, answer={"error": "Forbidden"}),
        ]
    )
    assert told.diagnoses["#2"].verdict == "transport/auth-dropped-on-redirect#other-origin"
    assert told.diagnoses["#2"].certainty is Certainty.LIKELY


CURED = [
    pytest.param({"Authorization": "Bearer opaque-token-1"}, 200, id="sent again"),
    pytest.param({}, 200, id="the target needs none"),
]


@pytest.mark.parametrize(("sent", "status"), CURED)
def test_cured(sent: dict[str, str], status: int) -> None:
    traffic = Traffic()
    told = tell(
        [
            redirected(traffic, f"GET {API}/a", f"{CDN}/b"),
            traffic(f"GET {CDN}/b", status, sent=sent),
        ]
    )
    assert told.verdicts() == {}


def test_another_client_or_a_later_day_follows_no_redirect() -> None:
    traffic = Traffic()
    told = tell(
        [
            redirected(traffic, f"GET {API}/a", f"{CDN}/b"),
            traffic(f"GET {CDN}/b", 401, got=BEARER, address="10.0.0.8:1"),
            traffic(f"GET {CDN}/b", 401, got=BEARER, after_s=3600),
        ]
    )
    assert set(told.verdicts().values()) == {"auth/missing#not-sent"}


def test_a_redirect_made_get_of_post() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {API}/orders", 301, got={"Location": "https://www.example.com/orders"}),
            traffic("GET https://www.example.com/orders", 405),
            traffic(f"POST {API}/items", 301, got={"Location": "/items/"}),
            traffic(f"GET {API}/items/", 405),
        ]
    )
    assert told.verdicts() == {
        "#2": "transport/method-changed#became-get",
        "#4": "transport/trailing-slash-redirect#method-lost",
    }


def test_post_redirect_get_is_what_web_pages_do() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"POST {API}/orders", 303, got={"Location": "/orders/1"}),
            traffic(f"GET {API}/orders/1", 404),
        ]
    )
    assert told.verdicts() == {}


def test_the_credential_went_along_to_a_signed_url() -> None:
    traffic = Traffic()
    signed = "https://bucket.example.net/f?X-Amz-Signature=0123abcd&X-Amz-Date=20261120T000000Z"
    text = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message>"
    told = tell(
        [
            redirected(traffic, f"GET {API}/file", signed),
            traffic(f"GET {signed}", 400, sent=bearer("opaque-token-1"), answer=text, got=BEARER),
        ]
    )
    assert "transport/auth-kept-on-redirect" in told.rules("#2")
    finding = told.diagnoses["#2"].findings[0]
    assert finding.rule == "transport/auth-kept-on-redirect"
    assert finding.causes[0].certainty is Certainty.PROVEN
