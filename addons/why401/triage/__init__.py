"""Who needs a closer look: decided in microseconds, before anything is decoded.

Of a hundred exchanges ninety-nine leave here. The arguments are plain, so that a live flow and an
entry of a file are asked the same question without being turned into an Exchange first. What all of
them are searched for is searched by `find`: `in` first tries to take the bytes that it looks for as
a number, which costs several times the search.
"""

from __future__ import annotations

import enum
import re

from why401.hosts import PAGE_HOSTS, is_wechat_host
from why401.later import regex
from why401.triage.envelope_words import may_refuse_in_words
from why401.triage.platforms import (
    platform_refuses,
    refuses_under_200,
    refuses_under_404,
    unpacked,
)

REFUSALS = frozenset({400, 401, 403, 407, 419, 422, 424, 431, 440, 498, 499})
"""Statuses with which servers refuse a credential, or a request for want of one. 400 is OAuth's,
419 Laravel's, 422 Flask-JWT-Extended's, 424 pig's, 431 and 400 those of an oversized header, 440
IIS's, 498 and 499 those of token services."""

HEAD_BYTES = 2048
TOKEN_BYTES = 1024
"""Within these an answer that hands out a token names it; a list of keys begins with its name."""
MAX_REFUSAL_BYTES = 2048
ENVELOPE_BYTES = 256
"""Within these stands a code that few give this name: a search of all data costs a microsecond."""
MAX_GZIP_BYTES = 512
"""No refusal that fits into `MAX_REFUSAL_BYTES` and has the usual words is longer compressed."""
_GZIP = b"\x1f\x8b"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

type Fields = tuple[tuple[bytes, bytes], ...]


class Look(enum.IntEnum):
    """How close a look an exchange needs: none, to be learnt from, to be judged."""

    NOTHING = 0
    LEARN = 1
    JUDGE = 2


def needs_look(status: int, host: str) -> bool:
    """Return whether an exchange with `host` (a name without port) that ended in `status` may
    hold a finding, whatever its body says. 404 is what some platforms answer to an unknown key."""
    if status in REFUSALS or is_wechat_host(host) or host in PAGE_HOSTS:
        return True
    return status == 404 and refuses_under_404(host)


def authorization(fields: Fields) -> bytes | None:
    """Return the first Authorization field of a request, or None."""
    for key, value in fields:
        if len(key) == 13 and key.lower() == b"authorization":
            return value
    return None


def teaches(
    status: int,
    method: bytes,
    target: bytes,
    received: Fields,
    content: bytes | None,
    sent_content: bytes | None,
) -> bool:
    """Return whether a healthy exchange may explain a later one: it hands out a token, a cookie or
    a key, redirects, changes a password, or ends a session. `content` are the bodies as they were
    on the wire."""
    if status in _REDIRECTS:
        return True
    is_encoded = False
    for key, _ in received:
        size = len(key)
        if size == 10:
            if key.lower() == b"set-cookie":
                return True
        elif size == 16 and key.lower() == b"content-encoding":
            is_encoded = True
    # Each search costs as much as all else here, so the words are the fewest that catch all.
    if target.find(b"code") >= 0 and (b"code=" in target or b"response_type=" in target):
        return True
    if target.find(b"revo") >= 0 or target.startswith(b"/.well-known/oauth-p"):
        return True
    if method != b"GET" and target.find(b"assw") >= 0:
        return True
    if target.find(b"out") >= 0 and _LOGOUT.search(target, 0, HEAD_BYTES):
        return True
    if not content or not (is_encoded or method == b"POST" or content[:1] == b"{"):
        return False
    if is_encoded:
        # What a compressed answer holds is told by what was asked for.
        asked = sent_content[:HEAD_BYTES] if sent_content and method == b"POST" else target
        return (
            asked.find(b"oken") >= 0
            or asked.find(b"grant") >= 0
            or asked.find(b"assw") >= 0
            or asked.find(b"jwks") >= 0
        )
    return (
        content.find(b"oken", 0, TOKEN_BYTES) >= 0
        or content.find(b'"eyJ', 0, TOKEN_BYTES) >= 0
        or content.find(b'"keys"', 0, 40) >= 0
    )


_LOGOUT = regex(rb"(?:log|sign)[-_]?out", re.I)


