import pytest
from tests.exchanges import basic, exchange

from why401.case import Case
from why401.masking import Masker
from why401.model import Certainty, Evidence, Finding
from why401.verdict.evidence import without_secrets

MASKER = Masker(b"k" * 32)
TOKEN = "90_ThisIsTheAccessTokenItself0123456789"
CASE = Case(exchange("https://h/x", headers={"Authorization": f"Bearer {TOKEN}"}, status=401))


def seen_after(where: str, seen: object, case: Case = CASE) -> object:
    finding = Finding("auth/unknown", Certainty.PROVEN, (Evidence(where, seen),))
    return without_secrets([finding], case, MASKER)[0].evidence[0].seen


@pytest.mark.parametrize(
    ("where", "value"),
    [
        pytest.param("request.query.access_token", "abc-def-ghi", id="a place that names a secret"),
        pytest.param("request.json.user.password", "hunter22", id="nested"),
        pytest.param("request.header.authorization", f"Bearer {TOKEN}", id="header"),
        pytest.param("response.text", f"no such token: {TOKEN}!", id="echoed by the server"),
        pytest.param("response.json.error", {"detail": f"bad {TOKEN}"}, id="within a mapping"),
        pytest.param(
            "request.header.referer", "https://h/pay?order=1&code=abc-def-ghi#x", id="within a URL"
        ),
        pytest.param("response.text", f"no such token: {TOKEN[:-5]}", id="echoed, and cut"),
        pytest.param("request.header.referer", "https://bob:hunter22@h/", id="password in a URL"),
        pytest.param("request.xml.sign", "9FD7A1F20AF3DB112DE226843A098AD8", id="signature"),
    ],
)
def test_a_secret_is_masked(where: str, value: object) -> None:
    shown = str(seen_after(where, value))
    assert "[redacted:" in shown
    for secret in (TOKEN, "abc-def-ghi", "hunter22", "9FD7A1F2"):
        assert secret not in shown


def test_a_password_that_the_server_echoes_is_masked() -> None:
    sent = {"Authorization": basic("alice:correct-horse-9")}
    case = Case(exchange("https://h/x", headers=sent, status=401))
    shown = seen_after("response.text", "alice: wrong password correct-horse-9", case)
    assert "correct-horse" not in str(shown)
    assert "alice: wrong password [redacted:" in str(shown)


def test_a_scheme_within_a_credential_is_no_secret() -> None:
    sent = {"Authorization": f"Bearer Bearer {TOKEN}"}
    case = Case(exchange("https://h/x", headers=sent, status=401))
    assert seen_after("response.text", "the scheme is Bearer", case) == "the scheme is Bearer"
    assert TOKEN not in str(seen_after("response.text", f"not {TOKEN}", case))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("https://h/pay?order=1&token=abc-def-ghi", False, id="a URL"),
        pytest.param(f"no such token: {TOKEN}", False, id="echoed by the server"),
        pytest.param(TOKEN[:20], False, id="cut"),
        pytest.param("https://bob:abc-def-ghi@h/", False, id="password in a URL"),
        pytest.param("https://h/pay?order=1&page=2", True, id="a URL without any"),
        pytest.param("YOUR_API_KEY", True, id="a placeholder"),
        pytest.param(3600, True, id="a number"),
    ],
)
def test_what_fills_the_sentences(value: str | int, shown: bool) -> None:
    finding = Finding("auth/unknown", Certainty.PROVEN, (), values={"x": value})
    after = without_secrets([finding], CASE, MASKER)[0].values["x"]
    assert (after == value) is shown
    assert TOKEN[:20] not in str(after)
    assert "abc-def-ghi" not in str(after)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        pytest.param("request.query.access_token", "undefined", id="a placeholder is no secret"),
        pytest.param("request.query.access_token", "present", id="a word in place of a value"),
        pytest.param("response.json.code", "SIGN_ERROR", id="a server's code is no secret"),
        pytest.param("response.json.errcode", 40001, id="number"),
        pytest.param("response.status", 401, id="status"),
        pytest.param("request.header.referer", "https://h/pay?order=1&page=2", id="a URL"),
        pytest.param("request.query.appid", "wx0000000000000000", id="public"),
        pytest.param("config.credentials.jwt[0].secret", "base64-decoded", id="a label"),
        pytest.param("request.header.x", "[redacted:token:12345678]", id="masked already"),
    ],
)
def test_what_is_no_secret_stays(where: str, value: object) -> None:
    assert seen_after(where, value) == value
