"""What is wrong with the cookies that were sent, and with those that guard against forgery?"""

from __future__ import annotations

import re
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.credentials.cookies import parse_set_cookie
from why401.detectors.earlier import (
    began_after,
    earlier,
    is_turned_away,
    severity_of_ended,
    since_s,
)
from why401.detectors.refusal import words_evidence
from why401.detectors.repeated_refusal import session_flapping
from why401.detectors.server_words import Topic
from why401.detectors.traits import READING, Trait
from why401.history.cookies import is_browser, is_session_name, kept_back
from why401.knowledge.folding import folded
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding, Severity, header_text

REPORTS = (
    "cookie/overwritten",
    "cookie/stale-value",
    "cookie/deleted-by-server",
    "cookie/csrf-missing",
    "cookie/csrf-mismatch",
    "cookie/origin-check",
    "session/logged-out",
    "session/flapping",
)
NEEDS = (
    frozenset({Trait.TURNED_AWAY, Trait.NO_CREDENTIALS, Trait.COOKIE}),
    frozenset({Trait.OTHER_SERVER, Trait.CHANGING}),
)

CSRF_HEADERS = ("x-csrf-token", "x-xsrf-token", "x-csrftoken", "csrf-token", "x-csrf", "x-xsrf")
_CSRF_COOKIE = regex(r"csrf|xsrf", re.I)
_CSRF_FIELDS = frozenset(
    {"_csrf", "csrf_token", "csrfmiddlewaretoken", "_token", "authenticity_token", "csrf"}
    | {"__requestverificationtoken"}
)
_CSRF_NAME = regex(r"csrf|xsrf|_token\b|authenticity|crumb|verificationtoken|nonce", re.I)
_TOKEN_SEEN = (
    *("was found on", "do not match", "token incorrect", "token from post incorrect"),
    *("csrf token has expired", "csrf token is invalid", "csrf session token is missing"),
)
"""What servers say of a token that did come."""
_CSRF_WORDS = (
    *("csrf", "xsrf", "page expired", "request forgery", "antiforgery", "anti-forgery", "crumb"),
    *("authenticity token", "authenticitytoken"),
)
_HOST = "request.header.host"
_RAILS_PAGE = "the change you wanted was rejected"
"""What Rails shows of an InvalidAuthenticityToken, and of other requests that it rejects."""
_FORGERY_STATUSES = frozenset({400, 401, 403, 419, 422})
_SPRING_ERROR = frozenset({"timestamp", "status", "error", "path"})
_AUTHORITY_END = regex(r"[/?#\s]")
_ORIGIN_WORDS = (
    *("origin checking failed", "referer checking failed", "invalid origin", "origin not allowed"),
    *("cross-site post form submissions are forbidden", "origin does not match"),
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield findings for cookies that went along with a refused request."""
    if case.exchange.request.method not in READING:
        yield from _forgery(case)
    if not case.cookies or case.has_credentials or case.status == 407 or not is_turned_away(case):
        return
    yield from _overwritten(case)
    yield from _deleted(case)
    yield from _stale(case, context)
    yield from _logged_out(case, context)
    yield from session_flapping(case, context)


def _overwritten(case: Case) -> Iterator[Finding]:
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in case.cookies[:200]:
        values[name].add(value)
    twice = next((n for n, v in values.items() if len(v) > 1 and is_session_name(n)), None)
    if twice is not None:
        yield Finding(
            "cookie/overwritten",
            Certainty.PROVEN,
            (Evidence(f"request.cookie.{twice[:100]}", f"{len(values[twice])} values"),),
            (CauseFound("two-cookies", Certainty.LIKELY),),
            {"name": twice[:40], "count": len(values[twice])},
        )


def _deleted(case: Case) -> Iterator[Finding]:
    """The refusal itself takes the session cookie away: the session is over on the server."""
    sent = {name for name, _ in case.cookies}
    for text in case.response.headers.texts("set-cookie")[:20]:
        cookie = parse_set_cookie(text)
        if cookie is None or cookie.name not in sent or not is_session_name(cookie.name):
            continue
        age = (cookie.attribute("max-age") or "").strip()
        expires = cookie.attribute("expires") or ""
        if age == "0" or age.startswith("-") or " 1970 " in expires or "-1970 " in expires:
            yield Finding(
                "cookie/deleted-by-server",
                Certainty.PROVEN,
                (
                    Evidence(f"request.cookie.{cookie.name[:100]}", "sent"),
                    Evidence("response.header.set-cookie", f"{cookie.name[:100]}=; max-age=0"),
                ),
                (CauseFound("session-over", Certainty.LIKELY),),
                {"name": cookie.name[:40]},
            )
            return


def _stale(case: Case, context: Context) -> Iterator[Finding]:
    sent = dict(case.cookies[:200])
    jars = context.history.jars
    client = context.history.seen(case).client
    for cookie in jars.held(client, case.exchange.request.host):
        if cookie.name not in sent or not cookie.is_session or not began_after(case, cookie.seen):
            continue
        if kept_back(cookie, case.exchange) is not None:
            continue
        value = jars.value(sent[cookie.name])
        # Only a value that the server itself replaced is stale; any other may be another jar's.
        if value == cookie.former:
            yield Finding(
                "cookie/stale-value",
                Certainty.PROVEN,
                (
                    Evidence(f"request.cookie.{cookie.name}", "former value"),
                    earlier("cookie-set", cookie.seen),
                ),
                (CauseFound("old-value", Certainty.LIKELY),),
                {"name": cookie.name[:40], "exchange": cookie.seen.exchange},
                (cookie.seen.exchange,),
            )
            return


def _logged_out(case: Case, context: Context) -> Iterator[Finding]:
    """A session that a logout ended. Few servers give its number to the next login, so that it is
    the one that ended is likely, not sure."""
    for each in case.credentials:
        by = context.history.jars.ended(each.value) if each.scheme == "cookie" else None
        if by is not None and began_after(case, by):
            yield Finding(
                "session/logged-out",
                Certainty.LIKELY,
                (
                    Evidence(each.where, "sent"),
                    earlier("session-ended", by),
                    *words_evidence(case, context.masker, Topic.MISSING, Topic.REVOKED),
                ),
                (CauseFound("logged-out", Certainty.LIKELY),),
                {"age_s": round(since_s(case, by)), "via": by.via},
                (by.exchange,),
                severity_of_ended(case),
            )
            return


def _forgery(case: Case) -> Iterator[Finding]:
    """Ask whether the guard against forgery refused: for the origin, or for the token."""
    if case.status not in _FORGERY_STATUSES:
        return
    text = folded(case.response.text[:4096])
    if any(word in text for word in _ORIGIN_WORDS):
        yield _origin_check(case)
        return
    is_stated = any(word in text for word in _CSRF_WORDS)
    if not is_stated and case.status != 419 and (case.status != 422 or _RAILS_PAGE not in text):
        yield from _spring(case)
        return
    where, token = _sent_token(case)
    if where is None:
        yield _token_missing(case, text, is_stated=is_stated)
    else:
        yield from _token_differs(case, where, token)


def _origin_check(case: Case) -> Finding:
    headers = case.request.headers
    origin = _origin(headers.text("origin") or headers.text("referer"))
    return Finding(
        "cookie/origin-check",
        Certainty.PROVEN,
        tuple(
            Evidence(f"request.header.{name}", _origin(headers.text(name)))
            for name in ("origin", "referer")
        ),
        _causes_of_origin(case, origin),
        {"origin": origin or "?"},
    )


def _token_missing(case: Case, text: str, *, is_stated: bool) -> Finding:
    return Finding(
        "cookie/csrf-missing",
        # 419 is Laravel's word for it, and other servers' for a session that has ended.
        Certainty.PROVEN if is_stated else Certainty.LIKELY,
        (
            Evidence("request.header.x-csrf-token", None),
            Evidence("response.status", case.status),
        ),
        (
            CauseFound(
                _who_lacks_it(case),
                _certainty_of_absence(case, text) if is_stated else Certainty.LIKELY,
            ),
        ),
    )


def _token_differs(case: Case, where: str, token: str) -> Iterator[Finding]:
    """Compare the token with the cookie that it should repeat."""
    cookie = next(((n, v) for n, v in case.cookies if _CSRF_COOKIE.search(n[:100])), None)
    differs = cookie is not None and urllib.parse.unquote(cookie[1]) != urllib.parse.unquote(token)
    # Frameworks that mask or encrypt the token send one that differs from its cookie by design.
    is_plain = cookie is not None and len(cookie[1]) == len(token) and len(token) < 64
    if cookie is None or differs:
        certainty = Certainty.LIKELY if differs and is_plain else Certainty.POSSIBLE
        yield Finding(
            "cookie/csrf-mismatch",
            Certainty.LIKELY,
            (
                Evidence(where, "present"),
                Evidence(
                    f"request.cookie.{cookie[0][:100]}" if cookie else "request.cookie.csrf",
                    "differs" if cookie else None,
                ),
            ),
            (CauseFound("differs" if case.cookies else "no-cookie", certainty),),
        )


def _causes_of_origin(case: Case, origin: str | None) -> tuple[CauseFound, ...]:
    """A server compares the origin with the name in Host, unless it trusts the origin anyway."""
    host = next((each for each in case.exchange.altered if each.where == _HOST), None)
    if host is None:
        return (CauseFound("not-trusted", Certainty.PROVEN if origin else Certainty.LIKELY),)
    # Where the schemes differ, the name is not all that does.
    is_same = (origin or "").startswith(f"{case.exchange.request.scheme}://")
    certainty = Certainty.PROVEN if is_same and host.change != "set" else Certainty.LIKELY
    return (
        CauseFound("host-rewritten", certainty),
        CauseFound("not-trusted", Certainty.POSSIBLE),
    )


def _origin(text: str | None) -> str | None:
    """Return the origin of a page (RFC 6454 section 6.2), None where none was sent. Its path and
    query, which may hold a token, decide nothing."""
    scheme, mark, rest = (text or "")[:2000].partition("://")
    return f"{scheme}{mark}{_AUTHORITY_END.split(rest, 1)[0].rpartition('@')[2]}"[:80] or None


def _spring(case: Case) -> Iterator[Finding]:
    """Spring Security refuses a request without its token in the words of every other 403."""
    body = case.response.json
    if case.status != 403 or case.has_credentials or not isinstance(body, dict):
        return
    if not body.keys() >= _SPRING_ERROR or body.get("error") != "Forbidden":
        return
    session = next((name for name, _ in case.cookies if name in ("JSESSIONID", "SESSION")), None)
    if session is None or _sent_token(case)[0] is not None:
        return
    yield Finding(
        "cookie/csrf-missing",
        Certainty.POSSIBLE,
        (
            Evidence("request.header.x-csrf-token", None),
            Evidence("response.json.error", "Forbidden"),
        ),
        (CauseFound("perhaps", Certainty.POSSIBLE),),
        severity=Severity.WARNING,
    )


def _who_lacks_it(case: Case) -> str:
    """Return the cause of an absent token: a program without any session or account (a callback, a
    webhook) cannot have one, and what guards browsers was put before it."""
    names = case.request.headers.by_name()
    is_page = is_browser(case.exchange) or "cookie" in names or "authorization" in names
    return "no-token" if is_page else "no-session"


def _certainty_of_absence(case: Case, text: str) -> Certainty:
    """A token may stand in a part of a multipart form, or under a name of the site's own."""
    if any(word in text for word in _TOKEN_SEEN):
        return Certainty.POSSIBLE
    names = [header_text(name) for name, _ in case.request.headers if name.lower() != b"cookie"]
    names += [name for name, _ in case.query]
    may_carry = any(_CSRF_NAME.search(name[:100]) for name in names[:300]) or _CSRF_NAME.search(
        case.request.text[:65_536]
    )
    body = case.exchange.request.body
    is_whole = body is not None and body.is_complete and len(body.data) <= 65_536
    is_sure = case.status not in (400, 422) and is_whole and not may_carry
    return Certainty.PROVEN if is_sure else Certainty.LIKELY


def _sent_token(case: Case) -> tuple[str | None, str]:
    """Return where the anti-forgery token of the request stands, and the token."""
    for name in CSRF_HEADERS:
        if value := case.request.headers.text(name):
            return f"request.header.{name}", value
    for name, value in case.request.form[:100]:
        if name.lower() in _CSRF_FIELDS and value:
            return f"request.form.{name[:60]}", value
    body = case.request.json
    if isinstance(body, dict):
        for key, member in list(body.items())[:100]:
            if str(key).lower() in _CSRF_FIELDS and isinstance(member, str):
                return f"request.json.{str(key)[:60]}", member
    return None, ""