def says_refused(status: int, host: str, content: bytes | None) -> bool:
    """Return whether an answer with a status of success may say in its body that it refuses: many
    back ends answer 200 with `{"code":401}`, GraphQL with `UNAUTHENTICATED`, and whole platforms
    never with anything else. Only short JSON is looked at: refusals are short, and data is long.
    `content` is as it was on the wire."""
    if not content:
        return False
    if status != 200:
        # A token that cannot be verified ends many a request in an unhandled error.
        head = content[:MAX_REFUSAL_BYTES]
        return status == 500 and (is_unhandled(head) or passes_on(head))
    if refuses_under_200(host):
        return platform_refuses(content)
    if content[:1] == b"{":
        if len(content) <= MAX_REFUSAL_BYTES:
            return _says(content)
        # What GraphQL says of an error may come with a stack trace.
        return content[:10] == b'{"errors":' and _says(content[:MAX_REFUSAL_BYTES])
    return content[:2] == _GZIP and len(content) <= MAX_GZIP_BYTES and _says(unpacked(content))


def is_unhandled(head: bytes) -> bool:
    """Return whether an answer under 500 begins with an error about a token that nobody caught."""
    return _UNHANDLED.search(head) is not None


def passes_on(content: bytes) -> bool:
    """Return whether a back end passes on what a WeChat server refused: as its own answer, or as
    text within it, be it nothing but the message with the `rid` that WeChat puts behind it."""
    if content.find(b"errcode") >= 0 and _PASSED_ON.search(content):
        return True
    has_tail = content.find(b"id: ") >= 0 or content.find(b"devtool") >= 0
    return has_tail and _TAIL.search(content) is not None


def _says(content: bytes) -> bool:
    is_coded = content.find(b'"code":') >= 0
    if is_coded and _CODE.search(content):
        return True
    has_ret = content.find(b'"ret":', 0, ENVELOPE_BYTES) >= 0
    if has_ret and _RET.search(content):
        return True
    # One search for what the names of errors have in common, `errno` among them.
    has_error = content.find(b"rr") >= 0
    is_coded = is_coded or has_ret or has_error or content.find(b'"status":') >= 0
    # newbee-mall's name for it.
    is_coded = is_coded or content.find(b'"resultCode":', 0, ENVELOPE_BYTES) >= 0
    if is_coded and may_refuse_in_words(content):
        return True
    if has_error:
        if b'"errors":' in content and _WORDS.search(content):
            return True
        if _CRYPT.search(content):
            return True
    if passes_on(content):
        return True
    return content.find(b'"ok":false') >= 0 and _WORDS.search(content) is not None


_CODE = regex(rb'"code":\s{0,3}"?(?:40[13]\b|-4100[1-4]\b|UNAUTH)')
_RET = regex(rb'"ret":\s{0,3}"?40[13]\b')
_PASSED_ON = regex(
    rb'errcode\\{0,3}"\s{0,3}:\s{0,3}\\{0,3}"?-?[1-9][0-9]{3,6}\\{0,3}"?\s{0,3},\s{0,3}\\{0,3}"errmsg'
)
_TAIL = regex(
    rb"\brid: ?[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|hints: ?\[ ?req_id|devtool/query\?e=-?[0-9]"
)
_CRYPT = regex(rb'"err(?:or)?_?[cC]ode":\s{0,3}"?-4100[1-4]\b')
_UNHANDLED = regex(
    rb"jwt (?:expired|malformed|not active|signature|audience|issuer)|JsonWebTokenError|"
    rb"TokenExpiredError|UnauthorizedError|io\.jsonwebtoken|JWT signature does not match|"
    rb"JWT expired|ExpiredSignatureError|Route \[login\] not defined|NotLoginException|"
    rb"token is expired by|token contains an invalid number of segments|IDX1[0-9]{4}:"
)
_WORDS = regex(rb"auth|AUTH|oken|jwt|FORBIDDEN|ACCESS_DENIED|INSUFFICIENT_SCOPES|access-denied")


def is_login_redirect(status: int, received: Fields) -> bool:
    """Return whether an answer sends the client to a login page instead of what it asked for."""
    if status not in (302, 303, 307):
        return False
    for key, value in received:
        if len(key) == 8 and key.lower() == b"location":
            return _LOGIN_PLACE.search(value[:500]) is not None
    return False


_LOGIN_PLACE = regex(
    rb"(?<!b)log[-_]?in|sign[-_]?in(?!g)|/[o.]?auth(?:n|entic|(?![a-z]))|\bsso|authorize(?!d)",
    re.IGNORECASE,
)
"""Neither a blog's info, a signing key, an author, a lesson nor an authorized dealer."""
