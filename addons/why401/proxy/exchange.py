"""A mitmproxy flow as an exchange: the bytes as they were on the wire.

This runs for every exchange that is looked at more closely, so it copies nothing and asks
mitmproxy's `data` objects, not the properties that decode and encode.
"""

from __future__ import annotations

from mitmproxy import connection, http, websocket

from why401.model import (
    EMPTY_BODY,
    Body,
    Exchange,
    Headers,
    Request,
    Response,
    Times,
    WebSocketMessage,
)
from why401.triage.closing import CLOSE


def exchange_from_flow(flow: http.HTTPFlow, exchange_id: str | None = None) -> Exchange:
    """Return what `flow` recorded; `exchange_id` is the flow's own id unless given."""
    sent, server, client = flow.request.data, flow.server_conn, flow.client_conn
    request = Request(
        method=_text(sent.method),
        scheme=_text(sent.scheme),
        host=sent.host,
        port=sent.port,
        target=_target(sent),
        headers=Headers(sent.headers.fields),
        body=_body(sent.content),
        http_version=_text(sent.http_version),
    )
    return Exchange(
        id=exchange_id if exchange_id is not None else flow.id,
        request=request,
        response=_response(flow.response),
        error=flow.error.msg if flow.error else None,
        times=_times(flow, server),
        client=client.id,
        client_address=_address(client.peername),
        server=server.id,
        server_address=_address(server.peername),
        websocket=messages_of(flow.websocket),
    )


def _target(sent: http.RequestData) -> bytes:
    # CONNECT has only an authority, and a request to a proxy may name it beside the path.
    return sent.authority if sent.method == b"CONNECT" else sent.path


def _response(response: http.Response | None) -> Response | None:
    if response is None:
        return None
    data = response.data
    return Response(
        status=data.status_code,
        reason=data.reason.decode("utf-8", "replace"),
        headers=Headers(data.headers.fields),
        body=_body(data.content),
        http_version=_text(data.http_version),
        trailers=Headers(data.trailers.fields) if data.trailers else Headers(),
    )


def _body(content: bytes | None) -> Body | None:
    """Return the raw body; None where mitmproxy streamed it and so kept nothing."""
    if content is None:
        return None
    return Body(content) if content else EMPTY_BODY


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _times(flow: http.HTTPFlow, server: connection.Server) -> Times:
    request, response = flow.request.data, flow.response.data if flow.response else None
    started = request.timestamp_start
    sent = request.timestamp_end
    connect_ms = tls_ms = None
    opened = server.timestamp_start
    # A connection that an earlier exchange opened cost this one nothing.
    if opened is not None and opened >= started and server.timestamp_tcp_setup is not None:
        ready = server.timestamp_tls_setup or server.timestamp_tcp_setup
        connect_ms = (ready - opened) * 1000
        if server.timestamp_tls_setup is not None:
            tls_ms = (server.timestamp_tls_setup - server.timestamp_tcp_setup) * 1000
        sent = max(sent, ready) if sent is not None else None
    answered = response.timestamp_start if response else None
    if sent is not None and answered is not None:
        # A server may answer before the last byte of the request has left.
        sent = min(sent, answered)
    return Times(
        started=started,
        request_sent=sent,
        response_started=answered,
        ended=response.timestamp_end if response else None,
        connect_ms=connect_ms,
        tls_ms=tls_ms,
    )


def _address(peer: tuple[str, int] | None) -> str:
    """Return `host:port`, IPv6 in brackets; empty where there was no connection."""
    if not peer or not peer[0]:
        return ""
    host, port = peer[0], peer[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def messages_of(data: websocket.WebSocketData | None) -> tuple[WebSocketMessage, ...]:
    """Return the messages, and the frame that closed the connection as the last."""
    if data is None:
        return ()
    messages = tuple(
        WebSocketMessage(
            from_client=message.from_client,
            opcode=int(message.type),
            data=message.content,
            at_s=message.timestamp,
        )
        for message in data.messages
    )
    code = data.close_code
    # 1005, 1006 and 1015 say that there was no such frame, or none with a code (RFC 6455 7.4.1).
    if code is None or code in (1005, 1006, 1015) or not 1000 <= code < 5000:
        return messages
    closing = WebSocketMessage(
        from_client=data.closed_by_client is True,
        opcode=CLOSE,
        data=code.to_bytes(2) + (data.close_reason or "").encode("utf-8", "replace"),
        at_s=data.timestamp_end or 0.0,
    )
    return (*messages, closing)
