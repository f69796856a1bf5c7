"""What the server could do better when it refuses. Advice: never blamed on the client."""

from __future__ import annotations

from collections.abc import Iterator

from why401.case import Case
from why401.context import Context
from why401.detectors.bearer_scope import REPOSITORY
from why401.detectors.earlier import wants_json
from why401.detectors.refusal import is_refused
from why401.detectors.server_texts import texts
from why401.detectors.server_words import Topic, said
from why401.detectors.traits import Trait
from why401.history.cookies import is_browser
from why401.history.logins import Told, is_login, told_by
from why401.later import regex
from why401.model import CauseFound, Certainty, Evidence, Finding

REPORTS = (
    "server/login-redirect-for-api",
    "server/token-in-response-log",
    "server/username-enumeration",
    "server/no-rate-limit",
    "server/verbose-error",
    "server/cors-missing-on-401",
    "server/403-should-be-401",
    "server/401-should-be-403",
    "server/vague-error",
    "server/weak-scheme",
    "server/long-lived-token",
)
NEEDS = frozenset({Trait.TURNED_AWAY})

MIN_ECHO = 16
LOGINS_A_MINUTE = 20
DAY_S = 86_400
_TRACE = regex(
    r"Traceback \(most recent call last\)|\n\s{0,8}at [\w.$<>]{3,120}\([\w.]{1,80}:\d{1,6}\)"
    r"|Stack trace:|SQLSTATE\[|ORA-\d{5}|syntax error at or near|\.php on line \d|goroutine \d+ \["
)


def detect(case: Case, context: Context) -> Iterator[Finding]:
    """Yield advice on a refusal, most telling first."""
    if not is_refused(case):
        # Sent to a login page instead.
        yield from _redirects(case)
        return
    yield from _leaks(case)
    if case.exchange.request.method == "POST" and is_login(case):
        yield from _logins(case, context)
    yield from _statuses(case)
    yield from _cors(case)
    yield from _schemes(case)


def _advice(
    rule: str,
    cause: str,
    *evidence: Evidence,
    certainty: Certainty = Certainty.PROVEN,
    values: dict[str, str | int | float] | None = None,
    related: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule, certainty, evidence, (CauseFound(cause, certainty),), values or {}, related
    )


def _redirects(case: Case) -> Iterator[Finding]:
    if any(each.scheme == "bearer" and each.authorization for each in case.credentials):
        yield _advice(
            "server/login-redirect-for-api",
            "token-sent",
            Evidence("response.status", case.status),
            Evidence("request.credential", "bearer"),
            certainty=Certainty.POSSIBLE,
        )
    elif wants_json(case):
        yield _advice(
            "server/login-redirect-for-api",
            "for-people",
            Evidence("response.status", case.status),
            Evidence("request.header.accept", case.request.headers.text("accept")),
        )


def _leaks(case: Case) -> Iterator[Finding]:
    text = case.response.text[:16_384]
    if not text:
        return
    for each in case.credentials:
        token = each.authorization.token if each.authorization else each.value
        if len(token) >= MIN_ECHO and token in text:
            yield _advice(
                "server/token-in-response-log", "echoed", Evidence("response.text", each.where)
            )
            break
    if found := _TRACE.search(text):
        yield _advice(
            "server/verbose-error", "internals", Evidence("response.text", found[0].strip()[:60])
        )


def _logins(case: Case, context: Context) -> Iterator[Finding]:
    failed = context.history.logins.failed(context.history.key(case))
    here = told_by(case)
    other = next(
        (
            each
            for each in reversed(failed)
            if here is not Told.NEITHER and each.told not in (here, Told.NEITHER)
        ),
        None,
    )
    if other is not None:
        yield _advice(
            "server/username-enumeration",
            "two-texts",
            Evidence("response.text", here.name.lower().replace("_", " ")),
            Evidence(
                "history.login-refused",
                {"exchange": other.exchange, "told": other.told.name.lower().replace("_", " ")},
            ),
            related=(other.exchange,),
        )
    now_s = case.exchange.at_s or 0.0
    recent = [each for each in failed if now_s - each.at_s <= 60.0]
    if len(recent) + 1 >= LOGINS_A_MINUTE:
        yield _advice(
            "server/no-rate-limit",
            "unlimited",
            Evidence("history.logins-refused", len(recent) + 1),
            values={"count": len(recent) + 1},
            certainty=Certainty.LIKELY,
        )


def _statuses(case: Case) -> Iterator[Finding]:
    is_bare = case.status == 403 and not case.has_credentials and not case.cookies
    if is_bare and said(case, Topic.MISSING):
        yield _advice(
            "server/403-should-be-401", "not-identified", Evidence("response.status", 403)
        )
    # Clients of container registries ask for a token again at a 401 alone.
    of_registry = any((c.param("scope") or "").startswith(REPOSITORY) for c in case.challenges)
    is_about_scope = case.has_credentials and not of_registry and said(case, Topic.SCOPE)
    if case.status == 401 and is_about_scope:
        yield _advice(
            "server/401-should-be-403",
            "identified",
            Evidence("response.status", 401),
            certainty=Certainty.LIKELY,
        )
    if texts(case) or case.status != 401 or not case.has_credentials:
        return
    if wants_json(case) and not any(each.param("error") for each in case.challenges):
        yield _advice(
            "server/vague-error", "no-reason", Evidence("response.text", case.response.text[:0])
        )


def _cors(case: Case) -> Iterator[Finding]:
    headers = case.request.headers
    if headers.text("sec-fetch-mode") != "cors" or case.status not in (401, 403):
        return
    if case.exchange.request.method == "OPTIONS" or not is_browser(case.exchange):
        return
    if headers.text("sec-fetch-site") not in ("cross-site", "same-site"):
        return
    if not case.response.headers.values("access-control-allow-origin"):
        yield _advice(
            "server/cors-missing-on-401",
            "no-header",
            Evidence("response.header.access-control-allow-origin", None),
            Evidence("request.header.origin", headers.text("origin")),
            values={"status": case.status},
        )


def _schemes(case: Case) -> Iterator[Finding]:
    digests = [each for each in case.challenges if each.name == "digest"]
    algorithms = {(each.param("algorithm") or "MD5").upper() for each in digests}
    if digests and algorithms <= {"MD5", "MD5-SESS"}:
        yield _advice(
            "server/weak-scheme", "md5-only", Evidence(digests[0].where, sorted(algorithms))
        )
    for each in case.credentials:
        claims = (each.jwt.claims if each.jwt else None) or {}
        if not claims.get("iat"):
            continue
        lifetime_s = _seconds(claims.get("exp")) - _seconds(claims["iat"])
        if not DAY_S < lifetime_s < 1e9:
            continue
        kind = f"{claims.get('token_type')} {claims.get('typ')} {each.where}".lower()
        if "refresh" not in kind:
            yield _advice(
                "server/long-lived-token",
                "long",
                Evidence(each.where, {"exp - iat": lifetime_s}),
                values={"lifetime_s": lifetime_s},
            )
            return


def _seconds(value: object) -> float:
    """Return a claim that is plain seconds, else 0; milliseconds and texts have their own rules."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e11 else 0.0  # type: ignore[arg-type,operator]
