from __future__ import annotations

import pytest

from why401.sandbox import Sandbox
from why401.sandbox.client import Sent, TourClient

HOST = "api.shop.example"


@pytest.fixture
def client(sandbox: Sandbox):
    # The sandbox takes absolute targets, so it can be its own proxy for plain http.
    with TourClient(f"http://127.0.0.1:{sandbox.http_port}", None, sandbox) as client:
        yield client


def test_exchanges_are_noted(client: TourClient) -> None:
    client.get(HOST, "/health", query={"a": "b c"})
    client.send("DELETE", HOST, "/orders/1")
    assert client.sent == [
        Sent("GET", f"http://{HOST}/health?a=b+c", 200),
        Sent("DELETE", f"http://{HOST}/orders/1", 401),
    ]


def test_fields_of_one_name_are_joined(client: TourClient) -> None:
    value = client.get(HOST, "/digest").headers["www-authenticate"]
    assert value.count("Digest ") == 2


def test_a_form_is_posted_as_one(client: TourClient) -> None:
    shop = client.sandbox.shop
    fields = {"username": shop.username, "password": shop.password}
    assert client.post_form(HOST, "/login", fields).json() == {"user": shop.username}


def test_no_proxy_is_said_by_the_socket(sandbox: Sandbox) -> None:
    with (
        TourClient("http://127.0.0.1:1", None, sandbox) as client,
        pytest.raises(ConnectionRefusedError),
    ):
        client.get(HOST, "/health")
