"""What `explain` says about codes, messages, tokens and Authorization values."""

import base64
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from why401.explain import MAX_RESULTS, decoded, explain, is_credential, nearest
from why401.explain.explanation import Explanation
from why401.knowledge.load import load_knowledge
from why401.masking import Masker

KNOWLEDGE = load_knowledge().knowledge
MASKER = Masker(b"test")
NOW_S = 1_795_132_800.0


def asked(text: str) -> tuple[Explanation, ...]:
    return explain(text, KNOWLEDGE, MASKER, NOW_S)


def jwt(header: dict, claims: dict) -> str:
    """Return a token signed with a key of no consequence."""
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{encoded(hmac.digest(b'key', signed.encode(), 'sha256'))}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


EXPIRED = jwt({"alg": "HS256"}, {"exp": 1_700_000_000})
VALID = jwt({"alg": "HS256"}, {"exp": 1_900_000_000})

KNOWN = [
    pytest.param("40001", "wechat/40001", "wechat", "40001", id="number"),
    pytest.param("-41003", "wechat/crypt-41003", "crypt", "-41003", id="negative number"),
    pytest.param(" 40001\n", "wechat/40001", "wechat", "40001", id="blanks around"),
    pytest.param("SIGN_ERROR", "wechatpay/v3-sign-error", "wechatpay-v3", "SIGN_ERROR", id="v3"),
    pytest.param("sign_error", "wechatpay/v3-sign-error", "wechatpay-v3", "SIGN_ERROR", id="small"),
    pytest.param("SIGNERROR", "wechatpay/v2-signerror", "wechatpay-v2", "SIGNERROR", id="v2"),
    pytest.param("wechat/40029", "wechat/40029", "wechat", "40029", id="rule id"),
    pytest.param("JWT/Expired", "jwt/expired", None, None, id="rule id in capitals"),
    pytest.param('{"errcode":40029,"errmsg":"x"}', "wechat/40029", "wechat", "40029", id="body"),
    pytest.param("Jwt is expired", "jwt/expired", None, None, id="message of a gateway"),
    pytest.param("JWT  EXPIRED", "jwt/expired", None, None, id="message reworded"),
    pytest.param("jwt malformed", "bearer/opaque-where-jwt", None, None, id="scheme in a message"),
    pytest.param("Incorrect email or password", "auth/login-refused", None, None, id="of a login"),
    pytest.param("Bearer token is malformed", "auth/whitespace", None, None, id="Spring"),
    pytest.param("error 40163 code been used", "wechat/40163", "wechat", "40163", id="code inside"),
    pytest.param("Bearer null", "auth/placeholder", None, None, id="placeholder"),
    pytest.param("Authorization: Bearer null", "auth/placeholder", None, None, id="header line"),
    pytest.param("Basic user:pass", "basic/not-encoded", None, None, id="Basic in clear"),
    pytest.param(EXPIRED, "jwt/expired", None, None, id="expired token"),
    pytest.param(f"Bearer {EXPIRED}", "jwt/expired", None, None, id="expired token with scheme"),
]


@pytest.mark.parametrize(("text", "rule", "family", "code"), KNOWN)
def test_known_things_are_explained(
    text: str, rule: str, family: str | None, code: str | None
) -> None:
    found = asked(text)
    assert rule in [explanation.rule for explanation in found]
    explanation = next(item for item in found if item.rule == rule)
    assert (explanation.family, explanation.code) == (family, code)
    assert explanation.causes
    assert set(explanation.title) == {"zh", "en"}


def test_what_is_built_today_comes_first() -> None:
    rules = [each.rule for each in asked("SIGN_ERROR")]
    assert rules[:2] == ["wechatpay/v3-sign-error", "wechatpay/v2-sign-error"]


def test_a_code_is_explained_in_every_family_that_has_it() -> None:
    assert {item.family for item in asked("40001")} == {"wechat", "wecom"}


FIRST = [
    pytest.param(
        "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 6a-1-2",
        "wechat/40164",
        id="both addresses",
    ),
    pytest.param("invalid ip 203.0.113.9, not in whitelist", "wechat/40164", id="one address"),
    pytest.param("Invalid IP  203.0.113.9", "wechat/40164", id="cut behind the address"),
    pytest.param("invalid ip, not in whitelist", "wechat/40164", id="as in the table"),
    pytest.param("invalid ip", "wechat/40187", id="all of a shorter message"),
    pytest.param(
        "access clientip is not registered, not in ip-white-list", "wechat/45035", id="45035"
    ),
    pytest.param("invalid code, this code has consumed.", "wechat/40099", id="longer than 40029"),
]


@pytest.mark.parametrize(("text", "rule"), FIRST)
def test_the_message_that_fits_best_comes_first(text: str, rule: str) -> None:
    assert asked(text)[0].rule == rule


def test_the_number_of_a_platform_is_explained() -> None:
    assert asked("99991663")[0].rule == "bearer/invalid-token-opaque"
    assert asked("QQ error 100020")[0].rule == "oauth/code-reused"


