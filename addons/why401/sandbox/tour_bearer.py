"""The stories of the tour about bearer tokens: how they are sent, what is in them, who has them.

On the shop's host no path that is refused is asked by another step, so that none looks like the
retry of another: a 401 that is answered with credentials would be a handshake, not an error.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

from why401.sandbox.client import TourClient

SHOP = "api.shop.example"


# How a credential is sent.


def read_health(client: TourClient) -> None:
    """Ask something that needs no credential."""
    client.get(SHOP, "/health")


def forget_the_token(client: TourClient) -> None:
    """Send no credential where one is needed."""
    client.get(SHOP, "/orders")


def misspell_the_header(client: TourClient) -> None:
    """Write the header's name as one writes it in British English."""
    client.get(SHOP, "/customers", {"Authorisation": f"Bearer {good_token(client)}"})


def double_the_scheme(client: TourClient) -> None:
    """Add `Bearer` to a value that has it already."""
    header = f"Bearer {good_token(client)}"
    client.get(SHOP, "/invoices", {"Authorization": f"Bearer {header}"})


def send_a_placeholder(client: TourClient) -> None:
    """Send what JavaScript makes of a variable that was never set."""
    client.get(SHOP, "/deliveries", {"Authorization": "Bearer undefined"})


# What is in a token.


def send_an_expired_token(client: TourClient) -> None:
    """Use a token of yesterday."""
    yesterday = client.sandbox.clock() - 86400
    token = client.sandbox.shop.tokens.issue(yesterday)
    client.get(SHOP, "/refunds", {"Authorization": f"Bearer {token}"})


def count_in_milliseconds(client: TourClient) -> None:
    """Take `Date.now()` for the times of a token: JWT wants seconds."""
    now_ms = int(client.sandbox.clock() * 1000)
    token = client.sandbox.shop.tokens.issue(
        now_ms / 1000, iat=now_ms, nbf=now_ms, exp=now_ms + 3_600_000
    )
    client.get(SHOP, "/prices", {"Authorization": f"Bearer {token}"})


def leave_the_token_unsigned(client: TourClient) -> None:
    """Send a token with `alg` none."""
    now_s = int(client.sandbox.clock())
    claims = {"iss": "https://api.shop.example/", "aud": "shop", "sub": "alice"}
    header = base64url(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    payload = base64url(json.dumps({**claims, "iat": now_s, "exp": now_s + 3600}).encode())
    client.get(SHOP, "/stock", {"Authorization": f"Bearer {header}.{payload}."})


def trust_a_clock_that_is_fast(client: TourClient) -> None:
    """Use a token at once whose issuer is seven minutes ahead: it is not valid yet."""
    token = client.sandbox.shop.tokens.issue(client.sandbox.clock() + 420)
    client.get(SHOP, "/suppliers", {"Authorization": f"Bearer {token}"})


def lack_a_scope(client: TourClient) -> None:
    """Delete with a token that may only read."""
    header = {"Authorization": f"Bearer {good_token(client)}"}
    client.send("DELETE", SHOP, "/orders/1002", header)


# Several exchanges.


def log_in_for_a_token(client: TourClient) -> None:
    """Fetch a token as a client application does, and use it."""
    granted = fetch_token(client, grant_type="client_credentials")
    header = {"Authorization": f"Bearer {granted['access_token']}"}
    client.get(SHOP, "/orders/1001", header)


def keep_the_token_of_before(client: TourClient) -> None:
    """Refresh the token in one part of a program, and go on with the old one in another."""
    first = fetch_token(client, grant_type="client_credentials")
    second = fetch_token(client, grant_type="refresh_token", refresh_token=first["refresh_token"])
    client.get(SHOP, "/orders/1003", {"Authorization": f"Bearer {second['access_token']}"})
    client.get(SHOP, "/orders/1004", {"Authorization": f"Bearer {first['access_token']}"})


def follow_a_redirect(client: TourClient) -> None:
    """Follow a redirect to another host as curl, browsers and requests do: without the token."""
    header = {"Authorization": f"Bearer {good_token(client)}"}
    there = urlsplit(client.get(SHOP, "/download", header).headers["location"])
    client.get(there.netloc, there.path)


def fetch_token(client: TourClient, **fields: str) -> dict[str, Any]:
    """Return what the token endpoint grants (RFC 6749 section 5.1)."""
    shop = client.sandbox.shop
    own = {"client_id": shop.client_id, "client_secret": shop.client_secret}
    granted: dict[str, Any] = client.post_form(SHOP, "/oauth/token", {**own, **fields}).json()
    return granted


def good_token(client: TourClient) -> str:
    """Return an access token of the shop that may read."""
    return client.sandbox.shop.tokens.issue(client.sandbox.clock())


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
