"""Stories of refused token requests."""

from __future__ import annotations

import base64
import hashlib

import pytest
from tests.traffic import Traffic, tell

from why401.model import Certainty, Exchange

TOKEN = "POST https://id.example.com/oauth/token"
VERIFIER = "a-verifier-of-forty-three-characters-0123456"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
CALLBACK = "https%3A%2F%2Fapp.example.com%2Fcb"


def test_json_where_a_form_is_wanted() -> None:
    data = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "abcdefgh"}
    answer = {"error": "invalid_request", "error_description": "grant_type is required"}
    told = tell([Traffic()(TOKEN, 400, data=data, answer=answer)])
    assert told.rules("#1")[0] == "oauth/wrong-content-type"
    assert told.diagnoses["#1"].certainty is Certainty.PROVEN


def test_json_that_was_read_is_not_proven_wrong() -> None:
    answer = {"error": "unsupported_grant_type", "error_description": "Unsupported: magic"}
    told = tell([Traffic()(TOKEN, 400, data={"grant_type": "magic"}, answer=answer)])
    assert told.verdicts() == {"#1": "oauth/wrong-content-type#json"}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY


@pytest.mark.parametrize("error", ["authorization_pending", "slow_down"])
def test_polling_for_a_device_is_no_failure(error: str) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "d"}
    assert tell([Traffic()(TOKEN, 400, form=form, answer={"error": error})]).verdicts() == {}


def authorize(traffic: Traffic, method: str = "S256", challenge: str = CHALLENGE) -> list[Exchange]:
    url = (
        "https://id.example.com/authorize?response_type=code&client_id=app&state=st4te"
        f"&redirect_uri={CALLBACK}&code_challenge={challenge}&code_challenge_method={method}"
    )
    back = "https://app.example.com/cb?code=c0de-1234&state=st4te"
    return [traffic(f"GET {url}", 302, got={"Location": back}), traffic(f"GET {back}")]


def exchange(traffic: Traffic, status: int = 400, **fields: str) -> Exchange:
    form = {
        "grant_type": "authorization_code",
        "code": "c0de-1234",
        "redirect_uri": "https://app.example.com/cb",
        "code_verifier": VERIFIER,
        "client_id": "app",
    } | fields
    form = {name: value for name, value in form.items() if value}
    answer = {"error": "invalid_grant"} if status == 400 else {"access_token": "access-token-9"}
    return traffic(TOKEN, status, form=form, answer=answer)


CODES = [
    pytest.param({"code_verifier": "another-verifier"}, "oauth/pkce-mismatch#other-verifier",
                 Certainty.PROVEN, id="verifier"),
    pytest.param({"code_verifier": ""}, "oauth/pkce-mismatch#missing", Certainty.PROVEN,
                 id="no verifier"),
    pytest.param({"redirect_uri": "https://app.example.com/cb/"},
                 "oauth/redirect-uri-mismatch#differs", Certainty.LIKELY, id="slash"),
    pytest.param({"redirect_uri": ""}, "oauth/redirect-uri-mismatch#missing", Certainty.LIKELY,
                 id="no redirect_uri"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "verdict", "certainty"), CODES)
def test_the_exchange_does_not_fit_the_request(
    fields: dict[str, str], verdict: str, certainty: Certainty
) -> None:
    traffic = Traffic()
    told = tell([*authorize(traffic), exchange(traffic, **fields)])
    assert told.verdicts() == {"#3": verdict}
    assert told.diagnoses["#3"].certainty is certainty


@pytest.mark.parametrize(
    ("described", "verdict"),
    [
        pytest.param(
            "Incorrect redirect_uri", "oauth/redirect-uri-mismatch#differs", id="Keycloak"
        ),
        pytest.param("Code not valid", "oauth/invalid-grant#code-not-valid", id="of the code"),
    ],
)
def test_the_server_names_the_redirect_uri(described: str, verdict: str) -> None:
    form = {"grant_type": "authorization_code", "code": "c0de-1", "redirect_uri": "http://a/cb"}
    answer = {"error": "invalid_grant", "error_description": described}
    told = tell([Traffic()(TOKEN, 400, form=form, answer=answer)])
    assert told.verdicts() == {"#1": verdict}
    assert told.diagnoses["#1"].certainty is Certainty.LIKELY


