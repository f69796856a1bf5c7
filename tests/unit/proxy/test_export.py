import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from mitmproxy import http
from mitmproxy.http import Headers
from mitmproxy.test import tflow, tutils

from why401.configuration import DEFAULTS
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding, Severity
from why401.proxy.annotate import annotate
from why401.proxy.export import AT_ONCE, Exports, in_slices
from why401.proxy.session import Session
from why401.report.annotated import Pace
from why401.report.atomic import OutputError

SESSION = Session(DEFAULTS, "en")
MISSING = Diagnosis(
    (
        Finding(
            "auth/missing",
            Certainty.PROVEN,
            (Evidence("response.status", 401),),
            (CauseFound("none-sent", Certainty.LIKELY),),
            severity=Severity.ERROR,
        ),
    )
)


def export(flows: Sequence[http.HTTPFlow], path: Path, *, redact: bool = True) -> list[str]:
    told: list[str] = []
    Exports().export(flows, path, SESSION, told.append, redact=redact)
    return told


def test_flows_in_their_order_flagged_typed_beside_and_failed(tmp_path: Path) -> None:
    flagged, healthy, failed = tflow.tflow(resp=True), tflow.tflow(resp=True), tflow.tflow(err=True)
    flagged.comment = "mine"
    annotate(flagged, MISSING, SESSION.knowledge, "en")
    out = tmp_path / "o.har"
    export([flagged, healthy, failed], out)
    first, second, third = json.loads(out.read_bytes())["log"]["entries"]
    assert first["_why401"]["verdict"] == "auth/missing#none-sent"
    # The summary that stands in the flow's comment is not repeated as if it were the user's.
    assert first["comment"].count(first["_why401"]["summary"]["en"]) == 1
    assert first["comment"].endswith("\n\nmine")
    assert "comment" not in second
    assert (third["response"]["status"], third["response"]["_error"]) == (0, "error")


def test_another_exchange_is_named_by_its_entry(tmp_path: Path) -> None:
    earlier, refused = tflow.tflow(resp=True), tflow.tflow(resp=True)
    rests_on = Finding("session/stale-token", Certainty.LIKELY, (), related=(earlier.id,))
    annotate(refused, Diagnosis((rests_on,)), SESSION.knowledge, "en")
    out = tmp_path / "o.har"
    export([tflow.tflow(resp=True), earlier, refused], out)
    entry = json.loads(out.read_bytes())["log"]["entries"][2]
    assert entry["_why401"]["findings"][0]["related"] == ["#1"]
    assert "#1" in entry["comment"]


def test_secrets_are_left_in_only_where_nobody_redacts(tmp_path: Path) -> None:
    request = tutils.treq(headers=Headers(((b"authorization", b"Bearer abcdef-123456-ghijkl"),)))
    flow = tflow.tflow(req=request, resp=True)
    out = tmp_path / "o.har"
    assert export([flow], out)[0].startswith("1 secret replaced")
    assert "abcdef-123456" not in out.read_text(encoding="utf-8")
    assert export([flow], out, redact=False)[0].startswith("NOT redacted")
    assert "abcdef-123456" in out.read_text(encoding="utf-8")


def many(count: int) -> list[http.HTTPFlow]:
    body = json.dumps({"orders": list(range(90)), "access_token": "abcdef-123456"}).encode()
    return [tflow.tflow(resp=tutils.tresp(content=body)) for _ in range(count)]


async def answered(requests: int) -> None:
    """Come back when a server on this loop has answered so many requests over one connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        for _ in range(requests):
            writer.write(b"GET /\n")
            assert await reader.readline() == b"GET /\n"
        writer.close()
        await writer.wait_closed()


def test_traffic_goes_on_while_many_flows_are_written(tmp_path: Path) -> None:
    out = tmp_path / "o.har"
    told: list[str] = []
    exports = Exports()

    async def run() -> bool:
        exports.export(many(500), out, SESSION, told.append, redact=True)
        await answered(5)
        is_written = out.exists()
        await exports.done()
        return is_written

    assert asyncio.run(run()) is False
    assert told[0].startswith("500 secrets replaced")
    assert len(json.loads(out.read_bytes())["log"]["entries"]) == 500


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "o.har"

    async def run() -> None:
        Exports().export(many(AT_ONCE + 1), out, SESSION, lambda _: None, redact=True)
        await asyncio.sleep(0)  # what is not waited for ends with the loop

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        export(many(AT_ONCE + 1), tmp_path / "gone" / "o.har")


def failing(at: Callable[[int], Pace]) -> Iterator[Pace]:
    for number in range(9):
        yield at(number)
    raise OutputError("o.har", "cannot be written: No space left on device")


@pytest.mark.parametrize("pace", list(Pace))
def test_what_fails_later_is_raised_from_slices(pace: Pace) -> None:
    with pytest.raises(OutputError, match="No space left"):
        asyncio.run(in_slices(failing(lambda _: pace)))


def test_a_fault_of_ours_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "o.har"
    exports = Exports()
    flows = many(AT_ONCE + 1)

    async def run() -> None:
        exports.export(flows, out, SESSION, lambda _: None, redact=True)
        flows[AT_ONCE].response.data.headers = None
        await exports.done()

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    (record,) = caplog.records
    first, *_, last = record.getMessage().splitlines()
    assert first == f"{out} was not written: a fault of why401"
    assert last == "AttributeError"
    assert list(tmp_path.iterdir()) == []


def test_what_fails_later_is_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "folder"
    exports = Exports()

    async def run() -> None:
        exports.export(many(AT_ONCE + 1), target, SESSION, lambda _: None, redact=True)
        target.mkdir()
        await exports.done()

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert [record.message for record in caplog.records] == [
        f"{target}: cannot be written: Is a directory"
    ]
