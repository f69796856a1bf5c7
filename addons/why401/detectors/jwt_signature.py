"""Did one of the known keys make the signature of the refused JWT, and if not, why not?"""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.detectors.recomputed import (
    certainty_of_recomputed,
    is_signature_accepted,
    record,
    was_accepted,
)
from why401.detectors.refusal import (
    certainty_by_words,
    is_redacted,
    is_refused,
    judged_credentials,
    words_evidence,
)
from why401.detectors.server_words import Topic, said
from why401.jose.keys import VerifyingKey
from why401.jose.verify import Verification, family, verification
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain, SignatureCheck

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

_UNREADABLE = frozenset(
    {"malformed", "two-segments", "empty-signature", "jwe-not-jws", "nested-or-double-encoded"}
    | {"alg-none", "alg-missing", "alg-case", "es256-der-signature", "too-large"}
)
"""Problems of the token itself, beside which no key says anything."""
_RSA_SIZES = frozenset({128, 256, 384, 512, 1024})
_MAX_SHOWN = 80


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what the known keys prove about the signature of a refused JWT (RFC 7515 section
    5.2), and record the check."""
    if not is_refused(case):
        return
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


def judged_jwt(case: Case) -> Credential | None:
    """Return the JWT that the answer is about: the first that can be read, no DPoP proof."""
    for credential in judged_credentials(case):
        jwt = credential.jwt
        is_proof = credential.where == "request.header.dpop"
        if jwt and jwt.header and not is_proof and not is_redacted(credential.value):
            return credential
    return None


def is_sent_as_token(credential: Credential) -> bool:
    """Return whether the JWT stands where the server looks for a token: in Authorization, query
    or body. One in a cookie or a header of its own may be anybody's."""
    where = credential.where
    return where.startswith(("request.header.authorization", "request.header.proxy-")) or (
        not where.startswith(("request.header.", "request.cookie."))
    )


def verification_of(case: Case, context: Context, credential: Credential) -> Verification | None:
    """Return what the keys show about the signature of `credential`; None where its bytes are
    no signature, or were cut."""
    jwt = credential.jwt
    if jwt is None or jwt.claims is None or not _UNREADABLE.isdisjoint(jwt.problems):
        return None
    if not context.keys.jwt and not context.learnt.jwt.has_observed:
        return None
    known = case.memo.get("jwt.verification")
    if not isinstance(known, Verification):
        host = case.exchange.request.host
        known = verification(jwt, context.keys.jwt, context.learnt.jwt, host)
        case.memo["jwt.verification"] = known
    return known


def _check(
    context: Context, jwt: Jwt, found: Verification | None, findings: list[Finding]
) -> SignatureCheck:
    if found is None or found.status == "unverifiable":
        number = len(context.keys.jwt)
        member = "secret" if family(jwt.alg) == "secret" else "key"
        needs = (f"credentials.jwt[{number}].{member}",) if family(jwt.alg) else ()
        return SignatureCheck("jwt", "token", "unverifiable", needs=needs)
    rules = [finding.rule for finding in findings]
    return SignatureCheck(
        "jwt",
        "token",
        found.status,
        explained_by=rules[0] if rules and found.status == "mismatch" else None,
        also_explained_by=tuple(rules[1:]) if found.status == "mismatch" else (),
        tried=found.tried,
    )


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


