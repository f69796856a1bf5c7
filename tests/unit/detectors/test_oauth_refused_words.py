"""Token endpoints that name what they refuse in words of their own."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic, tell

TOKEN = "POST https://id.example.com/token"
OTHER_METHOD = (
    "The OAuth 2.0 Client supports client authentication method 'client_secret_basic', but method "
    "'client_secret_post' was requested."
)


@pytest.mark.parametrize(
    ("secret", "headers", "certainty"),
    [
        pytest.param({"client_secret": "s3cret-for-tests"}, {}, "proven", id="in the body"),
        pytest.param({}, {"Authorization": "Basic YTpi"}, "likely", id="the bytes say otherwise"),
    ],
)
def test_another_method_than_the_one_registered(
    secret: dict[str, str], headers: dict[str, str], certainty: str
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "a", **secret}
    answer = {"error": "invalid_client", "error_description": OTHER_METHOD}
    told = tell([Traffic()(TOKEN, 401, form=form, sent=headers, answer=answer)])
    found = {each.rule: each for each in told.diagnoses["#1"].findings}
    cause = found["oauth/client-auth-method"].causes[0]
    assert (cause.id, cause.certainty.value) == ("other-method", certainty)


def test_a_method_that_is_none_is_not_repeated() -> None:
    secret = "s3cret_for_tests_9"
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": secret}
    text = OTHER_METHOD.replace("client_secret_basic", secret)
    answer = {"error": "invalid_client", "error_description": text}
    told = tell([Traffic()(TOKEN, 401, form=form, answer=answer)])
    assert secret not in repr(told.diagnoses["#1"])


REFRESH = {"grant_type": "refresh_token", "refresh_token": "r" * 20}
CODE = {"grant_type": "authorization_code", "code": "SplxlOBeZQQYbYS6WxSbIA", "redirect_uri": "u"}
ENTRA = "AADSTS50011: The redirect URI 'u' specified in the request does not match"
NAMED_OTHERWISE = [
    pytest.param(REFRESH, {"error": "token_inactive"}, "oauth/refresh-expired-or-revoked",
                 id="Ory Hydra"),
    pytest.param(REFRESH, {"error": "invalid_request", "message": "The refresh token is invalid."},
                 "oauth/refresh-expired-or-revoked", id="league/oauth2-server"),
    pytest.param(CODE, {"error": "invalid_request", "error_description": ENTRA},
                 "oauth/redirect-uri-mismatch", id="Entra ID"),
    pytest.param(REFRESH, {"error": {"code": "refresh_token_reused"}},
                 "oauth/refresh-expired-or-revoked", id="OpenAI"),
    pytest.param(REFRESH, {"error": "invalid_request"}, "oauth/request-not-allowed", id="plain"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "answer", "rule"), NAMED_OTHERWISE)
def test_what_was_exchanged_is_refused_under_another_name(
    form: dict[str, str], answer: dict[str, str], rule: str
) -> None:
    told = tell([Traffic()(TOKEN, 400, form=form, answer=answer)])
    assert (told.verdicts()["#1"] or "").partition("#")[0] == rule
