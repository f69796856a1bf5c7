"""Which earlier refusals an exchange shows in another light, and in which."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from why401.case import Case
from why401.credentials.basic import other_spellings
from why401.credentials.find import Credential
from why401.credentials.keys import API_KEY_HEADERS, API_KEY_PARAMETERS
from why401.history.cookies import Cookie, reaches
from why401.history.grants import sent_code
from why401.history.issued import sent_refresh_token
from why401.history.refusals import Refusals, Refused, sent_as, written_as
from why401.history.requests import RequestKey
from why401.history.sighting import Sighting
from why401.history.sites import site_of
from why401.history.tokens import Tokens

OF_REFRESH = "request.refresh-token"
"""Stands for the place of a refresh token that a token endpoint refused."""
OF_CODE = "request.code"
"""Stands for the place of an authorization code that a token endpoint refused."""
OF_LOGIN = "request.login"
"""Stands for the place of what a login or a token request shows in its body."""
_OF_GRANTS = (OF_REFRESH, OF_CODE)
OF_SESSIONS = frozenset({"cookie", "form", "formbased", "session"})
"""Schemes of challenges that ask for a session."""
_OF_LOGINS = OF_SESSIONS | {"bearer", "dpop", "jwt", "token"}
_OVER = ("jwt/expired", "bearer/invalid-token", "bearer/revoked", "session/")
_KEY_NAMES = API_KEY_HEADERS | API_KEY_PARAMETERS


class Carried(msgspec.Struct, frozen=True):
    """A credential of a request, with the fingerprint by which history knows it."""

    credential: Credential
    fingerprint: bytes


class Settlement(enum.Enum):
    """What became of an earlier refusal."""

    HANDSHAKE = enum.auto()
    """It was the first leg of a handshake."""
    REFRESHED = enum.auto()
    """A token issued since then took the place of the refused one."""
    REWRITTEN = enum.auto()
    """The same token worked, written otherwise."""
    MOVED = enum.auto()
    """The same API key worked, at another place of the request."""
    REENCODED = enum.auto()
    """The same user and password worked, encoded otherwise."""
    OTHER_VERSION = enum.auto()
    """The same request worked over HTTP/1."""
    CONCURRENT = enum.auto()
    """The same refresh token or code, in a request that was under way then, was taken."""
    FLAPPED = enum.auto()
    """The very same request, credential and all, worked."""
    LOGIN_IN_FLIGHT = enum.auto()
    """The token that it lacked was issued while it was under way."""


class Settled(msgspec.Struct, frozen=True):
    """An earlier refusal in a new light; `now_at` is where a key that moved stands now, or the
    session that was to come."""

    refused: Refused
    settlement: Settlement
    now_at: str = ""
    is_sure: bool = True
    """Whether it is known to be of the same session; of several users behind one address each may
    have a token of its own."""


def settled_by(
    case: Case,
    carried: tuple[Carried, ...],
    key: RequestKey,
    refusals: Refusals,
    tokens: Tokens,
) -> Iterator[Settled]:
    """Yield the refusals that the answer to `case` settles; `key` is that of its request."""
    if not refusals.awaits_answer_from(case.exchange.request.host):
        return
    is_success = 200 <= case.stated_status < 300
    if not is_success and not refusals.is_pending(case):
        return
    first = carried[0] if carried else None
    moved: list[Refused] = []
    if first is not None and is_success and _is_key(first.credential.where):
        moved = [
            refused
            for refused in refusals.of_token(case, first.fingerprint, key)
            if refused.where != first.credential.where and _is_key(refused.where)
        ]
        for refused in moved:
            yield Settled(refused, Settlement.MOVED, first.credential.where)
    if is_success and case.exchange.request.method == "POST":
        yield from _settled_by_grant(case, key, refusals)
    schemes = frozenset(credential.scheme for credential in case.credentials)
    for refused, offered in refusals.answered(case, schemes):
        if refused in moved or refused.where in _OF_GRANTS:
            continue
        is_over = refused.status != 403 or _is_said_to_be_over(refused)
        if first is not None and is_over and _is_refreshed(refused, first.fingerprint, tokens):
            is_sure = _is_of_one_session(refused, first.fingerprint, tokens)
            yield Settled(refused, Settlement.REFRESHED, is_sure=is_sure)
        elif offered and refused.is_probe:
            yield Settled(refused, Settlement.HANDSHAKE)
        elif first is not None and first.fingerprint == refused.token:
            if written_as(case) != refused.written:
                yield Settled(refused, Settlement.REWRITTEN)
            elif _is_other_version(refused, case):
                yield Settled(refused, Settlement.OTHER_VERSION)
            elif is_success and refused.status == 401 and refused.sent == sent_as(case):
                yield Settled(refused, Settlement.FLAPPED)
        elif (
            first is not None
            and is_success
            and (basic := first.credential.basic)
            and refused.token in {refusals.fingerprint(each) for each in other_spellings(basic)}
        ):
            yield Settled(refused, Settlement.REENCODED)


def settled_by_login(
    seen: Sighting, refusals: Refusals, cookies: tuple[Cookie, ...] = ()
) -> Iterator[Settled]:
    """Yield the refusals, for want of a credential, of requests that the same client sent while
    the login that `seen` answered was under way: nobody had a token for them yet, nor the session
    that the `cookies` keep."""
    if seen.started_s is None or seen.ended_s is None:
        return
    site = site_of(seen.host)
    for host, refused in refusals.of_client(seen.client, seen.ended_s):
        if refused.where or refused.started_s is None or refused.exchange == seen.exchange:
            continue
        if not seen.started_s <= refused.started_s < seen.ended_s:
            continue
        if not asks_for_login(refused.offered):
            continue
        if not cookies and site_of(host) == site:
            yield Settled(refused, Settlement.LOGIN_IN_FLIGHT, is_sure=host == seen.host)
        cookie = next((each for each in cookies if reaches(each, host)), None)
        if cookie is not None and not refused.has_session:
            where = f"request.cookie.{cookie.name}"
            is_sure = not refused.offered.isdisjoint(OF_SESSIONS)
            yield Settled(refused, Settlement.LOGIN_IN_FLIGHT, where, is_sure)


def asks_for_login(offered: frozenset[str]) -> bool:
    """Return whether an answer that offers these schemes may ask for what a login hands out: a
    password or a key of its own is asked for by another name."""
    return not offered or not offered.isdisjoint(_OF_LOGINS)


def _settled_by_grant(case: Case, key: RequestKey, refusals: Refusals) -> Iterator[Settled]:
    """Yield the refusals of the refresh token or code that `case` exchanged, answered while it was
    under way: of two at once the server took this one."""
    started_s = case.exchange.times.started
    text = sent_refresh_token(case) or sent_code(case) if started_s is not None else None
    if not text or started_s is None:
        return
    for refused in refusals.of_token(case, refusals.fingerprint(text), key):
        if refused.where in _OF_GRANTS and started_s < refused.at_s:
            yield Settled(refused, Settlement.CONCURRENT)


def _is_key(where: str) -> bool:
    return where.rpartition(".")[2].lower() in _KEY_NAMES


def _is_refreshed(refused: Refused, token: bytes, tokens: Tokens) -> bool:
    """Whether `token` was issued after the refused request had left, to take the place of its
    own."""
    record = tokens.record(token)
    if refused.token in (None, token) or record is None or record.issued is None:
        return False
    left_s = refused.at_s if refused.started_s is None else refused.started_s
    return (record.issued.at_s or 0.0) >= left_s


def _is_said_to_be_over(refused: Refused) -> bool:
    """Whether what was said of a 403 is that the token is over: what is forbidden to it may be
    granted to its successor for another reason, a wider scope."""
    findings = refused.diagnosis.findings
    return bool(findings) and findings[0].rule.startswith(_OVER)


def _is_of_one_session(refused: Refused, token: bytes, tokens: Tokens) -> bool:
    """Whether `token` came of refreshing that of the refused request."""
    before = tokens.record(refused.token) if refused.token else None
    now = tokens.record(token)
    if before is None or now is None or before.is_link_guessed:
        return False
    return before.chain is not None and before.chain == now.chain


def _is_other_version(refused: Refused, case: Case) -> bool:
    """Whether a field that the server did not see over HTTP/2, where names are in small letters,
    was seen over HTTP/1."""
    now = case.exchange.request.http_version
    # Browsers write "h2" into a HAR, other programs "http/2.0".
    is_pair = refused.version.upper().startswith(("HTTP/2", "H2"))
    is_pair = is_pair and now.upper().startswith("HTTP/1")
    return is_pair and refused.says_absent and refused.written != 0
