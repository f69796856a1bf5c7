"""The server's words weighed against what the request shows."""

import pytest
from tests.exchanges import AT_S, b64url, exchange

from why401.case import Case
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.base import Knowledge
from why401.knowledge.codes import code_table
from why401.knowledge.fingerprints import Answer
from why401.knowledge.load import load_knowledge
from why401.knowledge.rule import Cause, Rule, Text
from why401.masking import Masker
from why401.model import (
    CauseFound,
    Certainty,
    Evidence,
    Exchange,
    Finding,
    Headers,
    Request,
    Response,
    Severity,
)
from why401.verdict.answers import weighed


def case(*headers: tuple[bytes, bytes]) -> Case:
    request = Request("GET", "https", "api.test", 443, b"/", Headers(headers))
    return Case(Exchange("x", request, Response(401)))


# An encrypted token does not show its claims, so nothing in it speaks against the server's words.
SEALED = b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXZpdml2aXZpdg.YWJj.dGFn"
AUTHORIZED = (b"authorization", b"Bearer " + SEALED)
TEXT = Text("一", "one")


def rule(name: str, **more: object) -> Rule:
    cause = Cause(id="one", zh="一", en="one", fix=TEXT)
    return Rule(id=name, title=TEXT, causes=[cause], **more)  # type: ignore[arg-type]


KNOWLEDGE = Knowledge(
    [
        rule("jwt/expired", reported_by="jwt_times"),
        rule("auth/missing", reported_by="y"),
        *(
            rule(name, reported_by="y")
            for name in ("jwt/signature-wrong-key", "jwt/malformed", "jwt/exp-missing")
        ),
        *(
            rule(name, reported_by="y")
            for name in ("auth/whitespace", "auth/missing-scheme", "jwt/not-yet-valid")
        ),
        rule("auth/by-text", match={"response.status": 401}),
        rule("server/advice", severity=Severity.INFO, reported_by="x"),
    ],
    code_table((), {}),
)
BYTES = Evidence("request.header.authorization", "exp")
WORDS = Evidence("response.text", "Jwt is expired")
LIKELY = Answer("Envoy", ("jwt/expired",), Certainty.LIKELY, (WORDS,))
POSSIBLE = Answer(None, ("jwt/expired",), Certainty.POSSIBLE, (WORDS,))
SEEN = Finding("jwt/expired", Certainty.LIKELY, (BYTES,))


def test_words_that_agree_with_the_bytes_prove_the_defect() -> None:
    result = weighed([SEEN], [LIKELY], KNOWLEDGE, case())
    assert result.findings == (Finding("jwt/expired", Certainty.PROVEN, (BYTES, WORDS)),)
    assert result.stated == {"jwt/expired"}
    assert result.answered_by == "Envoy"


UNTOUCHED = [
    pytest.param(SEEN, POSSIBLE, id="words that nobody verified"),
    pytest.param(
        Finding("jwt/expired", Certainty.LIKELY, (BYTES,), (CauseFound("one", Certainty.LIKELY),)),
        LIKELY,
        id="a detector that has read the words itself",
    ),
    pytest.param(
        Finding("auth/by-text", Certainty.LIKELY, (BYTES,)),
        Answer("Envoy", ("auth/by-text",), Certainty.LIKELY, (WORDS,)),
        id="a rule that matched the same text",
    ),
]


@pytest.mark.parametrize(("finding", "answer"), UNTOUCHED)
def test_what_is_no_proof_changes_nothing(finding: Finding, answer: Answer) -> None:
    result = weighed([finding], [answer], KNOWLEDGE, case())
    assert result.findings == (finding,)
    assert result.stated == frozenset()


def test_words_alone_are_a_finding_but_never_proven() -> None:
    for answer in (LIKELY, POSSIBLE):
        (finding,) = weighed([], [answer], KNOWLEDGE, case(AUTHORIZED)).findings
        causes = (CauseFound("as-stated", answer.certainty),)
        assert finding == Finding("jwt/expired", answer.certainty, (WORDS,), causes)


def test_advice_does_not_explain_a_refusal() -> None:
    advice = Finding("server/advice", Certainty.PROVEN, (BYTES,))
    result = weighed([advice], [LIKELY], KNOWLEDGE, case(AUTHORIZED))
    assert [finding.rule for finding in result.findings] == ["server/advice", "jwt/expired"]


