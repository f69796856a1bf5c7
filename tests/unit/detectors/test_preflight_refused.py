"""Preflights that succeed, and what they allow."""

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed, outcome

from why401.model import Exchange

RULE = "server/cors-preflight-incomplete"


def preflight(
    headers: str | None = "Authorization",
    methods: str | None = "PUT",
    *,
    asked: str = "authorization,content-type",
    method: str = "PUT",
    status: int = 204,
) -> Exchange:
    sent = [("Origin", "https://www.example.com"), ("Access-Control-Request-Method", method)]
    if asked:
        sent.append(("Access-Control-Request-Headers", asked))
    got = [("Access-Control-Allow-Origin", "*")]
    if headers is not None:
        got.append(("Access-Control-Allow-Headers", headers))
    if methods is not None:
        got.append(("Access-Control-Allow-Methods", methods))
    return exchange(
        "https://api.example.com/a",
        method="OPTIONS",
        headers=sent,
        status=status,
        response_headers=got,
    )


@pytest.mark.parametrize(
    ("made", "cause", "certainty"),
    [
        pytest.param(preflight(None), "header", "likely", id="no list"),
        pytest.param(preflight("Content-Type", status=200), "header", "likely", id="not in it"),
        pytest.param(
            preflight("Authorization-Info"), "header", "likely", id="another that begins alike"
        ),
        pytest.param(preflight("*"), "wildcard", "possible", id="asterisk"),
        pytest.param(
            preflight("Content-Type", asked="x-api-key"), "header", "likely", id="an API key"
        ),
        pytest.param(preflight(methods=None), "method", "likely", id="no methods"),
        pytest.param(preflight(methods="GET, POST"), "method", "likely", id="another method"),
    ],
)
def test_too_little_is_allowed(made: Exchange, cause: str, certainty: str) -> None:
    assert outcome(diagnosed(made)) == (f"{RULE}#{cause}", certainty)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(preflight(), id="cured"),
        pytest.param(preflight("content-type,AUTHORIZATION", "get, put"), id="any case"),
        pytest.param(preflight(methods=None, method="POST"), id="a method that needs no leave"),
        pytest.param(preflight(methods="*"), id="any method"),
        pytest.param(preflight("*", asked="x-api-key"), id="asterisk for another field"),
        pytest.param(preflight(None, None, asked="content-type"), id="no credential asked for"),
        pytest.param(preflight(None, None, asked=""), id="no field asked for"),
        pytest.param(preflight(None, None, status=302), id="redirected"),
        pytest.param(preflight(None, None, status=404), id="not found"),
    ],
)
def test_silent(made: Exchange) -> None:
    assert diagnosed(made).findings == ()
