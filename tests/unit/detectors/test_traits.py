"""Traits: what an exchange must have for a detector to be asked."""

import msgspec
import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import jwt

from why401.case import Case
from why401.detectors import DETECTORS, concerned
from why401.detectors.traits import Trait, traits_of
from why401.model import Alteration, Exchange

TOKEN = jwt({"exp": 1})
REFUSED = {Trait.OTHER_SERVER, Trait.REFUSED, Trait.TURNED_AWAY}


def asked(
    sent: str | None = None, *, url: str = "https://api.example.com/a", status: int = 401
) -> Exchange:
    headers = [] if sent is None else [("Authorization", sent)]
    return exchange(url, headers=headers, status=status)


EXCHANGES = [
    pytest.param(asked(), REFUSED | {Trait.NO_CREDENTIALS}, id="nothing sent"),
    pytest.param(
        asked(f"Bearer {TOKEN}"),
        REFUSED | {Trait.CREDENTIALS, Trait.AUTHORIZATION, Trait.BEARER, Trait.JWT},
        id="JWT as Bearer",
    ),
    pytest.param(
        asked("Basic YTpi"),
        REFUSED | {Trait.CREDENTIALS, Trait.AUTHORIZATION, Trait.BASIC},
        id="Basic",
    ),
    pytest.param(
        asked('Digest username="a", nonce="b"'),
        REFUSED | {Trait.CREDENTIALS, Trait.AUTHORIZATION, Trait.DIGEST},
        id="Digest",
    ),
    pytest.param(asked(status=404), {Trait.OTHER_SERVER, Trait.NO_CREDENTIALS}, id="not found"),
    pytest.param(
        exchange(
            "https://api.example.com/a", status=302, response_headers=[("Location", "/login")]
        ),
        {Trait.OTHER_SERVER, Trait.TURNED_AWAY, Trait.NO_CREDENTIALS},
        id="to the login page",
    ),
    pytest.param(
        exchange("https://a.example", status=401, response_headers=[("WWW-Authenticate", "Basic")]),
        REFUSED | {Trait.NO_CREDENTIALS, Trait.CHALLENGE},
        id="challenge",
    ),
    pytest.param(
        msgspec.structs.replace(
            asked(), altered=(Alteration("request.body", "option modify_body", "replaced"),)
        ),
        REFUSED | {Trait.NO_CREDENTIALS, Trait.ALTERED},
        id="changed by the proxy",
    ),
    pytest.param(
        asked(url="https://api.weixin.qq.com/cgi-bin/user/get"),
        {Trait.WECHAT, Trait.NO_CREDENTIALS},
        id="WeChat",
    ),
    pytest.param(
        asked(url="https://api.mch.weixin.qq.com/v3/certificates"),
        {Trait.WECHAT_PAY, Trait.NO_CREDENTIALS},
        id="WeChat Pay",
    ),
]


@pytest.mark.parametrize(("made", "traits"), EXCHANGES)
def test_traits(made: Exchange, traits: set[Trait]) -> None:
    assert traits_of(Case(made)) == traits


def test_only_detectors_whose_question_arises_are_asked_in_the_order_of_the_list() -> None:
    traits = traits_of(Case(asked("Basic YTpi")))
    names = [each.name for each in concerned(DETECTORS, traits)]
    assert {"basic_pair", "header_shape"} <= set(names)
    assert not {"jwt_times", "digest_response", "wechatpay_clock", "token_superseded"} & set(names)
    assert names == [each.name for each in DETECTORS if each.name in names]
