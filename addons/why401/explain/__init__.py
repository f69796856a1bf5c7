"""What a code, an error message, a token or an Authorization value means, asked without traffic."""

from __future__ import annotations

import difflib
import json
import operator
import re
from collections.abc import Iterable, Iterator

from why401.case import Case
from why401.credentials.show import show_credential
from why401.diagnose import Diagnoser
from why401.explain.explanation import Explanation, of_finding, of_rule
from why401.explain.known_texts import alternatives, values_of
from why401.explain.messages import explained_by_message
from why401.explain.pasted_body import explained_as_answer
from why401.explain.titles import explained_by_title
from why401.hosts import Family
from why401.keys import NO_KEYS, Keys
from why401.knowledge.base import Knowledge
from why401.knowledge.codes import code_id
from why401.knowledge.rule import Status
from why401.later import regex
from why401.masking import Masker
from why401.model import (
    Exchange,
    Finding,
    Headers,
    Request,
    Response,
    Shown,
    Times,
)

MAX_TEXT = 64 << 10
MAX_ALIKE = 500
_LIKE_DIGITS = str.maketrans("oOlI", "0011")
MAX_RESULTS = 6

_CODE = regex(r"-?[0-9]{1,10}")
_LETTER_CODE = regex(r"[A-Za-z][A-Za-z0-9_. :-]{1,79}")
_AUTHORIZATION = regex(r"(?:(?:proxy-)?authorization\s{0,8}:\s{0,8})", re.IGNORECASE)
_SCHEME = regex(
    r"(?:basic|bearer|digest|dpop|token|jwt|negotiate|ntlm|wechatpay2-[\w-]{1,30}|aws4-[\w-]{1,30})"
    r"[ ,:=]\s{0,8}\S",
    re.IGNORECASE,
)
_TOKEN = regex(r"[A-Za-z0-9_~+/=.-]{16,}")
_ID = regex(
    r"[a-z0-9-]{1,40}(?:/[a-z0-9_.-]{1,60}){1,3}|[A-Z][A-Z_.]{1,79}[0-9]{0,3}"
    r"|(?:[A-Z][a-z]{1,30}|[A-Z]{2,8}(?=[A-Z])){2,8}|[a-z]{2,20}(?:[A-Z][a-z]{1,20}){1,6}"
)
"""An id, a code in letters, or the name of an error: `TokenExpiredError`."""
_STATUS = regex(
    r"(?:HTTP(?:/[0-9.]{1,3})?|status|code|状态码|\s)*(401|403|407)\D{0,40}", re.IGNORECASE
)
_STATUSES = {
    "401": ("auth/missing", "jwt/expired", "bearer/invalid-token-opaque"),
    "403": ("auth/forbidden-authenticated", "bearer/insufficient-scope", "auth/ip-not-allowed"),
    "407": ("auth/proxy-407",),
}
"""What a status alone most often stands for."""
_PASTED_FIELD = regex(
    r"(?:^|[\s\"'])(?:proxy-)?authorization:[ \t]{0,8}([^\r\n\"']{1,16384})", re.IGNORECASE
)
_CHALLENGE_WORDS = regex(r"\berror(?:_description)?=\"([^\"]{1,1024})\"")
_PARAMETERS_OF_CHALLENGE = regex(r"\b(?:realm|error|error_description)\s{0,2}=")


def explain(
    text: str, knowledge: Knowledge, masker: Masker, now_s: float, keys: Keys = NO_KEYS
) -> tuple[Explanation, ...]:
    """Return what `text` may mean, the most probable first; empty where nothing is known of it,
    or where it is a credential without fault. `now_s` is the time at which a token is judged."""
    text = _asked(text)
    if not text:
        return ()
    rule = knowledge.rule(text.lower()) if "/" in text else None
    if rule is not None:
        return (of_rule(rule, knowledge),)
    if is_credential(text):
        return _credential(text, knowledge, masker, now_s, keys)
    said = " ".join(_CHALLENGE_WORDS.findall(text))
    found = (
        explained_as_answer(text, knowledge, now_s)
        or _statuses(text, knowledge)
        or _codes(text, knowledge)
        or (explained_by_message(said, knowledge) if said else [])
        or explained_by_message(text, knowledge)
        or explained_by_title(text, knowledge)
    )
    return tuple(found[:MAX_RESULTS])


def _asked(text: str) -> str:
    """Return what is asked about: of a curl command or a request pasted, the credential."""
    text = text[:MAX_TEXT].strip()
    found = _PASTED_FIELD.search(text)
    return f"Authorization: {found[1].strip()}" if found else text


def _statuses(text: str, knowledge: Knowledge) -> list[Explanation]:
    """Return what the status of HTTP most often means that `text` is."""
    found = _STATUS.fullmatch(text)
    rules = (knowledge.rule(rule_id) for rule_id in _STATUSES[found[1]]) if found else ()
    return [of_rule(rule, knowledge) for rule in rules if rule]


def decoded(text: str, masker: Masker, now_s: float) -> tuple[Shown, ...]:
    """Return the credential in `text` as far as it may be shown; empty for anything else."""
    text = _asked(text)
    if not is_credential(text):
        return ()
    case = Case(_exchange(text, now_s))
    return tuple(show_credential(credential, masker) for credential in case.credentials)


