"""Metadata of protected resources, as it passed by."""

from typing import Any

import pytest
from tests.exchanges import exchange

from why401.case import Case
from why401.history.resources import Resources

HOST = "https://api.example.com"
PATH = "/.well-known/oauth-protected-resource"


def learnt(path: str, json: Any, status: int = 200) -> Resources:
    resources = Resources()
    resources.learn(Case(exchange(HOST + path, json=json, status=status)))
    return resources


def test_metadata_of_a_host_and_of_a_path() -> None:
    host = learnt(PATH, {"resource": HOST, "authorization_servers": ["https://id.example.com"]})
    found = host.of("api.example.com", "/any")
    assert found is not None
    assert found.authorization_servers == ("https://id.example.com",)
    path = learnt(PATH + "/mcp", {"resource": HOST + "/mcp"})
    assert path.of("api.example.com", "/mcp/tools") is not None
    assert path.of("api.example.com", "/other") is None


@pytest.mark.parametrize(
    ("json", "status"),
    [([], 200), ({"resource": 1}, 200), ({"resource": HOST}, 404), (None, 200)],
)
def test_what_is_no_metadata(json: Any, status: int) -> None:
    assert learnt(PATH, json, status).of("api.example.com", "/") is None


def test_odd_servers_are_left_out() -> None:
    found = learnt(PATH, {"resource": HOST, "authorization_servers": [1, {}, "a"]})
    published = found.of("api.example.com", "/")
    assert published is not None
    assert published.authorization_servers == ("a",)
