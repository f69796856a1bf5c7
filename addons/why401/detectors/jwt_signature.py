"""Did one of the known keys make the signature of the refused JWT, and if not, why not?"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.detectors import jwt_key_id
from why401.detectors.jwt_judged import judged_jwt, verification_of
from why401.detectors.jwt_recomputed import MAX_SHOWN, Recomputed, name_of
from why401.detectors.recomputed import is_signature_accepted, record, was_accepted
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.jose.keys import VerifyingKey
from why401.jose.verify import Verification, family
from why401.model import Certainty, Evidence, Finding, Plain, SignatureCheck

REPORTS = (
    "jwt/alg-key-family",
    "jwt/public-key-as-hmac",
    "jwt/secret-encoding",
    "jwt/payload-altered",
    "jwt/alg-mismatch",
    "jwt/jwks-rotated",
    "jwt/kid-unknown",
    "jwt/kid-missing",
    "jwt/signature-wrong-key",
)
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

_RSA_SIZES = frozenset({128, 256, 384, 512, 1024})


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what the known keys prove about the signature of a refused JWT (RFC 7515 section
    5.2), and record the check."""
    credential = judged_jwt(case)
    if credential is None or credential.jwt is None:
        return
    found = verification_of(case, context, credential)
    findings = [] if found is None else list(_findings(case, context, credential, found))
    record(case, _check(context, credential.jwt, found, findings))
    if not findings or was_accepted(case, context, credential) or is_signature_accepted(case):
        # The server took the signature: whatever these keys say, it is not why.
        return
    yield from findings


def _check(
    context: Context, jwt: Jwt, found: Verification | None, findings: list[Finding]
) -> SignatureCheck:
    if found is None or found.status == "unverifiable":
        return _unverifiable(family(jwt.alg), len(context.keys.jwt))
    rules = [finding.rule for finding in findings]
    return SignatureCheck(
        "jwt",
        "token",
        found.status,
        explained_by=rules[0] if rules and found.status == "mismatch" else None,
        also_explained_by=tuple(rules[1:]) if found.status == "mismatch" else (),
        tried=found.tried,
    )


@functools.lru_cache(16)
def _unverifiable(kind: str | None, configured: int) -> SignatureCheck:
    """Return that a key of this kind is needed, beside those that are configured."""
    member = "secret" if kind == "secret" else "key"
    needs = (f"credentials.jwt[{configured}].{member}",) if kind else ()
    return SignatureCheck("jwt", "token", "unverifiable", needs=needs)


# -- findings -----------------------------------------------------------------------------------


def _findings(
    case: Case, context: Context, credential: Credential, found: Verification
) -> Iterator[Finding]:
    jwt = credential.jwt
    if jwt is None:
        return
    report = _Report(case, context, credential, jwt, found)
    if found.status == "valid":
        yield from report.of_valid()
    elif found.made_by is not None:
        yield from report.of_explained(found.made_by)
    else:
        yield from report.of_unexplained()


