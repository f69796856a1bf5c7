"""Which key made the signature of a JWT, and where none did, why not.

PyJWT's algorithms do the cryptography, each key with those of its own type only. The work is
bounded by counting: at most 40 asymmetric checks (a millisecond each at the worst) and 160 HMACs.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from why401.credentials.jwt import ALGORITHMS, Jwt
from why401.jose.expected import Expected, expected_keys, observed_keys
from why401.jose.keyring import JwtKeyring
from why401.jose.keys import HMAC, ParsedEntry, VerifyingKey, texts_of
from why401.jose.variants import Variant
from why401.keys import JwtKeys
from why401.later import later

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
else:
    exceptions = later("cryptography.exceptions")
    padding = later("cryptography.hazmat.primitives.asymmetric.padding")
    rsa = later("cryptography.hazmat.primitives.asymmetric.rsa")

MAX_CHECKS = 40
MAX_HMACS = 160
MAX_SIGNATURE = 2048

_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
_DIGEST_INFO = {
    bytes.fromhex("3031300d060960864801650304020105000420"): "sha256",
    bytes.fromhex("3041300d060960864801650304020205000430"): "sha384",
    bytes.fromhex("3051300d060960864801650304020305000440"): "sha512",
    bytes.fromhex("3021300906052b0e03021a05000414"): "sha1",
}
"""RFC 8017 section 9.2, note 1: what stands before the hash in a PKCS#1 v1.5 signature."""
_ODD_KEY = (TypeError, ValueError, AttributeError)
_FAMILIES = {"HS": "secret", "RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "Ed"}


class Recovered(msgspec.Struct, frozen=True):
    """What an RSA signature gave back: which hash, the digest in it, and the token's own."""

    key: VerifyingKey
    hash_name: str
    digest: bytes
    own_digest: bytes


class Verification(msgspec.Struct, frozen=True):
    """The outcome. `made_by` is the key that made the signature; which of the rest is set says
    how: nothing (a plain, valid signature), `variant` of a secret, `public_text` used as secret,
    `real_alg` where the header names another, `recovered` where it was made for another text.
    `is_expected`: `made_by` is one of those that the server should use."""

    status: str
    expected: Expected
    observed: tuple[VerifyingKey, ...] = ()
    made_by: VerifyingKey | None = None
    is_expected: bool = False
    variant: Variant | None = None
    public_text: str | None = None
    real_alg: str | None = None
    recovered: Recovered | None = None
    tried: int = 0
    reason: str = ""


def family(alg: str | None) -> str | None:
    """Return the kind of key that `alg` needs: `secret`, `RSA`, `EC`, `Ed`; None if unknown."""
    return _FAMILIES.get(alg[:2]) if alg in ALGORITHMS and alg != "none" and alg else None


class _Budget(msgspec.Struct):
    checks: int = MAX_CHECKS
    hmacs: int = MAX_HMACS
    faults: list[str] = msgspec.field(default_factory=list)

    @property
    def tried(self) -> int:
        return MAX_CHECKS - self.checks + MAX_HMACS - self.hmacs


def verification(
    jwt: Jwt, entries: Sequence[JwtKeys], keyring: JwtKeyring, host: str
) -> Verification:
    """Return what the known keys show about the signature of `jwt`; never raises."""
    header, claims = jwt.header or {}, jwt.claims or {}
    issuer, kid = claims.get("iss"), header.get("kid")
    expected = expected_keys(keyring.parsed(entries), host, issuer, kid)
    observed = observed_keys(keyring, issuer, kid)
    kind = family(jwt.alg)
    if kind is None or not jwt.signature or len(jwt.signature) > MAX_SIGNATURE:
        return Verification("unverifiable", expected, observed, reason="token")
    budget = _Budget()
    first = _kid_first((*expected.keys, *(() if expected.keys else observed)), kid)
    found = _plain(jwt, first, budget)
    if found is not None:
        return Verification(
            "valid", expected, observed, found, is_expected=True, tried=budget.tried
        )
    told = _explained(jwt, expected, first, budget)
    if told is None:
        told = _made_elsewhere(jwt, expected, observed, budget)
    if told is not None:
        return told(expected, observed, budget.tried)
    if any(jwt.alg in key.algorithms for key in first) and not budget.faults:
        status, reason = "mismatch", ""
    else:
        status, reason = "unverifiable", budget.faults[0] if budget.faults else "no-key"
    return Verification(status, expected, observed, tried=budget.tried, reason=reason)


def is_signed_by(jwt: Jwt, key: VerifyingKey) -> bool | None:
    """Return whether `key` made the signature as the header says; None where it cannot tell: an
    algorithm that does not go with the key, or one that this machine lacks."""
    if jwt.alg is None or jwt.alg not in key.algorithms or not jwt.signature:
        return None
    budget = _Budget()
    is_right = _verifies(jwt, key, jwt.alg, budget)
    return None if budget.faults else is_right


class _Told(msgspec.Struct, frozen=True):
    """A mismatch explained, before it is known how much was tried."""

    made_by: VerifyingKey
    is_expected: bool
    variant: Variant | None = None
    public_text: str | None = None
    real_alg: str | None = None
    recovered: Recovered | None = None

    def __call__(
        self, expected: Expected, observed: tuple[VerifyingKey, ...], tried: int
    ) -> Verification:
        return Verification(
            "mismatch",
            expected,
            observed,
            self.made_by,
            self.is_expected,
            self.variant,
            self.public_text,
            self.real_alg,
            self.recovered,
            tried,
        )


def _kid_first(keys: tuple[VerifyingKey, ...], kid: object) -> tuple[VerifyingKey, ...]:
    return tuple(sorted(keys, key=lambda key: key.kid != kid))


def _plain(
    jwt: Jwt, keys: Sequence[VerifyingKey], budget: _Budget, alg: str | None = None
) -> VerifyingKey | None:
    """Return the first of `keys` that made the signature as the header says, or under `alg`."""
    alg = alg or jwt.alg or ""
    for key in keys:
        if alg in key.algorithms and _verifies(jwt, key, alg, budget):
            return key
    return None


def _verifies(jwt: Jwt, key: VerifyingKey, alg: str, budget: _Budget) -> bool:
    if key.is_secret:
        return _is_hmac(jwt, key.key if isinstance(key.key, bytes) else b"", alg, budget)
    if budget.checks <= 0:
        return False
    budget.checks -= 1
    # PyJWT brings urllib and http.client with it: imported where a first token is checked.
    from jwt import InvalidKeyError

    algorithm = _algorithms()["EdDSA" if alg.startswith("Ed") else alg]
    try:
        return bool(algorithm.verify(jwt.signing_input, key.key, jwt.signature or b""))
    except exceptions.InvalidSignature:
        return False
    except (InvalidKeyError, exceptions.UnsupportedAlgorithm, *_ODD_KEY) as error:
        # A key of another type than its algorithm, a curve that this OpenSSL lacks.
        budget.faults.append(type(error).__name__)
        return False


@cache
def _algorithms() -> dict[str, Any]:
    from jwt.algorithms import get_default_algorithms

    return dict(get_default_algorithms())


def _is_hmac(jwt: Jwt, secret: bytes, alg: str, budget: _Budget) -> bool:
    if budget.hmacs <= 0:
        return False
    budget.hmacs -= 1
    made = hmac.digest(secret, jwt.signing_input, _HASHES[alg[2:]])
    return hmac.compare_digest(made, jwt.signature or b"")


def _explained(
    jwt: Jwt, expected: Expected, keys: Sequence[VerifyingKey], budget: _Budget
) -> _Told | None:
    """Return the mistake with which one of the expected keys made the signature."""
    if family(jwt.alg) == "secret":
        for alg in HMAC:
            if alg != jwt.alg and _hmac_size(alg) == len(jwt.signature or b""):
                key = _plain(jwt, keys, budget, alg)
                if key is not None:
                    return _Told(key, is_expected=True, real_alg=alg)
        return _secret_variant(jwt, expected.entries, budget, is_expected=True) or _public_text(
            jwt, expected.entries, keys, budget, is_expected=True
        )
    return next(
        (told for key in keys if (told := _by_rsa(jwt, key, budget, is_expected=True)) is not None),
        None,
    )


def _hmac_size(alg: str) -> int:
    return int(alg[2:]) // 8


def _secret_variant(
    jwt: Jwt, entries: Sequence[ParsedEntry], budget: _Budget, *, is_expected: bool
) -> _Told | None:
    algs = [alg for alg in HMAC if _hmac_size(alg) == len(jwt.signature or b"")]
    for entry in entries:
        if entry.entry.secret is None or not algs:
            continue
        for variant in entry.variants:
            if _is_hmac(jwt, variant.data, algs[0], budget):
                return _Told(entry.keys[0], is_expected=is_expected, variant=variant)
    return None


def _public_text(
    jwt: Jwt,
    entries: Sequence[ParsedEntry],
    keys: Sequence[VerifyingKey],
    budget: _Budget,
    *,
    is_expected: bool,
) -> _Told | None:
    """Return a public key whose text was used as HMAC secret (RFC 8725 section 2.1)."""
    algs = [alg for alg in HMAC if _hmac_size(alg) == len(jwt.signature or b"")]
    if not algs:
        return None
    pems = {id(key): entry.pem for entry in entries for key in entry.keys}
    for key in keys:
        if budget.hmacs <= 0:
            break
        for name, data in texts_of(key, pems.get(id(key))):
            if _is_hmac(jwt, data, algs[0], budget):
                return _Told(key, is_expected=is_expected, public_text=name)
    return None


def _by_rsa(jwt: Jwt, key: VerifyingKey, budget: _Budget, *, is_expected: bool) -> _Told | None:
    """Return what an RSA key made, where it did make the signature: for another text, with
    another hash, or with the other padding."""
    public = key.key
    if not isinstance(public, rsa.RSAPublicKey) or family(jwt.alg) != "RSA" or budget.checks <= 0:
        return None
    signature = jwt.signature or b""
    if len(signature) != (public.key_size + 7) // 8:
        return None
    budget.checks -= 1
    try:
        content = public.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except (exceptions.InvalidSignature, ValueError):
        return _by_pss(jwt, key, budget, is_expected=is_expected)
    for prefix, name in _DIGEST_INFO.items():
        if content.startswith(prefix):
            digest = content[len(prefix) :]
            own = hashlib.new(name, jwt.signing_input, usedforsecurity=False).digest()
            if digest != own:
                return _Told(key, is_expected, recovered=Recovered(key, name, digest, own))
            return _Told(key, is_expected, real_alg=f"RS{name[3:]}" if name != "sha1" else "SHA-1")
    return None


def _by_pss(jwt: Jwt, key: VerifyingKey, budget: _Budget, *, is_expected: bool) -> _Told | None:
    for alg in ("PS256", "PS384", "PS512"):
        if alg != jwt.alg and _verifies(jwt, key, alg, budget):
            return _Told(key, is_expected, real_alg=alg)
    return None


def _made_elsewhere(
    jwt: Jwt, expected: Expected, observed: tuple[VerifyingKey, ...], budget: _Budget
) -> _Told | None:
    """Return a key that made the signature but is not the one that the server should use."""
    others = tuple(key for entry in expected.others for key in entry.keys)
    further = (*others, *(observed if expected.keys else ()))
    key = _plain(jwt, further, budget)
    if key is not None:
        return _Told(key, is_expected=False)
    for each in _rsa_keys(further):
        told = _by_rsa(jwt, each, budget, is_expected=False)
        if told is not None:
            return told
    if family(jwt.alg) != "secret":
        return None
    return _secret_variant(jwt, expected.others, budget, is_expected=False) or _public_text(
        jwt, expected.others, (*others, *observed), budget, is_expected=False
    )


def _rsa_keys(keys: Sequence[VerifyingKey]) -> Iterator[VerifyingKey]:
    return (key for key in keys if isinstance(key.key, rsa.RSAPublicKey))
