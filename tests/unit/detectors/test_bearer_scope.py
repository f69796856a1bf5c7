import pytest
from tests.unit.detectors.diagnosed import diagnosed, finding, jwt, outcome, refused, rules

ERROR = 'Bearer error="insufficient_scope", scope="orders.read orders.write"'


def test_missing_scope_is_computed() -> None:
    token = jwt({"scope": "orders.read"})
    diagnosis = diagnosed(refused(f"Bearer {token}", status=403, challenge=ERROR), token)
    assert outcome(diagnosis) == ("bearer/insufficient-scope#not-granted", "proven")
    assert finding(diagnosis, "bearer/insufficient-scope").values["missing"] == "orders.write"


def test_opaque_token_leaves_the_cause_likely() -> None:
    diagnosis = diagnosed(refused("Bearer abcdef0123456789", status=403, challenge=ERROR))
    assert outcome(diagnosis) == ("bearer/insufficient-scope#not-granted", "likely")


def test_a_scope_that_nobody_names() -> None:
    sent = refused(
        "Bearer abcdef0123456789", status=403, challenge='Bearer error="insufficient_scope"'
    )
    diagnosis = diagnosed(sent)
    assert outcome(diagnosis) == ("bearer/insufficient-scope#not-named", "likely")
    assert "?" not in str(finding(diagnosis, "bearer/insufficient-scope").values)


REGISTRY = 'Bearer realm="https://auth.example.com/token",service="registry.example.com",'
REGISTRY += 'scope="repository:shop/api:pull,push",error="insufficient_scope"'


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        # skopeo without a login, and with one that may only read.
        pytest.param([], "repository:shop/api:pull repository:shop/api:push", id="none"),
        pytest.param(["pull"], "repository:shop/api:push", id="one"),
    ],
)
def test_a_registry_that_left_it_out_of_the_token(actions: list[str], missing: str) -> None:
    token = jwt({"access": [{"type": "repository", "name": "shop/api", "actions": actions}]})
    diagnosis = diagnosed(refused(f"Bearer {token}", challenge=REGISTRY), token)
    assert outcome(diagnosis) == ("bearer/insufficient-scope#of-registry", "proven")
    assert finding(diagnosis, "bearer/insufficient-scope").values["missing"] == missing
    assert not any(each.startswith("server/") for each in rules(diagnosis))


def test_a_token_that_names_no_scope_proves_nothing() -> None:
    token = jwt({"access": [{"type": "repository", "actions": ["pull"]}]})
    diagnosis = diagnosed(refused(f"Bearer {token}", status=403, challenge=ERROR), token)
    assert outcome(diagnosis) == ("bearer/insufficient-scope#not-granted", "likely")


def test_scope_under_another_name() -> None:
    token = jwt({"scp": ["orders.read", "orders.write"]})
    diagnosis = diagnosed(refused(f"Bearer {token}", status=403, challenge=ERROR), token)
    assert outcome(diagnosis) == ("bearer/scope-claim-shape#claim-not-read", "likely")


def test_github_lists_scopes_in_headers() -> None:
    sent = refused(
        "Bearer abcdef0123456789",
        status=403,
        challenge="",
        response_headers={"X-OAuth-Scopes": "gist", "X-Accepted-OAuth-Scopes": "repo, admin:org"},
    )
    assert "bearer/insufficient-scope" in rules(diagnosed(sent))


def test_granted_scope_is_silent() -> None:
    token = jwt({"scope": "orders.read orders.write"})
    sent = refused(f"Bearer {token}", status=403, challenge='Bearer error="invalid_token"')
    assert "bearer/insufficient-scope" not in rules(diagnosed(sent, token))


@pytest.mark.parametrize(
    ("says", "headers"),
    [
        pytest.param("You have exceeded a secondary rate limit", {}, id="secondary limit"),
        pytest.param("API rate limit exceeded for user ID 1.", {}, id="limit"),
        pytest.param("Forbidden", {"X-RateLimit-Remaining": "0"}, id="none remaining"),
        pytest.param("Forbidden", {"Retry-After": "60"}, id="when to come back"),
    ],
)
def test_too_many_requests_lack_no_scope(says: str, headers: dict[str, str]) -> None:
    lists = {"X-OAuth-Scopes": "gist", "X-Accepted-OAuth-Scopes": "repo"}
    sent = refused(
        "Bearer abcdef0123456789",
        status=403,
        challenge="",
        says=says,
        response_headers=lists | headers,
    )
    assert outcome(diagnosed(sent)) == ("auth/rate-limit-disguised#too-many", "likely")
