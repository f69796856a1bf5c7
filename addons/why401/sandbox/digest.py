"""A server of Digest authentication (RFC 7616), MD5 and SHA-256, `qop=auth`."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

import msgspec

from why401.later import regex
from why401.sandbox.calls import Answer, Call, keep, text_answer

HASHES = {"SHA-256": "sha256", "MD5": "md5"}
"""In the server's order of preference (RFC 7616 section 3.7)."""
NONCE_LIFETIME_S = 300
PARAMETER = regex(r'([A-Za-z*]{1,20})\s?=\s?(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class _Nonce(msgspec.Struct):
    issued_s: float
    highest_count: int = 0


class DigestRealm:
    """One realm with one user; remembers its nonces and the counts used with each."""

    def __init__(self, realm: str, username: str, password: str) -> None:
        self._realm = realm
        self._username = username
        self._password = password
        self._opaque = secrets.token_hex(16)
        self._nonces: dict[str, _Nonce] = {}

    def refused(self, call: Call) -> Answer | None:
        """Return a 401 with fresh challenges, or None where the response digest is right."""
        scheme, _, rest = call.text("authorization").partition(" ")
        if scheme.lower() != "digest":
            return self._challenge(call, stale=False)
        sent = read_parameters(rest)
        if not self._is_right(call, sent):
            return self._challenge(call, stale=False)
        # The password is right; what can be wrong now is only the nonce's age or its count.
        nonce = self._nonces.get(sent["nonce"])
        if nonce is None or call.now_s - nonce.issued_s > NONCE_LIFETIME_S:
            return self._challenge(call, stale=True)
        count = int(sent["nc"], 16)
        if count <= nonce.highest_count:
            return self._challenge(call, stale=True)
        nonce.highest_count = count
        return None

    def _is_right(self, call: Call, sent: Mapping[str, str]) -> bool:
        algorithm = sent.get("algorithm", "MD5")
        fits = (
            algorithm in HASHES
            and sent.get("qop") == "auth"
            and sent.get("realm") == self._realm
            and sent.get("opaque") == self._opaque
            and sent.get("username") == self._username
            and sent.get("uri", "").encode("utf-8", "replace") == call.target
            and re.fullmatch(r"[0-9a-fA-F]{8}", sent.get("nc", "")) is not None
            and bool(sent.get("nonce"))
            and bool(sent.get("cnonce"))
        )
        if not fits:
            return False
        expected = response(sent, call.method, self._password)
        return secrets.compare_digest(sent.get("response", "").encode(), expected.encode())

    def _challenge(self, call: Call, *, stale: bool) -> Answer:
        nonce = secrets.token_urlsafe(24)
        keep(self._nonces, nonce, _Nonce(call.now_s))
        suffix = ", stale=true" if stale else ""
        common = f'qop="auth", nonce="{nonce}", opaque="{self._opaque}"'
        challenges = [
            (
                "WWW-Authenticate",
                f'Digest realm="{self._realm}", {common}, algorithm={algorithm}{suffix}',
            )
            for algorithm in HASHES
        ]
        return text_answer(401, "Unauthorized\n", *challenges)


def response(sent: Mapping[str, str], method: str, password: str) -> str:
    """Return the `response` for these parameters, `qop=auth` (RFC 7616 section 3.4.1)."""
    name = HASHES[sent.get("algorithm", "MD5")]

    def h(*parts: str) -> str:
        text = ":".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.new(name, text, usedforsecurity=False).hexdigest()

    user = h(sent["username"], sent["realm"], password)
    action = h(method, sent["uri"])
    return h(user, sent["nonce"], sent["nc"], sent["cnonce"], sent["qop"], action)


def read_parameters(text: str) -> dict[str, str]:
    """Return the parameters of a challenge or of credentials, names in lower case, unquoted."""
    found = PARAMETER.findall(text[:4096])
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        for name, quoted, plain in found
    }
