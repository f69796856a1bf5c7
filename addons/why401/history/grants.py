"""Authorization requests and the codes that came back for them (RFC 6749 section 4.1, RFC 7636)."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote_plus, urlsplit

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.history.issued import request_fields
from why401.history.sighting import Fingerprints, Sighting

MAX_EACH = 500
MAX_TEXT = 300
CODE_NAMES = ("code", "js_code")
_CODE_PATHS = ("/sns/oauth2/access_token", "/sns/jscode2session")


class Authorize(msgspec.Struct, frozen=True):
    """A request to the authorization endpoint; nothing in it is secret."""

    seen: Sighting
    client_id: str
    redirect_uri: str
    challenge: str
    challenge_method: str

    def asks_the_same(self, other: Authorize) -> bool:
        """Whether `other` is this request again, as after a login page in between."""
        return msgspec.structs.replace(other, seen=self.seen) == self


class Code(msgspec.Struct):
    """An authorization code: when it came, for which request, and each time it was exchanged."""

    given: Sighting | None = None
    authorize: Authorize | None = None
    exchanged: list[tuple[Sighting, bool]] = msgspec.field(default_factory=list)


class Grants:
    """Authorization requests by their state, codes and clients that were accepted by
    fingerprint."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._requests: Bounded[bytes, Authorize] = Bounded(MAX_EACH)
        self._codes: Bounded[bytes, Code] = Bounded(MAX_EACH)
        self._clients: Bounded[bytes, None] = Bounded(MAX_EACH)

    def code(self, text: str) -> Code | None:
        """Return what is known of a code."""
        return self._codes.get(self._fingerprints.of(text))

    def knows_state(self, text: str) -> bool:
        """Return whether an authorization request with this `state` was seen."""
        return self._fingerprints.of(text) in self._requests

    def has_accepted(self, case: Case) -> bool:
        """Return whether this host took the client_id and client_secret of `case` before."""
        return self._client(case) in self._clients

    @property
    def has_requests(self) -> bool:
        """Whether any authorization request was seen."""
        return bool(self._requests)

    def learn(self, case: Case, seen: Sighting) -> None:
        """Remember an authorization request, a code that comes back, or its exchange."""
        query = dict(case.query[:60]) if case.query else {}
        if query.get("client_id") and query.get("response_type"):
            self._learn_request(query, seen)
        if case.status in (302, 303, 307):
            location = case.response.headers.text("location")
            if location and "code=" in location[:4096]:
                self._learn_code(_query_of(location[:4096]), seen)
        elif query.get("code") and query.get("state"):
            self._learn_code(query, seen)
        if code := sent_code(case):
            entry = self._entry(code)
            entry.exchanged.append((seen, _is_exchanged(case)))
            del entry.exchanged[4:]
        if case.status == 200 and "grant_type" in request_fields(case):
            self._clients.remember(self._client(case), None)

    def _client(self, case: Case) -> bytes:
        pair = client_pair(case)
        return self._fingerprints.of("\0".join((case.exchange.request.host, *map(str, pair))))

    def _learn_request(self, query: dict[str, str], seen: Sighting) -> None:
        state = self._fingerprints.of(query.get("state", ""))
        asked = Authorize(
            seen,
            query["client_id"][:MAX_TEXT],
            query.get("redirect_uri", "")[:MAX_TEXT],
            query.get("code_challenge", "")[:MAX_TEXT],
            query.get("code_challenge_method", "plain")[:10],
        )
        former = self._requests.get(state)
        if former is not None and not former.asks_the_same(asked):
            # A state that is used again tells no more which request a code belongs to.
            asked = Authorize(seen, asked.client_id, "", "", asked.challenge_method)
        self._requests.remember(state, asked)

    def _learn_code(self, query: dict[str, str], seen: Sighting) -> None:
        if not query.get("code"):
            return
        entry = self._entry(query["code"])
        entry.given = entry.given or seen
        if entry.authorize is None and "state" in query:
            entry.authorize = self._requests.get(self._fingerprints.of(query["state"]))

    def _entry(self, code: str) -> Code:
        fingerprint = self._fingerprints.of(code)
        entry = self._codes.get(fingerprint)
        if entry is None:
            entry = Code()
            self._codes.remember(fingerprint, entry)
        return entry


def sent_code(case: Case) -> str | None:
    """Return the authorization code that the request exchanges for a token."""
    if case.family is not None:
        fields = dict(case.query[:60])
        if fields.keys().isdisjoint(CODE_NAMES) or case.exchange.request.path not in _CODE_PATHS:
            return None
    else:
        fields = request_fields(case)
        if fields.get("grant_type") != "authorization_code":
            return None
    return next((fields[name][:4096] for name in CODE_NAMES if fields.get(name)), None)


def client_pair(case: Case) -> tuple[str, str | None]:
    """Return the client_id and the secret that a token request sent. The client_id is as it is
    meant: in a Basic header both are form-encoded (RFC 6749 section 2.3.1), which many clients
    forget."""
    basic = next((each.basic for each in case.credentials if each.basic is not None), None)
    if basic is not None and basic.user:
        return unquote_plus(basic.user), basic.password
    fields = request_fields(case)
    return fields.get("client_id", ""), fields.get("client_secret")


def _is_exchanged(case: Case) -> bool:
    return case.status in (200, 201) and case.error is None


def _query_of(url: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(url).query, max_num_fields=60))
    except ValueError:
        return {}
