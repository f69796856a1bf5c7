"""Which kind of token a JWT is: access, ID, refresh, logout, client assertion, DPoP proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from why401.credentials.jwt import Jwt

_TYPES = {
    "at+jwt": "access",
    "application/at+jwt": "access",
    "dpop+jwt": "dpop-proof",
    "logout+jwt": "logout",
    "secevent+jwt": "logout",
}
# claim -> value -> kind: what issuers say outright (Cognito, Keycloak, simplejwt, Flask-JWT).
_MARKERS: Mapping[str, Mapping[str, str]] = {
    "token_use": {"access": "access", "id": "id"},
    "typ": {"bearer": "access", "id": "id", "refresh": "refresh", "offline": "refresh"},
    "token_type": {"access": "access", "refresh": "refresh"},
    "type": {"access": "access", "refresh": "refresh"},
}
_ID_SIGNS = {"at_hash": 3, "c_hash": 3, "nonce": 3, "auth_time": 1, "email": 1}
_ID_SIGNS |= {"name": 1, "picture": 1, "azp": 1}
_ACCESS_SIGNS = {"scope": 3, "scp": 3, "cnf": 3, "permissions": 3, "roles": 2}
_ENOUGH_ID = 3
_ENOUGH_ACCESS = 2
_FIREBASE = "https://securetoken.google.com/"


def token_kind(jwt: Jwt) -> tuple[str | None, tuple[str, ...]]:
    """Return the kind of the token and the signs of it.

    Kinds: `access`, `id`, `refresh`, `logout`, `client-assertion`, `dpop-proof`. What the issuer
    says outright decides; else the claims are weighed, and (None, ()) comes out where they do not
    lean clearly to one side. A sign reads `header.typ=at+jwt` or `claims.at_hash`; none holds the
    value of a free-text claim.
    """
    typ = str((jwt.header or {}).get("typ")).lower()
    if typ in _TYPES:
        return _TYPES[typ], (f"header.typ={typ}",)
    claims = jwt.claims or {}
    if "events" in claims:
        return "logout", ("claims.events",)
    for name, kinds in _MARKERS.items():
        value = claims.get(name)
        if isinstance(value, str) and value.lower() in kinds:
            return kinds[value.lower()], (f"claims.{name}={value.lower()}",)
    if _is_client_assertion(claims):
        return "client-assertion", ("claims.iss=claims.sub", "claims.aud")
    return _weigh(claims)


def _is_client_assertion(claims: Mapping[str, Any]) -> bool:
    """RFC 7523 section 3: issuer and subject are the client, the audience is a token endpoint."""
    aud = claims.get("aud")
    audiences = aud if isinstance(aud, list) else [aud]
    return (
        isinstance(claims.get("iss"), str)
        and bool(claims["iss"])
        and claims["iss"] == claims.get("sub")
        and any(isinstance(each, str) and "/token" in each for each in audiences)
    )


def _weigh(claims: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    issuer = claims.get("iss")
    if isinstance(issuer, str) and issuer.startswith(_FIREBASE):
        return "id", ("claims.iss=" + _FIREBASE,)
    for_id = [name for name in _ID_SIGNS if name in claims]
    for_access = [name for name in _ACCESS_SIGNS if name in claims]
    id_weight = sum(_ID_SIGNS[name] for name in for_id)
    access_weight = sum(_ACCESS_SIGNS[name] for name in for_access)
    # A name and an address alone are in many home-made tokens: an ID token has an audience too.
    if id_weight >= _ENOUGH_ID and id_weight > access_weight and "aud" in claims and issuer:
        return "id", tuple(f"claims.{name}" for name in for_id)
    if access_weight >= _ENOUGH_ACCESS and access_weight > id_weight:
        return "access", tuple(f"claims.{name}" for name in for_access)
    return None, ()
