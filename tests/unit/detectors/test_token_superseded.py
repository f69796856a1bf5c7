"""Stories of WeChat tokens that another fetch retired."""

from __future__ import annotations

import pytest
from tests.traffic import Traffic, tell

from why401.model import Certainty, Exchange

API = "https://api.weixin.qq.com"
FETCH = f"GET {API}/cgi-bin/token?grant_type=client_credential&appid=wx01&secret=s"
SNS = f"GET {API}/sns/oauth2/access_token?appid=wx01&secret=s&code=c&grant_type=authorization_code"
NOT_LATEST = {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid"}


def issued(token: str) -> dict[str, object]:
    return {"access_token": token, "expires_in": 7200}


def use(traffic: Traffic, token: str, answer: object, path: str = "/cgi-bin/user/get") -> Exchange:
    return traffic(f"GET {API}{path}?access_token={token}", answer=answer)


def stable(traffic: Traffic, token: str, *, forced: bool) -> Exchange:
    data = {"grant_type": "client_credential", "appid": "wx01", "secret": "s"}
    if forced:
        data |= {"force_refresh": True}  # type: ignore[dict-item]
    return traffic(f"POST {API}/cgi-bin/stable_token", data=data, answer=issued(token))


def test_another_process_fetched_again() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(FETCH, answer=issued("first-token")),
            use(traffic, "first-token", {"errcode": 0}),
            traffic(FETCH, answer=issued("second-token"), agent="axios/1.7", after_s=600),
            use(traffic, "first-token", NOT_LATEST),
        ]
    )
    diagnosis = told.diagnoses["#4"]
    assert diagnosis.verdict == "wechat/40001#superseded"
    assert diagnosis.certainty is Certainty.PROVEN
    assert diagnosis.findings[0].related == ("#1", "#3")
    finding = next(f for f in diagnosis.findings if f.rule == "session/token-superseded")
    assert finding.related == ("#1", "#3")
    assert finding.causes[0].id == "other-client"
    assert [(e.event, e.exchange) for e in diagnosis.timeline] == [
        ("issued", "#1"),
        ("used", "#2"),
        ("superseded", "#3"),
        ("refused", "#4"),
    ]
    assert told.verdicts() == {"#4": "wechat/40001#superseded"}


def test_the_same_process_fetched_again() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(FETCH, answer=issued("first-token")),
            traffic(FETCH, answer=issued("second-token")),
            use(traffic, "first-token", NOT_LATEST),
        ]
    )
    finding = next(f for f in told.diagnoses["#3"].findings if f.rule == "session/token-superseded")
    assert finding.causes[0].id == "fetched-again"


def test_cured_the_newest_token_is_used() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(FETCH, answer=issued("first-token")),
            traffic(FETCH, answer=issued("second-token"), agent="axios/1.7"),
            use(traffic, "second-token", {"errcode": 0}),
        ]
    )
    assert told.verdicts() == {}


@pytest.mark.parametrize(
    ("forced", "expected"),
    [pytest.param(False, False, id="normal"), pytest.param(True, True, id="forced")],
)
def test_stable_token_retires_only_when_forced(forced: bool, expected: bool) -> None:
    traffic = Traffic()
    told = tell(
        [
            stable(traffic, "first-token", forced=False),
            stable(traffic, "second-token", forced=forced),
            use(traffic, "first-token", NOT_LATEST),
        ]
    )
    assert ("session/token-superseded" in told.rules("#3")) is expected


def test_stable_token_does_not_retire_that_of_the_other_interface() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(FETCH, answer=issued("first-token")),
            stable(traffic, "second-token", forced=True),
            use(traffic, "first-token", NOT_LATEST),
        ]
    )
    assert "session/token-superseded" not in told.rules("#3")


def test_a_fetch_for_another_appid_retires_nothing() -> None:
    traffic = Traffic()
    told = tell(
        [
            traffic(FETCH, answer=issued("first-token")),
            traffic(FETCH.replace("wx01", "wx02"), answer=issued("second-token")),
            use(traffic, "first-token", NOT_LATEST),
        ]
    )
    assert "session/token-superseded" not in told.rules("#3")
    assert told.diagnoses["#3"].certainty is not Certainty.PROVEN


def test_a_user_token_where_the_global_one_belongs() -> None:
    traffic = Traffic()
    answer = issued("user-token") | {"openid": "o1", "refresh_token": "user-refresh"}
    told = tell([traffic(SNS, answer=answer), use(traffic, "user-token", NOT_LATEST)])
    assert told.rules("#2")[0] == "wechat/user-token-as-global"
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


def test_cured_a_user_token_at_a_user_interface() -> None:
    traffic = Traffic()
    answer = issued("user-token") | {"openid": "o1", "refresh_token": "user-refresh"}
    told = tell(
        [traffic(SNS, answer=answer), use(traffic, "user-token", {"openid": "o1"}, "/sns/userinfo")]
    )
    assert told.verdicts() == {}


COMPONENT = f"POST {API}/cgi-bin/component/api_component_token"


def component(traffic: Traffic, token: str, lives_s: int = 7200) -> Exchange:
    data = {"component_appid": "wx09", "component_appsecret": "s"}
    answer = {"component_access_token": token, "expires_in": lives_s}
    return traffic(COMPONENT, data=data, answer=answer)


def test_a_platform_token_where_that_of_an_account_belongs() -> None:
    traffic = Traffic()
    told = tell(
        [component(traffic, "component-token"), use(traffic, "component-token", NOT_LATEST)]
    )
    assert told.rules("#2")[0] == "wechat/component-token-as-account"
    assert told.diagnoses["#2"].certainty is Certainty.PROVEN
    assert told.diagnoses["#2"].findings[0].related == ("#1",)


@pytest.mark.parametrize(
    ("path", "name", "lives_s", "sent"),
    [
        pytest.param("/wxa/gettemplatelist", "access_token", 7200, "component-token", id="taken"),
        pytest.param(
            "/cgi-bin/component/api_query_auth",
            "component_access_token",
            7200,
            "component-token",
            id="its own call",
        ),
        pytest.param("/cgi-bin/user/get", "access_token", 1, "component-token", id="over"),
        pytest.param("/cgi-bin/user/get", "access_token", 7200, "account-token", id="cured"),
    ],
)
def test_a_platform_token_that_is_not_why(path: str, name: str, lives_s: int, sent: str) -> None:
    traffic = Traffic()
    told = tell(
        [
            component(traffic, "component-token", lives_s),
            traffic(f"GET {API}{path}?{name}={sent}", answer=NOT_LATEST, after_s=60),
        ]
    )
    assert "wechat/component-token-as-account" not in told.rules("#2")
