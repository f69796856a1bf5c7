"""How gRPC refuses under HTTP 200: in a field, in the trailers, in a frame of the body."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import AT_S, exchange, http_date
from tests.unit.detectors.diagnosed import diagnosed, jwt, outcome

from why401.model import Exchange, Headers, Response
from why401.triage.grpc import GrpcRefusal, grpc_refusal, may_refuse

URL = "https://grpc.example.com/shop.Orders/List"
OLD = {"iat": int(AT_S) - 7200, "exp": int(AT_S) - 3600}


def frame(text: str) -> bytes:
    return b"\x80" + len(text).to_bytes(4) + text.encode()


def head(status: str, message: str = "") -> list[tuple[bytes, bytes]]:
    return [(b"grpc-status", status.encode()), (b"grpc-message", message.encode())]


@pytest.mark.parametrize(
    ("fields", "content", "expected"),
    [
        pytest.param(head("16", "no%20token"), b"", GrpcRefusal(401, "no token"), id="head"),
        pytest.param(head("7", "%E6%97%A0%E6%9D%83"), None, GrpcRefusal(403, "无权"), id="Chinese"),
        pytest.param(head("0"), b"", None, id="fine"),
        pytest.param(head("14", "unavailable"), b"", None, id="another status"),
        pytest.param([], b"", None, id="no gRPC"),
        pytest.param(
            [],
            frame("grpc-status:16\r\ngrpc-message:Jwt is expired\r\n"),
            GrpcRefusal(401, "Jwt is expired"),
            id="frame",
        ),
        pytest.param(
            [],
            base64.b64encode(frame("grpc-status: 7\r\n")),
            GrpcRefusal(403, ""),
            id="frame in base64",
        ),
        pytest.param([], frame("grpc-status:0\r\n"), None, id="frame, fine"),
        pytest.param([], frame("grpc-status:167\r\n"), None, id="frame, another number"),
        pytest.param([], b"gAAA!!!!", None, id="no base64"),
    ],
)
def test_refusal(
    fields: list[tuple[bytes, bytes]], content: bytes | None, expected: GrpcRefusal | None
) -> None:
    assert grpc_refusal(fields, content) == expected
    assert expected is None or may_refuse(content)


@given(st.lists(st.tuples(st.binary(), st.binary()), max_size=5), st.binary())
def test_any_answer(fields: list[tuple[bytes, bytes]], content: bytes) -> None:
    for each in (content, b"\x80" + content, b"gAAA" + content):
        assert isinstance(grpc_refusal(fields, each), GrpcRefusal | None)


def called(token: str | None, status: str, message: str, *, trailers: bool = False) -> Exchange:
    stated: dict[str, Any] = {"grpc-status": status, "grpc-message": message}
    made = exchange(
        URL,
        method="POST",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        response_headers={"Content-Type": "application/grpc", "Date": http_date(AT_S)}
        | ({} if trailers else stated),
    )
    if not trailers or made.response is None:
        return made
    fields = tuple((name.encode(), value.encode()) for name, value in stated.items())
    response: Response = msgspec.structs.replace(made.response, trailers=Headers(fields))
    return msgspec.structs.replace(made, response=response)


DENIED = "auth/forbidden-authenticated#no-permission"


@pytest.mark.parametrize("trailers", [False, True], ids=["head", "trailers"])
@pytest.mark.parametrize(
    ("claims", "status", "message", "verdict"),
    [
        pytest.param(OLD, "16", "Jwt is expired", ("jwt/expired#expired", "proven"), id="expired"),
        pytest.param({}, "16", "Jwt is expired", ("auth/unknown#refused", "possible"), id="valid"),
        pytest.param(None, "16", "missing%20token", ("auth/missing#not-sent", "proven"), id="none"),
        pytest.param({}, "7", "denied", (DENIED, "likely"), id="forbidden"),
        pytest.param({}, "0", "", (None, None), id="cured"),
        pytest.param({}, "5", "no such token", (None, None), id="not found"),
    ],
)
def test_verdict(
    claims: dict[str, Any] | None,
    status: str,
    message: str,
    verdict: tuple[str | None, str | None],
    *,
    trailers: bool,
) -> None:
    token = None if claims is None else jwt(claims)
    assert outcome(diagnosed(called(token, status, message, trailers=trailers))) == verdict
