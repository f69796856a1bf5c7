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


def test_what_github_lists_on_every_answer_proves_nothing() -> None:
    sent = refused(
        "Bearer abcdef0123456789",
        status=403,
        challenge="",
        says="You have exceeded a secondary rate limit",
        response_headers={"X-OAuth-Scopes": "gist", "X-Accepted-OAuth-Scopes": "repo"},
    )
    found = finding(diagnosed(sent), "bearer/insufficient-scope")
    assert (found.certainty, found.causes[0].certainty) == ("likely", "likely")
