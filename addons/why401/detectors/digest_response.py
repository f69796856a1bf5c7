"""Is the response of a refused Digest Authorization the one that its parts give, and does it
agree with the challenge it answers?

With a configured password the response is computed again; where it differs, each part is tried
in the forms in which clients mistake it (RFC 7616 section 3.4). What fits is proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from why401.case import Case
from why401.context import Context
from why401.credentials.digest import Digest
from why401.credentials.digest_hash import (
    ALGORITHMS,
    TRUNCATED,
    DigestParts,
    is_session,
    pair_hash,
    user_hash,
)
from why401.credentials.find import Credential
from why401.detectors import digest_history, digest_parameters
from why401.detectors.digest_claim import (
    ENCODINGS,
    claimed_parts,
    is_for,
    is_stale,
    is_user,
    sent_digest,
)
from why401.detectors.digest_tries import SentDigest, tries
from why401.detectors.recomputed import certainty_of_recomputed, record
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic
from why401.detectors.traits import Trait
from why401.keys import BasicAccount
from why401.model import (
    CauseFound,
    Certainty,
    Evidence,
    Finding,
    Plain,
    SignatureCheck,
)

REPORTS = (
    "digest/method-mismatch",
    "digest/uri-mismatch",
    "digest/realm-mismatch",
    "digest/nonce-mismatch",
    "digest/variant-mismatch",
    "digest/algorithm-mismatch",
    "digest/nc-format",
    "digest/userhash",
    "digest/wrong-password",
)
NEEDS = frozenset({Trait.REFUSED, Trait.DIGEST})

MAX_ACCOUNTS = 20

_HARMLESS_FLAWS = frozenset({"quoted-token", "unquoted-string"})
"""Quotes that should or should not be there: requests sends some, servers do not mind, and what is
hashed is the same."""


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what recomputing proves about refused Digest credentials, and record the check."""
    if case.status not in (401, 407, 403, 400):
        return
    found = sent_digest(case)
    if found is None:
        return
    credential, digest = found
    accounts = [each for each in context.keys.basic[:200] if is_for(each, case)][:MAX_ACCOUNTS]
    if not accounts:
        needs = (f"credentials.basic[{len(context.keys.basic)}].password",)
        record(case, SignatureCheck("digest", "request", "unverifiable", needs=needs))
        return
    account = next((each for each in accounts if is_user(each, digest)), None)
    claim = claimed_parts(case, digest, account or accounts[0])
    if claim is None:
        record(case, SignatureCheck("digest", "request", "unverifiable"))
        return
    findings = list(_Judge(case, context, credential, digest, accounts, account, claim).findings())
    if not is_stale(case):
        yield from findings


