"""A cookie jar for each client, filled from the Set-Cookie fields that passed (RFC 6265bis).

It tells which attribute kept a cookie from being sent. Values are fingerprints.
"""

from __future__ import annotations

import email.utils
import re
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from why401.bounded import Bounded
from why401.case import Case
from why401.credentials.cookies import SetCookie, parse_set_cookie
from why401.history.sighting import Client, Fingerprints, Sighting
from why401.history.sites import is_loopback, is_public_suffix, site_of
from why401.later import regex
from why401.masking import is_redacted
from why401.model import Exchange

MAX_CLIENTS = 200
MAX_EACH = 40
MAX_COOKIES = 2500
MAX_PER_ANSWER = 20
MAX_ENDED = 500
MAX_BYTES = 4096
"""Name and value together; browsers drop what is larger."""

_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_SESSION_NAME = regex(r"sess|token|jwt|remember|login|sid$|auth|ticket", re.I)
_NOT_SESSION = regex(r"csrf|xsrf", re.I)
_LOGOUT_PATH = regex(r"(?i)(?:log|sign)[-_]?out(?:\.\w{1,5})?/?$")
_LOGIN_PATH = regex(r"log-?in|sign-?in|session|auth|oauth|callback|sso", re.I)


class Cookie(msgspec.Struct, frozen=True):
    """A cookie as a client holds it, or would have held it but for `problem`.

    `domain` and `path` are the effective ones; `same_site` is lower case, empty where not given.
    `problem` says why a client refuses to store it: `domain`, `public-suffix`, `host-prefix`,
    `secure-prefix`, `too-large`, `samesite-none`, `secure-from-http`.
    """

    name: str
    value: bytes
    domain: str
    is_host_only: bool
    path: str
    is_secure: bool
    same_site: str
    expires_at_s: float | None
    seen: Sighting
    host: str
    """The host that set it."""
    is_from_login: bool
    is_deleted: bool = False
    """Whether the server took it away: by an end that is past, or by a session without a value."""
    is_partitioned: bool = False
    """Whether browsers keep one for each site that embeds the host (CHIPS)."""
    problem: str | None = None
    former: bytes | None = None
    """The value that this one replaced, where the client sent that with the very request."""

    @property
    def is_session(self) -> bool:
        """Whether it evidently keeps someone logged in."""
        return self.is_from_login or is_session_name(self.name)


