from typing import Any

import pytest

from why401.credentials.jwt import Jwt
from why401.credentials.token_kind import token_kind

CASES = [
    pytest.param({"typ": "at+jwt"}, {}, "access", id="RFC 9068"),
    pytest.param({"typ": "dpop+jwt"}, {}, "dpop-proof", id="DPoP proof"),
    pytest.param({"typ": "logout+jwt"}, {}, "logout", id="logout"),
    pytest.param({}, {"events": {}}, "logout", id="security event"),
    pytest.param({}, {"token_use": "access", "auth_time": 1}, "access", id="Cognito access"),
    pytest.param({}, {"token_use": "id"}, "id", id="Cognito ID"),
    pytest.param({}, {"typ": "Bearer", "nonce": "x"}, "access", id="Keycloak access"),
    pytest.param({}, {"typ": "ID"}, "id", id="Keycloak ID"),
    pytest.param({}, {"typ": "Offline"}, "refresh", id="Keycloak offline"),
    pytest.param({}, {"token_type": "refresh"}, "refresh", id="simplejwt refresh"),
    pytest.param({}, {"type": "access"}, "access", id="Flask-JWT access"),
    pytest.param(
        {}, {"iss": "c", "sub": "c", "aud": "https://x/token"}, "client-assertion", id="assertion"
    ),
    pytest.param({}, {"iss": "https://securetoken.google.com/p", "name": "n"}, "id", id="Firebase"),
    pytest.param({}, {"iss": "i", "aud": "c", "nonce": "n", "email": "e"}, "id", id="OIDC"),
    pytest.param({}, {"iss": "i", "aud": "a", "scope": "read"}, "access", id="scope"),
    pytest.param({}, {"roles": ["a"]}, "access", id="roles"),
    pytest.param({}, {"sub": "1", "name": "John", "iat": 1}, None, id="jwt.io sample"),
    pytest.param({}, {"sub": "1", "email": "e", "name": "n", "picture": "p"}, None, id="home-made"),
    pytest.param({}, {"type": "order"}, None, id="some other type"),
    pytest.param({"typ": "JWT"}, None, None, id="no claims"),
]


@pytest.mark.parametrize(("header", "claims", "kind"), CASES)
def test_token_kind(header: dict[str, Any], claims: dict[str, Any] | None, kind: str) -> None:
    found, signs = token_kind(Jwt(header, claims, b"", b"", 3))
    assert found == kind
    assert bool(signs) == (kind is not None)
