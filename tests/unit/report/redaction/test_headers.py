import pytest
from tests.exchanges import basic

from why401.report.redaction.headers import field_value


def mask(kind: str, secret: str) -> str:
    return f"<{kind}>"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("accept", "*/*", None, id="no secret field"),
        pytest.param("authorization", "Bearer abc.def", "Bearer <token>", id="bearer"),
        pytest.param("authorization", "bearer  abc", "bearer  <token>", id="as it was written"),
        pytest.param("authorization", "abcdef123", "<token>", id="without scheme"),
        pytest.param("authorization", "Bearer undefined", "Bearer undefined", id="a stand-in"),
        pytest.param("authorization", basic("alice:pw-1"), "Basic <password>", id="basic"),
        pytest.param("authorization", "  ", "  ", id="blank"),
        pytest.param(
            "authorization",
            'Digest username="u", realm="r", nonce="n", uri="/", response="abc", qop=auth',
            'Digest username="u", realm="r", nonce="n", uri="/", response="<signature>", qop=auth',
            id="digest: public parameters stay",
        ),
        pytest.param(
            "authorization",
            'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",signature="s=="',
            'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",signature="<signature>"',
            id="WeChat Pay",
        ),
        pytest.param("cookie", 'a=1; b="x y"', 'a=<cookie>; b="<cookie>"', id="cookies"),
        pytest.param("cookie", "lone; a=", "<cookie>; a=", id="without name, without value"),
        pytest.param("set-cookie", "s=1; Path=/", "s=<cookie>; Path=/", id="attributes stay"),
        pytest.param(
            "set-cookie",
            "s=1; Expires=Thu, 13-Dec-2018 12:03:04 GMT\nt=2; Secure\nu",
            "s=<cookie>; Expires=Thu, 13-Dec-2018 12:03:04 GMT\nt=<cookie>; Secure\n<cookie>",
            id="several in lines",
        ),
        pytest.param(
            "set-cookie",
            "s=1; Path=/, t=2; HttpOnly",
            "s=<cookie>; Path=/, t=<cookie>; HttpOnly",
            id="several between commas",
        ),
        pytest.param("set-cookie", "s=1; t=2;", "s=<cookie>; t=<cookie>;", id="no attribute"),
        pytest.param(
            "sec-websocket-protocol",
            "graphql-ws, bearer, opaque-1",
            "graphql-ws, bearer, <token>",
            id="a token as a sub-protocol",
        ),
        pytest.param(
            "sec-websocket-protocol", "a, " * 20 + "bearer, opaque-1", "<token>", id="many of them"
        ),
        pytest.param(
            "sec-websocket-protocol", "bearer, " + "x" * 16384, "<token>", id="a very long one"
        ),
        pytest.param("x-api-key", " k1 ", " <api-key> ", id="key, blanks kept"),
        pytest.param("x-api-key", "YOUR_API_KEY", "YOUR_API_KEY", id="a sample key"),
    ],
)
def test_field(name: str, value: str, expected: str | None) -> None:
    assert field_value(name, value, mask) == expected
