"""Traits: what an exchange must have for a detector to be asked."""

import msgspec
import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import jwt

from why401.case import Case
from why401.context import Context
from why401.detectors import DETECTORS, concerned
from why401.detectors.traits import Trait, traits_of
from why401.history import History
from why401.keys import NO_KEYS
from why401.masking import Masker
from why401.model import Alteration, Diagnosis, Exchange

TOKEN = jwt({"exp": 1})
REFUSED = {Trait.OTHER_SERVER, Trait.REFUSED, Trait.TURNED_AWAY}
SENT = {Trait.SENT, Trait.CREDENTIALS}
BARE = {Trait.NO_CREDENTIALS, Trait.NO_AUTHORIZATION}


def context() -> Context:
    return Context(History(), NO_KEYS, Masker(b"k" * 32))


def traits(made: Exchange, remembering: Context | None = None) -> frozenset[Trait]:
    return traits_of(Case(made), remembering or context())


def asked(
    sent: str | None = None, *, url: str = "https://api.example.com/a", status: int = 401
) -> Exchange:
    headers = [] if sent is None else [("Authorization", sent)]
    return exchange(url, headers=headers, status=status)


EXCHANGES = [
    pytest.param(asked(), REFUSED | BARE, id="nothing sent"),
    pytest.param(
        asked(f"Bearer {TOKEN}"),
        REFUSED | SENT | {Trait.AUTHORIZATION, Trait.BEARER, Trait.JWT},
        id="JWT as Bearer",
    ),
    pytest.param(
        asked("Basic YTpi"),
        REFUSED | SENT | {Trait.AUTHORIZATION, Trait.BASIC},
        id="Basic",
    ),
    pytest.param(
        asked('Digest username="a", nonce="b"'),
        REFUSED | SENT | {Trait.AUTHORIZATION, Trait.DIGEST},
        id="Digest",
    ),
    pytest.param(asked(status=404), {Trait.OTHER_SERVER, *BARE}, id="not found"),
    pytest.param(asked(status=101), {Trait.OTHER_SERVER, Trait.WEBSOCKET, *BARE}, id="WebSocket"),
    pytest.param(
        exchange(
            "https://api.example.com/a", status=302, response_headers=[("Location", "/login")]
        ),
        {Trait.OTHER_SERVER, Trait.TURNED_AWAY, Trait.USERINFO, *BARE},
        id="to the login page",
    ),
    pytest.param(
        exchange("https://a.example", status=401, response_headers=[("WWW-Authenticate", "Basic")]),
        REFUSED | BARE | {Trait.CHALLENGE},
        id="challenge",
    ),
    pytest.param(
        msgspec.structs.replace(
            asked(), altered=(Alteration("request.body", "option modify_body", "replaced"),)
        ),
        REFUSED | BARE | {Trait.ALTERED},
        id="changed by the proxy",
    ),
    pytest.param(
        asked(url="https://api.weixin.qq.com/cgi-bin/user/get"),
        {Trait.WECHAT, Trait.GRANT, *BARE},
        id="WeChat",
    ),
    pytest.param(
        asked(url="https://api.mch.weixin.qq.com/v3/certificates"),
        {Trait.WECHAT_PAY, Trait.GRANT, Trait.ORDERS, *BARE},
        id="WeChat Pay",
    ),
    pytest.param(
        asked(url="http://api.example.com/a?b=c"),
        REFUSED | BARE | {Trait.CLEAR_TEXT, Trait.QUERY},
        id="over plain http, with a query",
    ),
    pytest.param(
        exchange("https://api.example.com/token", method="POST", body=b"a=b", status=401),
        REFUSED | BARE | {Trait.GRANT, Trait.CHANGING},
        id="with a body",
    ),
    pytest.param(
        asked("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"),
        REFUSED | SENT | {Trait.AUTHORIZATION, Trait.SIGNED},
        id="signed",
    ),
    pytest.param(
        asked("Bearer opaque"),
        REFUSED | {Trait.CREDENTIALS, Trait.SENT, Trait.AUTHORIZATION, Trait.BEARER},
        id="opaque token as Bearer",
    ),
    pytest.param(
        exchange("https://api.example.com/a", status=401, headers=[("X-Api-Key", "k")]),
        REFUSED | {Trait.CREDENTIALS, Trait.SENT, Trait.NO_AUTHORIZATION},
        id="API key",
    ),
    pytest.param(
        exchange("https://api.example.com/a", status=401, headers=[("Cookie", "theme=dark")]),
        REFUSED | BARE | {Trait.COOKIE},
        id="cookie",
    ),
    pytest.param(asked(status=200), {Trait.OTHER_SERVER, Trait.ACCEPTED, *BARE}, id="accepted"),
    pytest.param(
        asked(url="https://a.example/?X%2DAmz-Credential=b"),
        REFUSED | BARE | {Trait.SIGNED, Trait.QUERY},
        id="presigned",
    ),
    pytest.param(
        exchange("https://a.example/?a=b+c", status=401, headers=[("Cookie", "sid=1")]),
        REFUSED | BARE | {Trait.SENT, Trait.COOKIE, Trait.QUERY, Trait.SPACES},
        id="a session, and a blank in the query",
    ),
    pytest.param(
        exchange("https://a.example/", status=401, headers=[("Referer", "https://b.example/")]),
        REFUSED | BARE | {Trait.USERINFO},
        id="from a page",
    ),
]