@pytest.mark.parametrize(
    ("method", "challenge", "cause"),
    [
        pytest.param("S256", VERIFIER, "not-hashed", id="not hashed"),
        pytest.param("plain", CHALLENGE, "method-missing", id="method not stated"),
    ],
)
def test_the_challenge_was_made_wrongly(method: str, challenge: str, cause: str) -> None:
    traffic = Traffic()
    told = tell([*authorize(traffic, method, challenge), exchange(traffic)])
    assert told.verdicts() == {"#3": f"oauth/pkce-mismatch#{cause}"}


def test_a_code_used_twice() -> None:
    traffic = Traffic()
    told = tell([*authorize(traffic), exchange(traffic, 200), exchange(traffic)])
    assert told.verdicts() == {"#4": "oauth/code-reused#same-code"}
    assert told.diagnoses["#4"].certainty is Certainty.PROVEN


def test_a_code_exchanged_too_late() -> None:
    traffic = Traffic()
    first = authorize(traffic)
    traffic.now_s += 1200
    told = tell([*first, exchange(traffic)])
    assert told.verdicts() == {"#3": "oauth/code-expired#too-late"}
    assert told.diagnoses["#3"].certainty is Certainty.LIKELY


def test_cured_the_exchange_fits() -> None:
    traffic = Traffic()
    assert tell([*authorize(traffic), exchange(traffic, 200)]).verdicts() == {}


def test_a_wechat_code_used_twice() -> None:
    traffic = Traffic()
    url = "GET https://api.weixin.qq.com/sns/jscode2session?appid=wx01&secret=s&js_code=c0de-77"
    used = {"errcode": 40163, "errmsg": "code been used"}
    told = tell(
        [traffic(url, answer={"openid": "o1", "session_key": "k"}), traffic(url, answer=used)]
    )
    assert told.verdicts() == {"#2": "wechat/40163#exchanged-twice"}
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


def test_no_secret_of_the_request_is_shown() -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "refresh-secret-12345"}
    text = "refresh token refresh-secret-12345 is expired"
    answer = {"error": "invalid_grant", "error_description": text}
    told = tell([Traffic()(TOKEN, 400, form=form, answer=answer)])
    assert "refresh-secret-12345" not in repr(told.diagnoses["#1"])


def asked(state: str, challenge: str) -> str:
    """Return an authorization request."""
    return (
        f"GET https://id.example.com/authorize?response_type=code&client_id=shop&state={state}"
        f"&redirect_uri={CALLBACK}&code_challenge={challenge}&code_challenge_method=S256"
    )


def test_a_state_that_is_used_twice_proves_nothing_about_pkce() -> None:
    traffic = Traffic()
    login = {"Location": "https://id.example.com/login"}
    back = {"Location": "https://app.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=fixed"}
    form = {"grant_type": "authorization_code", "code": "SplxlOBeZQQYbYS6WxSbIA"}
    form |= {"code_verifier": VERIFIER, "redirect_uri": "https://app.example.com/cb"}
    told = tell(
        [
            traffic(asked("fixed", CHALLENGE), 302, got=login),
            traffic(asked("fixed", "another-challenge"), 302, got=login),
            traffic("POST https://id.example.com/login", 302, got=back),
            traffic(TOKEN, 400, form=form, answer={"error": "invalid_grant"}),
        ]
    )
    assert "oauth/pkce-mismatch" not in told.rules("#4")


LESS = [
    pytest.param({"error": "interaction_required", "error_description": "AADSTS50076: MFA"},
                 {"grant_type": "refresh_token", "refresh_token": "r" * 20}, 400, id="not consent"),
    pytest.param({"error": "invalid_client", "error_description": "tls client auth failed"},
                 {"grant_type": "client_credentials", "client_id": "a"}, 401, id="by certificate"),
    pytest.param({"error": "invalid_client"},
                 {"grant_type": "authorization_code", "code": "c" * 9, "code_verifier": VERIFIER},
                 401, id="a public client"),
    pytest.param({"error": "invalid_client", "error_description": "wrong secret or code expired"},
                 {"grant_type": "authorization_code", "client_secret": "s" * 9}, 401, id="or"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "form", "status"), LESS)
def test_what_other_reasons_may_explain_is_only_possible(
    answer: dict[str, str], form: dict[str, str], status: int
) -> None:
    told = tell([Traffic()(TOKEN, status, form=form, answer=answer)])
    assert told.diagnoses["#1"].certainty is Certainty.POSSIBLE
