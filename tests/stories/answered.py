"""What servers answer, with what was sent to them: the exchanges that verdicts are told about."""

from __future__ import annotations

import gzip
from typing import Any

from tests.exchanges import AT_S, b64url, exchange, http_date

from why401.model import Certainty, Exchange

DATE = {"Date": http_date(AT_S)}
WWW = "WWW-Authenticate"
BEARER = {**DATE, WWW: "Bearer"}
BASIC = {WWW: 'Basic realm="x"'}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
API = "https://api.example.com/orders"
PROVEN, LIKELY, POSSIBLE = Certainty.PROVEN, Certainty.LIKELY, Certainty.POSSIBLE


def jwt(claims: dict[str, Any], signature: bytes = b"x" * 32, **header: Any) -> str:
    """Return a token whose signature nobody checks."""
    head = {"alg": "HS256", "typ": "JWT", **header}
    return f"{b64url(head)}.{b64url(claims)}.{b64url(signature)}"


GOOD = jwt({"sub": "a", "iss": "https://id.example.com/", "aud": "api", "exp": AT_S + 3600})
OLD = jwt({"sub": "a", "iss": "https://id.example.com/", "aud": "api", "exp": AT_S - 3600})
BARE = jwt({"exp": AT_S + 3600})
SEALED = f"{b64url({'alg': 'dir', 'enc': 'A128GCM'})}..aXZpdml2aXZpdg.YWJj.dGFn"
OPAQUE = "6f1ed002ab5595859014ebf0951522d9"
SESSION = {"Cookie": "sid=abcdefabcdef123456"}


def auth(credential: str, scheme: str = "Bearer ") -> dict[str, str]:
    """Return the Authorization field that carries `credential`."""
    return {"Authorization": scheme + credential}


def api(sent: Any, said: Any, status: int = 401, got: Any = None, **more: Any) -> Exchange:
    """Return a refused call: what it carried, what the server said."""
    text = {"message": said} if isinstance(said, str) else said
    fields = DATE if got is None else got
    url = more.pop("url", API)
    return exchange(url, headers=sent, status=status, json=text, response_headers=fields, **more)


SPRING = 'Bearer error="invalid_token", error_description="An error occurred while attempting to '
SPRING += 'decode the Jwt: {}"'
ASPNET = 'Bearer error="invalid_token", error_description="{}"'


def spring(token: str, said: str) -> Exchange:
    return api(auth(token), None, got={**DATE, WWW: SPRING.format(said)})


def aspnet(token: str, said: str) -> Exchange:
    return api(auth(token), None, got={**DATE, WWW: ASPNET.format(said)})


