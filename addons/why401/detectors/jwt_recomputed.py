"""What every finding about a recomputed JWT signature is made of: its evidence and certainty."""

from __future__ import annotations

from why401.case import Case
from why401.context import Context
from why401.credentials.find import Credential
from why401.credentials.jwt import Jwt
from why401.detectors.jwt_judged import is_sent_as_token
from why401.detectors.recomputed import certainty_of_recomputed
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic
from why401.jose.keys import VerifyingKey
from why401.jose.verify import Verification
from why401.model import CauseFound, Certainty, Evidence, Finding, Plain

MAX_SHOWN = 80
"""Characters that are shown of a key id or name."""


class Recomputed:
    """One token and its verification: every finding about them has the same evidence."""

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

    def jwks(self) -> tuple[VerifyingKey, ...]:
        """Return the keys that key sets hold, for they have names."""
        found = self.found
        return tuple(key for key in (found.expected.keys or found.observed) if "jwks" in key.place)

    def certainty(self, *topics: Topic, is_bound: bool | None = None) -> Certainty:
        """Return how sure it is that what the keys prove is why the server refused."""
        bound = self.found.expected.is_bound if is_bound is None else is_bound
        return certainty_of_recomputed(
            self.case, *topics, is_bound=bound and is_sent_as_token(self.credential)
        )

    def header_evidence(self, **members: str | None) -> Evidence:
        """Return members of the token's header as evidence."""
        return Evidence(self.credential.where, dict(members))

    def key_evidence(self, key: VerifyingKey, seen: Plain) -> tuple[Evidence, ...]:
        """Return what was found with `key`, where it is configured or was observed."""
        if key.exchange is None:
            return (Evidence(key.place, seen),)
        shown: dict[str, Plain] = {"exchange": key.exchange, "kid": key.kid, "found": seen}
        return (Evidence(key.place, shown),)

    def expected_evidence(self) -> tuple[Evidence, ...]:
        """Return the token's algorithm and the keys that are expected here as evidence."""
        found = self.found
        keys = found.expected.keys or found.observed
        seen: dict[str, Evidence] = {}
        for key in keys[:5]:
            for each in self.key_evidence(key, key.kind):
                seen.setdefault(each.where, each)
        return (self.header_evidence(alg=self.alg), *seen.values())

    def finding(
        self,
        rule: str,
        cause: str,
        certainty: Certainty,
        evidence: tuple[Evidence, ...],
        *topics: Topic,
        **values: str | int,
    ) -> Finding:
        """Return a finding about the signature, with the server's words about `topics`."""
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


def name_of(key: VerifyingKey) -> str:
    """Return how the user knows a key: its path in the configuration, or that it was observed."""
    if key.exchange is not None:
        return f"{key.kid or key.kind} (JWKS, {key.exchange})"[:MAX_SHOWN]
    return key.place.removeprefix("config.")[:MAX_SHOWN]
