"""Does the server miss a claim that the refused JWT lacks, or a user that it names?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from why401.case import Case
from why401.context import Context
from why401.credentials.sketch import quoted_from
from why401.detectors.jwt_judged import judged_jwt
from why401.detectors.server_texts import Texts, mentions, reading
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding
from why401.verdict.evidence import carried_secrets

REPORTS = ("jwt/required-claim-missing", "jwt/user-gone")
NEEDS = frozenset({Trait.REFUSED, Trait.JWT})

MAX_TEXT = 1000
_NAME = r"([A-Za-z_][\w:/.-]{0,80}[\w])"
# Flask-JWT-Extended, jsonwebtoken for Rust, Nimbus · PyJWT · jose · Hasura · simplejwt · Kong ·
# golang-jwt and home-made ones.
_MISSING = tuple(
    regex(text, re.IGNORECASE)
    for text in (
        r"missing (?:required |mandatory )?claims?(?:: ?[\"'`\[]{0,2}| [\"'`\[]{1,2})" + _NAME,
        r"missing (?:the |required |a |an ){1,2}[\"'`]" + _NAME + r"[\"'`] claim",
        r"claims key: '" + _NAME + r"' not found",
        r"token has no [\"'`]?" + _NAME + r"[\"'`]? claim",
        r"no mandatory '" + _NAME + r"' in claims",
        r"(?:required )?claim [\"'`]" + _NAME + r"[\"'`] (?:is |was )?"
        r"(?:missing|not found|not present|absent|required)",
    )
)
_UNQUOTED = tuple(
    regex(text, re.IGNORECASE)
    for text in (
        r"\b" + _NAME + r" claim is (?:missing|required|not present|absent)",
        r"(?:缺少|缺失)(?:必需的?|声明|claim|字段|[ :：'\"]){1,4}" + _NAME,
    )
)
"""Words that may be of another claim than one of a token."""
_OWN_RULES = frozenset({"iss", "aud", "sub", "exp", "kid", "alg", "typ"})
_NO_NAMES = frozenset({"a", "an", "the", "required", "or", "and", "in", "claim", "claims", "this"})
_NO_USER = regex(
    r"user[_ ]not[_ ]found|\bno such user|no user (?:was )?found|user from sub claim|"
    r"user (?:does not|doesn't|no longer) exists?|user belonging to this token|"
    r"error loading the user|user (?:has been|was) deleted|用户不存在|用户已(?:被)?(?:删除|注销)",
    re.IGNORECASE,
)
_USER_CLAIMS = ("sub", "user_id", "userId", "uid", "id", "username", "identity", "email")


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield what the server says it looked for in the token and did not find, where the bytes do
    not contradict it."""
    credential = judged_jwt(case)
    claims = credential.jwt.claims if credential and credential.jwt else None
    if credential is None or claims is None:
        return
    for name, certainty, where, text in _stated_missing(case):
        if not _holds(claims, name):
            words = quoted_from(text, carried_secrets(case), context.masker)
            yield Finding(
                "jwt/required-claim-missing",
                certainty,
                (Evidence(credential.where, {name: None}), Evidence(where, words)),
                causes=(CauseFound("not-issued", certainty),),
                values={"claim": name},
            )
            break
    stated = _stated_no_user(case)
    user = next((name for name in _USER_CLAIMS if name in claims), None)
    if stated is None or user is None:
        return
    if said(case, Topic.EXPIRED, Topic.SIGNATURE, Topic.AUDIENCE, Topic.ISSUER):
        return
    where, text = stated
    words = quoted_from(text, carried_secrets(case), context.masker)
    yield Finding(
        "jwt/user-gone",
        Certainty.PROVEN,
        (Evidence(credential.where, {user: "present"}), Evidence(where, words)),
        causes=(
            CauseFound("deleted", Certainty.LIKELY),
            CauseFound("other-environment", Certainty.POSSIBLE),
        ),
    )


@reading
def _stated_missing(texts: Texts) -> tuple[tuple[str, Certainty, str, str], ...]:
    """Return the claims that the server says are missing: how surely, where, in which words."""
    found: list[tuple[str, Certainty, str, str]] = []
    for where, text in texts:
        text = text[:MAX_TEXT]
        if not mentions(text, "claim", "缺少", "缺失"):
            continue
        name, certainty = missing_claim(text), Certainty.PROVEN
        if name is None:
            name, certainty = missing_claim(text, _UNQUOTED), Certainty.LIKELY
        if name is not None:
            found.append((name, certainty, where, text))
    return tuple(found)


@reading
def _stated_no_user(texts: Texts) -> tuple[str, str] | None:
    """Return where and in which words the server says that it does not know the user."""
    for where, text in texts:
        start = text[:MAX_TEXT]
        if mentions(start, "user", "用户") and _NO_USER.search(start):
            return where, text
    return None


def _holds(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether the claims hold `name`, which may be a path: `realm_access.roles`."""
    if name in claims:
        return True
    value: Any = claims
    for part in name.split(".")[:5]:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def missing_claim(text: str, patterns: tuple[re.Pattern[str], ...] = _MISSING) -> str | None:
    """Return the claim that `text` says is missing, None without; those that have rules of their
    own are left to them."""
    for pattern in patterns:
        if (found := pattern.search(text)) and found[1].lower() not in _NO_NAMES:
            return None if found[1] in _OWN_RULES else found[1]
    return None
