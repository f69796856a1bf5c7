import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from why401.credentials.find import Credential, find_credentials
from why401.model import Headers, Request

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
BASIC = base64.b64encode(b"alice:s3cret").decode()


def request(*headers: tuple[str, str], host: str = "api.example.com") -> Request:
    fields = tuple((name.encode(), value.encode()) for name, value in headers)
    return Request("GET", "https", host, 443, b"/", Headers(fields))


def places(found: tuple[Credential, ...]) -> list[tuple[str, str]]:
    return [(each.scheme, each.where) for each in found]


HEADERS = [
    pytest.param(("Authorization", f"Basic {BASIC}"), "basic", "authorization", id="basic"),
    pytest.param(("Authorization", f"Bearer {JWT}"), "bearer", "authorization", id="bearer"),
    pytest.param(("authorization", "DPoP abc"), "dpop", "authorization", id="dpop"),
    pytest.param(("DPoP", JWT), "dpop", "dpop", id="dpop proof"),
    pytest.param(("Authorization", "Negotiate YII"), "negotiate", "authorization", id="negotiate"),
    pytest.param(("Authorization", "NTLM TlRM"), "ntlm", "authorization", id="ntlm"),
    pytest.param(("Authorization", 'Digest a="b"'), "digest", "authorization", id="digest"),
    pytest.param(("Authorization", JWT), "", "authorization", id="no scheme"),
    pytest.param(("Authorization", "SSWS abc"), "ssws", "authorization", id="okta"),
    pytest.param(
        ("Authorization", 'WECHATPAY2-SHA256-RSA2048 mchid="1"'),
        "wechatpay-v3",
        "authorization",
        id="wechat pay",
    ),
    pytest.param(
        ("Authorization", "AWS4-HMAC-SHA256 Credential=a"), "aws-sigv4", "authorization", id="sigv4"
    ),
    pytest.param(
        ("Authorization", 'OAuth oauth_nonce="x"'), "oauth1", "authorization", id="oauth 1"
    ),
    pytest.param(("Proxy-Authorization", "Basic x"), "basic", "proxy-authorization", id="proxy"),
    pytest.param(("X-API-Key", "abc"), "api-key", "x-api-key", id="api key"),
    pytest.param(("X-Custom", JWT), "bearer", "x-custom", id="jwt under another name"),
    pytest.param(("X-JFrog-Art-Api", "AKC"), "api-key", "x-jfrog-art-api", id="a published name"),
    pytest.param(("X-Vendor-API-Key", "abc"), "api-key", "x-vendor-api-key", id="by its end"),
    pytest.param(("XXL-JOB-ACCESS-TOKEN", "a"), "api-key", "xxl-job-access-token", id="a token"),
    pytest.param(("APCA-API-SECRET-KEY", "a"), "api-key", "apca-api-secret-key", id="a secret"),
    pytest.param(("Blade-Auth", f"bearer {JWT}"), "bearer", "blade-auth", id="BladeX"),
    pytest.param(("Authori-zation", "Bearer abc"), "bearer", "authori-zation", id="CRMEB"),
]


@pytest.mark.parametrize(("field", "scheme", "name"), HEADERS)
def test_in_a_header(field: tuple[str, str], scheme: str, name: str) -> None:
    found = find_credentials(request(field))
    assert places(found) == [(scheme, f"request.header.{name}")]


@pytest.mark.parametrize(
    "name",
    ["X-CSRF-Token", "Idempotency-Key", "X-Device-Token", "Sec-WebSocket-Key", "X-Requested"],
)
def test_other_fields_hold_none(name: str) -> None:
    assert find_credentials(request((name, "abcdef0123456789"))) == ()


QUERIES = [
    pytest.param("access_token", "abc", "bearer", id="RFC 6750 2.3"),
    pytest.param("api_key", "abc", "api-key", id="api key"),
    pytest.param("X-Amz-Signature", "00", "aws-sigv4", id="presigned"),
    pytest.param("t", JWT, "bearer", id="jwt under another name"),
]