def test_each_trait_is_told_from_every_other() -> None:
    """What is observed and what it is called stand in two lists: with each trait on some of these
    exchanges, and no two on the same ones, `test_traits` holds their order."""
    given = [set(case.values[1]) for case in EXCHANGES]  # type: ignore[call-overload]
    of_history = {Trait.REMEMBERED, Trait.REPEATED, Trait.REDIRECTED, Trait.CODE_FLOW}
    of_host = {Trait.WECHAT, Trait.WECHAT_PAY, Trait.OTHER_SERVER}
    places = {
        trait: tuple(trait in each for each in given)
        for trait in Trait
        if trait not in of_history | of_host
    }
    assert all(any(where) for where in places.values())
    assert len(set(places.values())) == len(places)


@pytest.mark.parametrize(("made", "expected"), EXCHANGES)
def test_traits(made: Exchange, expected: set[Trait]) -> None:
    assert traits(made) == expected


def test_what_history_knows_of_a_token_and_a_host_is_a_trait() -> None:
    remembering, sent = context(), [("Authorization", "Bearer opaque-token")]
    moved = exchange(
        "https://old.example/",
        status=302,
        headers=sent,
        response_headers=[("Location", "https://api.example.com/a")],
    )
    opened = exchange("https://api.example.com/b", headers=sent)
    for each in (moved, opened):
        remembering.history.learn(Case(each), Diagnosis())
    refused = traits(asked("Bearer opaque-token"), remembering)
    assert {Trait.REMEMBERED, Trait.REDIRECTED} <= refused
    other = asked("Bearer another-token", url="https://other.example/a")
    assert not {Trait.REMEMBERED, Trait.REDIRECTED} & traits(other, remembering)


def test_that_the_same_was_tried_before_is_a_trait() -> None:
    remembering, refused = context(), asked("Bearer opaque-token")
    assert Trait.REPEATED not in traits(refused, remembering)
    remembering.history.learn(Case(refused), Diagnosis())
    assert Trait.REPEATED in traits(refused, remembering)
    assert Trait.REPEATED not in traits(asked("Bearer another-token"), remembering)


def test_that_a_code_was_asked_for_is_a_trait() -> None:
    remembering = context()
    asks = exchange("https://login.example/authorize?response_type=code&client_id=a", status=302)
    remembering.history.learn(Case(asks), Diagnosis())
    assert Trait.CODE_FLOW in traits(asked(), remembering)


def test_of_several_sets_of_traits_one_is_enough() -> None:
    told, posted = asked("Basic YTpi"), exchange("https://a.example/", method="POST", status=401)
    names = [{name for name, _ in concerned(DETECTORS, traits(each))} for each in (told, posted)]
    assert ["oauth_scope" in each for each in names] == [False, True]


def test_only_detectors_whose_question_arises_are_asked_in_the_order_of_the_list() -> None:
    names = [name for name, _ in concerned(DETECTORS, traits(asked("Basic YTpi")))]
    assert {"basic_pair", "header_shape"} <= set(names)
    assert not {"jwt_times", "digest_response", "wechatpay_clock", "token_superseded"} & set(names)
    assert names == [each.name for each in DETECTORS if each.name in names]