def nearest(text: str, knowledge: Knowledge, count: int = 5) -> tuple[str, ...]:
    """Return the names that come nearest to `text`: codes as they are written, and rule ids."""
    text = text[:200].strip()
    rows = {row.code for row in knowledge.codes.by_id.values()}
    if _CODE.fullmatch(digits := text.translate(_LIKE_DIGITS)):
        text = digits
        numbers = [code for code in rows if _CODE.fullmatch(code)]
        return _closest(text, numbers, count)
    # Names are compared in small letters and shown as they are.
    names = {name.lower(): name for name in (*rows, *knowledge.rules)}
    names |= {name.rpartition("/")[2]: name for name in knowledge.rules}
    return tuple(dict.fromkeys(names[name] for name in _closest(text.lower(), names, count)))


def _closest(text: str, names: Iterable[str], count: int) -> tuple[str, ...]:
    """Return the names most alike; of those that are equally so, the ones with most characters in
    their places: a slip changes one and leaves the others where they are."""
    close = difflib.get_close_matches(text, names, MAX_ALIKE, 0.5)
    matcher = difflib.SequenceMatcher(b=text)

    def likeness(name: str) -> tuple[float, int]:
        matcher.set_seq1(name)
        return matcher.ratio(), sum(map(operator.eq, name, text))

    close.sort(key=likeness, reverse=True)
    return tuple(close[:count])


def is_credential(text: str) -> bool:
    """Return whether `text` is an Authorization value or a token, not words, a code or an id."""
    if _AUTHORIZATION.match(text) or (text.count(".") == 2 and text.startswith("eyJ")):
        return True
    if _SCHEME.match(text):
        return _has_credential(text)
    if _TOKEN.fullmatch(text) is None or _ID.fullmatch(text):
        return False
    kinds = (str.isdigit, str.islower, str.isupper)
    return sum(any(map(kind, text)) for kind in kinds) > 1 and any(map(str.isalpha, text))


def _has_credential(text: str) -> bool:
    """Return whether a credential stands behind the scheme: neither the words of a message
    ("Bearer token is malformed", "jwt expired") nor the parameters of a challenge."""
    if _PARAMETERS_OF_CHALLENGE.search(text) and "response=" not in text:
        return False
    if '="' in text or "eyJ" in text:
        return True
    words = text.split()
    return len(words) <= 2 and not (words[0].lower() in ("jwt", "token") and words[-1].isalpha())


# -- codes ------------------------------------------------------------------------------------


def _codes(text: str, knowledge: Knowledge) -> list[Explanation]:
    """Return an explanation for every family that has the code `text`, or the code in it."""
    for code in _code_candidates(text):
        found = []
        # v2 last: what is built today speaks v3.
        for family in sorted(Family, key=lambda family: family is Family.WECHATPAY_V2):
            row = knowledge.codes.find(family, code) or knowledge.codes.find(family, code.upper())
            rule_id = code_id(family, row.code if row else code)
            rule = knowledge.rule(rule_id)
            if rule is not None and not rule_id.endswith("unknown-code"):
                found.append(of_rule(rule, knowledge, family.value, row.code if row else code))
        found += _rules_of_code(code, knowledge, {item.rule for item in found})
        if found:
            return found
    return []


def _code_candidates(text: str) -> Iterator[str]:
    """Yield what may be the code in `text`: all of it, or that of a body pasted whole."""
    if _CODE.fullmatch(text) or _LETTER_CODE.fullmatch(text):
        yield text
        return
    if text.startswith("{"):
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(body, dict):
            for name in ("errcode", "code", "err_code", "error_code", "error"):
                value = body.get(name)
                if isinstance(value, str | int) and not isinstance(value, bool):
                    yield str(value)


def _rules_of_code(code: str, knowledge: Knowledge, known: set[str]) -> Iterator[Explanation]:
    """Yield the rules of a narrower case of `code`, those left out that need the message too."""
    for rule_id, compiled in knowledge.rules.items():
        rule = compiled.rule
        if rule_id in known or rule.status is Status.RETIRED:
            continue
        for conditions in alternatives(rule.match):
            by_words = any(place.startswith("error.message") for place in conditions)
            if not by_words and code in map(str, values_of(conditions, "error.code")):
                yield of_rule(rule, knowledge)
                break


# -- credentials ------------------------------------------------------------------------------


def _credential(
    text: str, knowledge: Knowledge, masker: Masker, now_s: float, keys: Keys
) -> tuple[Explanation, ...]:
    """Return what is wrong with a credential in itself, as if a server had refused it now."""
    diagnosis = Diagnoser(knowledge, keys, masker).diagnose(_exchange(text, now_s)).diagnosis
    return tuple(
        of_finding(finding, rule, knowledge)
        for finding in diagnosis.findings
        if (rule := knowledge.rule(finding.rule)) and not _is_about_the_answer(finding)
    )


def _is_about_the_answer(finding: Finding) -> bool:
    """There was no answer: what would be said about one is left out."""
    return finding.rule == "auth/unknown" or finding.rule.startswith(("server/", "session/"))


def _exchange(text: str, now_s: float) -> Exchange:
    value = _AUTHORIZATION.sub("", text, 1)
    if not _SCHEME.match(value):
        value = f"Bearer {value}"
    return Exchange(
        id="explain",
        request=Request(
            method="GET",
            scheme="https",
            host="localhost",
            port=443,
            target=b"/",
            headers=Headers(((b"Authorization", value.encode("utf-8", "surrogateescape")),)),
        ),
        response=Response(401),
        times=Times(started=now_s, request_sent=now_s, response_started=now_s),
    )