def test_what_needs_a_time_comes_after_what_does_not() -> None:
    (first, *_) = asked("Jwt is expired")
    assert "unknown" not in first.title["en"] + first.causes[0]["text"]["en"]


def test_the_head_of_a_message_speaks_only_at_its_beginning() -> None:
    assert "wechat/40164" not in [item.rule for item in asked("the server got an invalid ip 1")]


def test_plain_form_is_that_of_the_contract() -> None:
    plain = json.loads(json.dumps([item.plain() for item in asked("40001")]))
    assert set(plain[0]) == {"rule", "family", "code", "title", "causes", "references"}
    assert set(plain[0]["causes"][0]) == {"id", "text", "fix"}


UNKNOWN = [
    pytest.param("SIGN_EROR", "SIGN_ERROR", id="misspelt code"),
    pytest.param("4000199", "40001", id="number"),
    pytest.param("40o01", "40001", id="letter for a digit"),
    pytest.param("jwt/expird", "jwt/expired", id="rule id"),
    pytest.param("expird", "jwt/expired", id="end of a rule id"),
]


@pytest.mark.parametrize(("text", "name"), UNKNOWN)
def test_unknown_things_have_a_nearest_name(text: str, name: str) -> None:
    assert asked(text) == ()
    assert name in nearest(text, KNOWLEDGE)


@pytest.mark.parametrize("text", ["", "   ", "hello world", "你好"])
def test_nothing_is_made_up(text: str) -> None:
    assert asked(text) == ()


CREDENTIALS = [
    pytest.param("Bearer abc", True, id="Bearer"),
    pytest.param("Basic dXNlcjpwYXNz", True, id="Basic"),
    pytest.param(VALID, True, id="JWT"),
    pytest.param("Abc123Def456Ghi789Jkl", True, id="opaque token"),
    pytest.param('Digest username="a", realm="b", response="c"', True, id="Digest"),
    pytest.param('Bearer realm="api", error="invalid_token"', False, id="challenge"),
    pytest.param("Token is expired", False, id="message"),
    pytest.param("token expired", False, id="message of two words"),
    pytest.param("SIGN_ERROR", False, id="code"),
    pytest.param("INSUFFICIENT_BALANCE_OF_ACCOUNT", False, id="long code"),
    pytest.param("wechatpay/v3-sign-error", False, id="rule id"),
    pytest.param("商户证书序列号有误", False, id="Chinese"),
]


@pytest.mark.parametrize(("text", "expected"), CREDENTIALS)
def test_credentials_are_told_from_words(text: str, expected: bool) -> None:
    assert is_credential(text) is expected


def test_a_token_is_decoded_and_not_shown() -> None:
    shown = decoded(f"Bearer {VALID}", MASKER, NOW_S)
    assert [(item.scheme, item.format) for item in shown] == [("bearer", "jwt")]
    assert VALID not in str(shown)
    assert decoded("40001", MASKER, NOW_S) == ()


def test_a_token_without_fault_is_not_accused() -> None:
    assert asked(VALID) == ()


def test_the_password_is_in_no_explanation() -> None:
    secret = base64.b64encode(b"alice:correct horse\n").decode()
    said = json.dumps([item.plain() for item in asked(f"Basic {secret}")])
    assert "correct horse" not in said
    assert secret not in said


@settings(max_examples=60)
@given(st.text(max_size=60) | st.from_regex(r"(Bearer|Basic|Digest|-?\d|eyJ)[ -~]{0,40}"))
def test_any_text_is_answered(text: str) -> None:
    found = asked(text)
    assert len(found) <= MAX_RESULTS or is_credential(text.strip())
    assert len(nearest(text, KNOWLEDGE)) <= 5


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("401", "auth/missing", id="status"),
        pytest.param("HTTP/1.1 403 Forbidden", "auth/forbidden-authenticated", id="status line"),
        pytest.param(
            "curl -H 'Authorization: Bearer undefined' https://a/", "auth/placeholder", id="curl"
        ),
        pytest.param(
            "Authorization: Bearer Bearer abcdef1234567890", "auth/scheme-doubled", id="field"
        ),
        pytest.param(
            'HTTP/1.1 401\nWWW-Authenticate: Bearer error_description="The token expired"',
            "jwt/expired",
            id="an answer with a challenge",
        ),
    ],
)
def test_what_people_paste(text: str, rule: str) -> None:
    assert asked(text)[0].rule == rule


@pytest.mark.parametrize(
    "text", ["TokenExpiredError", "requestPaymentFailed", "JsonWebTokenError", "SIGN_ERROR"]
)
def test_the_name_of_an_error_is_no_token(text: str) -> None:
    assert not is_credential(text)


def test_no_words_about_a_moment_that_nobody_knows() -> None:
    (found, *_) = asked("jwt expired")
    assert not any("未知" in str(cause["text"]["zh"]) for cause in found.causes)
