"""Stories of a CDN that forwards no Authorization."""

from __future__ import annotations

import pytest
from tests.traffic import BEARER, Traffic, bearer, tell

from why401.model import Certainty

ORIGIN, EDGE = "https://origin.example.com", "https://www.example.com"
SENT = bearer("opaque-token-1")
CLOUDFRONT = {"X-Amz-Cf-Id": "abc", "X-Cache": "Error from cloudfront"}
RULE = "transport/service-worker-or-cdn-stripped"
CASES = [
    pytest.param("/orders", SENT, CLOUDFRONT | BEARER, True, id="the same path"),
    pytest.param("/orders", SENT, {"Via": "1.1 abc.cloudfront.net (CloudFront)"} | BEARER, True,
                 id="by Via"),
    pytest.param("/other", SENT, CLOUDFRONT | BEARER, False, id="another path"),
    pytest.param("/orders", bearer("opaque-token-2"), CLOUDFRONT | BEARER, False,
                 id="another token"),
    pytest.param("/orders", SENT, BEARER, False, id="no CDN"),
    pytest.param("/orders", SENT, {"X-Cache": "MISS"} | BEARER, False, id="a cache of its own"),
    pytest.param("/orders", SENT, CLOUDFRONT | {"WWW-Authenticate": 'Bearer error="invalid_token"'},
                 False, id="the server saw it"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "sent", "got", "expected"), CASES)
def test_refused_behind_a_cdn(
    path: str, sent: dict[str, str], got: dict[str, str], expected: bool
) -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {ORIGIN}/orders", 200, sent=SENT),
            traffic(f"GET {EDGE}{path}", 401, sent=sent, got=got),
        ]
    )
    assert (RULE in told.rules("#2")) is expected
    if expected:
        assert told.verdicts() == {"#2": f"{RULE}#not-forwarded"}
        assert told.diagnoses["#2"].certainty is Certainty.LIKELY


def test_cured_the_cdn_forwards_it() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(f"GET {ORIGIN}/orders", 200, sent=SENT),
            traffic(f"GET {EDGE}/orders", 200, sent=SENT, got=CLOUDFRONT),
        ]
    )
    assert told.verdicts() == {}