@pytest.mark.parametrize(("name", "value", "scheme"), QUERIES)
def test_in_the_query(name: str, value: str, scheme: str) -> None:
    found = find_credentials(request(), ((name, value), ("n", "1"), ("token", "")))
    assert places(found) == [(scheme, f"request.query.{name}")]


def test_wechat_access_token_is_told_by_the_host() -> None:
    query = (("access_token", "a"),)
    found = find_credentials(request(host="api.weixin.qq.com"), query)
    assert places(found) == [("wechat-access-token", "request.query.access_token")]
    other = find_credentials(request(host="weixin.qq.com.example"), query)
    assert other[0].scheme == "bearer"


def test_in_the_body() -> None:
    json = {"data": {"access_token": "abc", "list": [{"x": JWT}]}, "n": 1}
    assert places(find_credentials(request(), json=json)) == [
        ("bearer", "request.json.data.access_token"),
        ("bearer", "request.json.data.list[0].x"),
    ]
    form = (("access_token", "abc"), ("other", "x"))
    assert places(find_credentials(request(), form=form)) == [
        ("bearer", "request.form.access_token")
    ]


def test_json_is_searched_four_levels_deep() -> None:
    assert find_credentials(request(), json={"a": {"b": {"c": {"token": "x"}}}})
    assert not find_credentials(request(), json={"a": {"b": {"c": {"d": {"token": "x"}}}}})


def test_cookies_that_name_a_session_or_hold_a_jwt() -> None:
    cookie = f"_ga=GA1.2; JSESSIONID=abc; connect.sid=x; theme=dark; t={JWT}"
    found = find_credentials(request(("Cookie", cookie)))
    assert [each.where.rpartition(".")[2] for each in found] == ["JSESSIONID", "sid", "t"]
    assert {each.scheme for each in found} == {"cookie"}


def test_a_request_without_credentials_has_none() -> None:
    assert find_credentials(request(("Accept", "*/*")), (("page", "2"),)) == ()


def test_what_is_decoded() -> None:
    (basic,) = find_credentials(request(("Authorization", f"Basic {BASIC}")))
    assert basic.basic is not None
    assert basic.basic.user == "alice"
    (bearer,) = find_credentials(request(("Authorization", f'Bearer: "{JWT}"')))
    assert bearer.jwt is not None
    assert bearer.jwt.claims == {"sub": "1"}


def test_repeated_fields_have_their_own_place_and_eight_are_enough() -> None:
    found = find_credentials(request(*[("Authorization", "Bearer a")] * 20))
    assert len(found) == 8
    assert found[1].where == "request.header.authorization[1]"


@given(
    st.lists(st.tuples(st.sampled_from([b"authorization", b"cookie", b"x"]), st.binary())),
    st.lists(st.tuples(st.sampled_from(["token", "t"]), st.text())),
    st.recursive(
        st.text() | st.none(),
        lambda each: st.lists(each) | st.dictionaries(st.sampled_from(["token", "a"]), each),
    ),
)
def test_any_request(
    fields: list[tuple[bytes, bytes]], query: list[tuple[str, str]], json: object
) -> None:
    made = Request("GET", "http", "h", 80, b"/", Headers(tuple(fields)))
    find_credentials(made, tuple(query), json=json)


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(("Authorization", f"Basic {BASIC}"), id="basic"),
        pytest.param(("Authorization", f"Bearer {JWT}"), id="jwt"),
        pytest.param(("Authorization", 'Digest username="alice", response="s3cret"'), id="digest"),
        pytest.param(
            ("Authorization", 'WECHATPAY2-SHA256-RSA2048 mchid="1", signature="s3cret"'),
            id="wechat pay",
        ),
        pytest.param(("Cookie", "sessionid=s3cret"), id="cookie"),
    ],
)
def test_no_credential_shows_in_a_repr(field: tuple[str, str]) -> None:
    found = find_credentials(request(field))
    assert found
    shown = repr((found, [(each.basic, each.jwt, each.digest, each.wechatpay) for each in found]))
    assert not [each for each in ("s3cret", BASIC, JWT, "c2ln") if each in shown]
