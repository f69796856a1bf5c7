"""mitmproxy flow files of this and older versions: the one reader that needs mitmproxy."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, cast

from mitmproxy import flow as mitmproxy_flow
from mitmproxy import http
from mitmproxy.io import compat, tnetstring

from why401.capture.entry import Capture, Entry, Skipped, UnreadableEntryError
from why401.capture.errors import CaptureError
from why401.model import Exchange
from why401.proxy.annotate import own_comment
from why401.proxy.exchange import exchange_from_flow
from why401.report.annotation import Annotation

_FAULTS = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(AssertionError, ArithmeticError, RecursionError),
)
"""What mitmproxy's own readers raise on data that is not as they expect."""


class FlowEntry(Entry):
    """One HTTP flow of a flow file."""

    __slots__ = ("_flow", "_path")

    def __init__(self, path: str, index: int, flow: http.HTTPFlow) -> None:
        self._path = path
        self._flow = flow
        request, response = flow.request, flow.response
        super().__init__(
            index,
            request.method,
            request.url,
            response.status_code if response else 0,
            request.timestamp_start,
        )

    def exchange(self) -> Exchange:
        """Return the exchange; its id is `PATH#INDEX`."""
        try:
            return exchange_from_flow(self._flow, f"{self._path}#{self.index}")
        except _FAULTS:
            raise UnreadableEntryError("holds values that make no sense") from None

    @property
    def annotation(self) -> Annotation | None:
        """The user's comment; what an earlier run noted in the flow has no words and is redone."""
        comment = own_comment(self._flow)
        return Annotation(comment=comment) if comment else None


class FlowCapture(Capture):
    """A flow file, read up to its end or to where it is damaged."""

    def __init__(self, path: str, states: list[Mapping[str, Any] | Skipped]) -> None:
        super().__init__(path)
        self._states = states

    def __len__(self) -> int:
        return len(self._states)

    def entry(self, index: int) -> Entry | Skipped:
        """Return flow `index`, or why it cannot be read."""
        state = self._states[index]
        if isinstance(state, Skipped):
            return state
        try:
            # mitmproxy empties what it reads, and an entry may be asked for again.
            flow = mitmproxy_flow.Flow.from_state(_copied(state))
        except _FAULTS:
            return Skipped(index, "its fields are not those of a flow")
        if not isinstance(flow, http.HTTPFlow):
            return Skipped(index, f"is a {flow.type} flow, not HTTP")
        try:
            return FlowEntry(self.path, index, flow)
        except _FAULTS:
            return Skipped(index, "holds values that make no sense")

    def started_s(self, index: int) -> float | None:
        """Return when flow `index` began, Unix seconds."""
        state = self._states[index]
        request = state.get("request") if isinstance(state, Mapping) else None
        started = request.get("timestamp_start") if isinstance(request, Mapping) else None
        return started if isinstance(started, float) else None


def _copied(value: Any) -> Any:
    """Return a record with containers of its own; bytes and texts are shared."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return tuple(map(_copied, value)) if isinstance(value, tuple) else value


def read_flows(data: bytes, path: str) -> FlowCapture:
    """Return the flows in the bytes of a flow file; `path` names it to the user.

    Raises CaptureError where not even the first record can be read.
    """
    file = io.BytesIO(data)
    states: list[Mapping[str, Any] | Skipped] = []
    error: CaptureError | None = None
    while file.tell() < len(data):
        begin = file.tell()
        try:
            loaded = tnetstring.load(file)
        except _FAULTS:
            file.seek(begin)
            length = file.read(16).partition(b":")[0]
            cut = length.isdigit() and begin + int(length) >= len(data)
            reason = "is cut off: it ends within" if cut else "is damaged from"
            error = CaptureError(path, f"{reason} flow {len(states)}")
            break
        states.append(_migrated(loaded, len(states)))
    if error and not states:
        raise CaptureError(path, "is no capture: neither a HAR nor a mitmproxy flow file")
    capture = FlowCapture(path, states)
    capture.error = error
    return capture


def _migrated(loaded: object, index: int) -> Mapping[str, Any] | Skipped:
    """Return a record in the form of this mitmproxy version."""
    if not isinstance(loaded, dict):
        return Skipped(index, "is not a flow")
    try:
        return cast("Mapping[str, Any]", compat.migrate_flow(loaded))
    except _FAULTS as error:
        reason = str(error).splitlines()[0] if isinstance(error, ValueError) and str(error) else ""
        return Skipped(index, f"its version cannot be read{': ' + reason[:120] if reason else ''}")
