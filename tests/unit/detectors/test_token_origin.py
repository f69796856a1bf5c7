from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed as alone
from tests.unit.detectors.diagnosed import finding, jwt, outcome, refused, rules
from tests.unit.detectors.keyed import diagnosed

from why401.detectors.token_origin import environment_of, tenant_of
from why401.keys import NO_KEYS
from why401.model import Exchange

KEYCLOAK = "https://sso.example.com/realms/"
ENTRA = "https://login.microsoftonline.com/"


def worked(token: str) -> Exchange:
    return exchange(
        "https://api.example.com/stock",
        headers={"Authorization": f"Bearer {token}"},
        json={},
        id="t#1",
    )


def after(accepted: str, token: str, says: str = "") -> Any:
    return diagnosed(refused(f"Bearer {token}", says=says), NO_KEYS, worked(accepted))


OTHERS: list[Any] = [
    pytest.param(
        {"iss": KEYCLOAK + "shop"},
        {"iss": KEYCLOAK + "staff"},
        "jwt/wrong-tenant#other-tenant",
        id="another realm",
    ),
    pytest.param(
        {"iss": f"{ENTRA}{'a' * 36}/v2.0", "tid": "a" * 36},
        {"iss": f"{ENTRA}{'b' * 36}/v2.0", "tid": "b" * 36},
        "jwt/wrong-tenant#other-tenant",
        id="another tenant of Entra ID",
    ),
    pytest.param(
        {"iss": "https://id.example.com/"},
        {"iss": "https://id.staging.example.com/"},
        "bearer/token-of-other-env#other-issuer",
        id="another environment",
    ),
]


@pytest.mark.parametrize(("usual", "sent", "verdict"), OTHERS)
def test_another_origin_than_what_worked(usual: Any, sent: Any, verdict: str) -> None:
    token = jwt(sent)
    assert outcome(after(jwt(usual), token)) == (verdict, "likely")
    told = after(jwt(usual), token, "Invalid issuer")
    assert finding(told, verdict.partition("#")[0]).causes[0].certainty == "proven"


HERE = {"iss": "https://id.example.com/"}
STAGING = {"iss": "https://id.staging.example.com/"}


def test_every_issuer_whose_tokens_worked_is_known_here() -> None:
    steps = [worked(jwt(HERE)), worked(jwt(STAGING))]
    for sent in (HERE, STAGING):
        told = diagnosed(refused(f"Bearer {jwt(sent | {'jti': 'new'})}"), NO_KEYS, *steps)
        assert "bearer/token-of-other-env" not in rules(told)


@pytest.mark.parametrize("sent", ["billing", ["billing", "mail"]], ids=["text", "list"])
def test_another_audience_than_what_worked(sent: Any) -> None:
    told = after(jwt(HERE | {"aud": ["shop", "web"]}), jwt(HERE | {"aud": sent}))
    assert outcome(told) == ("jwt/aud-mismatch#not-the-usual", "possible")


@pytest.mark.parametrize(
    ("usual", "sent", "says"),
    [
        pytest.param({"aud": ["shop", "web"]}, {"aud": "web"}, "", id="cured"),
        pytest.param({}, {"aud": "web"}, "", id="never named"),
        pytest.param({"aud": "shop"}, {"aud": "web", **STAGING}, "", id="another issuer"),
        pytest.param({"aud": "shop"}, {"aud": "web"}, "invalid signature", id="other words"),
    ],
)
def test_no_other_audience(usual: Any, sent: Any, says: str) -> None:
    told = after(jwt(HERE | usual), jwt(HERE | sent), says)
    assert "jwt/aud-mismatch" not in rules(told)


def test_an_issuer_of_another_house_is_no_other_environment_for_sure() -> None:
    token = jwt({"iss": "shop"})
    told = after(jwt({"iss": "https://dev-1.okta.com/"}), token, "Invalid issuer")
    found = finding(told, "bearer/token-of-other-env")
    assert (found.certainty, found.causes[0].certainty) == ("likely", "likely")


@pytest.mark.parametrize(("usual", "sent", "verdict"), OTHERS)
def test_the_same_origin(usual: Any, sent: Any, verdict: str) -> None:
    found = rules(after(jwt(usual), jwt({**usual, "jti": "x"})))
    assert verdict.partition("#")[0] not in found


def test_names_alone_are_a_guess() -> None:
    token = jwt({"iss": "https://id.staging.example.com/"})
    found = finding(alone(refused(f"Bearer {token}")), "bearer/token-of-other-env")
    assert (found.certainty, found.causes[0].certainty) == ("likely", "possible")


def test_a_jwt_where_opaque_tokens_worked() -> None:
    diagnosis = after("opaque-token-of-some-length", jwt())
    assert outcome(diagnosis) == ("bearer/jwt-where-opaque#other-kind", "possible")


METADATA = exchange(
    "https://api.example.com/.well-known/oauth-protected-resource",
    json={
        "resource": "https://api.example.com/",
        "authorization_servers": ["https://id.example.com"],
    },
    id="t#1",
)
RESOURCES: list[Any] = [
    pytest.param({"iss": "https://other.example/"}, "other-server", id="issuer"),
    pytest.param(
        {"iss": "https://id.example.com/", "aud": "https://x.example"}, "other-resource", id="aud"
    ),
]


@pytest.mark.parametrize(("claims", "cause"), RESOURCES)
def test_metadata_of_the_resource(claims: dict[str, Any], cause: str) -> None:
    diagnosis = diagnosed(refused(f"Bearer {jwt(claims)}"), NO_KEYS, METADATA)
    found = finding(diagnosis, "bearer/wrong-resource")
    assert (found.causes[0].id, found.causes[0].certainty) == (cause, "likely")


def test_the_resource_that_is_meant() -> None:
    token = jwt({"iss": "https://id.example.com/", "aud": "https://api.example.com"})
    assert "bearer/wrong-resource" not in rules(
        diagnosed(refused(f"Bearer {token}"), NO_KEYS, METADATA)
    )


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("api.staging.example.com", "staging"),
        ("https://id-uat.example.com/x", "uat"),
        ("api.example.com", None),
        ("latest.example.com", None),
        ("dev.prod.example.com", None),
        ("https://[", None),
    ],
)
def test_environment(name: str, environment: str | None) -> None:
    assert environment_of(name) == environment


def test_the_tenant_is_read_from_the_issuer() -> None:
    assert tenant_of("https://x.eu.auth0.com/") == ("https://", "x")
    assert tenant_of("https://example.com/") is None
