"""The kinds of secret that are planted, and by which names programs call them."""

from __future__ import annotations

import base64
import hmac
import json
import random
import string
from collections.abc import Callable

START_S = 1_795_132_800.0
"""When every capture begins."""
ALPHANUMERIC = string.ascii_letters + string.digits
_ODD = ALPHANUMERIC + "+/=!@#$%^&*()_-. ~é密"

type Random = random.Random


def _opaque(rnd: Random, length: int = 24) -> str:
    return "".join(rnd.choices(ALPHANUMERIC, k=length)) + "7"


def _password(rnd: Random) -> str:
    # Begins and ends with letters: what stands at its edges is nobody's mistake.
    return f"{_opaque(rnd, 4)}{''.join(rnd.choices(_ODD, k=rnd.randint(4, 12)))}{_opaque(rnd, 4)}"


def _base64_key(rnd: Random) -> str:
    return base64.b64encode(rnd.randbytes(rnd.choice([16, 24, 31, 64]))).decode()


def _hex_key(rnd: Random) -> str:
    return rnd.randbytes(16).hex()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt_signature(rnd: Random) -> tuple[str, str]:
    """Return a JWT and the part of it that is secret."""
    claims = {"iss": "https://id.example/", "sub": "alice", "exp": int(START_S) - 60, "iat": 1}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    digest = hmac.digest(rnd.randbytes(32), signed.encode(), "sha256")
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"{signed}.{signature}", signature


def _phone(rnd: Random) -> str:
    return f"1{rnd.randint(3_000_000_000, 9_999_999_999)}"


def _vendor_key(rnd: Random) -> str:
    return rnd.choice(["ghp_", "sk_live_", "xoxb-", "AIza", "glpat-", "sk-proj-"]) + _opaque(rnd)


def _openid(rnd: Random) -> str:
    return f"o{_opaque(rnd, 26)}"


KINDS: tuple[tuple[str, Callable[[Random], str]], ...] = (
    ("password", _password),
    ("token", _opaque),
    ("token", _base64_key),
    ("secret", _hex_key),
    ("phone", _phone),
    ("openid", _openid),
    ("session", _base64_key),
    ("vendor", _vendor_key),
    ("signature", _base64_key),
)

NAMES = {
    "password": ("password", "passwd", "pwd"),
    "token": ("access_token", "refresh_token", "token", "id_token"),
    "secret": ("client_secret", "secret", "appsecret"),
    "phone": ("phone", "mobile", "phoneNumber"),
    "openid": ("openid", "touser", "unionid"),
    "session": ("session_key", "sessionid", "ticket"),
    "vendor": ("api_key", "apikey", "token"),
    "signature": ("sign", "signature", "paySign"),
}
