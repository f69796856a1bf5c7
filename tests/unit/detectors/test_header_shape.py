import base64

import pytest
from tests.exchanges import basic
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome, refused, rules

TOKEN = jwt()
SIGNATURE = TOKEN.rpartition(".")[2]

CASES = [
    pytest.param("Bearer", "empty-credential#empty-credential", "proven", id="bare scheme"),
    pytest.param("", "empty-credential#empty-credential", "proven", id="empty"),
    pytest.param("Bearer {{token}}", "placeholder#not-replaced", "proven", id="template"),
    pytest.param("Bearer ${TOKEN}", "placeholder#not-replaced", "proven", id="shell variable"),
    pytest.param("Bearer YOUR_API_KEY", "placeholder#not-replaced", "proven", id="sample"),
    pytest.param("Bearer undefined", "placeholder#empty-variable", "proven", id="undefined"),
    pytest.param("Bearer null", "placeholder#empty-variable", "proven", id="null"),
    pytest.param("Bearer [object Object]", "placeholder#empty-variable", "proven", id="object"),
    pytest.param("Bearer test", "placeholder#not-replaced", "likely", id="may be a token"),
    pytest.param("Bearer ***", "placeholder#masked", "possible", id="perhaps by the capture"),
    pytest.param("Bearer xxxx", "placeholder#not-replaced", "likely", id="crosses"),
    pytest.param("Bearer eyJhbGci…9fQx", "masked-copy#masked-copy", "likely", id="masked"),
    pytest.param(TOKEN, "missing-scheme#missing-scheme", "likely", id="no scheme"),
    pytest.param(f"Bearer Bearer {TOKEN}", "scheme-doubled#scheme-doubled", "likely", id="doubled"),
    pytest.param(f"Bearer: {TOKEN}", "scheme-colon#scheme-colon", "likely", id="colon"),
    pytest.param(f"Bearer{TOKEN}", "scheme-no-space#scheme-no-space", "likely", id="no blank"),
    pytest.param(f"Bearer  {TOKEN}", "scheme-whitespace#blanks", "possible", id="two blanks"),
    pytest.param(f"Bearer\t{TOKEN}", "scheme-whitespace#blanks", "likely", id="tab"),
    pytest.param(f"Baerer {TOKEN}", "scheme-misspelt#scheme-misspelt", "likely", id="misspelt"),
    pytest.param(f'Bearer "{TOKEN}"', "quoted#quoted", "likely", id="quoted"),
    pytest.param(
        f'Bearer {{"access_token":"{TOKEN}"}}', "json-blob#json-blob", "proven", id="JSON"
    ),
    pytest.param(
        f"Bearer {TOKEN[:30]} {TOKEN[30:]}", "whitespace#whitespace", "likely", id="blank inside"
    ),
    pytest.param(f"Bearer {TOKEN}\\n", "newline#newline", "likely", id="backslash n"),
    pytest.param(
        f"Bearer {TOKEN}\u200b", "invisible-char#invisible-char", "likely", id="zero width"
    ),
    pytest.param(
        f"Bearer {TOKEN[:20]}ａ{TOKEN[20:]}", "non-ascii#non-ascii", "likely", id="full width"
    ),
    pytest.param(
        "Bearer abc0123456789%2Bdef%3D", "percent-encoded#percent-encoded", "likely", id="percent"
    ),
    pytest.param(
        f"Bearer {base64.b64encode(TOKEN.encode()).decode()}",
        "double-base64#encoded-twice",
        "likely",
        id="encoded twice",
    ),
]


@pytest.mark.parametrize(("sent", "verdict", "certainty"), CASES)
def test_defect_is_the_verdict(sent: str, verdict: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(sent), TOKEN, SIGNATURE)
    assert outcome(diagnosis) == (f"auth/{verdict}", certainty)


@pytest.mark.parametrize(("sent", "verdict", "certainty"), CASES)
def test_accepted_request_has_no_finding(sent: str, verdict: str, certainty: str) -> None:
    assert diagnosed(refused(sent, status=200, challenge="")).findings == ()


CURED = [
    pytest.param(f"Bearer {TOKEN}", id="JWT"),
    pytest.param("Bearer abcdef0123456789", id="opaque"),
    pytest.param("Bearer [redacted:token:0a1b2c3d]", id="redacted by a HAR writer"),
    pytest.param(
        'Digest username="a b", realm="x, y", nonce="n", uri="/", response="0"', id="list"
    ),
    pytest.param(basic("alice:pass word"), id="Basic with a blank in the password"),
]


