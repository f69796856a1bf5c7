"""The words with which widely used servers refuse, by what they speak of.

In small letters, Chinese ones without blanks: what they are looked for in is folded likewise.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Topic(enum.IntEnum):
    """What a server's words can be about; numbers, for these are looked up all the time."""

    MISSING = enum.auto()
    """Nobody is known: no credential came, or none that counts."""
    ABSENT = enum.auto()
    """In so many words: no credential came."""
    MALFORMED = enum.auto()
    NO_JWT = enum.auto()
    EXPIRED = enum.auto()
    NOT_YET_VALID = enum.auto()
    NO_EXPIRY = enum.auto()
    SIGNATURE = enum.auto()
    ALGORITHM = enum.auto()
    AUDIENCE = enum.auto()
    ISSUER = enum.auto()
    KEY_ID = enum.auto()
    REVOKED = enum.auto()
    PASSWORD = enum.auto()
    SCOPE = enum.auto()
    REPEATED = enum.auto()
    CLAIM = enum.auto()
    TIME_TYPE = enum.auto()
    KEY_REFUSED = enum.auto()
    """An API key came, and is not accepted."""


_ABSENT = (
    *("missing_authorization", "missing authorization", "authorization header missing"),
    *("authorization header is missing", "authorization header not found"),
    *("authorization header is required", "no authorization header", "no authorization was found"),
    *("no authorization token was found", "no authorization included"),
    # Amazon API Gateway says no more than "missing authentication token" of a path it has not.
    *("missing authentication credentials", "missing authentication header"),
    *("missing authentication token for",),
    *("credentials were not provided", "token not provided", "token was not provided"),
    *("header not provided", "key not provided", "no token provided", "no auth token"),
    *("token is missing", "token missing", "missing token", "bearer token is missing"),
    *("missing bearer", "missing 'bearer' type", "missing credentials", "credentials_required"),
    *("credentials_bad_scheme", "format is authorization: bearer", "no credentials provided"),
    *("no credentials were", "no credentials sent", "no credentials supplied"),
    *("no api key", "missing api key", "jwt is missing", "jwt token not found"),
    *("auth header missing", "authorization header not present", "authorization field missing"),
    *("authorization token not found", "missing subscription key", "api key is missing"),
    *("missing username and password", "missing rbac token", "didn't provide an api key"),
    *("did not provide an api key", "missing x-auth-key"),
    *("`authorization` was missing", "令牌不能为空", "token缺失", "请求未携带token"),
    *("缺少token", "token不能为空", "token为空", "缺少认证"),
    *("未提供token", "未提供认证", "未提供凭证", "未提供令牌"),
)

