from typing import Any

import pytest
from tests.unit.detectors.keyed import jwk, rsa_key

from why401.jose.expected import expected_keys
from why401.jose.keyring import JwtKeyring
from why401.keys import JwtKeys

CHOICES: list[Any] = [
    pytest.param({"host": "api.example.com"}, True, id="host"),
    pytest.param({"host": "*.example.com"}, True, id="glob"),
    pytest.param({"host": "API.example.COM"}, True, id="case"),
    pytest.param({"host": "other.example.com"}, None, id="another host"),
    pytest.param({"issuer": "https://id/"}, True, id="issuer"),
    pytest.param({"issuer": "https://other/"}, None, id="another issuer"),
    pytest.param({"jwks": {"keys": [jwk(rsa_key(), kid="1")]}}, True, id="kid"),
    pytest.param({}, False, id="nothing named"),
]


@pytest.mark.parametrize(("values", "bound"), CHOICES)
def test_which_entry_a_token_is_checked_with(values: dict[str, Any], bound: bool | None) -> None:
    parsed = JwtKeyring().parsed((JwtKeys("a", **values),))
    found = expected_keys(parsed, "api.example.com", "https://id", "1")
    assert bool(found.entries) == (bound is not None)
    assert found.is_bound == bool(bound)
