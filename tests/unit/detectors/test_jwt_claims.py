from typing import Any

import pytest
from tests.unit.detectors.diagnosed import finding, outcome, refused, rules
from tests.unit.detectors.keyed import HOST, configured, diagnosed, rsa_key, token

from why401.keys import Keys
from why401.model import Diagnosis

ISSUER = "https://id.example.com/"
KEYS = configured(jwt=[{"host": HOST, "issuer": ISSUER, "audience": ["shop"]}])


def judged(claims: dict[str, Any], keys: Keys = KEYS, **parts: Any) -> Diagnosis:
    header = parts.pop("header", None)
    sent = token(rsa_key(), claims={"iss": ISSUER, "aud": "shop", **claims}, header=header)
    made: Diagnosis = diagnosed(refused(f"Bearer {sent}", **parts), keys, hide=(sent,))
    return made


FIRING: list[Any] = [
    pytest.param({"iss": None}, "iss-missing#missing", id="no iss"),
    pytest.param({"iss": ISSUER[:-1]}, "iss-trailing-slash#spelt-otherwise", id="slash"),
    pytest.param(
        {"iss": "http://id.example.com/"}, "iss-trailing-slash#spelt-otherwise", id="http"
    ),
    pytest.param(
        {"iss": "https://ID.example.com"}, "iss-trailing-slash#spelt-otherwise", id="case"
    ),
    pytest.param(
        {"iss": "https://id.example.com:443/"}, "iss-trailing-slash#spelt-otherwise", id="port"
    ),
    pytest.param({"iss": "https://staging.example.com/"}, "iss-mismatch#not-configured", id="iss"),
    pytest.param({"aud": None}, "aud-missing#missing", id="no aud"),
    pytest.param({"aud": "crm"}, "aud-mismatch#not-configured", id="aud"),
    pytest.param({"aud": ["crm", "erp"]}, "aud-mismatch#not-configured", id="auds"),
    pytest.param({"aud": "api://shop"}, "aud-shape#spelt-otherwise", id="api://"),
    pytest.param({"aud": "shop/"}, "aud-shape#spelt-otherwise", id="aud with slash"),
    pytest.param({"aud": "crm,shop"}, "aud-shape#joined", id="joined"),
]


@pytest.mark.parametrize(("claims", "verdict"), FIRING)
def test_claim_that_is_not_the_configured_one(claims: dict[str, Any], verdict: str) -> None:
    assert outcome(judged(claims)) == (f"jwt/{verdict}", "proven")


@pytest.mark.parametrize(("claims", "verdict"), FIRING)
def test_another_reason_that_the_server_gives_comes_first(
    claims: dict[str, Any], verdict: str
) -> None:
    diagnosis = judged(claims, says="The token was revoked")
    rule = f"jwt/{verdict.partition('#')[0]}"
    assert finding(diagnosis, rule).causes[0].certainty == "likely"


CURED: list[Any] = [
    pytest.param({}, KEYS, id="as configured"),
    pytest.param({"aud": ["crm", "shop"]}, KEYS, id="one of several"),
    pytest.param({"iss": "https://x/", "aud": "crm"}, Keys(), id="nothing configured"),
    pytest.param(
        {"iss": "https://x/", "aud": "crm"},
        configured(jwt=[{"host": "other.example.com", "issuer": ISSUER, "audience": "shop"}]),
        id="configured for another host",
    ),
    pytest.param(
        {"iss": "https://x/", "aud": "crm"},
        configured(jwt=[{"issuer": ISSUER, "audience": "shop"}]),
        id="configured for no host",
    ),
    pytest.param(
        {"iss": "https://x/", "aud": "crm"},
        configured(
            jwt=[
                {"host": HOST, "issuer": ISSUER, "audience": "shop"},
                {"host": HOST, "issuer": "https://x/", "audience": "crm"},
            ]
        ),
        id="two issuers",
    ),
]


@pytest.mark.parametrize(("claims", "keys"), CURED)
def test_claims_in_order_are_no_finding(claims: dict[str, Any], keys: Keys) -> None:
    assert rules(judged(claims, keys)) == {"auth/unknown"}


STATED: list[Any] = [
    pytest.param({"aud": None}, 'Token is missing the "aud" claim', "aud-missing", id="PyJWT aud"),
    pytest.param({"iss": None}, "Missing claim: iss", "iss-missing", id="flask iss"),
    pytest.param({"sub": None}, "claim 'sub' is required", "sub-missing", id="sub"),
]


@pytest.mark.parametrize(("claims", "says", "rule"), STATED)
def test_claim_that_the_server_misses(claims: dict[str, Any], says: str, rule: str) -> None:
    assert outcome(judged(claims, Keys(), says=says)) == (f"jwt/{rule}#missing", "proven")
    assert f"jwt/{rule}" not in rules(judged({}, Keys(), says=says))


def test_audience_that_is_the_client() -> None:
    claims = {"aud": "web", "azp": "web"}
    diagnosis = judged(claims, Keys(), says="Invalid audience")
    assert finding(diagnosis, "jwt/aud-is-client-id").causes[0].certainty == "likely"
    assert "jwt/aud-is-client-id" not in rules(judged(claims, Keys()))
    named = judged({"aud": ["web", "shop"], "azp": "web"})
    assert "jwt/aud-is-client-id" not in rules(named)


def test_type_by_the_words_of_the_server() -> None:
    says = 'JOSE header typ (type) "JWT" not allowed'
    diagnosis = judged({}, Keys(), says=says)
    assert outcome(diagnosis) == ("jwt/typ-wrong#other-type", "likely")
    assert "jwt/typ-wrong" not in rules(judged({}, Keys(), says="not allowed"))


def test_scopes_of_the_configuration() -> None:
    keys = configured(jwt=[{"host": HOST, "scopes": ["orders.read", "orders.write"]}])
    diagnosis = judged({"scope": "orders.read"}, keys, status=403, challenge="")
    assert outcome(diagnosis) == ("bearer/insufficient-scope#not-granted", "likely")
    assert diagnosis.findings[0].values["missing"] == "orders.write"
    full = {"scp": ["orders.read", "orders.write"]}
    assert rules(judged(full, keys, status=403, challenge="")) == {"auth/unknown"}