MALFORMED = {**DATE, WWW: ASPNET.format("Bearer token is malformed")}
AGAINST_BYTES = [
    ("spring: expired, and it is", spring(OLD, "Jwt expired at x"), "jwt/expired", PROVEN),
    ("spring: expired, it is not", spring(GOOD, "Jwt expired at x"), "auth/unknown", POSSIBLE),
    ("spring: too early, no nbf", spring(GOOD, "Jwt used before x"), "auth/unknown", POSSIBLE),
    ("spring: malformed, it is not", api(auth(GOOD), None, got=MALFORMED), "auth/unknown", None),
    ("spring: malformed, quoted", api(auth(f'"{GOOD}"'), None, got=MALFORMED), "auth/quoted", None),
    ("spring: wants dots", spring(GOOD, "Missing dot delimiter(s)"), "auth/unknown", POSSIBLE),
    (
        "asp: no exp, and none",
        aspnet(jwt({}), "The token has no expiration"),
        "jwt/exp-missing",
        PROVEN,
    ),
    ("asp: no exp, but one", aspnet(GOOD, "The token has no expiration"), "auth/unknown", POSSIBLE),
    ("asp: audience", aspnet(GOOD, "The audience 'x' is invalid"), "jwt/aud-mismatch", LIKELY),
    ("asp: issuer", aspnet(GOOD, "The issuer 'x' is invalid"), "jwt/iss-mismatch", LIKELY),
    ("asp: signature", aspnet(GOOD, "The signature is invalid"), "jwt/signature-wrong-key", LIKELY),
    ("node: malformed, it is not", api(auth(GOOD), "jwt malformed"), "auth/unknown", POSSIBLE),
    (
        "node: malformed, opaque",
        api(auth(OPAQUE), "jwt malformed"),
        "bearer/opaque-where-jwt",
        PROVEN,
    ),
    ("node: invalid token", api(auth(GOOD), "invalid token"), "auth/unknown", POSSIBLE),
    ("node: not active, no nbf", api(auth(GOOD), "jwt not active"), "auth/unknown", POSSIBLE),
    (
        "express-jwt: format",
        api(auth(GOOD), "Format is Authorization: Bearer [token]"),
        None,
        POSSIBLE,
    ),
    (
        "generic malformed, opaque",
        api(auth(OPAQUE), "Malformed Authorization header"),
        None,
        LIKELY,
    ),
    ("generic malformed, JWE", api(auth(SEALED), "Malformed Authorization header"), None, LIKELY),
    ("quoted, 'not provided'", api(auth(f'"{GOOD}"'), "No token provided"), "auth/quoted", LIKELY),
    (
        "words about a signature, no JWT",
        api({}, "invalid signature", 403),
        "auth/unknown",
        POSSIBLE,
    ),
    (
        "words about audience, no JWT",
        api({}, "Audiences in Jwt are not allowed", 403),
        None,
        POSSIBLE,
    ),
    ("nginx's page, no scheme", api(auth(GOOD, ""), "401 Authorization Required"), None, LIKELY),
    (
        "sub, said of a text exp",
        api(auth(jwt({"exp": "1795136400"})), "Subject must be a string"),
        None,
        LIKELY,
    ),
    (
        "kong: no key, bearer sent",
        api(auth(GOOD), "No API key found in request"),
        "auth/api-key-not-found",
        LIKELY,
    ),
    ("kong: claim given", api(auth(GOOD), {"exp": "token expired"}), "auth/unknown", POSSIBLE),
    ("session cookie, no words", api(SESSION, "Forbidden"), "auth/unknown", POSSIBLE),
    (
        "session cookie, not logged in",
        api(SESSION, "Unauthenticated."),
        "session/not-accepted",
        POSSIBLE,
    ),
    ("nothing, not logged in", api({}, "请先登录"), "auth/missing", PROVEN),
    ("opaque, expired", api(auth(OPAQUE), "登录已过期"), "bearer/invalid-token-opaque", LIKELY),
    ("masked by hand", api(auth("xxxxxxxxxxxxxxxx"), "x", got=BEARER), "auth/placeholder", LIKELY),
    ("stars", api(auth("****"), "x", got=BEARER), "auth/placeholder", LIKELY),
    ("unset variable", api(auth("undefined"), "x", got=BEARER), "auth/placeholder", PROVEN),
    (
        "redacted by another tool",
        api(auth("[REDACTED]"), "x", got=BEARER),
        "auth/unknown",
        POSSIBLE,
    ),
    (
        "telegram: in the path",
        api({}, "Unauthorized", url=f"https://api.telegram.org/bot123456:{OPAQUE}/getMe"),
        None,
        POSSIBLE,
    ),
    (
        "a Flask session",
        api(auth(f"{b64url({'user_id': 1})}.Zx1Y2w.{b64url(b's' * 20)}"), "x", got=BEARER),
        "auth/unknown",
        POSSIBLE,
    ),
    ("RFC 6750: no error code, no token", api({}, None, got=BEARER), "auth/missing", PROVEN),
    (
        "fastapi: nothing came, though it was sent",
        api(auth(GOOD), {"detail": "Not authenticated"}, got=BEARER),
        "transport/auth-stripped-upstream",
        POSSIBLE,
    ),
    (
        "rest framework: nothing came, in small letters",
        api(auth(GOOD, "bearer "), "Authentication credentials were not provided.", got=BEARER),
        "auth/scheme-case",
        LIKELY,
    ),
    ("expired, in other words", api(auth(OLD), "Unauthorized"), "jwt/expired", LIKELY),
    (
        "expired, compressed",
        exchange(
            API,
            headers=auth(OLD),
            status=401,
            response_body=gzip.compress(b'{"message":"token expired"}'),
            response_headers={**DATE, "Content-Encoding": "gzip"},
        ),
        "jwt/expired",
        PROVEN,
    ),
    ("a second left", api(auth(jwt({"exp": AT_S + 1})), "Unauthorized"), "auth/unknown", POSSIBLE),
    (
        "login, wrong password",
        exchange(
            "https://example.com/login",
            method="POST",
            body=b'{"username":"a","password":"b"}',
            headers={"Content-Type": "application/json"},
            status=401,
            json={"message": "Invalid username or password"},
        ),
        "auth/login-refused",
        LIKELY,
    ),
    (
        "preflight, 401",
        exchange(
            API,
            method="OPTIONS",
            headers={"Origin": "https://e.com", "Access-Control-Request-Method": "PUT"},
            status=401,
        ),
        "server/cors-preflight-401",
        PROVEN,
    ),
    (
        "preflight, 403",
        exchange(
            API,
            method="OPTIONS",
            headers={"Origin": "https://e.com", "Access-Control-Request-Method": "PUT"},
            status=403,
        ),
        "server/cors-preflight-401",
        LIKELY,
    ),
    (
        "csrf, none sent",
        exchange(API, method="POST", headers={**FORM, **SESSION}, body=b"a=1", status=419),
        "cookie/csrf-missing",
        LIKELY,
    ),
    (
        "csrf, multipart",
        exchange(
            API,
            method="POST",
            headers={"Content-Type": "multipart/form-data; boundary=b", **SESSION},
            body=b'--b\r\nContent-Disposition: form-data; name="_token"\r\n\r\nabc\r\n--b--\r\n',
            status=419,
        ),
        "cookie/csrf-missing",
        LIKELY,
    ),
    (
        "csrf, a name of the site's own",
        exchange(
            API, method="POST", headers={"X-My-Csrf": "abc", **SESSION}, body=b"a=1", status=419
        ),
        "cookie/csrf-missing",
        LIKELY,
    ),
    (
        "csrf, one was found",
        api(SESSION, "Invalid CSRF Token 'x' was found on the request", 403, method="POST"),
        "cookie/csrf-missing",
        POSSIBLE,
    ),
    ("a coupon has expired", api(auth(OLD), "This coupon has expired", 403), "jwt/expired", LIKELY),
    ("an invitation", api(auth(OLD), "Invite token expired"), "jwt/expired", LIKELY),
    (
        "the refresh token has expired",
        exchange(
            "https://example.com/auth/refresh",
            method="POST",
            headers={**auth(OLD), "Content-Type": "application/json"},
            body=b'{"refreshToken":"opaque-1234567890"}',
            status=401,
            json={"message": "token expired"},
            response_headers=DATE,
        ),
        None,
        POSSIBLE,
    ),
    (
        "401 in a body",
        api(auth(GOOD), {"code": 401, "msg": "未登录"}, 200),
        "auth/unknown",
        POSSIBLE,
    ),
    (
        "a push refused by its receiver",
        exchange(
            "https://shop.cn/wx?signature=a&timestamp=1&nonce=2",
            method="POST",
            status=403,
            response_body=b"invalid signature",
        ),
        "auth/unknown",
        POSSIBLE,
    ),
]
