import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy import contentviews, exceptions
from mitmproxy.http import Headers, HTTPFlow
from mitmproxy.test import taddons, tflow, tutils

from why401.proxy.addon import Why401
from why401.proxy.annotate import METADATA
from why401.proxy.contentview import RULER


@pytest.fixture
def addon() -> Iterator[Why401]:
    why401 = Why401()
    with taddons.context(why401):
        yield why401


def refused(**request: object) -> HTTPFlow:
    flow = tflow.tflow(
        req=tutils.treq(host="api.example.com", content=b"", **request),
        resp=tutils.tresp(
            status_code=401,
            headers=Headers(((b"WWW-Authenticate", b"Bearer"), (b"content-type", b"text/plain"))),
            content=b"no",
        ),
    )
    flow.request.headers.pop("content-length", None)
    return flow


def test_a_refusal_is_annotated_and_nothing_else_of_the_flow_changes(addon: Why401) -> None:
    flow = refused()
    request, response = (
        flow.request.get_state(),
        flow.response.get_state() if flow.response else None,
    )
    addon.response(flow)
    assert flow.metadata[METADATA]["verdict"].startswith("auth/missing#")
    assert flow.request.get_state() == request
    assert flow.response is not None
    assert flow.response.get_state() == response


def test_a_healthy_exchange_is_left_alone(addon: Why401) -> None:
    flow = tflow.tflow(resp=True)
    before = flow.get_state()
    addon.response(flow)
    assert flow.get_state() == before


def test_a_websocket_is_judged_when_it_has_ended(addon: Why401) -> None:
    flow = tflow.twebsocketflow()
    addon.response(flow)
    addon.websocket_end(flow)
    assert METADATA not in flow.metadata
    assert flow.websocket is not None
    flow.websocket.close_code, flow.websocket.close_reason = 3000, "Unauthorized"
    addon.websocket_end(flow)
    assert flow.metadata[METADATA]["verdict"].startswith("transport/websocket-closed#")


def test_an_exchange_that_broke_off_is_no_fault(addon: Why401) -> None:
    flow = tflow.tflow(err=True)
    addon.error(flow)
    assert METADATA not in flow.metadata


def test_a_broken_detector_is_named_once_and_the_others_go_on(
    addon: Why401, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from why401 import diagnose
    from why401.detectors import DETECTORS, Detector

    def breaks(*_: object) -> Iterator[object]:
        raise ZeroDivisionError
        yield

    broken = Detector("breaks", (), breaks)  # type: ignore[arg-type]
    monkeypatch.setattr(diagnose, "DETECTORS", (broken, *DETECTORS))
    first, second = refused(), refused(path=b"/other")
    with caplog.at_level(logging.ERROR):
        addon.response(first)
        addon.response(second)
    (record,) = caplog.records
    assert record.getMessage().startswith("breaks failed on an exchange:\n")
    assert list(first.metadata[METADATA]["faults"]) == ["breaks"]
    assert first.metadata[METADATA]["verdict"].startswith("auth/missing#")


def test_the_view_claims_flagged_bodies_only(addon: Why401) -> None:
    flow, healthy = refused(), tflow.tflow(resp=True)
    addon.response(flow)
    assert flow.response is not None
    assert healthy.response is not None
    shown = contentviews.prettify_message(flow.response, flow)
    assert shown.view_name == "Why 401"
    story, _, body = shown.text.partition(RULER)
    assert "auth/missing" in story
    assert body.strip() == "no"
    assert contentviews.prettify_message(healthy.response, healthy).view_name != "Why 401"


def test_a_wrong_configuration_is_an_options_error(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("why401: {lang: zh}\n", encoding="utf-8")
    why401 = Why401()
    wrong = pytest.raises(exceptions.OptionsError, match=r"c\.yaml:1: unknown key")
    with taddons.context(why401) as context, wrong:
        context.configure(why401, why401_config=str(tmp_path / "c.yaml"))


def test_options_choose_the_language(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("why401: {language: zh}\n", encoding="utf-8")
    why401 = Why401()
    with taddons.context(why401) as context:
        context.configure(why401, why401_config=str(tmp_path / "c.yaml"))
        assert why401.spoken == "zh"
        context.configure(why401, why401_lang="en")
        assert why401.spoken == "en"
        with pytest.raises(exceptions.OptionsError, match="why401_lang: expected auto, zh or en"):
            context.configure(why401, why401_lang="fr")


def test_export_reports_what_it_wrote_and_a_bad_folder_is_one_line(
    addon: Why401, tmp_path: Path
) -> None:
    flow = refused()
    addon.response(flow)
    assert ": 1 exchange; " in addon.export([flow], str(tmp_path / "o.har"))
    with pytest.raises(exceptions.CommandError):
        addon.export([flow], str(tmp_path / "nowhere" / "o.har"))


def test_diagnose_again_counts(addon: Why401) -> None:
    flow = refused()
    assert "1 exchange, 1 with findings" in addon.diagnose([flow])