class Jars:
    """The jars of all clients."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints
        self._jars: OrderedDict[Client, OrderedDict[tuple[str, str, str], Cookie]] = OrderedDict()
        self._count = 0
        self._ended: Bounded[bytes, Sighting] = Bounded(MAX_ENDED)

    def learn(self, case: Case, seen: Sighting) -> tuple[Cookie, ...]:
        """Put the cookies that `case` sets into the jar of its client, and remember whose session
        it ends; return those that keep the session of a login, which it is."""
        self._learn_ended(case, seen)
        if not case.response.headers.values("set-cookie"):
            return ()
        values = case.response.headers.texts("set-cookie")
        jar = self._jars.get(seen.client)
        if jar is None:
            jar = self._jars[seen.client] = OrderedDict()
        self._jars.move_to_end(seen.client)
        is_login = _is_login(case)
        begun: list[Cookie] = []
        sent = {self._fingerprints.of(value) for _, value in case.cookies[:MAX_EACH]}
        had = {name for name, value in case.cookies[:MAX_EACH] if value}
        for text in values[:MAX_PER_ANSWER]:
            parsed = parse_set_cookie(text)
            if parsed is None:
                continue
            cookie = self._cookie(parsed, case.exchange, seen, is_login=is_login)
            key = (cookie.name, cookie.domain, cookie.path)
            before = jar.pop(key, None)
            if before is not None:
                self._count -= 1
            if cookie.is_deleted and not is_login and before is None and cookie.name not in had:
                # Many take cookies away from whoever comes: nothing ended of who had none.
                continue
            if before is not None and before.value != cookie.value:
                cookie = _replacing(cookie, before, is_known=before.value in sent)
            jar[key] = cookie
            if is_login and is_session_name(cookie.name) and not cookie.is_deleted:
                begun.append(cookie)
            self._count += 1
            if len(jar) > MAX_EACH:
                jar.popitem(last=False)
                self._count -= 1
        while len(self._jars) > MAX_CLIENTS or self._count > MAX_COOKIES:
            _, dropped = self._jars.popitem(last=False)
            self._count -= len(dropped)
        return tuple(begun)

    def held(self, client: Client, host: str) -> Iterator[Cookie]:
        """Yield the cookies that `client` was given by `host` or a host of the same site, the
        newest first."""
        site = site_of(host)
        for cookie in reversed(self._jars.get(client, OrderedDict()).values()):
            if site in (site_of(cookie.host), site_of(cookie.domain)):
                yield cookie

    def ended(self, value: str) -> Sighting | None:
        """Return the logout that ended the session of which a cookie holds `value`."""
        return self._ended.get(self._fingerprints.of(value)) if self._ended else None

    def value(self, text: str) -> bytes:
        """Return the fingerprint of a cookie's value, to be compared."""
        return self._fingerprints.of(text)

    def _learn_ended(self, case: Case, seen: Sighting) -> None:
        """Servers end a session without a word about its cookie; a login may take up the same."""
        is_logout = _is_logout(case)
        if not is_logout and not (self._ended and _is_login(case)):
            return
        for each in case.credentials:
            if each.scheme == "cookie" and not is_redacted(each.value):
                value = self._fingerprints.of(each.value)
                if not is_logout:
                    self._ended.pop(value, None)
                elif value not in self._ended:
                    self._ended.remember(value, seen)

    def _cookie(
        self, parsed: SetCookie, exchange: Exchange, seen: Sighting, *, is_login: bool
    ) -> Cookie:
        host = exchange.request.host.lower().rstrip(".")
        domain = (parsed.attribute("domain") or "").lstrip(".").lower()[:253]
        path = parsed.attribute("path") or ""
        expires = _expires_at_s(parsed, seen.at_s)
        return Cookie(
            parsed.name[:100],
            self._fingerprints.of(parsed.value),
            domain or host,
            not domain,
            (path if path.startswith("/") else _default_path(exchange.request.path))[:200],
            parsed.attribute("secure") is not None,
            (parsed.attribute("samesite") or "").lower()[:10],
            expires,
            seen,
            host,
            is_from_login=is_login,
            is_deleted=(expires is not None and expires <= (seen.at_s or 0.0))
            or (not parsed.value and is_session_name(parsed.name)),
            is_partitioned=parsed.attribute("partitioned") is not None,
            problem=_problem(parsed, exchange, host, domain),
        )


def _replacing(cookie: Cookie, before: Cookie, *, is_known: bool) -> Cookie:
    """Return `cookie` with what is kept of the one before it. Only a client that sent the former
    value is known to be the one to which the new value was given, not another beside it."""
    return msgspec.structs.replace(
        cookie,
        # A session that is prolonged is still the one of the login.
        is_from_login=cookie.is_from_login or before.is_from_login,
        former=before.value if is_known else None,
    )


def is_logout_path(path: str) -> bool:
    """Return whether a path is where a session is ended."""
    return _LOGOUT_PATH.search(path[-200:]) is not None


def is_session_name(name: str) -> bool:
    """Return whether a cookie's name says that it keeps a session."""
    return bool(_SESSION_NAME.search(name[:100])) and not _NOT_SESSION.search(name[:100])


def kept_back(cookie: Cookie, exchange: Exchange) -> str | None:
    """Return why `cookie` does not go with this request, the first reason that holds: `rejected`,
    `deleted`, `expired`, `secure`, `domain`, `path`, `samesite`; None where it should go."""
    request = exchange.request
    host = request.host.lower().rstrip(".")
    at_s = exchange.times.started or exchange.at_s
    if cookie.problem:
        return "rejected"
    if cookie.is_deleted:
        return "deleted"
    if cookie.expires_at_s is not None and at_s is not None and cookie.expires_at_s <= at_s:
        return "expired"
    if cookie.is_secure and request.scheme == "http" and not is_loopback(host):
        return "secure"
    if not reaches(cookie, host):
        return "domain"
    if not _path_matches(request.path, cookie.path):
        return "path"
    if _is_cross_site(exchange) and not _crosses(cookie, exchange):
        return "samesite"
    return None


