"""A newcomer starts the demo, looks at the page, exports a HAR and scans what he exported."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.har_schema import check_har
from tests.stories.running import BIN, Web

from why401.proxy.annotate import SEPARATOR
from why401.sandbox import Sandbox
from why401.sandbox.client import Sent
from why401.sandbox.tour import Step, run_tour

DIAGNOSIS_SCHEMA = json.loads(
    (Path(__file__).parents[1] / "diagnosis.schema.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Demo:
    web: Web
    flows: list[dict[str, Any]]
    har: dict[str, Any]
    har_path: Path
    took_s: float
    """From the banner, which gives the page's address, to the end of the tour."""


FIRST_LOOK_S = 5.0
"""Within this time of the banner the page shows the whole tour."""
TOUR_S = 3.0
SIGNATURES = [
    "wechatpay/v2-key-is-v3key",
    "wechatpay/v2-value-urlencoded-pct",
    "wechatpay/v3-body-spaced",
    "wechatpay/v3-key-foreign",
    "wechatpay/v3-url-no-query",
    "wechatpay/v3-timestamp-skew",
    "wechatpay/v3-serial-mismatch",
]
HISTORY = [
    "transport/auth-dropped-on-redirect",
    "session/stale-after-refresh",
    "jwt/not-yet-valid",
    "cookie/secure-over-http",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("demo")
    with Web([str(BIN / "why401"), "demo", "--"], home, environment={"LANG": "zh_CN.UTF-8"}) as web:
        began_s = time.monotonic()
        web.wait_for(r"tour\.py")
        took_s = time.monotonic() - began_s
        har_path = home / "out.har"
        web.command("why401.export", "@all", str(har_path))
        har = json.loads(har_path.read_bytes())
        yield Demo(web, web.flows(), har, har_path, took_s)


@pytest.fixture(scope="module")
def expected() -> list[str | None]:
    """The rule that each exchange of the tour breaks, in order."""
    rules: list[str | None] = []

    def on_step(step: Step, sent: tuple[Sent, ...]) -> None:
        rules.extend([*[None] * (len(sent) - 1), step.expect])

    with Sandbox() as sandbox:
        run_tour(f"http://127.0.0.1:{sandbox.http_port}", None, sandbox, on_step)
    return rules


def rule_of(diagnosis: dict[str, Any] | None) -> str | None:
    return diagnosis["findings"][0]["rule"] if diagnosis else None


def test_each_bad_exchange_has_the_right_verdict_first_and_each_good_one_none(
    demo: Demo, expected: list[str | None]
) -> None:
    found = [rule_of(entry.get("_why401")) for entry in demo.har["log"]["entries"]]
    assert found == expected


def verdict_in(demo: Demo, rule: str) -> dict[str, Any]:
    """Return the diagnosis of the exchange with this verdict."""
    diagnoses = [entry.get("_why401") for entry in demo.har["log"]["entries"]]
    return next(each for each in diagnoses if rule_of(each) == rule)


@pytest.mark.parametrize("rule", [*SIGNATURES, *HISTORY])
def test_the_cause_is_proven_and_said_in_both_languages(demo: Demo, rule: str) -> None:
    diagnosis = verdict_in(demo, rule)
    assert diagnosis["certainty"] == "proven"
    assert diagnosis["findings"][0]["causes"][0]["certainty"] == "proven"
    assert diagnosis["summary"]["zh"].endswith("[已证实]")
    assert diagnosis["summary"]["en"].endswith("[proven]")


def test_the_digest_story_is_told_of_the_one_request_only(demo: Demo) -> None:
    asked = [
        (entry["response"]["status"], rule_of(entry.get("_why401")))
        for entry in demo.har["log"]["entries"]
        if "/digest/" in entry["request"]["url"]
    ]
    good = [(401, None), (200, None)]
    assert asked == [*good, *good, (401, "digest/uri-mismatch")]


def test_the_page_shows_everything_within_five_seconds(demo: Demo) -> None:
    started = [datetime.fromisoformat(e["startedDateTime"]) for e in demo.har["log"]["entries"]]
    assert (max(started) - min(started)).total_seconds() < TOUR_S
    assert demo.took_s < FIRST_LOOK_S


def test_the_page_shows_mark_and_summary_on_exactly_those(
    demo: Demo, expected: list[str | None]
) -> None:
    entries = demo.har["log"]["entries"]
    for flow, entry, rule in zip(demo.flows, entries, expected, strict=True):
        assert bool(flow["comment"]) == bool(rule)
        if rule:
            assert flow["comment"] == entry["_why401"]["summary"]["zh"]
            assert flow["marked"] == "🔴"
        else:
            assert flow["marked"] == ""


def test_the_view_is_chosen_by_itself_on_both_sides_of_a_flagged_exchange(demo: Demo) -> None:
    flagged = next(flow for flow in demo.flows if flow["comment"])
    for side in ("request", "response"):
        shown = demo.web.view(flagged["id"], side)
        assert shown["view_name"] == "Why 401"
        assert "auth/missing" in shown["text"]
        assert "怎么改" in shown["text"]


def test_the_view_ends_with_the_body_as_mitmproxy_shows_it(demo: Demo) -> None:
    refused = next(flow for flow in demo.flows if "40164" in demo.web.view(flow["id"])["text"])
    text = demo.web.view(refused["id"])["text"]
    assert text.index("怎么改") < text.index('"errcode": 40164')


def test_a_healthy_exchange_is_shown_as_ever_and_explained_on_demand(demo: Demo) -> None:
    healthy = next(flow for flow in demo.flows if flow["request"]["path"] == "/orders/1001")
    assert demo.web.view(healthy["id"])["view_name"] == "JSON"
    text = demo.web.view(healthy["id"], "request", "why%20401")["text"]
    assert "没有发现问题" in text
    assert "alice" in text  # the token's subject, decoded


def test_the_har_is_valid_and_holds_every_exchange(demo: Demo) -> None:
    check_har(demo.har)
    assert len(demo.har["log"]["entries"]) == len(demo.flows)
    assert demo.har_path.stat().st_mode & 0o777 == 0o600


def test_no_secret_of_the_tour_is_in_the_har(demo: Demo) -> None:
    text = json.dumps(demo.har)
    secrets = set()
    for flow in demo.flows:
        for name, value in flow["request"]["headers"]:
            if name.lower() in ("authorization", "authorisation", "cookie", "x-api-key"):
                words = value.replace('"', " ").replace(",", " ").split()
                secrets.update(word for word in words if len(word) > 44)
    assert len(secrets) > 5
    assert not [secret for secret in secrets if secret in text]


def test_scan_of_that_har_gives_the_same_verdicts(demo: Demo) -> None:
    done = subprocess.run(
        [BIN / "why401", "scan", "--json", "--all", "out.har"],
        cwd=demo.har_path.parent,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    scan = json.loads(done.stdout)
    assert scan["schema"] == "why401/scan-1"
    found = {item["index"]: item["diagnosis"] for item in scan["diagnoses"]}
    for diagnosis in found.values():
        jsonschema.validate(diagnosis, DIAGNOSIS_SCHEMA)
    entries = demo.har["log"]["entries"]
    assert scan["sources"] == [
        {
            "path": "out.har",
            "entries": len(entries),
            "flagged": sum("_why401" in entry for entry in entries),
            "skipped": 0,
        }
    ]
    for index, entry in enumerate(entries):
        if "_why401" in entry:
            assert found[index] == entry["_why401"]
        else:
            assert found[index]["verdict"] is None


def test_what_the_user_typed_survives_another_diagnosis(demo: Demo) -> None:
    flow = next(flow for flow in demo.flows if flow["comment"])
    demo.web.update(flow["id"], comment=f"{flow['comment']}{SEPARATOR}mine")
    told = demo.web.command("why401.diagnose", "@all")
    assert str(len(demo.flows)) in told["value"]
    again = next(each for each in demo.web.flows() if each["id"] == flow["id"])
    assert again["comment"] == f"{flow['comment']}{SEPARATOR}mine"
    assert again["marked"] == "🔴"


def test_why401_explain_tells_the_story_in_the_command_bar(demo: Demo) -> None:
    flow = next(flow for flow in demo.flows if flow["comment"])
    told = demo.web.command("why401.explain", f"~u {flow['request']['path']}$")
    assert "auth/missing" in told["value"]


def test_in_english_as_well_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    with Web([str(BIN / "why401"), "demo", "--"], tmp_path) as web:
        web.wait_for(r"tour\.py")
        comments = [
            flow["comment"] for flow in web.flows() if "mch.weixin" in flow["request"]["host"]
        ]
        told = [comment for comment in comments if comment]
        assert len(told) == len(SIGNATURES)
        assert all(comment.endswith("[proven]") for comment in told)
        assert web.interrupt() == 0
        assert "Traceback" not in web.output
