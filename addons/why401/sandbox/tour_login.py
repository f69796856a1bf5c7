"""The stories of the tour about passwords and sessions: Basic, Digest, a session cookie."""

from __future__ import annotations

import base64
import hashlib
import secrets

from why401.sandbox.client import TourClient
from why401.sandbox.digest import read_parameters
from why401.sandbox.tour_bearer import SHOP


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
    target = "/digest/archive"
    challenge = client.get(SHOP, target).headers["www-authenticate"]
    client.get(SHOP, target, {"Authorization": answer_digest(client, challenge, target)})


def hash_the_path_without_its_query(client: TourClient) -> None:
    """Shake hands, use the nonce once more, and there name another `uri` than is asked for."""
    first, then = "/digest/shelves", "/digest/search?title=tea"
    challenge = client.get(SHOP, first).headers["www-authenticate"]
    client.get(SHOP, first, {"Authorization": answer_digest(client, challenge, first)})
    uri = then.partition("?")[0]
    header = {"Authorization": answer_digest(client, challenge, uri, count=2)}
    client.get(SHOP, then, header)


def answer_digest(client: TourClient, challenge: str, uri: str, count: int = 1) -> str:
    """Return the Authorization value that answers a challenge, for GET `uri`.

    `count` says how often its nonce was used, this time included.
    """
    shop = client.sandbox.shop
    # The first of the challenges is the one the server likes best.
    asked = read_parameters(challenge.split("Digest ")[1])

    def h(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    nonce, nc, cnonce = asked["nonce"], f"{count:08x}", secrets.token_hex(8)
    user = h(f"{shop.username}:{asked['realm']}:{shop.password}")
    answer = h(f"{user}:{nonce}:{nc}:{cnonce}:auth:{h(f'GET:{uri}')}")
    return (
        f'Digest username="{shop.username}", realm="{asked["realm"]}", nonce="{nonce}", '
        f'uri="{uri}", algorithm=SHA-256, response="{answer}", opaque="{asked["opaque"]}", '
        f'qop=auth, nc={nc}, cnonce="{cnonce}"'
    )


def keep_a_session(client: TourClient) -> None:
    """Log in with a form, then send the cookie back."""
    client.get(SHOP, "/account", {"Cookie": log_in(client)})


def leave_https(client: TourClient) -> None:
    """Ask over http after a login over https: a cookie that is `Secure` stays behind there, and the
    other one, of the login form, goes along."""
    basket = client.get(SHOP, "/login").headers["set-cookie"].partition(";")[0]
    log_in(client)
    client.get(SHOP, "/account/basket", {"Cookie": basket}, scheme="http")


def log_in(client: TourClient) -> str:
    """Fill in the login form and return the session cookie, without its attributes."""
    shop = client.sandbox.shop
    fields = {"username": shop.username, "password": shop.password}
    cookie = client.post_form(SHOP, "/login", fields).headers["set-cookie"]
    return cookie.partition(";")[0]
