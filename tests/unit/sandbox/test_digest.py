from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.servers import Clock, ask

from why401.sandbox import Sandbox
from why401.sandbox.client import Reply
from why401.sandbox.digest import read_parameters, response

HOST = "api.shop.example"
RFC_7616 = {
    "username": "Mufasa",
    "realm": "http-auth@example.org",
    "uri": "/dir/index.html",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "qop": "auth",
}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        pytest.param("MD5", "8ca523f5e9506fed4657c9700eebdbec", id="MD5"),
        pytest.param(
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            id="SHA-256",
        ),
    ],
)
def test_response_of_rfc_7616(algorithm: str, expected: str) -> None:
    sent = {**RFC_7616, "algorithm": algorithm}
    assert response(sent, "GET", "Circle of Life") == expected


def challenged(sandbox: Sandbox) -> dict[str, str]:
    value = ask(sandbox, HOST, "/digest").headers["www-authenticate"]
    return read_parameters(value.split("Digest ")[1])


def answer(
    sandbox: Sandbox, asked: dict[str, str], password: str | None = None, **changed: str
) -> Reply:
    sent = {
        "username": sandbox.shop.username,
        "realm": asked["realm"],
        "nonce": asked["nonce"],
        "opaque": asked["opaque"],
        "uri": "/digest",
        "algorithm": "SHA-256",
        "qop": "auth",
        "nc": "00000001",
        "cnonce": "c0ffee",
        **changed,
    }
    sent["response"] = response(sent, "GET", password or sandbox.shop.password)
    bare = ("algorithm", "qop", "nc")
    parts = [f"{k}={v}" if k in bare else f'{k}="{v}"' for k, v in sent.items()]
    return ask(sandbox, HOST, "/digest", {"Authorization": f"Digest {', '.join(parts)}"})


def test_both_algorithms_are_offered(sandbox: Sandbox) -> None:
    reply = ask(sandbox, HOST, "/digest")
    value = reply.headers["www-authenticate"]
    assert reply.status == 401
    assert [part.count("algorithm=SHA-256") for part in value.split("Digest ")] == [0, 1, 0]
    assert "stale" not in value


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_handshake(sandbox: Sandbox, algorithm: str) -> None:
    asked = challenged(sandbox)
    assert answer(sandbox, asked, algorithm=algorithm).status == 200
    assert answer(sandbox, asked, algorithm=algorithm, nc="00000002").status == 200


def test_count_used_again(sandbox: Sandbox) -> None:
    asked = challenged(sandbox)
    answer(sandbox, asked)
    again = answer(sandbox, asked)
    assert (again.status, "stale=true" in again.headers["www-authenticate"]) == (401, True)


def test_old_nonce_is_stale(clocked_sandbox: Sandbox, clock: Clock) -> None:
    asked = challenged(clocked_sandbox)
    clock.now_s += 301
    late = answer(clocked_sandbox, asked)
    assert (late.status, "stale=true" in late.headers["www-authenticate"]) == (401, True)
    assert answer(clocked_sandbox, challenged(clocked_sandbox)).status == 200


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"username": "bob"}, id="user"),
        pytest.param({"realm": "other"}, id="realm"),
        pytest.param({"uri": "/other"}, id="uri"),
        pytest.param({"opaque": "x"}, id="opaque"),
        pytest.param({"nc": "1"}, id="count too short"),
        pytest.param({"qop": "auth-int"}, id="qop not offered"),
        pytest.param({"password": "wrong"}, id="password"),
    ],
)
def test_refused(sandbox: Sandbox, changed: dict[str, str]) -> None:
    reply = answer(sandbox, challenged(sandbox), **changed)
    assert (reply.status, "stale" in reply.headers["www-authenticate"]) == (401, False)


def test_an_unknown_algorithm_is_refused(sandbox: Sandbox) -> None:
    header = {"Authorization": 'Digest username="alice", algorithm=SHA-1, response="x"'}
    assert ask(sandbox, HOST, "/digest", header).status == 401


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('a="1", b=2,C="x, y"', {"a": "1", "b": "2", "c": "x, y"}, id="mixed"),
        pytest.param(r'realm="a \"b\" \\"', {"realm": r'a "b" \ '.strip()}, id="escaped"),
        pytest.param('a=""', {"a": ""}, id="empty"),
    ],
)
def test_read_parameters(text: str, expected: dict[str, str]) -> None:
    assert read_parameters(text) == expected


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read_parameters(text)
