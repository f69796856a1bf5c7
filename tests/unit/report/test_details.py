import pytest

from why401.model import Shown, SignatureCheck
from why401.report.details import credential_lines, shown, signature_lines, signed_lines

TOKEN = Shown(
    "credential",
    "bearer",
    "request.header.authorization",
    "jwt",
    {
        "length": 302,
        "claims": {"exp": 1795236742, "iat": 1795233142405, "sub": "alice"},
        "problems": ["time-in-milliseconds"],
    },
)


def test_a_credential_in_chinese() -> None:
    assert list(credential_lines(TOKEN, "zh")) == [
        "bearer (jwt)  request.header.authorization",
        "  长度：302",
        "  声明",
        "    exp: 1795236742  (2026-11-21 04:52:22 UTC)",
        "    iat: 1795233142405",
        "    sub: alice",
        "  毛病：time-in-milliseconds",
    ]


def test_a_credential_in_english() -> None:
    lines = list(credential_lines(TOKEN, "en"))
    assert lines[1:3] == ["  length: 302", "  claims"]


def test_a_format_that_is_the_scheme_is_not_said_twice() -> None:
    basic = Shown("credential", "basic", "request.header.authorization", "basic", {})
    assert list(credential_lines(basic, "en")) == ["basic  request.header.authorization"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        pytest.param(
            "zh",
            [
                "jwt · 令牌 · 无法核对",
                "  在 mitm_config.yaml 里填上 credentials.jwt[0].secret 即可核对",
            ],
            id="zh",
        ),
        pytest.param(
            "en",
            [
                "jwt · token · cannot be checked",
                "  set credentials.jwt[0].secret in mitm_config.yaml to check it",
            ],
            id="en",
        ),
    ],
)
def test_a_signature(language: str, expected: list[str]) -> None:
    check = SignatureCheck("jwt", "token", "unverifiable", ("credentials.jwt[0].secret",))
    assert list(signature_lines(check, language)) == expected  # type: ignore[arg-type]


def test_what_explains_a_signature() -> None:
    check = SignatureCheck("wechatpay-v3", "request", "mismatch", explained_by="wechatpay/v3-body")
    assert list(signature_lines(check, "en"))[1:] == ["  explained by wechatpay/v3-body"]


def test_what_was_signed() -> None:
    check = SignatureCheck("wechatpay-v3", "request", "mismatch", string_to_sign="POST\n/v3\n")
    assert list(signed_lines(check)) == ["  POST⏎", "  /v3⏎", "  ⏎"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, "—", id="nothing"),
        pytest.param("a b", "a b", id="text"),
        pytest.param({"a": "", "b": 1, "c": None}, "a “” · b 1", id="an empty fact is seen"),
        pytest.param({"sha256": "0123456789" * 4}, "sha256 01234567…6789", id="digest"),
        pytest.param([1, "a"], '[1, "a"]', id="list"),
    ],
)
def test_shown(value: object, expected: str) -> None:
    assert shown(value) == expected  # type: ignore[arg-type]