class _Judge:
    """One Authorization against one account of the configuration."""

    def __init__(
        self,
        case: Case,
        context: Context,
        credential: Credential,
        digest: Digest,
        accounts: list[BasicAccount],
        account: BasicAccount | None,
        claim: DigestParts,
    ) -> None:
        self.case = case
        self.context = context
        self.credential = credential
        self.digest = digest
        self.accounts = accounts
        self.account = account
        self.claim = claim
        self.response = (digest.param("response") or "").lower()
        self.tried = 0
        self.pairs: dict[tuple[str, str, str, str, str], str | None] = {}

    def findings(self) -> Iterator[Finding]:
        """Yield what recomputing shows, and record it."""
        found = list(self._found())
        rules = [finding.rule for finding in found if finding.certainty is Certainty.PROVEN]
        is_right = self.account is not None and self._is_right()
        status = "valid" if is_right else "mismatch" if rules else "unverifiable"
        record(
            self.case,
            SignatureCheck(
                "digest",
                "request",
                status,
                explained_by=rules[0] if rules and not is_right else None,
                tried=self.tried,
            ),
        )
        yield from found

    def _found(self) -> Iterator[Finding]:
        yield from self._user_hash()
        if self.account is None:
            yield from self._other_user()
            return
        if self._is_right():
            yield from self._right_but_refused()
            return
        sent = SentDigest(
            self.case, self.context, self.digest, tuple(self.accounts), self.account, self.claim
        )
        for each in tries(sent):
            if self._fits(each.parts):
                yield self._finding(each.rule, each.cause, each.shown, self._sure(Topic.PASSWORD))
                return
        yield self._not_this_password()

    def _fits(self, parts: DigestParts) -> bool:
        is_ascii = f"{parts.user}{parts.realm}{parts.password}".isascii()
        for encoding in ENCODINGS[:1] if is_ascii else ENCODINGS:
            self.tried += 1
            pair = (parts.algorithm, parts.user, parts.realm, parts.password, encoding)
            if pair not in self.pairs:
                self.pairs[pair] = pair_hash(*pair)
            key = self.pairs[pair]
            if key is not None and parts.response_of(key) == self.response:
                return True
        return False

    def _is_right(self) -> bool:
        return any(self._fits(replace(self.claim, session=each)) for each in self._sessions())

    def _sessions(self) -> tuple[tuple[str, str] | None, ...]:
        """The nonce and cnonce that began the session: the current ones, or those remembered."""
        if not is_session(self.claim.algorithm):
            return (None,)
        host = self.case.exchange.request.host
        known = self.context.learnt.digests.nonce(host, self.claim.nonce)
        if known is None or known.first_cnonce is None:
            return (None,)
        return (None, (self.claim.nonce, known.first_cnonce))

    # -- findings -----------------------------------------------------------------------------

    def _user_hash(self) -> Iterator[Finding]:
        """Judge a hashed user name by itself (section 3.4.4)."""
        if (self.digest.param("userhash") or "").lower() != "true":
            return
        offered = [each for each in self.case.challenges if each.name == "digest"]
        takes = any((each.param("userhash") or "").lower() == "true" for each in offered)
        if offered and not takes:
            yield self._finding(
                "digest/userhash", "not-offered", {"userhash": "true"}, Certainty.LIKELY
            )
            return
        if self.account is not None:
            return
        sent = (self.digest.username or "").lower()
        for account in self.accounts:
            for algorithm in (*ALGORITHMS[:3], TRUNCATED):
                made = user_hash(algorithm, account.username, self.claim.realm)
                if made == sent:
                    yield self._finding(
                        "digest/userhash", "other-hash", algorithm, self._sure(Topic.PASSWORD)
                    )
                    return

    def _other_user(self) -> Iterator[Finding]:
        """The user sent is none of the configured; that his password is theirs would be proof."""
        sent = self.digest.username
        if sent is None or (self.digest.param("userhash") or "").lower() == "true":
            return
        for account in self.accounts:
            parts = replace(self.claim, user=sent, password=account.password.value)
            if self._fits(parts):
                yield self._finding(
                    "digest/wrong-password",
                    "wrong-user",
                    {"username": sent[:100]},
                    self._sure(Topic.PASSWORD),
                    account,
                )
                return

    def _right_but_refused(self) -> Iterator[Finding]:
        sent = self.digest.param("response") or ""
        if sent != sent.lower():
            yield self._finding(
                "digest/variant-mismatch", "upper-case", {"response": "A-F"}, Certainty.LIKELY
            )
            return
        others = [
            each
            for each in digest_parameters.detect(self.case, self.context)
            if each.rule != "digest/wrong-password"
        ]
        is_uri_alone = [each.rule for each in others] == ["digest/uri-mismatch"]
        if is_uri_alone and not any(digest_history.detect(self.case, self.context)):
            # User and password are right, and so is all else: the other target is what remains.
            yield self._remaining(others[0])
        elif not others:
            yield self._finding(
                "digest/wrong-password", "server-has-another", "fits", Certainty.LIKELY
            )

    def _remaining(self, defect: Finding) -> Finding:
        account = self.account
        place = f"config.{account.label}.password" if account else ""
        cause = CauseFound(defect.causes[0].id, self._sure())
        evidence = (*defect.evidence, *((Evidence(place, "fits"),) if place else ()))
        return msgspec.structs.replace(defect, evidence=evidence, causes=(cause,))

    def _not_this_password(self) -> Finding:
        certainty = self._sure(Topic.PASSWORD)
        body = self.case.exchange.request.body
        is_exact = body is None or (body.is_exact and body.is_complete and not body.is_decoded)
        in_doubt = is_session(self.claim.algorithm) or (
            (self.claim.qop or "").lower() == "auth-int" and not is_exact
        )
        if in_doubt or set(self.digest.flaws) - _HARMLESS_FLAWS:
            certainty = Certainty.LIKELY
        return self._finding(
            "digest/wrong-password",
            "not-this-password",
            "does not fit",
            certainty,
            is_proven=not in_doubt,
        )

    def _sure(self, *topics: Topic) -> Certainty:
        # The user's accounts are for the server, not for the proxy that answers 407.
        is_bound = self.case.status == 401 and all(each.host != "*" for each in self.accounts)
        return certainty_of_recomputed(self.case, *topics, is_bound=is_bound)

    def _finding(
        self,
        rule: str,
        cause: str,
        shown: Plain,
        certainty: Certainty,
        account: BasicAccount | None = None,
        *,
        is_proven: bool = True,
    ) -> Finding:
        account = account or self.account
        place = f"config.{account.label}.password" if account else ""
        signed = shown.get("signed") if isinstance(shown, dict) else shown
        return Finding(
            rule,
            Certainty.PROVEN if is_proven else Certainty.LIKELY,
            (
                Evidence(self.credential.where, self._stated(rule)),
                *((Evidence(place, shown),) if place else ()),
                *words_evidence(self.case, self.context.masker, Topic.PASSWORD),
            ),
            causes=(CauseFound(cause, certainty),),
            values={"sent": self._sent(rule), "signed": str(signed)[:120] or "-"},
        )

    def _sent(self, rule: str) -> str:
        names = {
            "digest/uri-mismatch": "uri",
            "digest/realm-mismatch": "realm",
            "digest/nonce-mismatch": "nonce",
            "digest/nc-format": "nc",
            "digest/wrong-password": "username",
        }
        if rule == "digest/method-mismatch":
            return self.case.exchange.request.method[:20]
        value = self.digest.param(names.get(rule, "algorithm")) or "-"
        return value.partition("?")[0][:120] if rule == "digest/uri-mismatch" else value[:120]

    def _stated(self, rule: str) -> Plain:
        """Return the parameter that the finding is about, as sent."""
        names = {
            "digest/method-mismatch": ("uri",),
            "digest/uri-mismatch": ("uri",),
            "digest/realm-mismatch": ("realm",),
            "digest/nonce-mismatch": ("nonce",),
            "digest/nc-format": ("nc",),
            "digest/userhash": ("userhash",),
            "digest/wrong-password": ("username", "realm"),
        }
        stated: dict[str, Plain] = {"method": self.case.exchange.request.method[:20]}
        for name in names.get(rule, ("algorithm", "qop")):
            value = self.digest.param(name)
            text = None if value is None else value.partition("?")[0][:120]
            stated[name] = text
        return stated