def reaches(cookie: Cookie, host: str) -> bool:
    """Return whether the domain of `cookie` takes in `host` (RFC 6265 section 5.1.3)."""
    if host == cookie.domain:
        return True
    return not cookie.is_host_only and host.endswith(f".{cookie.domain}")


def is_browser(exchange: Exchange) -> bool:
    """Return whether the client says that it is a browser, which obeys SameSite."""
    agent = exchange.request.headers.text("user-agent") or ""
    return agent.startswith("Mozilla/")


def _is_cross_site(exchange: Exchange) -> bool:
    if not is_browser(exchange):
        return False
    return exchange.request.headers.text("sec-fetch-site") == "cross-site"


def _crosses(cookie: Cookie, exchange: Exchange) -> bool:
    """Whether SameSite lets the cookie go with a cross-site request; without the attribute
    browsers take it as Lax, which crosses with what the address bar shows, not with a frame."""
    if cookie.same_site == "none":
        return True
    headers, method = exchange.request.headers, exchange.request.method
    is_navigation = headers.text("sec-fetch-mode") == "navigate" and method in ("GET", "HEAD")
    is_framed = headers.text("sec-fetch-dest") in _FRAMES
    return cookie.same_site != "strict" and is_navigation and not is_framed


def _path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265 section 5.1.4."""
    if path == cookie_path or cookie_path == "/":
        return True
    return path.startswith(cookie_path) and (
        cookie_path.endswith("/") or path[len(cookie_path)] == "/"
    )


def _default_path(path: str) -> str:
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def _problem(parsed: SetCookie, exchange: Exchange, host: str, domain: str) -> str | None:
    is_secure = parsed.attribute("secure") is not None
    lower = parsed.name.lower()
    if len(parsed.name) + len(parsed.value) > MAX_BYTES:
        return "too-large"
    if domain and host != domain and not host.endswith(f".{domain}"):
        return "domain"
    if domain and host != domain and is_public_suffix(domain):
        return "public-suffix"
    if lower.startswith("__host-") and (not is_secure or domain or parsed.attribute("path") != "/"):
        return "host-prefix"
    if lower.startswith("__secure-") and not is_secure:
        return "secure-prefix"
    if not is_browser(exchange):
        return None
    if (parsed.attribute("samesite") or "").lower() == "none" and not is_secure:
        return "samesite-none"
    if is_secure and exchange.request.scheme == "http" and not is_loopback(host):
        return "secure-from-http"
    return None


def _expires_at_s(parsed: SetCookie, at_s: float | None) -> float | None:
    """Return when the cookie ends, Unix seconds; Max-Age goes before Expires."""
    age = parsed.attribute("max-age")
    if age is not None and re.fullmatch(r"-?[0-9]{1,12}", age):
        return (at_s or 0.0) + int(age) if int(age) > 0 else 0.0
    expires = parsed.attribute("expires")
    if not expires:
        return None
    try:
        return max(email.utils.parsedate_to_datetime(expires[:60]).timestamp(), 0.0)
    except (ValueError, OverflowError, OSError):
        return None


def _is_logout(case: Case) -> bool:
    """Whether the answer logs someone out. A page at such a place asks whether to, as a rule."""
    request = case.exchange.request
    if not 200 <= case.stated_status < 400 or not is_logout_path(request.path):
        return False
    if request.method not in ("GET", "HEAD"):
        return request.method != "OPTIONS"
    content_type = case.response.headers.text("content-type") or ""
    return case.status >= 300 or "html" not in content_type.lower()


def _is_login(case: Case) -> bool:
    """Whether the answer logs someone in: what was posted holds a password or a code, or the path
    says so; and it was not refused."""
    request = case.exchange.request
    if case.status >= 400:
        return False
    if request.method == "POST" and _LOGIN_PATH.search(request.path[:200]):
        return True
    return any(name.lower() in ("password", "passwd", "pwd") for name, _ in case.request.form[:50])