WORDS: Mapping[Topic, tuple[str, ...]] = {
    Topic.MISSING: (
        *_ABSENT,
        *("no authorization", "authorization required", "authentication required"),
        *("missing or invalid authorization", "credentials are required", "not authenticated"),
        *("bad authorization header", "unauthenticated", "not logged in", "未登录", "请先登录"),
    ),
    Topic.ABSENT: _ABSENT,
    Topic.MALFORMED: (
        *("malformed", "not enough segments", "wrong number of segments", "invalid token format"),
        *("token format", "invalid segment", "could not decode", "cannot decode", "invalid header"),
        *("not in the form of header.payload.signature", "unable to decode", "invalid jwt string"),
        *("bad authorization header", "invalid authorization header", "illegal base64"),
        *("invalid compact", "jwt string must", "jwt strings must", "invalid payload padding"),
        *("jwtparseerror", "token contains an invalid number of segments", "cannot be parsed"),
        *("bad token", "malformed token"),
        *(
            "decode error",
            "unsecured",
            "not a valid jwt",
            "invalid character",
            "格式错误",
            "格式不正确",
        ),
    ),
    Topic.NO_JWT: (
        *("not enough segments", "wrong number of segments", "invalid segment", "missing dot"),
        *("invalid header padding", "invalid payload padding", "invalid crypto padding"),
        *("header.payload.signature", "invalid jwt", "jwt string must", "jwt strings must"),
        *("jwtparseerror", "token contains an invalid number of segments", "not a valid jwt"),
        *(
            "malformed jwt",
            "jwt malformed",
            "parts in jwt",
            "expected 'authorization: bearer <jwt>'",
        ),
        *("decode the jwt: malformed", "jwt is not in", "jwt is malformed", "compact jws"),
        *("compact serialization", "invalid compact", "invalid number of segments"),
        *("jwt header is an invalid", "jwt payload is an invalid"),
    ),
    Topic.EXPIRED: (
        *("token_expired", "token expired", "expired_token", "jwt expired", "token is expired"),
        *("has expired", "expired at", "tokenexpired", "expiredtoken", "expiredsignature"),
        *("lifetime validation failed", "token was expired", "jwt is expired", "expired token"),
        *('"exp" claim timestamp check failed', "session expired", "idx10223", "the token expired"),
        *("已过期", "已经过期", "过期了", "token过期", "登录过期", "令牌过期", "登录失效"),
        *("jwtexpired", "token is not active", "expired jwt", "auth/id-token-expired"),
    ),
    Topic.NOT_YET_VALID: (
        *(
            "not yet valid",
            "not valid before",
            "used before",
            "jwt not active",
            "token is not active",
            "token not active",
            "not valid yet",
            "prior to",
            "idx10222",
        ),
        *("before it is valid", "nbf", "issued in the future", "(iat)", "尚未生效"),
        *('"iat" claim timestamp check failed', "token used too early", "before issued"),
        *("claim not valid until", "issued at future", "immaturesignature"),
        *("not be accepted before", "before use time"),
    ),
    Topic.NO_EXPIRY: (
        *(
            "no expiration",
            "has no 'exp' claim",
            'missing the "exp" claim',
            "exp claim is required",
        ),
        *("missing required 'exp'", "exp claim is missing", "missing exp"),
    ),
    Topic.SIGNATURE: (
        *("invalid_signature", "signature mismatch", "signature verification", "invalid signature"),
        *("signature is invalid", "signature validation failed", "bad signature", "jwt signature"),
        *("signature does not match", "signatureverificationfailed", "signatureinvalid"),
        *("idx10511", "idx10503", "签名错误", "验签失败", "签名验证失败"),
        *("签名无效", "couldn't verify signature", "wrong key"),
        *(
            "jwt verification fails",
            "jwsinvalidsignature",
            "invalidsignature",
            "token signature could not be verified",
        ),
    ),
    Topic.ALGORITHM: (
        *("invalid algorithm", "alg value is not allowed", "algorithm is not allowed"),
        *("unexpected signing method", "algorithm mismatch", "another algorithm expected"),
        *("signing method", "unsupported algorithm", "alg is not", '"alg" (algorithm)'),
        *("unsecured", "algorithm not supported", "no matching algorithm"),
        *(
            "header [alg] is not supported",
            "incorrect key for this algorithm",
            "provided algorithm doesn't match",
            "token signer mismatch",
            "invalidalgorithm",
        ),
    ),
    Topic.AUDIENCE: (
        *(
            "invalid audience",
            "the audience '",
            "audience doesn't match",
            "aud claim",
            "audience invalid",
            "idx10214",
        ),
        *("audience validation failed", "jwt audience", "audiences in jwt", '"aud" claim'),
        *("wrong audience", "audience is invalid", "audience not allowed", "invalid_audience"),
        *(
            "unexpected 'aud'",
            "not allowed to be used by this audience",
            "jwt not in audience",
            "jwtnotinaudience",
            "invalidaudience",
            'incorrect "aud"',
            "expected audience not available",
            "mismatched audience",
            "(aud) claim mismatch",
        ),
    ),
    Topic.ISSUER: (
        *(
            "invalid issuer",
            "the issuer '",
            "iss claim",
            "issuer invalid",
            "issuer validation failed",
            "idx10205",
        ),
        *("jwt issuer", '"iss" claim', "issuer is not configured", "issuer is invalid"),
        *("wrong issuer", "invalid_issuer", "issuer mismatch"),
        *(
            "unexpected 'iss'",
            "not issued by the given issuers",
            "invalid token issuer",
            "invalidissuer",
            'incorrect "iss"',
            "invalid 'iss'",
            "given 'iss'",
            "(iss) claim mismatch",
        ),
    ),
    Topic.KEY_ID: (
        *(
            "unable to find a signing key",
            "signature key was not found",
            "kid ",
            "'kid'",
            '"kid"',
            "invalid kid",
            "no matching key",
            "no applicable key",
            "idx10501",
        ),
        *("no suitable key", "signing key not found", "key not found", "no key for"),
    ),
    Topic.REVOKED: (
        *("revoked", "token is blacklisted", "token has been blacklisted", "token blacklisted"),
        *("blocklisted", "invalidated", "logged out", "踢下线"),
        *("顶下线", "已注销", "被顶替", "已在其他设备登录", "signed out"),
    ),
    Topic.PASSWORD: (
        *("bad credentials", "invalid username", "invalid password", "wrong password"),
        *("incorrect password", "invalid credentials", "username or password", "login failed"),
        *("email or password", "invalid_login_credentials", "basic authentication fail"),
        *("log in with provided credentials", "password salah"),
        *("password is incorrect", "incorrect username", "用户名或密码", "密码错误", "账号或密码"),
    ),
    Topic.SCOPE: (
        *("insufficient_scope", "insufficient scope", "scope_insufficient", "missing_scope"),
        *("insufficient authentication scopes", "requires higher privileges", "missing scope"),
        *("required scope", "scope is required"),
    ),
    Topic.REPEATED: (
        *("multiple bearer tokens", "multiple tokens", "multiple authorization", "more than one"),
        *("only one auth mechanism", "multiple access tokens", "duplicate authorization"),
    ),
    Topic.CLAIM: (
        *("must be a string", "must be an integer", "must be a number", "invalid exp value"),
        *("invalid nbf value", "invalid iat value", "invalid type", "invalid claim type"),
        *("need to be numeric", "numericdate", "invalid kid", "key id"),
        *('"crit"', "'crit'", "crit header", "critical header", "critical extension"),
    ),
    Topic.TIME_TYPE: (
        *("must be an integer", "must be a number", "need to be numeric", "numericdate"),
        *("invalid exp value", "invalid nbf value", "invalid iat value"),
    ),
    Topic.KEY_REFUSED: (
        *("invalid api key", "invalid api-key", "invalid apikey", "api key is invalid"),
        *("incorrect api key", "api key not valid", "unknown api key", "api key expired"),
    ),
}
