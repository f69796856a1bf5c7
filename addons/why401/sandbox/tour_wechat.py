"""The stories of the tour about WeChat's own API, as the server of a mini program calls it."""

from __future__ import annotations

from why401.sandbox.client import TourClient

WEIXIN = "api.weixin.qq.com"


# WeChat: every answer has status 200, the error is in the body.


def fetch_an_access_token(client: TourClient) -> None:
    """Fetch the token and use it at once."""
    client.get(WEIXIN, "/cgi-bin/get_api_domain_ip", query={"access_token": weixin_token(client)})


def use_a_superseded_token(client: TourClient) -> None:
    """Keep a token although somebody fetched a newer one since."""
    first = weixin_token(client)
    weixin_token(client)
    client.get(WEIXIN, "/cgi-bin/get_current_selfmenu_info", query={"access_token": first})


def call_from_an_unlisted_address(client: TourClient) -> None:
    """Fetch a token from an address that is not on the account's list."""
    account = client.sandbox.account_not_ip_listed
    query = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
    }
    client.get(WEIXIN, "/cgi-bin/token", query=query)


def spend_a_login_code_twice(client: TourClient) -> None:
    """Exchange what `wx.login` gave, and exchange it again."""
    account = client.sandbox.account
    query = {
        "appid": account.appid,
        "secret": account.secret,
        "js_code": client.sandbox.weixin.login_code(account.appid, client.sandbox.clock()),
        "grant_type": "authorization_code",
    }
    client.get(WEIXIN, "/sns/jscode2session", query=query)
    client.get(WEIXIN, "/sns/jscode2session", query=query)


def weixin_token(client: TourClient) -> str:
    """Fetch and return a new access_token; the one before is void from now on."""
    account = client.sandbox.account
    query = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
    }
    return str(client.get(WEIXIN, "/cgi-bin/token", query=query).json()["access_token"])
