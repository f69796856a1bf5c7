"""Flow files of this and older versions of mitmproxy."""

from __future__ import annotations

import io

from mitmproxy import flow
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow

from why401.capture.entry import Entry, Skipped
from why401.capture.flows import read_flows


def dumped(*flows: flow.Flow) -> bytes:
    file = io.BytesIO()
    writer = FlowWriter(file)
    for each in flows:
        writer.add(each)
    return file.getvalue()


def test_every_http_flow_is_an_entry_and_every_other_is_skipped() -> None:
    data = dumped(tflow.tflow(resp=True), tflow.ttcpflow(), tflow.tflow(err=True), tflow.tdnsflow())
    found = list(read_flows(data, "a.mitm"))
    assert found[1] == Skipped(1, "is a tcp flow, not HTTP")
    assert found[3] == Skipped(3, "is a dns flow, not HTTP")
    first, failed = found[0], found[2]
    assert isinstance(first, Entry)
    assert isinstance(failed, Entry)
    assert (first.index, first.method, first.status) == (0, "GET", 200)
    assert first.url == "http://address:22/path"
    assert first.exchange().id == "a.mitm#0"
    assert failed.status == 0
    assert failed.exchange().error == "error"


def test_comment_of_the_user_is_kept() -> None:
    item = tflow.tflow(resp=True)
    item.comment = "mine"
    (entry,) = read_flows(dumped(item), "a")
    assert isinstance(entry, Entry)
    assert entry.annotation is not None
    assert entry.annotation.comment == "mine"
    assert entry.diagnosis is None


def test_order_of_time() -> None:
    late, early = tflow.tflow(), tflow.tflow()
    late.request.timestamp_start, early.request.timestamp_start = 20.0, 10.0
    assert list(read_flows(dumped(late, early), "a").order()) == [1, 0]


def test_version_that_is_not_known_costs_that_flow_alone() -> None:
    state = tflow.tflow(resp=True).get_state()
    data = tnetstring.dumps(state | {"version": 999}) + dumped(tflow.tflow())
    skipped, entry = read_flows(data, "a")
    assert isinstance(skipped, Skipped)
    assert "version" in skipped.reason
    assert isinstance(entry, Entry)


def test_record_that_is_no_flow() -> None:
    (skipped,) = read_flows(tnetstring.dumps([1, 2]), "a")
    assert skipped == Skipped(0, "is not a flow")


def test_an_entry_may_be_asked_for_again() -> None:
    capture = read_flows(dumped(tflow.tflow(resp=True)), "a.mitm")
    first, second = capture.entry(0), capture.entry(0)
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.exchange() == second.exchange()