def test_words_that_are_understood_say_nothing_further() -> None:
    """What else a server means by them is not meant where the first is found, be it harmless."""
    harmless = Finding("auth/missing", Certainty.PROVEN, (BYTES,), severity=Severity.INFO)
    answer = Answer("Laravel", ("auth/missing", "jwt/expired"), Certainty.LIKELY, (WORDS,))
    result = weighed([harmless], [answer], KNOWLEDGE, case())
    assert [finding.rule for finding in result.findings] == ["auth/missing"]


def test_words_add_nothing_where_the_bytes_show_another_defect() -> None:
    other = Finding("auth/by-text", Certainty.PROVEN, (BYTES,))
    assert weighed([other], [LIKELY], KNOWLEDGE, case()).findings == (other,)


@pytest.mark.parametrize(
    ("guess", "answer", "rules"),
    [
        pytest.param(Certainty.POSSIBLE, LIKELY, 2, id="known words beside a guess"),
        pytest.param(Certainty.POSSIBLE, POSSIBLE, 1, id="a guess beside a guess"),
        pytest.param(Certainty.LIKELY, LIKELY, 1, id="known words beside what is likely"),
    ],
)
def test_a_guess_leaves_room_for_known_words(guess: Certainty, answer: Answer, rules: int) -> None:
    other = Finding("auth/by-text", Certainty.PROVEN, (BYTES,), (CauseFound("one", guess),))
    assert len(weighed([other], [answer], KNOWLEDGE, case(AUTHORIZED)).findings) == rules


def test_a_meaning_without_words_only_names_the_server() -> None:
    answer = Answer("Kong", ("jwt/unheard-of",), Certainty.LIKELY, (WORDS,))
    assert weighed([], [answer], KNOWLEDGE, case()).findings == ()
    assert weighed([], [answer], KNOWLEDGE, case()).answered_by == "Kong"


def _bearer(claims: dict[str, object]) -> bytes:
    token = f"{b64url({'alg': 'HS256', 'typ': 'JWT'})}.{b64url(claims)}.{b64url(b'x' * 32)}"
    return f"Bearer {token}".encode()


RULED_OUT = [
    pytest.param("auth/missing", b"Bearer opaque", [], id="what was sent is not missing"),
    pytest.param("jwt/expired", b"Bearer opaque", [], id="an opaque token has no exp"),
    pytest.param("auth/missing", None, ["auth/missing"], id="nothing was sent"),
    pytest.param("jwt/signature-wrong-key", None, [], id="there is no JWT"),
    pytest.param("auth/whitespace", b"Bearer opaque", [], id="blanks would be seen"),
    pytest.param("auth/missing-scheme", b"Bearer opaque", [], id="a scheme was sent"),
    pytest.param("jwt/malformed", _bearer({"exp": AT_S}), [], id="it can be read"),
    pytest.param("jwt/exp-missing", _bearer({"exp": AT_S}), [], id="there is an exp"),
    pytest.param("jwt/exp-missing", _bearer({}), ["jwt/exp-missing"], id="there is none"),
    pytest.param("jwt/not-yet-valid", _bearer({"exp": AT_S}), [], id="there is no nbf"),
]


@pytest.mark.parametrize(("means", "authorization", "rules"), RULED_OUT)
def test_words_yield_to_what_was_sent(
    means: str, authorization: bytes | None, rules: list[str]
) -> None:
    answer = Answer("Kong", (means,), Certainty.LIKELY, (WORDS,))
    sent = case((b"Authorization", authorization)) if authorization else case()
    found = weighed([], [answer], KNOWLEDGE, sent).findings
    assert [finding.rule for finding in found] == rules


def test_a_second_meaning_is_only_possible() -> None:
    answer = Answer("Kong", ("auth/unheard-of", "auth/missing"), Certainty.LIKELY, (WORDS,))
    (finding,) = weighed([], [answer], KNOWLEDGE, case()).findings
    assert finding.certainty is Certainty.POSSIBLE