class _Report:
    """Words one verification: every finding on the same token with the same evidence."""

    def __init__(
        self, case: Case, context: Context, credential: Credential, jwt: Jwt, found: Verification
    ) -> None:
        self.case = case
        self.context = context
        self.credential = credential
        self.jwt = jwt
        self.found = found
        self.alg = (jwt.alg or "?")[:20]
        kid = (jwt.header or {}).get("kid")
        self.kid = kid if isinstance(kid, str) else None

    def of_valid(self) -> Iterator[Finding]:
        key = self.found.made_by
        if key is None:
            return
        yield from self._algorithm(key)
        yield from self._kid_of(key)
        if said(self.case, Topic.SIGNATURE):
            yield self._finding(
                "jwt/signature-wrong-key",
                "server-has-another",
                Certainty.LIKELY,
                self._key_evidence(key, "verifies"),
                Topic.SIGNATURE,
                key=_name(key),
            )

    def of_explained(self, key: VerifyingKey) -> Iterator[Finding]:
        found = self.found
        if found.variant is not None:
            yield self._finding(
                "jwt/secret-encoding",
                found.variant.cause,
                self._certainty(Topic.SIGNATURE),
                self._key_evidence(key, found.variant.name),
                Topic.SIGNATURE,
                variant=found.variant.name,
                key=_name(key),
            )
        elif found.public_text is not None:
            yield self._finding(
                "jwt/public-key-as-hmac",
                "key-as-secret",
                self._certainty(Topic.SIGNATURE, Topic.ALGORITHM),
                self._key_evidence(key, found.public_text),
                Topic.SIGNATURE,
                Topic.ALGORITHM,
                alg=self.alg,
                variant=found.public_text,
                key=_name(key),
            )
        elif found.recovered is not None:
            recovered = found.recovered
            digests: Plain = {
                "hash": recovered.hash_name,
                "signed": recovered.digest.hex(),
                "token": recovered.own_digest.hex(),
            }
            yield self._finding(
                "jwt/payload-altered",
                "altered",
                self._certainty(Topic.SIGNATURE, is_bound=True),
                self._key_evidence(key, digests),
                Topic.SIGNATURE,
                key=_name(key),
            )
        elif found.real_alg is not None:
            yield self._finding(
                "jwt/alg-mismatch",
                "mislabelled",
                self._certainty(Topic.SIGNATURE, Topic.ALGORITHM),
                self._key_evidence(key, {"made_with": found.real_alg}),
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
        yield self._finding(
            "jwt/signature-wrong-key",
            "known-key",
            self._certainty(Topic.SIGNATURE),
            (*self._expected_evidence(), *self._key_evidence(key, "made the signature")),
            Topic.SIGNATURE,
            key=_name(key),
        )

    def of_unexplained(self) -> Iterator[Finding]:
        found = self.found
        keys = found.expected.keys or found.observed
        usable = [key for key in keys if self.jwt.alg in key.algorithms]
        if not keys:
            yield from self._kid_without_key()
            return
        if not usable:
            yield from self._family(keys)
            return
        if found.status != "mismatch":
            return
        yield from self._algorithm(usable[0])
        unknown = list(self._unknown_kid(usable))
        yield from unknown
        if unknown:
            return
        is_observed = not found.expected.keys
        certainty = self._certainty(Topic.SIGNATURE)
        yield self._finding(
            "jwt/signature-wrong-key",
            self._wrong_key_cause(usable),
            Certainty.LIKELY if is_observed and certainty is Certainty.PROVEN else certainty,
            self._expected_evidence(),
            Topic.SIGNATURE,
            key=_name(usable[0]),
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
        kinds = ", ".join(dict.fromkeys(key.kind for key in keys))[:_MAX_SHOWN]
        has_family = any(key.kind.startswith(wanted) for key in keys)
        if wanted == "secret":
            cause = "secret-for-public"
        elif all(key.is_secret for key in keys):
            cause = "public-for-secret"
        else:
            cause = "other-curve" if has_family else "other-kind"
        yield self._finding(
            "jwt/alg-key-family",
            cause,
            self._certainty(Topic.SIGNATURE, Topic.ALGORITHM),
            (self._header_evidence(alg=self.alg), *self._expected_evidence()),
            Topic.SIGNATURE,
            Topic.ALGORITHM,
            alg=self.alg,
            kind=kinds,
        )

    def _algorithm(self, key: VerifyingKey) -> Iterator[Finding]:
        """The algorithm is not the one that the configuration, or the key itself, allows."""
        found = self.found
        allowed = {alg for entry in found.expected.entries for alg in entry.entry.algorithms}
        place = next(
            (f"config.{e.entry.label}.algorithms" for e in found.expected.entries if e.entry), ""
        )
        cause = "not-configured"
        if not allowed and key.alg is not None and found.is_expected:
            allowed, place, cause = {key.alg}, key.place, "other-than-the-key"
        if not allowed or self.jwt.alg in allowed:
            return
        certainty = self._certainty(Topic.ALGORITHM)
        yield self._finding(
            "jwt/alg-mismatch",
            cause,
            certainty if cause == "not-configured" else min_certainty(certainty, Certainty.LIKELY),
            (self._header_evidence(alg=self.alg), Evidence(place, sorted(allowed)[:10])),
            Topic.ALGORITHM,
            alg=self.alg,
            real=", ".join(sorted(allowed))[:_MAX_SHOWN],
        )

    def _kid_of(self, key: VerifyingKey) -> Iterator[Finding]:
        """The signature is right, but the header leads to another key, or to none."""
        has_kids = [each for each in self._jwks() if each.kid is not None]
        if self.kid is None and (self.jwt.header or {}).get("kid") is None:
            same = [each for each in has_kids if self.jwt.alg in each.algorithms]
            if len(same) > 1 and key.kid is not None:
                yield self._finding(
                    "jwt/kid-missing",
                    "several-keys",
                    Certainty.PROVEN if said(self.case, Topic.KEY_ID) else Certainty.POSSIBLE,
                    (
                        self._header_evidence(kid=None),
                        *self._key_evidence(key, {"kid": key.kid[:_MAX_SHOWN]}),
                    ),
                    Topic.KEY_ID,
                    count=len(same),
                    right=key.kid[:_MAX_SHOWN],
                )
        elif key.kid is not None and self.kid is not None and key.kid != self.kid:
            yield self._finding(
                "jwt/kid-unknown",
                "relabelled",
                certainty_by_words(self.case, Topic.KEY_ID, Topic.SIGNATURE),
                (
                    self._header_evidence(kid=self.kid[:_MAX_SHOWN]),
                    *self._key_evidence(key, {"kid": key.kid[:_MAX_SHOWN]}),
                ),
                Topic.KEY_ID,
                kid=self.kid[:_MAX_SHOWN],
                right=key.kid[:_MAX_SHOWN],
            )

    def _unknown_kid(self, keys: list[VerifyingKey]) -> Iterator[Finding]:
        """The header names a key that the key set does not hold, and none in it made the
        signature."""
        kids = {key.kid for key in self._jwks() if key.kid is not None}
        if self.kid is None or not kids or self.kid in kids:
            return
        rotated = self._rotated()
        if rotated is not None:
            yield rotated
            return
        yield self._finding(
            "jwt/kid-unknown",
            "not-in-jwks",
            # Keys rotate: a set that was copied or seen earlier proves nothing by itself.
            certainty_by_words(self.case, Topic.KEY_ID, Topic.SIGNATURE),
            (
                self._header_evidence(kid=self.kid[:_MAX_SHOWN]),
                Evidence(
                    keys[0].place.partition("jwks")[0] + "jwks",
                    sorted(kid[:_MAX_SHOWN] for kid in kids)[:10],
                ),
            ),
            Topic.KEY_ID,
            kid=self.kid[:_MAX_SHOWN],
            right=", ".join(sorted(kids))[:_MAX_SHOWN],
        )

    def _kid_without_key(self) -> Iterator[Finding]:
        rotated = self._rotated()
        if rotated is not None:
            yield rotated

    def _rotated(self) -> Finding | None:
        issuer = (self.jwt.claims or {}).get("iss")
        retired = self.context.learnt.jwt.retired(
            self.kid, issuer if isinstance(issuer, str) else None
        )
        if retired is None:
            return None
        finding = self._finding(
            "jwt/jwks-rotated",
            "rotated",
            certainty_by_words(self.case, Topic.KEY_ID, Topic.SIGNATURE),
            (
                self._header_evidence(kid=retired.kid[:_MAX_SHOWN]),
                Evidence(
                    "history.jwks",
                    {"url": retired.url, "held": retired.exchange, "gone": retired.gone_in},
                ),
            ),
            Topic.KEY_ID,
            kid=retired.kid[:_MAX_SHOWN],
            url=retired.url,
        )
        related = tuple(dict.fromkeys((retired.exchange, retired.gone_in)))
        return Finding(
            finding.rule,
            finding.certainty,
            finding.evidence,
            finding.causes,
            finding.values,
            related,
        )

    def _jwks(self) -> tuple[VerifyingKey, ...]:
        found = self.found
        return tuple(key for key in (found.expected.keys or found.observed) if "jwks" in key.place)

    # -- parts of a finding -----------------------------------------------------------------

    def _certainty(self, *topics: Topic, is_bound: bool | None = None) -> Certainty:
        bound = self.found.expected.is_bound if is_bound is None else is_bound
        return certainty_of_recomputed(
            self.case, *topics, is_bound=bound and is_sent_as_token(self.credential)
        )

    def _header_evidence(self, **members: str | None) -> Evidence:
        return Evidence(self.credential.where, dict(members))

    def _key_evidence(self, key: VerifyingKey, seen: Plain) -> tuple[Evidence, ...]:
        if key.exchange is None:
            return (Evidence(key.place, seen),)
        shown: dict[str, Plain] = {"exchange": key.exchange, "kid": key.kid, "found": seen}
        return (Evidence(key.place, shown),)

    def _expected_evidence(self) -> tuple[Evidence, ...]:
        found = self.found
        keys = found.expected.keys or found.observed
        seen: dict[str, Evidence] = {}
        for key in keys[:5]:
            for each in self._key_evidence(key, key.kind):
                seen.setdefault(each.where, each)
        return (self._header_evidence(alg=self.alg), *seen.values())

    def _finding(
        self,
        rule: str,
        cause: str,
        certainty: Certainty,
        evidence: tuple[Evidence, ...],
        *topics: Topic,
        **values: str | int,
    ) -> Finding:
        is_certain = (
            self.found.expected.is_bound or self.found.is_expected or certainty is Certainty.PROVEN
        )
        return Finding(
            rule,
            Certainty.PROVEN if is_certain else Certainty.LIKELY,
            (*evidence, *words_evidence(self.case, self.context.masker, *topics)),
            causes=(CauseFound(cause, certainty),),
            values=values,
        )


def min_certainty(one: Certainty, other: Certainty) -> Certainty:
    """Return the weaker of two certainties."""
    return max(one, other, key=tuple(Certainty).index)


def _name(key: VerifyingKey) -> str:
    """Return how the user knows a key: its path in the configuration, or that it was observed."""
    if key.exchange is not None:
        return f"{key.kid or key.kind} (JWKS, {key.exchange})"[:_MAX_SHOWN]
    return key.place.removeprefix("config.")[:_MAX_SHOWN]
