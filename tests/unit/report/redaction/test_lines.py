import pytest

from why401.report.redaction.lines import lines_with_secrets


def mask(kind: str, secret: str) -> str:
    return f"<{kind}:{len(secret)}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\r\nX-Api-Key: abc12345\r\n", "a\r\nX-Api-Key: <api-key:8>\r\n", id="field"),
        pytest.param("Cookie: sid=abc; b=2", "Cookie: sid=<cookie:3>; b=<cookie:1>", id="cookie"),
        pytest.param(
            "Authorization: Bearer " + "letters" * 3,
            "Authorization: Bearer <token:21>",
            id="letters alone",
        ),
        pytest.param(
            "curl -H 'X-Api-Key: abc12345' a", "curl -H 'X-Api-Key: <api-key:8>' a", id="in quotes"
        ),
        pytest.param(
            "user: bob\npassword: hunter22\n", "user: bob\npassword: <password:8>\n", id="YAML"
        ),
        pytest.param("password = hunter22", "password = <password:8>", id="INI"),
        pytest.param("passcode:hunter22\n", "passcode:<password:8>\n", id="STOMP"),
        pytest.param("curl -u bob:pw https://a/", "curl -u bob:<password:2> https://a/", id="curl"),
        pytest.param("Token: is missing", None, id="a sentence"),
        pytest.param("Authorization: required", None, id="a word"),
        pytest.param("Authorization: Bearer token is missing", None, id="a sentence about it"),
        pytest.param("password: incorrect", None, id="what is said of it"),
        pytest.param("X-Request-Id: abc12345", None, id="no secret"),
        pytest.param("chown -u bob:users a", None, id="another command"),
    ],
)
def test_lines(text: str, expected: str | None) -> None:
    assert lines_with_secrets(text, mask) == (text if expected is None else expected)
