"""Digest credentials and challenges as they are sent, and the accounts they are of."""

from __future__ import annotations

from tests.unit.detectors.keyed import HOST, configured

from why401.credentials.digest_hash import DigestParts

PASSWORD = "p4ss: wörd"
RIGHT = DigestParts(
    "SHA-256", "alice", "Archive", PASSWORD, "n0nce", "GET", "/orders?page=2", "auth",
    "00000001", "c0nce",
)  # fmt: skip
KEYS = configured(
    basic=[
        {"host": HOST, "username": "alice", "password": PASSWORD},
        {"host": HOST, "username": "bob", "password": "b0b's own"},
        {"host": "other.example.com", "username": "alice", "password": "an0ther pw"},
    ]
)


def header(sent: DigestParts, response: str | None, **extra: str) -> str:
    """Return the Authorization that states `sent` and the given response."""
    pairs = [
        f'username="{sent.user}"', f'realm="{sent.realm}"', f'nonce="{sent.nonce}"',
        f'uri="{sent.uri}"', f'response="{response}"', f"algorithm={sent.algorithm}",
    ]  # fmt: skip
    if sent.qop is not None:
        pairs += [f"qop={sent.qop}", f"nc={sent.nc}", f'cnonce="{sent.cnonce}"']
    elif sent.algorithm.endswith("-sess"):
        pairs.append(f'cnonce="{sent.cnonce}"')
    pairs += [f"{name}={value}" for name, value in extra.items()]
    return "Digest " + ", ".join(pairs)


def challenge(sent: DigestParts = RIGHT, extra: str = "") -> str:
    return (
        f'Digest realm="{sent.realm}", nonce="new", qop="auth, auth-int", '
        f'algorithm={sent.algorithm}, opaque="o"{extra}'
    )
