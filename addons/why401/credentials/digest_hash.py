"""The response of a Digest Authorization computed from its parts (RFC 7616 section 3.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

ALGORITHMS = ("MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess")
TRUNCATED = "SHA-512-256-truncated"
"""Not an algorithm of the RFC: the first half of SHA-512, which some take for SHA-512/256."""

type Hash = Callable[[bytes], str]


def hash_of(algorithm: str) -> Hash | None:
    """Return the hash behind an algorithm's name, `-sess` ignored; None if it is unknown."""
    return _HASHES.get(algorithm.lower().removesuffix("-sess"))


def is_session(algorithm: str) -> bool:
    """Return whether the algorithm hashes the first nonces of the session into its key."""
    return algorithm.lower().endswith("-sess")


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha512_256(data: bytes) -> str:
    return hashlib.new("sha512_256", data).hexdigest()


def _truncated(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()[:64]


_HASHES: dict[str, Hash] = {
    "md5": _md5,
    "sha-256": _sha256,
    "sha-512-256": _sha512_256,
    TRUNCATED.lower(): _truncated,
}


@dataclass(frozen=True, slots=True)
class DigestParts:
    """All that goes into a response. `qop` is None for the form of RFC 2069; `session` are the
    nonce and cnonce of the session's first request; `encoding` that of user, realm, password."""

    algorithm: str
    user: str
    realm: str
    password: str = field(repr=False)
    nonce: str
    method: str
    uri: str
    qop: str | None = None
    nc: str = ""
    cnonce: str = ""
    body: bytes = b""
    session: tuple[str, str] | None = None
    encoding: str = "utf-8"

    def response(self) -> str | None:
        """Return the response in lower-case hexadecimal; None for an unknown algorithm, or where
        the credentials cannot be written in the encoding."""
        key = pair_hash(self.algorithm, self.user, self.realm, self.password, self.encoding)
        return None if key is None else self.response_of(key)

    def response_of(self, key: str) -> str | None:
        """Return the response where `key` is the hash of user, realm and password."""
        hashed = hash_of(self.algorithm)
        if hashed is None:
            return None
        if is_session(self.algorithm):
            key = hashed(_bytes(key, *(self.session or (self.nonce, self.cnonce))))
        if self.qop is not None and self.qop.lower() == "auth-int":
            action = hashed(_bytes(self.method, self.uri, hashed(self.body)))
        else:
            action = hashed(_bytes(self.method, self.uri))
        if self.qop is None:
            return hashed(_bytes(key, self.nonce, action))
        return hashed(_bytes(key, self.nonce, self.nc, self.cnonce, self.qop, action))


def pair_hash(algorithm: str, user: str, realm: str, password: str, encoding: str) -> str | None:
    """Return the hash of user, realm and password that every response begins with."""
    hashed = hash_of(algorithm)
    try:
        return hashed(f"{user}:{realm}:{password}".encode(encoding)) if hashed else None
    except UnicodeEncodeError:
        return None


def user_hash(algorithm: str, user: str, realm: str, encoding: str = "utf-8") -> str | None:
    """Return what stands as username where `userhash=true` (section 3.4.4)."""
    hashed = hash_of(algorithm)
    try:
        return hashed(f"{user}:{realm}".encode(encoding)) if hashed else None
    except UnicodeEncodeError:
        return None


def _bytes(*parts: str) -> bytes:
    return ":".join(parts).encode("utf-8", "surrogatepass")
