"""Did the request carry any credential at all?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import islice

from why401.case import Case
from why401.context import Context
from why401.credentials.sketch import sketch
from why401.detectors.refusal import words_evidence
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.cookies import is_browser, is_logout_path
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import EMPTY_BODY, CauseFound, Certainty, Evidence, Finding, Severity

REPORTS = ("auth/missing", "session/not-accepted")
NEEDS = frozenset({Trait.REFUSED, Trait.NO_CREDENTIALS, Trait.NO_AUTHORIZATION})

_PROBES = regex(r"/(?:userinfo|user_info|user-info|me|session|auth/check|whoami|profile)/?$")
_USER = regex(r"/(?:current[-_]?)?user/?$")
"""Where many pages ask who is logged in, and APIs show an account to whoever has a token."""
_UNIMPORTANT = regex(
    r"/(?:robots\.txt|favicon\.ico|apple-touch-icon[\w.-]{0,40}|v2/?)|.{0,400}\.map"
)
"""`/v2/` is where a client of a container registry asks for the way to its token."""
_LIKE_CREDENTIAL = regex(
    r"auth|token|secret|sig|session|api-?key|x-key|cred|dpop|jwt|hmac|passw|ticket|otp|"
    r"(?:^|[-_])(?:sid|pin|cert)(?:$|[-_])"
)
_HARMLESS = frozenset(
    {"sec-websocket-key", "idempotency-key", "x-idempotency-key", "npm-auth-type"}
)
"""The last is how npm would log in, said with every request."""
_LOGIN_WORDS = regex(r"log(?:ged)?[ -]?in|sign(?:ed)?[ -]?in|unauthenticated|authenticated|登录")
OF_SESSIONS = frozenset({"cookie", "form", "formbased", "session"})
"""Schemes of challenges that ask for a session."""
_JUDGED = (Topic.EXPIRED, Topic.REVOKED, Topic.SIGNATURE, Topic.MALFORMED, Topic.KEY_REFUSED)
_IN_PATH = regex(
    r"/(?:file/)?bot\d+:[\w-]{20,}|/api/(?:v\d+/)?webhooks/\d+/[\w-]{20,}"
    r"|/services/T\w+/B\w+/\w{20,}"
)
"""Telegram's bots and the webhooks of Discord and Slack carry their token in the path."""
_PASSWORDS = frozenset({"password", "passwd", "pwd"})
"""What a login holds however deep: Devise within `user`, GraphQL within `variables`."""
MAX_NAMES = 200
MAX_BODY = 4096
MAX_DEPTH = 3
_LOGIN_FIELDS = frozenset(
    {"password", "passwd", "pwd", "pass", "secret", "client_secret", "refresh_token", "code"}
    | {"otp", "pin", "assertion", "client_assertion", "id_token", "grant_type", "refreshtoken"}
    | {"refresh", "secret_id"}
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield a finding where a refused request carried no credential in any place.

    Proven where the server challenged it without naming an error (RFC 6750 section 3.1), or says
    in its own words that none came, and nothing in the request may be a credential unknown to us.
    """
    if case.status == 407 or case.closing is not None:
        # On a WebSocket they may come in a message.
        return
    method = case.exchange.request.method
    if _is_preflight(case) or carries_login(case):
        return
    words = said(case, Topic.MISSING)
    if case.stated_status != 401 and not words:
        return
    if words is None and said(case, *_JUDGED) and not _is_bare(case):
        # What has expired or cannot be read was sent, wherever it stood.
        return
    has_cookie = any(credential.scheme == "cookie" for credential in case.credentials)
    if _IN_PATH.match(case.exchange.request.path[:200]):
        return
    if has_cookie and not case.challenges and words is None:
        # A session was sent: that it is over is something else.
        return
    if has_cookie and _is_about_session(case, words):
        yield _not_accepted(case, context)
        return
    is_challenged = bool(case.challenges) and not any(
        challenge.param("error") for challenge in case.challenges
    )
    is_fatal = (is_challenged or words) and not has_cookie and not may_carry_unknown(case)
    by_session = not case.challenges and (has_cookie or _held_a_session(case, context))
    is_fatal = is_fatal and not by_session
    if case.exchange.is_sanitised:
        certainty, cause = Certainty.POSSIBLE, CauseFound("left-out-of-export", Certainty.POSSIBLE)
    else:
        certainty = Certainty.PROVEN if is_fatal or is_challenged else Certainty.LIKELY
        # A field that nobody knows may be just what this server asks for.
        is_vague = words is None and not is_challenged and may_carry_unknown(case)
        unsure = Certainty.POSSIBLE if is_vague else Certainty.LIKELY
        cause = CauseFound(_cause(case), Certainty.PROVEN if is_fatal else unsure)
        if by_session and words and _LOGIN_WORDS.search(folded(words[1])):
            certainty = Certainty.LIKELY
            cause = CauseFound("not-logged-in", certainty)
    severity = Severity.INFO if _is_unimportant(case, method, has_cookie=has_cookie) else None
    evidence = [Evidence("request.header.authorization", None)]
    evidence += [Evidence(challenge.where, challenge.scheme) for challenge in case.challenges[:3]]
    evidence += words_evidence(case, context.masker, Topic.MISSING)
    yield Finding(
        "auth/missing",
        certainty,
        tuple(evidence),
        causes=(cause,),
        values={"scheme": case.challenges[0].scheme or "Bearer" if case.challenges else "Bearer"},
        severity=severity,
    )


def _is_bare(case: Case) -> bool:
    """Whether no place of the request could hold a credential, be it one that nobody knows."""
    body = case.exchange.request.body
    is_empty = body == EMPTY_BODY and not case.cookies and not case.query
    return is_empty and not may_carry_unknown(case)


def _is_about_session(case: Case, words: tuple[str, str] | None) -> bool:
    """Whether the server asks for a login of a session, not for a token in a header."""
    if case.challenges:
        return case.offered <= OF_SESSIONS
    return words is not None and _LOGIN_WORDS.search(folded(words[1])) is not None


def _not_accepted(case: Case, context: Context) -> Finding:
    """A session was sent, so none is missing; what became of it, only the server knows."""
    sent = next(each for each in case.credentials if each.scheme == "cookie")
    return Finding(
        "session/not-accepted",
        Certainty.LIKELY,
        (
            Evidence(sent.where, sketch(sent.value, context.masker)),
            *(Evidence(challenge.where, challenge.scheme) for challenge in case.challenges[:3]),
            *words_evidence(case, context.masker, Topic.MISSING),
        ),
        causes=tuple(
            CauseFound(each, Certainty.POSSIBLE) for each in ("over", "other-server", "not-stored")
        ),
    )


def _held_a_session(case: Case, context: Context) -> bool:
    """Whether this client was given a session cookie here before: then that is what is missing."""
    client = context.history.seen(case).client
    jars = context.history.jars
    return any(cookie.is_session for cookie in jars.held(client, case.exchange.request.host))


def _cause(case: Case) -> str:
    """Return which credential is missing, as far as the challenge says."""
    schemes = case.offered
    if schemes and schemes <= OF_SESSIONS:
        return "not-logged-in"
    if schemes and schemes <= {"apikey", "api-key", "key", "x-api-key"}:
        return "no-api-key"
    return "not-sent"


def _is_preflight(case: Case) -> bool:
    headers = case.request.headers
    return case.exchange.request.method == "OPTIONS" and bool(
        headers.values("access-control-request-method")
    )


def carries_login(case: Case) -> bool:
    """Return whether the body is a login or token request: its credentials are in there."""
    names = [name for name, _ in case.request.form[:MAX_NAMES]]
    body = case.request.json
    names += islice(body, MAX_NAMES) if isinstance(body, dict) else []
    if any(name.lower() in _LOGIN_FIELDS for name in names):
        return True
    return any(name.lower() in _PASSWORDS for name in names_within(body))


def names_within(value: object, depth: int = MAX_DEPTH) -> Iterator[str]:
    """Yield the names in a JSON value and in what it holds, some levels down."""
    if isinstance(value, dict) and depth:
        for name, member in islice(value.items(), MAX_NAMES):
            yield name
            yield from names_within(member, depth - 1)


def may_carry_unknown(case: Case) -> bool:
    """Return whether a header, or a field of query or body, may be a credential that nobody
    knows."""
    headers = case.request.headers.by_name()
    telling = [name for name in headers if _is_telling_header(name[:100])]
    if any(value.strip() for name in telling for value in headers[name]):
        return True
    names = [name.lower() for name, value in case.query[:MAX_NAMES] if value]
    names += [name.lower() for name, value in case.request.form[:MAX_NAMES] if value]
    names += (name.lower() for name in names_within(case.request.json))
    if any(_is_like_credential(name[:100]) for name in names[:300]):
        return True
    # What is neither form nor JSON, such as SOAP, is searched as it is.
    is_read = bool(case.request.form) or case.request.json is not None
    return not is_read and _LIKE_CREDENTIAL.search(case.request.text[:MAX_BODY].lower()) is not None


@functools.lru_cache(512)
def _is_telling_header(name: str) -> bool:
    is_harmless = name in _HARMLESS or name.startswith("sec-")
    return not is_harmless and _LIKE_CREDENTIAL.search(name) is not None


@functools.lru_cache(512)
def _is_like_credential(name: str) -> bool:
    return _LIKE_CREDENTIAL.search(name) is not None


def _is_unimportant(case: Case, method: str, *, has_cookie: bool) -> bool:
    """Whether this is a page asking if someone is logged in, a logout of nobody, or a file that
    nobody misses."""
    path = case.exchange.request.path[:500]
    if has_cookie:
        return is_file_unmissed(case)
    if is_logout_path(path):
        return True
    if method not in ("GET", "HEAD"):
        return False
    is_probe = _PROBES.search(path) or (_USER.search(path) and is_browser(case.exchange))
    return is_file_unmissed(case) or (not case.cookies and bool(is_probe))


def is_file_unmissed(case: Case) -> bool:
    """Return whether a browser or a crawler asks for a file that most sites do not have."""
    request = case.exchange.request
    path = request.path[:500]
    return request.method in ("GET", "HEAD") and _UNIMPORTANT.fullmatch(path) is not None