class _Report(Recomputed):
    """What one verification says about the token."""

    def of_valid(self) -> Iterator[Finding]:
        key = self.found.made_by
        if key is None:
            return
        yield from self._algorithm(key)
        yield from jwt_key_id.relabelled(self, key)
        if said(self.case, Topic.SIGNATURE):
            yield self.finding(
                "jwt/signature-wrong-key",
                "server-has-another",
                Certainty.LIKELY,
                self.key_evidence(key, "verifies"),
                Topic.SIGNATURE,
                key=name_of(key),
            )

    def of_explained(self, key: VerifyingKey) -> Iterator[Finding]:
        found = self.found
        if found.variant is not None:
            yield self.finding(
                "jwt/secret-encoding",
                found.variant.cause,
                self.certainty(Topic.SIGNATURE),
                self.key_evidence(key, found.variant.name),
                Topic.SIGNATURE,
                variant=found.variant.name,
                key=name_of(key),
            )
        elif found.public_text is not None:
            yield self.finding(
                "jwt/public-key-as-hmac",
                "key-as-secret",
                self.certainty(Topic.SIGNATURE, Topic.ALGORITHM),
                self.key_evidence(key, found.public_text),
                Topic.SIGNATURE,
                Topic.ALGORITHM,
                alg=self.alg,
                variant=found.public_text,
                key=name_of(key),
            )
        elif found.recovered is not None:
            recovered = found.recovered
            digests: Plain = {
                "hash": recovered.hash_name,
                "signed": recovered.digest.hex(),
                "token": recovered.own_digest.hex(),
            }
            yield self.finding(
                "jwt/payload-altered",
                "altered",
                self.certainty(Topic.SIGNATURE, is_bound=True),
                self.key_evidence(key, digests),
                Topic.SIGNATURE,
                key=name_of(key),
            )
        elif found.real_alg is not None:
            yield self.finding(
                "jwt/alg-mismatch",
                "mislabelled",
                self.certainty(Topic.SIGNATURE, Topic.ALGORITHM),
                self.key_evidence(key, {"made_with": found.real_alg}),
                Topic.SIGNATURE,
                Topic.ALGORITHM,
                alg=self.alg,
                real=found.real_alg,
            )
        if not found.is_expected:
            yield from self._made_by_another(key)

    def _made_by_another(self, key: VerifyingKey) -> Iterator[Finding]:
        expected = self.found.expected
        if not expected.keys:
            # No key is expected here; the one found elsewhere says only who signed.
            return
        yield self.finding(
            "jwt/signature-wrong-key",
            "known-key",
            self.certainty(Topic.SIGNATURE),
            (*self.expected_evidence(), *self.key_evidence(key, "made the signature")),
            Topic.SIGNATURE,
            key=name_of(key),
        )

    def of_unexplained(self) -> Iterator[Finding]:
        found = self.found
        keys = found.expected.keys or found.observed
        usable = [key for key in keys if self.jwt.alg in key.algorithms]
        if not keys:
            retired = jwt_key_id.rotated(self)
            if retired is not None:
                yield retired
            return
        if not usable:
            yield from self._family(keys)
            return
        if found.status != "mismatch":
            return
        yield from self._algorithm(usable[0])
        unknown = list(jwt_key_id.unknown(self, usable))
        yield from unknown
        if unknown:
            return
        is_observed = not found.expected.keys
        certainty = self.certainty(Topic.SIGNATURE)
        yield self.finding(
            "jwt/signature-wrong-key",
            self._wrong_key_cause(usable),
            Certainty.LIKELY if is_observed and certainty is Certainty.PROVEN else certainty,
            self.expected_evidence(),
            Topic.SIGNATURE,
            key=name_of(usable[0]),
        )

    def _wrong_key_cause(self, keys: list[VerifyingKey]) -> str:
        """An RS* signature by one of `keys` would have given back a digest, whatever became of the
        token since: noise is another key's."""
        size = len(self.jwt.signature or b"")
        if keys[0].kind.startswith("RSA") and size not in _RSA_SIZES:
            return "cut-or-other-size"
        return "by-another-key" if self.alg.startswith("RS") else "not-by-this-key"

    def _family(self, keys: tuple[VerifyingKey, ...]) -> Iterator[Finding]:
        """The token's algorithm cannot be used with the key at all."""
        if not self.found.expected.keys:
            return
        wanted = family(self.jwt.alg)
        if wanted is None:
            return
        kinds = ", ".join(dict.fromkeys(key.kind for key in keys))[:MAX_SHOWN]
        has_family = any(key.kind.startswith(wanted) for key in keys)
        if wanted == "secret":
            cause = "secret-for-public"
        elif all(key.is_secret for key in keys):
            cause = "public-for-secret"
        else:
            cause = "other-curve" if has_family else "other-kind"
        yield self.finding(
            "jwt/alg-key-family",
            cause,
            self.certainty(Topic.SIGNATURE, Topic.ALGORITHM),
            (self.header_evidence(alg=self.alg), *self.expected_evidence()),
            Topic.SIGNATURE,
            Topic.ALGORITHM,
            alg=self.alg,
            kind=kinds,
        )

    def _algorithm(self, key: VerifyingKey) -> Iterator[Finding]:
        """The algorithm is not the one that the configuration, or the key itself, allows."""
        found = self.found
        entries = [each.entry for each in found.expected.entries]
        # An entry that names none takes any that its key can be used with.
        is_open = any(not each.algorithms for each in entries)
        allowed = set() if is_open else {alg for each in entries for alg in each.algorithms}
        place = f"config.{entries[0].label}.algorithms" if entries else ""
        cause = "not-configured"
        if not allowed and key.alg is not None and found.is_expected:
            allowed, place, cause = {key.alg}, key.place, "other-than-the-key"
        if not allowed or self.jwt.alg in allowed:
            return
        certainty = self.certainty(Topic.ALGORITHM)
        yield self.finding(
            "jwt/alg-mismatch",
            cause,
            certainty if cause == "not-configured" else certainty.at_most(Certainty.LIKELY),
            (self.header_evidence(alg=self.alg), Evidence(place, sorted(allowed)[:10])),
            Topic.ALGORITHM,
            alg=self.alg,
            real=", ".join(sorted(allowed))[:MAX_SHOWN],
        )
