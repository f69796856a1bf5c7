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


# -- what the server says, against what was sent -------------------------------------------------

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
        "auth/unknown",
        POSSIBLE,
    ),
    ("kong: claim given", api(auth(GOOD), {"exp": "token expired"}), "auth/unknown", POSSIBLE),
    ("session cookie, no words", api(SESSION, "Forbidden"), "auth/unknown", POSSIBLE),
    ("session cookie, not logged in", api(SESSION, "Unauthenticated."), "auth/missing", POSSIBLE),
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
        "auth/unknown",
        POSSIBLE,
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
        PROVEN,
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


def weixin(target: str, code: object, method: str = "GET", message: str = "x") -> Exchange:
    """Return an answer of WeChat's with an errcode."""
    body = {"errcode": code, "errmsg": message}
    return exchange(f"https://api.weixin.qq.com{target}", method=method, status=200, json=body)


TOKEN = "/cgi-bin/token?grant_type=client_credential"
OF_WEIXIN = [
    ("no token, and none sent", weixin("/cgi-bin/menu/get", 41001), "wechat/41001", PROVEN),
    (
        "no token, but one sent",
        weixin("/cgi-bin/menu/get?access_token=70_abc", 41001),
        "wechat/41001",
        POSSIBLE,
    ),
    (
        "no refresh_token, but one",
        weixin("/sns/oauth2/refresh_token?refresh_token=r", 41003),
        "wechat/41003",
        POSSIBLE,
    ),
    ("no appid, and none", weixin(TOKEN, 41002), "wechat/41002", PROVEN),
    ("no appid, but one", weixin(f"{TOKEN}&appid=wx1", 41002), "wechat/41002", POSSIBLE),
    ("no secret, but one", weixin(f"{TOKEN}&secret=s", 41004), "wechat/41004", POSSIBLE),
    ("no code, but one", weixin("/sns/jscode2session?js_code=c", 41008), "wechat/41008", POSSIBLE),
    ("POST wanted, GET sent", weixin("/cgi-bin/menu/create", 43002), "wechat/43002", PROVEN),
    (
        "POST wanted, POST sent",
        weixin("/cgi-bin/menu/create", 43002, "POST"),
        "wechat/43002",
        POSSIBLE,
    ),
    (
        "retired or not",
        weixin("/cgi-bin/menu/get?access_token=70_abc", "40001"),
        "wechat/40001",
        POSSIBLE,
    ),
    (
        "another host's 40001",
        exchange("https://oapi.dingtalk.com/x", status=200, json={"errcode": 40001, "errmsg": "x"}),
        None,
        None,
    ),
    (
        "a host that only begins so",
        exchange("https://api.weixin.qq.com.evil.com/x", status=200, json={"errcode": 42001}),
        None,
        None,
    ),
    (
        "a trailing dot",
        exchange(
            "https://api.weixin.qq.com./cgi-bin/x?access_token=T",
            status=200,
            json={"errcode": 42001, "errmsg": "x"},
        ),
        "wechat/42001",
        LIKELY,
    ),
]


# -- healthy -------------------------------------------------------------------------------------

V2 = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[{}]]></return_msg>"
V2 += "<result_code><![CDATA[SUCCESS]]></result_code>{}</xml>"


def pay(answer: str) -> Exchange:
    url = "https://api.mch.weixin.qq.com/pay/orderquery"
    return exchange(url, method="POST", status=200, response_body=answer.encode())


def wx(path: str, answer: Any) -> Exchange:
    return exchange(f"https://api.weixin.qq.com{path}?access_token=T", status=200, json=answer)


def polled(error: str) -> Exchange:
    url, form = "https://id.example.com/token", b"grant_type=urn:x:device_code&device_code=d"
    return exchange(url, method="POST", headers=FORM, body=form, status=400, json={"error": error})


HEALTHY = [
    ("token", wx("/cgi-bin/token", {"access_token": "70_abc", "expires_in": 7200})),
    ("session", wx("/sns/jscode2session", {"openid": "o", "session_key": "a" * 24})),
    ("ok", wx("/cgi-bin/menu/create", {"errcode": 0, "errmsg": "ok"})),
    ("text 0", wx("/wxa/getwxacodeunlimit", {"errcode": "0", "errmsg": "ok"})),
    ("no code", wx("/cgi-bin/message/custom/send", {"errmsg": "ok"})),
    ("null", wx("/cgi-bin/menu/get", {"errcode": None, "errmsg": "ok"})),
    (
        "a code inside of a quoted answer",
        wx(
            "/cgi-bin/openapi/rid/get",
            {"errcode": 0, "errmsg": "ok", "request": {"response_body": '{"errcode":45009}'}},
        ),
    ),
    ("a list without codes", wx("/cgi-bin/user/get", {"total": 1, "data": {"openid": ["o"]}})),
    (
        "wecom's warning",
        exchange(
            "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=T",
            status=200,
            json={"errcode": 0, "errmsg": "ok. Warning: wrong json format. "},
        ),
    ),
    ("v2", pay(V2.format("OK", "<trade_state>NOTPAY</trade_state>"))),
    ("v2, lower case", pay(V2.format("ok", ""))),
    ("v2, empty err_code", pay(V2.format("OK", "<err_code></err_code>"))),
    (
        "v2, empty result_code",
        pay("<xml><return_code>SUCCESS</return_code><result_code></result_code></xml>"),
    ),
    ("v2, bill", pay("交易时间,公众账号ID\n`2026-01-01,`wx1\n")),
    (
        "v3, closed",
        exchange("https://api.mch.weixin.qq.com/v3/pay/x/close", method="POST", status=204),
    ),
    (
        "v3, 202 without a body",
        exchange("https://api.mch.weixin.qq.com/v3/x", method="POST", status=202),
    ),
    (
        "a refused probe",
        exchange(
            "https://shop.cn/notify",
            method="POST",
            headers={
                "Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc",
                "Wechatpay-Timestamp": str(int(AT_S)),
                "Wechatpay-Nonce": "n",
                "Wechatpay-Serial": "5157F09EFDC096DE",
            },
            body=b'{"resource_type":"encrypt-resource","resource":{}}',
            status=401,
            json={"code": "FAIL"},
        ),
    ),
    (
        "echostr",
        exchange(
            "https://shop.cn/wx?signature=a&timestamp=1&nonce=2&echostr=1",
            status=200,
            response_body=b"1",
        ),
    ),
    (
        "dingtalk",
        exchange(
            "https://oapi.dingtalk.com/x",
            status=200,
            json={"errcode": 40014, "errmsg": "不合法的access_token"},
        ),
    ),
    ("device flow, pending", polled("authorization_pending")),
    ("device flow, slow down", polled("slow_down")),
    ("an entry of a log", api(auth(GOOD), {"code": 401, "name": "Unauthorized"}, 200)),
    ("an expired token that was taken", api(auth(OLD), "fine", 200)),
    ("a lower-case scheme that was taken", api(auth(GOOD, "bearer "), "fine", 200)),
    ("validation, with an expired token", api(auth(OLD), "name is required", 400)),
    ("a missing page, with an expired token", api(auth(OLD), "no such page", 404)),
    (
        "a page for people that needs a login",
        exchange(
            "https://e.com/orders",
            headers={"Accept": "text/html"},
            status=302,
            response_headers={"Location": "/login"},
        ),
    ),
]
