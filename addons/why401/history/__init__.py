"""What earlier exchanges taught: bounded in count and bytes, asked by named questions.

Nothing here holds a secret, only keyed fingerprints. Times are Unix seconds of the exchanges,
never of a clock. One part for each idea; this class feeds them and joins what they know.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from why401.case import Case
from why401.credentials.find import Credential
from why401.history.accepted import Accepted
from why401.history.carried import is_subject, place_in_body, sent_grant, token_text
from why401.history.clocks import Clocks
from why401.history.cookies import Cookie, Jars
from why401.history.endings import learn_ending
from why401.history.grants import Grants
from why401.history.handshakes import Handshakes, wants_connection
from why401.history.issued import issued_tokens
from why401.history.logins import Logins
from why401.history.orders import Orders
from why401.history.outcome import is_mistake, is_probe, outcome_of, replica
from why401.history.redirects import Redirects
from why401.history.refusals import Refusals, mark_of, written_as
from why401.history.requests import Attempt, Guarded, RequestKey, Requests, Worked, request_key
from why401.history.resources import Resources
from why401.history.settling import Carried, Settled, settled_by, settled_by_login
from why401.history.shapes import Shapes
from why401.history.sighting import Fingerprints, Sighting, seen_in
from why401.history.tokens import Tokens
from why401.masking import is_redacted
from why401.model import Diagnosis, TimelineEvent

MAX_CARRIED = 4
MAX_TIMELINE = 12


class History:
    """Memory of one capture or one session of the proxy. `key` makes its fingerprints."""

    def __init__(self, key: bytes = b"why401") -> None:
        self.fingerprints = Fingerprints(key)
        self.clocks = Clocks()
        self.refusals = Refusals(self.fingerprints)
        self.redirects = Redirects(self.fingerprints)
        self.jars = Jars(self.fingerprints)
        self.tokens = Tokens(self.fingerprints)
        self.shapes = Shapes()
        self.resources = Resources()
        self.requests = Requests()
        self.accepted = Accepted()
        self.grants = Grants(self.fingerprints)
        self.logins = Logins()
        self.orders = Orders(self.fingerprints)
        self.handshakes = Handshakes()

    # -- questions --------------------------------------------------------------------------

    def is_watching(self, host: str) -> bool:
        """Return whether the next answer of `host` may change or explain something."""
        return self.refusals.awaits_answer_from(host) or self.redirects.leads_to(host)

    def awaits(self, method: bytes, host: str, target: bytes) -> bool:
        """Return whether the answer to this request may settle an earlier refusal."""
        return self.refusals.awaits(method, host, target)

    def awaits_mark(self, mark: int) -> bool:
        """As `awaits`, of the request that `mark` stands for (see `refusals.request_mark`): whoever
        reads a file twice keeps no more of a healthy request than that."""
        return self.refusals.awaits_mark(mark) or self.requests.guards_mark(mark)

    def was_refused(self, method: bytes, host: str, target: bytes) -> bool:
        """Return whether the request was refused before, and its successes may be looked at."""
        if not self.requests.guards(host):
            return False
        return self.requests.guarded(request_key(method, host, target)) is not None

    def opens_oddly(
        self,
        method: bytes,
        host: str,
        target: bytes,
        authorization: bytes | None,
        at_s: float | None,
    ) -> bool:
        """Return whether a success deserves a look: the request was refused before, and now it has
        no Authorization, or one that a server had better not accept. For all healthy traffic."""
        if not self.was_refused(method, host, target):
            return False
        return authorization is None or self.accepted.is_odd(authorization, at_s)

    def knows_token(self, token: bytes) -> bool:
        """Return whether `token`, as it stood in a query, was seen to be issued or replaced."""
        text = unquote_to_bytes(token.replace(b"+", b" "))
        return self.tokens.record(self.fingerprints.of(text)) is not None

    def seen(self, case: Case) -> Sighting:
        """Return `case` as it will be remembered."""
        return seen_in(case)

    def carried(self, case: Case) -> tuple[Carried, ...]:
        """Return the credentials that the request shows, cookies left out, at most four."""
        found = case.memo.get("history.carried")
        if not isinstance(found, tuple):
            found = tuple(
                Carried(credential, self.fingerprints.of(text))
                for credential in case.credentials
                if credential.scheme != "cookie"
                and not is_subject(case, credential)
                and (text := token_text(credential))
                and not is_redacted(text)
            )[:MAX_CARRIED]
            case.memo["history.carried"] = found
        return found

    def session(self, case: Case) -> bytes | None:
        """Return the fingerprint of the session cookie that was sent, None without one."""
        for credential in case.credentials:
            if credential.scheme == "cookie" and not is_redacted(credential.value):
                return self.fingerprints.of(credential.value)
        return None

    def key(self, case: Case) -> RequestKey:
        """Return what stands for the method, host and path of the request."""
        key: RequestKey | None = case.memo.get("history.key")
        if key is None:
            request = case.exchange.request
            key = request_key(request.method, request.host, request.target)
            case.memo["history.key"] = key
        return key

    def timeline(self, case: Case) -> tuple[TimelineEvent, ...]:
        """Return what happened to the credentials of `case` before, and to those that took their
        place, in order of time; the newest twelve moments."""
        events: dict[tuple[str, str, str], TimelineEvent] = {}
        wanted = [carried.fingerprint for carried in self.carried(case)[:2]]
        for fingerprint in wanted:
            for event in self.tokens.timeline(fingerprint):
                events.setdefault((event.event, event.exchange, event.subject), event)
        if not any(event.event != "refused" for event in events.values()):
            return ()
        return tuple(sorted(events.values(), key=lambda each: each.at_s or 0.0))[-MAX_TIMELINE:]

    # -- lessons ----------------------------------------------------------------------------

    def learn_success(
        self,
        method: bytes,
        host: str,
        target: bytes,
        authorization: bytes,
        exchange: str,
        at_s: float | None,
    ) -> None:
        """Remember that an ordinary request worked; for healthy traffic, so it is kept cheap."""
        token = self.fingerprints.of_authorization(authorization)
        scheme = authorization[:7].partition(b" ")[0].lower().decode("latin-1")
        worked = Worked(exchange, host, at_s, token, scheme, hash(authorization))
        if scheme == "bearer" and self.tokens.success(token) is None:
            self.shapes.learn_accepted(authorization[7:].strip(), host, exchange)
        self.tokens.learn_success(token, worked)
        self.requests.worked(request_key(method, host, target), worked)

    def learn(self, case: Case, diagnosis: Diagnosis) -> tuple[Settled, ...]:
        """Remember what `case` teaches; return the earlier refusals that it settles."""
        seen, carried, key = self.seen(case), self.carried(case), self.key(case)
        settled = [*settled_by(case, carried, key, self.refusals, self.tokens)]
        is_refused, is_fine = outcome_of(case, diagnosis)
        self._learn_uses(case, seen, is_refused=is_refused, is_fine=is_fine)
        if is_fine and case.exchange.request.method != "OPTIONS":
            learn_ending(case, carried, seen, self.tokens, self.fingerprints)
        if case.exchange.request.method == "POST" or case.status < 300:
            if self.tokens.learn_issued(case, seen):
                settled += self._settled_by_login(seen)
                for issued in issued_tokens(case):
                    self.shapes.learn_issued(issued.value, seen.exchange)
                    self.accepted.learn_issued(issued.value)
            self.resources.learn(case)
        self.grants.learn(case, seen)
        self.logins.learn(case, key, seen)
        self.orders.learn(case, seen)
        self.redirects.learn(case)
        if cookies := self.jars.learn(case, seen):
            settled += self._settled_by_login(seen, cookies)
        if case.status in (401, 407):
            self.handshakes.learn(case, seen)
            self._learn_guarded(case, is_bare=not case.credentials)
        if case.stated_status in (400, 401, 403, 407):
            self._learn_refusal(case, diagnosis)
        elif is_fine and (guarded := self.requests.guarded(key)):
            guarded.looks += 1
        return tuple(settled)

    def _learn_refusal(self, case: Case, diagnosis: Diagnosis) -> None:
        """Remember a refusal that a later exchange may explain: not every bad request, nor what
        is forbidden to whoever asks."""
        carried, status = self.carried(case), case.stated_status
        grant, place = sent_grant(case)
        if grant and not is_redacted(grant):
            token = self.fingerprints.of(grant)
            self.refusals.learn(case, diagnosis, token, place, is_probe=False)
            return
        is_first = is_probe(case)
        if (status == 403 and not carried) or (status == 400 and not is_first):
            return
        where = carried[0].credential.where if carried else place_in_body(case)
        is_first = is_first and status != 403 and not is_mistake(diagnosis)
        first = carried[0].fingerprint if carried else None
        self.refusals.learn(case, diagnosis, first, where, is_probe=is_first)

    def _settled_by_login(self, seen: Sighting, cookies: tuple[Cookie, ...] = ()) -> list[Settled]:
        found = list(settled_by_login(seen, self.refusals, cookies))
        for each in found:
            self.refusals.settle(each.refused.exchange)
        return found

    def _learn_uses(self, case: Case, seen: Sighting, *, is_refused: bool, is_fine: bool) -> None:
        carried = self.carried(case)
        key, host = self.key(case), case.exchange.request.host
        for each in carried:
            if is_refused or is_fine:
                self.tokens.learn_use(each.fingerprint, seen, is_refused=is_refused)
            if is_fine:
                if self.tokens.success(each.fingerprint) is None:
                    self._learn_accepted(each.credential, host, seen.exchange)
                worked = Worked(seen.exchange, host, seen.at_s, each.fingerprint, "")
                self.tokens.learn_success(each.fingerprint, worked)
        first = carried[0] if carried else None
        token = first.fingerprint if first else self.session(case)
        if token is not None and (is_refused or is_fine):
            attempt = Attempt(seen.exchange, seen.at_s or 0.0, case.stated_status, replica(case))
            self.requests.attempted(key, token, seen.client[0], attempt)
        if is_fine:
            scheme = first.credential.scheme if first else ""
            token = first.fingerprint if first else None
            if sent := next(iter(case.request.headers.values("authorization")), None):
                token = self.fingerprints.of_authorization(sent)
            worked = Worked(seen.exchange, host, seen.at_s, token, scheme, written_as(case))
            self.requests.worked(key, worked)

    def _learn_accepted(self, credential: Credential, host: str, exchange: str) -> None:
        if credential.scheme in ("bearer", "dpop"):
            token = token_text(credential).encode("utf-8", "surrogatepass")
            self.shapes.learn_accepted(token, host, exchange)

    def _learn_guarded(self, case: Case, *, is_bare: bool) -> None:
        guarded = Guarded(
            case.exchange.id,
            case.exchange.request.host,
            is_bare,
            mark_of(case),
            wants_connection(case),
        )
        self.requests.guard(self.key(case), guarded)
