import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.keys import SECRET_FIELDS, SECRET_HEADERS, SECRET_PARAMETERS
from why401.credentials.secret_names import (
    field_kind,
    header_kind,
    key_member_kind,
    parameter_kind,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("shopApiToken", "token", id="humps"),
        pytest.param("ACCESS-TOKEN", "token", id="hyphen"),
        pytest.param("usertoken", "token", id="glued"),
        pytest.param("token2", "token", id="numbered"),
        pytest.param("tokens[]", "token", id="list"),
        pytest.param("password[0]", "password", id="index"),
        pytest.param("user[password]", "password", id="in brackets"),
        pytest.param("user.password", "password", id="dotted"),
        pytest.param("newPwd", "password", id="short for password"),
        pytest.param("passwordConfirm", "password", id="word behind"),
        pytest.param("accessKeySecret", "secret", id="secret"),
        pytest.param("secret_access_key", "secret", id="AWS"),
        pytest.param("encryptedData", "secret", id="mini program"),
        pytest.param("mch_key", "api-key", id="merchant"),
        pytest.param("signingKey", "api-key", id="key of a known sort"),
        pytest.param("verifyCode", "code", id="code of a known sort"),
        pytest.param("wx_session_key", "session", id="session key"),
        pytest.param("wxsid", "session", id="session"),
        pytest.param("pass_ticket", "ticket", id="ticket"),
        pytest.param("x-cos-signature", "signature", id="signature"),
        pytest.param("paySign", "signature", id="sign"),
        pytest.param("starSign", "signature", id="whatever is signed"),
        pytest.param("payer_openid", "openid", id="openid"),
        pytest.param("receiver_mobile", "phone", id="phone"),
        pytest.param("idCardNo", "id-number", id="id number"),
        pytest.param("SignatureValue", "signature", id="XML signature"),
        pytest.param("nextPageToken", None, id="where a list goes on"),
        pytest.param("prompt_tokens", None, id="counted"),
        pytest.param("supertoken", "token", id="ends like what is counted"),
        pytest.param("has_password", None, id="a yes or no"),
        pytest.param("public_key", None, id="public"),
        pytest.param("string_to_sign", None, id="what is signed"),
        pytest.param("design", None, id="ends with sign"),
        pytest.param("inside", None, id="holds sid"),
        pytest.param("token_type", None, id="about a token"),
        pytest.param("barcode", None, id="another code"),
        pytest.param("primaryKey", None, id="another key"),
        pytest.param("code", None, id="an error's code"),
    ],
)
def test_fields(name: str, kind: str | None) -> None:
    assert field_kind(name) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("X-LC-Key", "api-key", id="any key"),
        pytest.param("X-Sentry-Auth", "authorization", id="any auth"),
        pytest.param("X-Session", "session", id="any session"),
        pytest.param("Cookie2", "cookie", id="numbered"),
        pytest.param("X-Original-Authorization", "authorization", id="a copy"),
        pytest.param("Autorization", "authorization", id="misspelt"),
        pytest.param("Authorisation", "authorization", id="British"),
        pytest.param("Sec-WebSocket-Key", None, id="nonce of a handshake"),
        pytest.param("Idempotency-Key", None, id="no secret key"),
        pytest.param("Sec-CH-UA-Mobile", None, id="a yes or no"),
        pytest.param("Accept-Encoding", None, id="begins with a"),
        pytest.param("X-Request-Id", None, id="id"),
    ],
)
def test_headers(name: str, kind: str | None) -> None:
    assert header_kind(name) == kind


def test_the_tables_come_first() -> None:
    assert all(field_kind(name) == kind for name, kind in SECRET_FIELDS.items())
    assert all(parameter_kind(name) == kind for name, kind in SECRET_PARAMETERS.items())
    assert all(header_kind(name) == kind for name, kind in SECRET_HEADERS.items())


def test_members_of_a_key() -> None:
    assert (key_member_kind("d"), field_kind("d")) == ("private-key", None)
    assert key_member_kind("n") is None


@given(st.text(max_size=200))
def test_any_name(name: str) -> None:
    field_kind(name)
    parameter_kind(name)
    header_kind(name)
