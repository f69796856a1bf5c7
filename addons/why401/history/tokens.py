"""The lives of tokens: issued, used, refused, refreshed, superseded, revoked.

Tokens are known by fingerprint. Those that an answer handed out have a record; of others only the
last success is kept.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.history.issued import (
    asked_for,
    granted_scope,
    issued_tokens,
    owner_of,
    sent_refresh_token,
    token_kind,
)
from why401.history.requests import Worked
from why401.history.sighting import Client, Fingerprints, Sighting, placeholder, seen_in
from why401.masking import is_redacted
from why401.model import TimelineEvent

MAX_RECORDS = 1500
MAX_SUCCESSES = 2000
MAX_CLIENTS = 500
MAX_REFRESHES = 4
RECENT_S = 120.0


class Token(msgspec.Struct):
    """What is known of one token. `chain` names its succession; `superseded_by` is the
    fingerprint of the token that took its place."""

    fingerprint: bytes
    kind: str
    chain: tuple[str, ...] | None = None
    issued: Sighting | None = None
    expires_at_s: float | None = None
    worked: Sighting | None = None
    refused: Sighting | None = None
    """The first refusal."""
    superseded: Sighting | None = None
    superseded_by: bytes | None = None
    predecessor: bytes | None = None
    """The token whose place it took."""
    asked_scope: str | None = None
    granted_scope: str | None = None
    is_audience_asked: bool = False
    """Whether the request that got it named the API that it is for."""
    is_retired: bool = False
    """Whether the server ends it when it issues the successor."""
    is_link_guessed: bool = False
    """Whether it is only by its client and by time that its successor is known."""
    revoked: Sighting | None = None
    password_changed: Sighting | None = None
    """The request with which its user changed the password, which ends tokens at many servers."""
    exchanged: list[tuple[Sighting, bool]] = msgspec.field(default_factory=list)
    """For a refresh token: where it was sent to be exchanged, and whether that worked."""

    def is_over(self, at_s: float | None) -> bool:
        """Return whether the answer that issued it said how long it lives, and that time is over
        at `at_s`."""
        return self.expires_at_s is not None and at_s is not None and self.expires_at_s <= at_s


class Tokens:
    """Tokens of one capture or session."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._records: Bounded[bytes, Token] = Bounded(MAX_RECORDS)
        self._current: Bounded[tuple[str, ...], bytes] = Bounded(MAX_RECORDS)
        self._successes: OrderedDict[bytes, Worked] = OrderedDict()
        self._given: Bounded[Client, bytes] = Bounded(MAX_CLIENTS)
        self._last_refused: Bounded[Client, tuple[bytes, Sighting]] = Bounded(MAX_CLIENTS)
        self._sessions = 0

    # -- what is asked ----------------------------------------------------------------------

    def record(self, fingerprint: bytes) -> Token | None:
        """Return what is known of a token that was handed out, refreshed or revoked."""
        return self._records.get(fingerprint)

    def is_refresh_issued_in(self, exchange: str) -> bool:
        """Return whether an answer handed out a refresh token."""
        return any(
            token.kind == "refresh"
            and token.issued is not None
            and token.issued.exchange == exchange
            for token in self._records.values()
        )

    def success(self, fingerprint: bytes) -> Worked | None:
        """Return the last request that this token opened."""
        return self._successes.get(fingerprint)

    def given_to(self, client: Client) -> Token | None:
        """Return the access token that `client` was given last."""
        fingerprint = self._given.get(client)
        return self._records.get(fingerprint) if fingerprint else None

    def timeline(self, fingerprint: bytes) -> tuple[TimelineEvent, ...]:
        """Return the life of a token that was seen to be issued or replaced, in order of time."""
        token = self._records.get(fingerprint)
        if token is None:
            return ()
        subject = placeholder("token", fingerprint)
        moments: list[tuple[str, Sighting | None]] = [
            ("issued", token.issued),
            ("used", token.worked),
            ("refused", token.refused),
            *(("refreshed" if ok else "refused", seen) for seen, ok in token.exchanged),
            ("superseded", token.superseded),
            ("revoked", token.revoked),
        ]
        events = [
            TimelineEvent(event, seen.exchange, seen.at_s, subject, seen.via, seen.client_text)
            for event, seen in moments
            if seen is not None
        ]
        return tuple(sorted(events, key=lambda event: event.at_s or 0.0))

    # -- what is learnt ---------------------------------------------------------------------

    def learn_success(self, fingerprint: bytes, success: Worked) -> None:
        """Remember that a token opened a request; called for healthy traffic too, so cheap."""
        successes = self._successes
        successes[fingerprint] = success
        successes.move_to_end(fingerprint)
        if len(successes) > MAX_SUCCESSES:
            successes.popitem(last=False)

    def learn_use(self, fingerprint: bytes, seen: Sighting, *, is_refused: bool) -> None:
        """Remember that a token was sent, and how that ended."""
        token = self._records.get(fingerprint)
        if is_refused:
            self._last_refused.remember(seen.client, (fingerprint, seen))
        if token is None:
            return
        self._records.move_to_end(fingerprint)
        if is_refused:
            token.refused = token.refused or seen
        else:
            token.worked = seen

    def learn_revoked(self, fingerprint: bytes, seen: Sighting) -> None:
        """Remember that a token was given back, or its session ended."""
        token = self._records.get(fingerprint) or self._add(Token(fingerprint, "access"))
        token.revoked = token.revoked or seen

    def learn_password_changed(self, fingerprint: bytes, seen: Sighting) -> None:
        """Remember that the bearer of a token changed the password."""
        token = self._records.get(fingerprint) or self._add(Token(fingerprint, "access"))
        token.password_changed = seen

    def learn_issued(self, case: Case, seen: Sighting) -> bool:
        """Remember the tokens that `case` hands out; return whether there were any."""
        sent = sent_refresh_token(case)
        refresh = None
        tokens = issued_tokens(case)
        if sent is not None and not is_redacted(sent):
            fingerprint = self._fingerprints.of(sent)
            refresh = self._records.get(fingerprint) or self._add(Token(fingerprint, "refresh"))
            refresh.exchanged.append((seen, bool(tokens)))
            del refresh.exchanged[1 : -MAX_REFRESHES + 1]
        if not tokens:
            return False
        chain, retires = self._chain(case, refresh)
        access: bytes | None = None
        for issued in tokens:
            if is_redacted(issued.value):
                continue
            fingerprint = self._fingerprints.of(issued.value)
            token = self._records.get(fingerprint)
            if token is None:
                token = self._add(Token(fingerprint, token_kind(case, issued)))
            token.chain = token.chain or chain
            token.issued = token.issued or seen
            if issued.expires_in_s is not None and seen.at_s is not None:
                token.expires_at_s = seen.at_s + issued.expires_in_s
            if issued.kind == "refresh":
                if refresh is not None and fingerprint != refresh.fingerprint:
                    _supersede(refresh, fingerprint, seen, retires=True)
                    token.predecessor = refresh.fingerprint
            elif access is None or issued.kind == "access":
                access = fingerprint
                asked = asked_for(case)
                token.asked_scope, token.is_audience_asked = asked.scope, asked.names_audience
                token.granted_scope = granted_scope(case)
        if access is not None:
            self._succeed(chain, access, seen, retires=retires)
            self._given.remember(seen.client, access)
        return True

    def _succeed(
        self, chain: tuple[str, ...] | None, access: bytes, seen: Sighting, *, retires: bool
    ) -> None:
        if chain is None:
            return
        before = self._current.get(chain)
        self._current.remember(chain, access)
        old = self._records.get(before) if before is not None and before != access else None
        if old is not None and (retires or chain[0] == "session"):
            _supersede(old, access, seen, retires=retires)
            if new := self._records.get(access):
                new.predecessor = old.fingerprint

    def _chain(self, case: Case, refresh: Token | None) -> tuple[tuple[str, ...] | None, bool]:
        owner = owner_of(case)
        if owner is not None:
            return owner.chain, owner.retires
        if refresh is not None and refresh.chain is not None:
            return refresh.chain, False
        self._sessions += 1
        chain = ("session", str(self._sessions))
        if refresh is not None:
            refresh.chain = chain
            self._link_unseen(case, chain)
        return chain, False

    def _link_unseen(self, case: Case, chain: tuple[str, ...]) -> None:
        """The session began before the capture: the access token that this client was last refused
        with, a moment ago, is most likely the one that it now refreshes."""
        seen = seen_in(case)
        last = self._last_refused.get(seen.client)
        if last is None:
            return
        fingerprint, refused = last
        if (seen.at_s or 0.0) - (refused.at_s or 0.0) > RECENT_S:
            return
        token = self._records.get(fingerprint) or self._add(Token(fingerprint, "access"))
        if token.chain is None:
            token.chain, token.is_link_guessed = chain, True
            token.refused = token.refused or refused
            self._current.remember(chain, fingerprint)

    def _add(self, token: Token) -> Token:
        self._records.remember(token.fingerprint, token)
        return token


def _supersede(old: Token, by: bytes, seen: Sighting, *, retires: bool) -> None:
    if old.superseded is None:
        old.superseded, old.superseded_by, old.is_retired = seen, by, retires
