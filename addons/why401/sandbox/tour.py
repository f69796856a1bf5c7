"""A tour of what goes wrong with credentials: some twenty requests, good and bad.

Each step is what an ordinary client does, so it can be read to learn from, and each bad step
makes one mistake. On the shop's host no two steps share a path, so that none looks like the
retry of another: a 401 that is answered with credentials would be a handshake, not an error.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from why401.sandbox import tour_wechat
from why401.sandbox.client import Sent, TourClient
from why401.sandbox.digest import read_parameters
from why401.sandbox.server import Sandbox

SHOP = "api.shop.example"


@dataclass(frozen=True, slots=True)
class Step:
    """One stop. `expect` is the rule that its last exchange breaks, None where all is well.

    The exchanges before the last one of a step are always healthy.
    """

    name: str
    expect: str | None
    run: Callable[[TourClient], None]


def run_tour(
    proxy_url: str,
    ca_path: Path | None,
    sandbox: Sandbox,
    on_step: Callable[[Step, tuple[Sent, ...]], None] | None = None,
) -> None:
    """Send the whole tour through the proxy at `proxy_url` (`http://127.0.0.1:8080`).

    `ca_path` is the PEM of the authority that the proxy signs with; None sends plain http.
    `on_step` is told each finished step and the exchanges that it made, in order. Raises OSError
    where the proxy is not there.
    """
    with TourClient(proxy_url, ca_path, sandbox) as client:
        for step in STEPS:
            before = len(client.sent)
            step.run(client)
            if on_step is not None:
                on_step(step, tuple(client.sent[before:]))


# An ordinary API with bearer tokens.


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


def log_in_for_a_token(client: TourClient) -> None:
    """Fetch a token as a client application does, and use it."""
    shop = client.sandbox.shop
    fields = {
        "grant_type": "client_credentials",
        "client_id": shop.client_id,
        "client_secret": shop.client_secret,
    }
    granted = client.post_form(SHOP, "/oauth/token", fields).json()
    header = {"Authorization": f"Bearer {granted['access_token']}"}
    client.get(SHOP, "/orders/1001", header)


def lack_a_scope(client: TourClient) -> None:
    """Delete with a token that may only read."""
    header = {"Authorization": f"Bearer {good_token(client)}"}
    client.send("DELETE", SHOP, "/orders/1002", header)


# Basic, Digest, session cookie.


def forget_to_encode(client: TourClient) -> None:
    """Send `user:password` as it is."""
    shop = client.sandbox.shop
    header = {"Authorization": f"Basic {shop.username}:{shop.password}"}
    client.get(SHOP, "/intranet/staff", header)


def sign_in_with_basic(client: TourClient) -> None:
    """Send `user:password` in base64 (RFC 7617)."""
    shop = client.sandbox.shop
    credential = base64.b64encode(f"{shop.username}:{shop.password}".encode()).decode()
    client.get(SHOP, "/intranet/news", {"Authorization": f"Basic {credential}"})


def shake_hands_with_digest(client: TourClient) -> None:
    """Ask, be challenged, answer (RFC 7616): the first 401 is part of the way, not an error."""
    shop = client.sandbox.shop
    challenge = client.get(SHOP, "/digest/archive").headers["www-authenticate"]
    # The first of the challenges is the one the server likes best.
    asked = read_parameters(challenge.split("Digest ")[1])

    def h(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    nonce, cnonce, uri = asked["nonce"], secrets.token_hex(8), "/digest/archive"
    user = h(f"{shop.username}:{asked['realm']}:{shop.password}")
    answer = h(f"{user}:{nonce}:00000001:{cnonce}:auth:{h(f'GET:{uri}')}")
    header = (
        f'Digest username="{shop.username}", realm="{asked["realm"]}", nonce="{nonce}", '
        f'uri="{uri}", algorithm=SHA-256, response="{answer}", opaque="{asked["opaque"]}", '
        f'qop=auth, nc=00000001, cnonce="{cnonce}"'
    )
    client.get(SHOP, uri, {"Authorization": header})


def keep_a_session(client: TourClient) -> None:
    """Log in with a form, then send the cookie back."""
    shop = client.sandbox.shop
    fields = {"username": shop.username, "password": shop.password}
    cookie = client.post_form(SHOP, "/login", fields).headers["set-cookie"]
    client.get(SHOP, "/account", {"Cookie": cookie.partition(";")[0]})


def good_token(client: TourClient) -> str:
    """Return an access token of the shop that may read."""
    return client.sandbox.shop.tokens.issue(client.sandbox.clock())


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


STEPS: tuple[Step, ...] = (
    Step("an endpoint that needs no credential", None, read_health),
    Step("no credential sent", "auth/missing", forget_the_token),
    Step("header misspelt", "auth/header-misspelt", misspell_the_header),
    Step("scheme written twice", "auth/scheme-doubled", double_the_scheme),
    Step("variable never set", "auth/placeholder", send_a_placeholder),
    Step("token expired", "jwt/expired", send_an_expired_token),
    Step("token times in milliseconds", "jwt/time-in-milliseconds", count_in_milliseconds),
    Step("token without signature", "jwt/alg-none", leave_the_token_unsigned),
    Step("token fetched and used", None, log_in_for_a_token),
    Step("token without the scope", "bearer/insufficient-scope", lack_a_scope),
    Step("Basic without base64", "basic/not-encoded", forget_to_encode),
    Step("Basic done right", None, sign_in_with_basic),
    Step("Digest handshake", None, shake_hands_with_digest),
    Step("session cookie", None, keep_a_session),
    Step("WeChat token fetched and used", None, tour_wechat.fetch_an_access_token),
    Step("WeChat token superseded", "wechat/40001", tour_wechat.use_a_superseded_token),
    Step(
        "WeChat caller not on the list", "wechat/40164", tour_wechat.call_from_an_unlisted_address
    ),
    Step("WeChat login code used twice", "wechat/40163", tour_wechat.spend_a_login_code_twice),
    Step("WeChat Pay v2 order", None, tour_wechat.place_an_order_v2),
    Step(
        "WeChat Pay v2 signed with the wrong key",
        "wechatpay/v2-signerror",
        tour_wechat.sign_v2_with_the_wrong_key,
    ),
    Step("WeChat Pay v3 order", None, tour_wechat.place_an_order_v3),
    Step(
        "WeChat Pay v3 body signed is not the body sent",
        "wechatpay/v3-sign-error",
        tour_wechat.sign_other_bytes_than_are_sent,
    ),
)
"""The tour, in the order in which it is sent."""
