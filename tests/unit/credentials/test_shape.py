import base64
import secrets
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.shape import shape_defects

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU"
OPAQUE = "mF_9.B5f-4.1JqM"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SILENT = [
    pytest.param(f"Bearer {JWT}", id="bearer jwt"),
    pytest.param(f"Bearer {OPAQUE}", id="bearer opaque, RFC 6750"),
    pytest.param("bearer abcdef", id="lower case"),
    pytest.param("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", id="basic"),
    pytest.param("Basic dXNlcm5hbWU6cGFzc3dvcmQ=", id="basic sample"),
    pytest.param("Token abc", id="token"),
    pytest.param("token ghp_" + "a1B2" * 9, id="GitHub token"),
    pytest.param("ApiKey x", id="api key"),
    pytest.param("ApiKey VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==", id="es"),
    pytest.param("SSWS 00QCjAl4MlV-WPXM8ABCdefgHIJK", id="okta"),
    pytest.param('Token token="abc", email="a b@c.d"', id="rails token"),
    pytest.param(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6",
        id="sigv4",
    ),
    pytest.param(
        "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/iam/aws4_request,SignedHeaders=host,"
        "Signature=00",
        id="sigv4 without blanks",
    ),
    pytest.param("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", id="s3 version 2"),
    pytest.param(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
        'algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv", nc=00000001, cnonce="f2/wE4q74E6z", '
        'qop=auth, response="8ca523f5e9506fed4657c9700eebdbec"',
        id="digest",
    ),
    pytest.param(
        'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="5D1F4E0C9A8B",'
        'signature="RdKbzAd8TBRQ+/==",timestamp="1795132800",serial_no="3775B6A4"',
        id="wechat pay",
    ),
    pytest.param("Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gAwIBAA==", id="kerberos"),
    pytest.param("NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==", id="ntlm"),
    pytest.param(
        'Signature keyId="a",algorithm="hs2019",headers="(request-target) date"', id="sig"
    ),
    pytest.param('OAuth oauth_consumer_key="x", oauth_signature="a%2Bb%3D"', id="oauth 1"),
    pytest.param('Hawk id="dh37", ts="1353832234", nonce="j4h3g2", mac="6R4="', id="hawk"),
    pytest.param(f"DPoP {OPAQUE}", id="dpop"),
    pytest.param("key=AAAAbbbb:APA91bF", id="legacy push key"),
    pytest.param("GoogleLogin auth=DQAAAGgA", id="google login"),
    pytest.param("Zoho-oauthtoken 1000.8cb99dxxxxx.9be93", id="zoho"),
    pytest.param("CustomScheme some value here", id="unknown scheme"),
    pytest.param("Bearer sk-proj-abcDEF123456xyz", id="openai key"),
    pytest.param("Bearer " + b64('{"iv":"x","value":"y","mac":"z"}'), id="laravel encrypted"),
    pytest.param("Bearer " + b64("some-opaque-thing"), id="base64 of something"),
    pytest.param("Bearer testing", id="begins like a placeholder"),
    pytest.param("Bearer your", id="begins like a sample"),
    pytest.param("Bearer abc, Bearer def", id="two joined fields are another defect"),
    pytest.param('Digest username="Jäs", realm="x"', id="digest with obs-text"),
]


@pytest.mark.parametrize("value", SILENT)
def test_silent(value: str) -> None:
    assert shape_defects(value.encode()) == ()


