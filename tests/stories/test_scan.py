"""The same traffic, live, in files of three kinds and read again: the same verdicts everywhere."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.io import FlowReader
from tests.stories.merchant_server import behind_the_proxy
from tests.stories.running import BIN

from why401.capture.read import read_capture
from why401.configuration import read_configuration
from why401.diagnose import Diagnoser
from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.proxy.annotate import diagnosis_of
from why401.proxy.exchange import exchange_from_flow
from why401.report.har import dump_har
from why401.sandbox.tour import run_tour

type Verdicts = list[tuple[str, ...]]
"""For each exchange the verdict, its certainty and all rules; empty for a healthy one."""


@dataclass(frozen=True, slots=True)
class Tour:
    """What the tour left behind: the flow file that the proxy saved, and what it said live."""

    folder: Path
    live: Verdicts


def verdict_of(diagnosis: dict[str, Any]) -> tuple[str, ...]:
    if not diagnosis["findings"]:
        return ()
    rules = (finding["rule"] for finding in diagnosis["findings"])
    return (diagnosis["verdict"], diagnosis["certainty"], *rules)


def flows_of(path: Path) -> list[http.HTTPFlow]:
    with path.open("rb") as file:
        return [flow for flow in FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    folder = tmp_path_factory.mktemp("tour")
    with behind_the_proxy(folder) as shop:
        run_tour(shop.web.proxy, shop.web.ca, shop.sandbox)
        # Only now are the flows as they are shown: the last answer may change the first.
        shop.web.command("save.file", "@all", str(folder / "tour.flow"))
        shop.web.command("save.har", "@all", str(folder / "mitmproxy.har"))
    live: Verdicts = []
    for flow in flows_of(folder / "tour.flow"):
        found = diagnosis_of(flow)
        rules = tuple(finding.rule for finding in found.findings) if found else ()
        live.append((found.verdict or "", found.certainty or "", *rules) if found else ())
    return Tour(folder, live)


def scanned(tour: Tour, *arguments: str) -> Verdicts:
    """Return what `why401 scan --json --all` says, in the order of the file."""
    command = [BIN / "why401", "scan", "-c", "mitm_config.yaml", "--json", "--all", *arguments]
    done = subprocess.run(command, cwd=tour.folder, capture_output=True)
    assert done.returncode == 1, done.stderr.decode()
    document = json.loads(done.stdout)
    return [verdict_of(item["diagnosis"]) for item in document["diagnoses"]]


def plain_har(tour: Tour) -> str:
    """Write the tour as another tool would: every byte, no word of ours."""
    path = tour.folder / "plain.har"
    flows = flows_of(tour.folder / "tour.flow")
    with path.open("wb") as file:
        dump_har(file, ((exchange_from_flow(flow), None) for flow in flows), version="1")
    document = json.loads(path.read_bytes())
    document["log"]["creator"]["name"] = "another"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path.name


def test_the_tour_has_what_to_compare(tour: Tour) -> None:
    assert sum(map(bool, tour.live)) >= 14
    assert any("wechatpay/v3-body-spaced" in found for found in tour.live)


def test_the_flow_file_says_what_was_said_live(tour: Tour) -> None:
    assert scanned(tour, "tour.flow") == tour.live


def test_a_har_of_another_tool_says_the_same(tour: Tour) -> None:
    assert scanned(tour, plain_har(tour)) == tour.live


def test_the_annotated_har_says_the_same_and_keeps_saying_it(tour: Tour) -> None:
    scanned(tour, "tour.flow", "--har", "annotated.har")
    document = json.loads((tour.folder / "annotated.har").read_bytes())
    entries = document["log"]["entries"]
    found = [verdict_of(entry["_why401"]) if "_why401" in entry else () for entry in entries]
    assert found == tour.live
    assert scanned(tour, "annotated.har") == tour.live
    scanned(tour, "annotated.har", "--har", "again.har")
    again = json.loads((tour.folder / "again.har").read_bytes())["log"]["entries"]
    assert [entry.get("_why401") for entry in again] == [entry.get("_why401") for entry in entries]


def test_triage_passes_nothing_by_that_has_a_finding(tour: Tour) -> None:
    capture = read_capture(str(tour.folder / plain_har(tour)))
    diagnoser = Diagnoser(
        load_knowledge(()).knowledge,
        read_configuration(tour.folder / "mitm_config.yaml", {}).keys,
        Masker(b"test"),
    )
    whole: dict[str, str | None] = {}
    for entry in map(capture.entry, capture.order()):
        exchange = entry.exchange()  # type: ignore[union-attr]
        outcome = diagnoser.diagnose(exchange)
        whole[exchange.id] = outcome.diagnosis.verdict
        whole |= {name: diagnosis.verdict for name, diagnosis in outcome.revised}
    ordered = sorted(whole, key=lambda name: int(name.rpartition("#")[2]))
    assert [whole[name] for name in ordered] == [found[0] if found else None for found in tour.live]


def test_the_report_of_the_tour_shows_every_cause_once(tour: Tour) -> None:
    command = [BIN / "why401", "scan", "-c", "mitm_config.yaml", "tour.flow", "--html", "out.html"]
    subprocess.run(command, cwd=tour.folder, capture_output=True)
    text = (tour.folder / "out.html").read_text(encoding="utf-8")
    for found in filter(None, tour.live):
        assert text.count(f"<code>{found[0].replace('#', ' # ')}</code>") == 1