@pytest.mark.parametrize("sent", CURED)
def test_well_formed_value_has_no_defect(sent: str) -> None:
    found = rules(diagnosed(refused(sent), TOKEN))
    assert {rule for rule in found if rule.startswith("auth/")} <= {
        "auth/unknown",
        "auth/scheme-mismatch",
    }


WORDS = [
    pytest.param(f'Bearer "{TOKEN}"', "jwt malformed", "auth/quoted#quoted", id="quoted"),
    pytest.param(
        f"Bearer: {TOKEN}",
        "Format is Authorization: Bearer [token]",
        "auth/scheme-colon#scheme-colon",
        id="colon",
    ),
    pytest.param(
        TOKEN,
        "Authentication credentials were not provided.",
        "auth/missing-scheme#missing-scheme",
        id="no scheme",
    ),
]


@pytest.mark.parametrize(("sent", "says", "verdict"), WORDS)
def test_words_that_agree_prove_the_cause(sent: str, says: str, verdict: str) -> None:
    assert outcome(diagnosed(refused(sent, says=says), TOKEN)) == (verdict, "proven")


@pytest.mark.parametrize(
    ("says", "certainty"),
    [
        pytest.param("Invalid authorization header", "proven", id="of the header"),
        pytest.param("Could not decode token", "likely", id="of a token that was read"),
        pytest.param("Token has expired", "possible", id="of one that was understood"),
    ],
)
def test_words_about_a_token_leave_its_scheme_in_doubt(says: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(TOKEN, says=says, challenge=""), TOKEN)
    assert outcome(diagnosis) == ("auth/missing-scheme#missing-scheme", certainty)


KEYS = [
    pytest.param("582929e980f54d08b8000001df0a5b48", "", "possible", id="a key, as many want it"),
    pytest.param(
        "582929e980f54d08b8000001df0a5b48", "Bearer", "likely", id="a scheme is asked for"
    ),
    pytest.param(TOKEN, "", "likely", id="a JWT"),
]


@pytest.mark.parametrize(("sent", "challenge", "certainty"), KEYS)
def test_a_key_may_stand_without_a_scheme(sent: str, challenge: str, certainty: str) -> None:
    diagnosis = diagnosed(refused(sent, says="no", challenge=challenge), sent)
    assert outcome(diagnosis) == ("auth/missing-scheme#missing-scheme", certainty)


@pytest.mark.parametrize("says", ["Unauthenticated.", "未登录", "missing or invalid authorization"])
@pytest.mark.parametrize(
    ("sent", "certainty"),
    [
        pytest.param(TOKEN, "likely", id="a server that takes tokens without a scheme"),
        pytest.param(f"Bearer  {TOKEN}", "possible", id="one that takes two blanks"),
    ],
)
def test_words_said_of_any_token_prove_nothing(sent: str, certainty: str, says: str) -> None:
    diagnosis = diagnosed(refused(sent, says=says, challenge=""), TOKEN)
    assert diagnosis.findings[0].rule.startswith("auth/")
    assert diagnosis.certainty == certainty


def test_wechat_host_has_rules_of_its_own() -> None:
    sent = refused("Bearer {{token}}", url="https://api.mch.weixin.qq.com/v3/pay", challenge="")
    assert not any(
        rule.startswith(("auth/placeholder", "server/")) for rule in rules(diagnosed(sent))
    )


def test_other_credential_makes_placeholder_likely_only() -> None:
    sent = refused("Bearer undefined", headers={"X-API-Key": "k0123456789abcdef"})
    assert outcome(diagnosed(sent)) == ("auth/placeholder#empty-variable", "likely")


def test_placeholder_in_a_key_header() -> None:
    sent = refused(headers={"X-API-Key": "undefined"}, challenge="")
    assert outcome(diagnosed(sent)) == ("auth/placeholder#empty-variable", "proven")


def test_words_about_missing_fields_on_400_are_no_refusal() -> None:
    sent = refused("Bearer undefined", status=400, challenge="", says="name is required")
    assert diagnosed(sent).findings == ()


def test_session_cookie_beside_it_makes_placeholder_likely_only() -> None:
    sent = refused("Bearer null", headers={"Cookie": "sessionid=abc"}, challenge="")
    assert outcome(diagnosed(sent)) == ("auth/placeholder#empty-variable", "likely")
