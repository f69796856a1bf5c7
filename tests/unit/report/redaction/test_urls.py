import pytest

from why401.report.redaction.urls import url_secrets


def mask(kind: str, secret: str) -> str:
    return f"({kind}-{len(secret)})"


OPAQUE = "a1B2c3D4e5F6g7H8i9"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("http://u:pw@h/", "http://u:(password-2)@h/", id="password"),
        pytest.param("http://u:p%40w@h/", "http://u:(password-3)@h/", id="percent-encoded"),
        pytest.param("http://h:80/a@b", "http://h:80/a@b", id="a port is no password"),
        pytest.param(f"https://{OPAQUE}@h/a", "https://(token-18)@h/a", id="token as user"),
        pytest.param(
            f"https://{OPAQUE}:x-oauth-basic@h/a",
            "https://(token-18):(password-13)@h/a",
            id="token with a dummy password",
        ),
        pytest.param("https://christopher.robin@h/a", None, id="a long name"),
        pytest.param(f"/reset-password/{OPAQUE}", "/reset-password/(token-18)", id="reset"),
        pytest.param(f"/v1/token/{OPAQUE}/info", "/v1/token/(token-18)/info", id="token segment"),
        pytest.param(
            f"https://h/services/T00/B00/{OPAQUE}",
            "https://h/services/T00/B00/(token-18)",
            id="Slack",
        ),
        pytest.param(
            f"/open-apis/bot/v2/hook/{OPAQUE}", "/open-apis/bot/v2/hook/(token-18)", id="Feishu"
        ),
        pytest.param(
            f"/api/webhooks/123456789012/{OPAQUE}",
            "/api/webhooks/123456789012/(token-18)",
            id="Discord",
        ),
        pytest.param(
            "/bot712345678:" + "AAH" * 11 + "/getMe", "/bot(token-43)/getMe", id="Telegram"
        ),
        pytest.param(f"/orders/{OPAQUE}", None, id="another segment"),
        pytest.param(
            "/v3/pay/transactions/out-trade-no/T2d12d1b896716de4cc8127ae", None, id="order"
        ),
        pytest.param("/session/authentication-required", None, id="words"),
    ],
)
def test_secrets_of_urls(text: str, expected: str | None) -> None:
    assert url_secrets(text, mask) == (text if expected is None else expected)
