"""The Digest credentials that an answer is about, and the parts its sender says it hashed."""

from __future__ import annotations

from fnmatch import fnmatchcase

from why401.case import Case
from why401.credentials.digest import Digest
from why401.credentials.digest_hash import DigestParts, hash_of, user_hash
from why401.credentials.find import Credential
from why401.keys import BasicAccount
from why401.masking import is_redacted

MAX_URI = 4096
"""Characters that a part may have; no client sends longer ones."""
ENCODINGS = ("utf-8", "latin-1")
"""In which clients write user names and passwords (RFC 7616 section 4)."""


def sent_digest(case: Case) -> tuple[Credential, Digest] | None:
    """Return the Digest credentials that the answer is about; None where a writer masked them."""
    header = "proxy-authorization" if case.status == 407 else "authorization"
    for credential in case.credentials:
        if credential.where == f"request.header.{header}" and credential.digest is not None:
            return None if is_redacted(credential.value) else (credential, credential.digest)
    return None


def is_stale(case: Case) -> bool:
    """Return whether the server says that all but the nonce was right (RFC 7616 section 3.3)."""
    return any(
        (challenge.param("stale") or "").lower() == "true"
        for challenge in case.challenges
        if challenge.name == "digest"
    )


def is_for(account: BasicAccount, case: Case) -> bool:
    """Return whether an account of the configuration is one for the host asked."""
    return fnmatchcase(case.exchange.request.host.lower().rstrip("."), account.host.lower())


def is_user(account: BasicAccount, digest: Digest) -> bool:
    """Return whether the user sent is that of `account`, as it is or hashed (RFC 7616 section
    3.4.4)."""
    sent = digest.username
    if sent == account.username:
        return True
    algorithm = digest.param("algorithm") or "MD5"
    realm = digest.param("realm") or ""
    return (digest.param("userhash") or "").lower() == "true" and sent in {
        user_hash(algorithm, account.username, realm, encoding) for encoding in ENCODINGS
    }


def claimed_parts(case: Case, digest: Digest, account: BasicAccount) -> DigestParts | None:
    """Return the parts that the request states, with the configured user and password; None where
    one is missing, or longer than a client would send."""
    nonce, uri, realm = (digest.param(name) for name in ("nonce", "uri", "realm"))
    algorithm = digest.param("algorithm") or "MD5"
    if nonce is None or uri is None or realm is None or hash_of(algorithm) is None:
        return None
    qop = digest.param("qop")
    if max(map(len, (nonce, uri, realm, qop or "", digest.param("cnonce") or ""))) > MAX_URI:
        return None
    body = case.exchange.request.body
    return DigestParts(
        algorithm,
        account.username,
        realm,
        account.password.value,
        nonce,
        case.exchange.request.method,
        uri,
        qop or None,
        digest.param("nc") or "",
        digest.param("cnonce") or "",
        body.data if body else b"",
    )