FIRING = [
    pytest.param("", "empty-credential", id="empty"),
    pytest.param("Bearer", "empty-credential", id="scheme alone"),
    pytest.param("Basic ", "empty-credential", id="scheme and blank"),
    pytest.param('Bearer ""', "empty-credential", id="empty quotes"),
    pytest.param(JWT, "missing-scheme", id="jwt alone"),
    pytest.param("ghp_" + "a1B2" * 9, "missing-scheme", id="key alone"),
    pytest.param("dXNlcjE6cGFzc3dvcmQ=", "missing-scheme", id="basic alone"),
    pytest.param('mchid="1",nonce_str="2"', "missing-scheme", id="parameters alone"),
    pytest.param(f"Bearer Bearer {JWT}", "scheme-doubled", id="bearer twice"),
    pytest.param("Basic Basic YTpiYg==", "scheme-doubled", id="basic twice"),
    pytest.param(f"Token Bearer {OPAQUE}", "scheme-doubled", id="bearer behind token"),
    pytest.param(f"Bearer: {OPAQUE}", "scheme-colon", id="colon"),
    pytest.param(f"Bearer:{OPAQUE}", "scheme-colon", id="colon without blank"),
    pytest.param(f"Bearer={OPAQUE}", "scheme-colon", id="equals"),
    pytest.param(f"Bearer,{OPAQUE}", "scheme-colon", id="comma"),
    pytest.param(f"Bearer{JWT}", "scheme-no-space", id="glued"),
    pytest.param("BasicdXNlcjE6cGFzcw==", "scheme-no-space", id="glued basic"),
    pytest.param(f"Bearer  {OPAQUE}", "scheme-whitespace", id="two blanks"),
    pytest.param(f"Bearer\t{OPAQUE}", "scheme-whitespace", id="tab"),
    pytest.param(f"Bearer\u00a0{OPAQUE}", "scheme-whitespace", id="no-break space"),
    pytest.param(f"Baerer {OPAQUE}", "scheme-misspelt", id="misspelt"),
    *[
        pytest.param(f"Bearer {word}", "placeholder", id=f"placeholder {word}")
        for word in (
            *("null", "undefined", "None", "[object Object]", "Promise { <pending> }", "{{token}}"),
            *("${TOKEN}", "$TOKEN", "%TOKEN%", "<token>", "<your token>", ":token", "YOUR_API_KEY"),
            *("your-jwt-or-api-token-here", "xxx", "test", "changeme", "REPLACE_ME", "sk-..."),
            *("***", "...", "{{ auth.token }}", "${env:TOKEN}"),
        )
    ],
    pytest.param("undefined", "placeholder", id="placeholder without scheme"),
    pytest.param("Bearer abcd…wxyz", "masked-copy", id="ellipsis"),
    pytest.param("Bearer abcd***wxyz", "masked-copy", id="stars"),
    pytest.param("Bearer eyJhbGciOi...", "masked-copy", id="dots"),
    pytest.param(f'Bearer "{OPAQUE}"', "quoted", id="double quotes"),
    pytest.param(f"Bearer '{OPAQUE}'", "quoted", id="single quotes"),
    pytest.param(f"Bearer `{OPAQUE}`", "quoted", id="backticks"),
    pytest.param(f"Bearer %22{OPAQUE}%22", "quoted", id="encoded quotes"),
    pytest.param(f"Bearer “{OPAQUE}”", "quoted", id="curly quotes"),
    pytest.param(f'"Bearer {OPAQUE}"', "quoted", id="all quoted"),
    pytest.param('Bearer {"access_token":"a b"}', "json-blob", id="json"),
    pytest.param('{"access_token":"a"}', "json-blob", id="json alone"),
    pytest.param("Bearer " + b64('{"access_token":"a"}'), "json-blob", id="base64 json"),
    pytest.param("Bearer abc def", "whitespace", id="blank inside"),
    pytest.param("Bearer abc\tdef", "whitespace", id="tab inside"),
    pytest.param("Bearer abc ", "whitespace", id="blank behind"),
    pytest.param("Bearer abc\n", "newline", id="newline"),
    pytest.param("Bearer abc%0A", "newline", id="encoded newline"),
    pytest.param(r"Bearer abc\n", "newline", id="two characters"),
    pytest.param("Basic " + "YWFh" * 16 + " YTpi", "newline", id="wrapped at 64"),
    pytest.param("Basic " + "YWFh" * 19 + " YTpi", "newline", id="wrapped at 76"),
    pytest.param("Bearer abc\u200b", "invisible-char", id="zero width"),
    pytest.param("\ufeffBearer abc", "invisible-char", id="byte order mark"),
    pytest.param("Bearer a\u202ebc", "invisible-char", id="bidi"),
    pytest.param("Bearer a\x00b", "invisible-char", id="NUL"),
    pytest.param("Bearer ａｂｃ", "non-ascii", id="full width"),
    pytest.param("Bearer abc–def", "non-ascii", id="smart dash"),
    pytest.param("Bearer abc%2Bdef%3D", "percent-encoded", id="percent"),
    pytest.param("Bearer%20abc", "percent-encoded", id="encoded blank"),
    pytest.param("Bearer " + b64(JWT), "double-base64", id="jwt twice"),
    pytest.param("Bearer " + b64(f"Bearer {OPAQUE}"), "double-base64", id="scheme inside"),
    pytest.param("Basic " + b64(b64("user:secret")), "double-base64", id="basic twice"),
]


@pytest.mark.parametrize(("value", "defect"), FIRING)
def test_firing(value: str, defect: str) -> None:
    assert defect in [each.id for each in shape_defects(value.encode())]


ALONE = [
    pytest.param("Bearer", ["empty-credential"], id="empty"),
    pytest.param(f"Bearer Bearer {JWT}", ["scheme-doubled"], id="doubled"),
    pytest.param(f"Bearer: {JWT}", ["scheme-colon"], id="colon"),
    pytest.param(f"Bearer  {JWT}", ["scheme-whitespace"], id="two blanks"),
    pytest.param("Bearer {{token}}", ["placeholder"], id="placeholder"),
    pytest.param("Bearer <your token>", ["placeholder"], id="placeholder with a blank"),
    pytest.param("Bearer ***", ["placeholder"], id="stars"),
    pytest.param(JWT, ["missing-scheme"], id="no scheme"),
    pytest.param(f'Bearer "{JWT}"', ["quoted"], id="quoted"),
    pytest.param('Bearer {"access_token": "a"}', ["json-blob"], id="json"),
    pytest.param("Bearer abc…def", ["masked-copy"], id="masked"),
    pytest.param(f"Bearer \ufeff{JWT}", ["invisible-char"], id="byte order mark behind the blank"),
]


@pytest.mark.parametrize(("value", "defects"), ALONE)
def test_one_cause_gives_one_defect(value: str, defects: list[str]) -> None:
    assert [each.id for each in shape_defects(value.encode())] == defects


def test_latin1_bytes_are_read() -> None:
    assert [each.id for each in shape_defects(b"Bearer \xe9abc")] == ["non-ascii"]


FORMS = ["Bearer {}", "<{}>", "Bearer '{}'", "Bearer ${}", "Bearer {{{}}}", "{}", "Bearer :{}"]


@pytest.mark.parametrize("form", FORMS)
def test_a_token_never_stands_in_a_detail(form: str) -> None:
    secret = secrets.token_hex(16)
    defects = shape_defects(form.format(secret).encode())
    assert not any(secret in each.detail for each in defects)


@given(
    st.one_of(st.binary(), st.text().map(str.encode)), st.sampled_from([b"", b"Bearer ", b"Basic "])
)
def test_any_bytes(value: bytes, start: bytes) -> None:
    shape_defects(start + value)


@pytest.mark.parametrize(
    "piece", [b"a", b"a ", b'"', b"{", b"%2B", b"\\n", b"=", b"Bearer ", b"a="]
)
def test_long_hostile_values_end_soon(piece: bytes) -> None:
    started = time.process_time()
    shape_defects(b"Bearer " + piece * 65_536)
    assert time.process_time() - started < 1