@pytest.mark.parametrize(
    ("claims", "may_be_expired"),
    [
        pytest.param({"exp": AT_S + 3600}, False, id="it lasts for another hour"),
        pytest.param({"sub": "a"}, False, id="it never ends"),
        pytest.param({"exp": AT_S - 3600}, True, id="it ended an hour ago"),
    ],
)
def test_words_about_expiry_yield_to_the_token_s_own_bytes(
    claims: dict[str, object], *, may_be_expired: bool
) -> None:
    token = f"{b64url({'alg': 'HS256', 'typ': 'JWT'})}.{b64url(claims)}.{b64url(b'x' * 32)}"
    sent = exchange(
        "https://api.test/x",
        headers={"Authorization": f"Bearer {token}"},
        status=401,
        json={"detail": "Given token not valid for any token type"},
    )
    diagnoser = Diagnoser(load_knowledge().knowledge, NO_KEYS, Masker(b"k" * 32))
    rules = [finding.rule for finding in diagnoser.diagnose(sent).diagnosis.findings]
    assert ("jwt/expired" in rules) == may_be_expired


LOGIN = b'{"username": "anna", "password": "x"}'
REFUSED_LOGINS = [
    pytest.param(LOGIN, {}, "auth/login-refused", id="in JSON"),
    pytest.param(LOGIN, {"Authorization": "Basic YW5uYTp4"}, None, id="beside Basic"),
    pytest.param(b'{"item": 1}', {}, None, id="cured: no login at all"),
]


@pytest.mark.parametrize(("body", "headers", "rule_id"), REFUSED_LOGINS)
def test_a_refused_login_is_not_basic(
    body: bytes, headers: dict[str, str], rule_id: str | None
) -> None:
    sent = exchange(
        "https://api.test/login",
        method="POST",
        headers={"Content-Type": "application/json", **headers},
        body=body,
        status=401,
        json={"message": "Invalid username or password"},
    )
    diagnoser = Diagnoser(load_knowledge().knowledge, NO_KEYS, Masker(b"k" * 32))
    rules = [finding.rule for finding in diagnoser.diagnose(sent).diagnosis.findings]
    assert ("auth/login-refused" in rules) is (rule_id is not None)
    assert ("basic/wrong-password" in rules) is ("Authorization" in headers)


@pytest.mark.parametrize(
    ("claims", "is_meant"),
    [
        pytest.param({"token_type": "access", "exp": AT_S + 3600}, False, id="an access token"),
        pytest.param({"sub": "a", "exp": AT_S + 3600}, True, id="it does not say"),
    ],
)
def test_an_access_token_is_no_refresh_token(claims: dict[str, object], *, is_meant: bool) -> None:
    answer = Answer("Kong", ("bearer/refresh-as-access",), Certainty.LIKELY, (WORDS,))
    knowledge = load_knowledge().knowledge
    sent = case((b"authorization", _bearer(claims)))
    found = weighed([], [answer], knowledge, sent).findings
    assert bool(found) is is_meant


def test_the_name_of_a_header_is_never_told_by_words() -> None:
    answer = Answer("Sa-Token", ("auth/header-wrong-name",), Certainty.LIKELY, (WORDS,))
    sent = case((b"authorization", b"Bearer opaque"))
    assert weighed([], [answer], load_knowledge().knowledge, sent).findings == ()


def test_a_first_word_that_is_no_scheme_is_not_shown() -> None:
    """It may be a key with a blank in it."""
    headers = {"Authorization": "hunter2secret value"}
    answer = {"code": "credentials_bad_scheme"}
    seen = exchange("https://api.test/x", headers=headers, status=401, json=answer)
    diagnosis = (
        Diagnoser(load_knowledge().knowledge, NO_KEYS, Masker(b"k" * 32)).diagnose(seen).diagnosis
    )
    finding = next(each for each in diagnosis.findings if each.rule == "auth/scheme-mismatch")
    assert finding.values == {"sent": "?"}


SESSIONS = [
    pytest.param(
        (b"cookie", b"sessionid=abcdef0123456789"), "session/not-accepted", id="a session"
    ),
    pytest.param((b"cookie", b"theme=dark"), "auth/missing", id="another cookie"),
    pytest.param((b"accept", b"*/*"), "auth/missing", id="none"),
]


@pytest.mark.parametrize(("field", "rule_id"), SESSIONS)
def test_a_session_that_was_sent_is_not_missing(field: tuple[bytes, bytes], rule_id: str) -> None:
    answer = Answer("Grafana", ("auth/missing",), Certainty.LIKELY, (WORDS,))
    found = weighed([], [answer], load_knowledge().knowledge, case(field)).findings
    assert [each.rule for each in found] == [rule_id]
    is_session = rule_id == "session/not-accepted"
    assert found[0].certainty is (Certainty.POSSIBLE if is_session else Certainty.LIKELY)
