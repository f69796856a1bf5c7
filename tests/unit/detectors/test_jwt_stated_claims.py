from typing import Any

import pytest
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

from why401.detectors.jwt_stated_claims import missing_claim

MISSING: list[Any] = [
    pytest.param("Missing claim: tenant_id", "tenant_id", id="Flask-JWT-Extended"),
    pytest.param("Missing required claim: jti", "jti", id="jsonwebtoken for Rust"),
    pytest.param("JWT missing required claims: [roles]", "roles", id="Nimbus"),
    pytest.param('Token is missing the "jti" claim', "jti", id="PyJWT"),
    pytest.param('missing required "jti" claim', "jti", id="jose"),
    pytest.param(
        "claims key: 'https://hasura.io/jwt/claims' not found",
        "https://hasura.io/jwt/claims",
        id="Hasura",
    ),
    pytest.param("Token has no 'token_type' claim", "token_type", id="simplejwt"),
    pytest.param("required claim 'org' is missing", "org", id="home-made"),
]
OTHERS: list[Any] = [
    pytest.param("Missing claim: exp", id="a rule of its own"),
    pytest.param("Invalid claims", id="no name"),
    pytest.param("missing required claims", id="no name either"),
    pytest.param("a required claim is missing", id="an article"),
    pytest.param("missing claims for this user", id="no name follows"),
]


@pytest.mark.parametrize(("says", "name"), MISSING)
def test_a_claim_that_the_server_misses(says: str, name: str) -> None:
    token = jwt()
    diagnosis = diagnosed(refused(f"Bearer {token}", says=says), token)
    assert outcome(diagnosis) == ("jwt/required-claim-missing#not-issued", "proven")
    found = next(each for each in diagnosis.findings if each.rule.endswith("claim-missing"))
    assert found.values["claim"] == name


@pytest.mark.parametrize(("says", "name"), MISSING)
def test_a_claim_that_is_there(says: str, name: str) -> None:
    token = jwt({name: "x"})
    found = diagnosed(refused(f"Bearer {token}", says=says)).findings
    assert all(each.certainty != "proven" for each in found if each.rule.endswith("claim-missing"))


@pytest.mark.parametrize("says", OTHERS)
def test_words_that_name_no_claim(says: str) -> None:
    assert missing_claim(says) is None


USERS = ["User not found", "user_not_found", "User from sub claim in JWT does not exist"]
USERS += ["The user belonging to this token no longer exists", "用户不存在"]


@pytest.mark.parametrize("says", USERS)
def test_a_user_that_is_gone(says: str) -> None:
    token = jwt()
    diagnosis = diagnosed(refused(f"Bearer {token}", says=says), token)
    assert outcome(diagnosis) == ("jwt/user-gone#deleted", "likely")


def test_no_user_is_named() -> None:
    token = jwt({"sub": None})
    diagnosis = diagnosed(refused(f"Bearer {token}", says="User not found"))
    assert all(each.certainty != "proven" for each in diagnosis.findings if "gone" in each.rule)


def test_cured() -> None:
    diagnosis = diagnosed(refused(f"Bearer {jwt()}", says="Unauthorized"))
    assert not {"jwt/user-gone", "jwt/required-claim-missing"} & rules(diagnosis)


def test_a_claim_within_another_is_there() -> None:
    token = jwt({"realm_access": {"roles": ["a"]}})
    diagnosis = diagnosed(refused(f"Bearer {token}", says="Missing claim: realm_access.roles"))
    assert all(each.certainty != "proven" for each in diagnosis.findings if "missing" in each.rule)


def test_words_that_quote_no_name_are_likely() -> None:
    diagnosis = diagnosed(refused(f"Bearer {jwt()}", says="the tenant claim is required"))
    assert outcome(diagnosis) == ("jwt/required-claim-missing#not-issued", "likely")
