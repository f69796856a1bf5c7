import json
from pathlib import Path

from mitmproxy.http import Headers
from mitmproxy.test import tflow, tutils

from why401.knowledge.load import load_knowledge
from why401.masking import Masker
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding, Severity
from why401.proxy.annotate import annotate
from why401.proxy.export import export_flows
from why401.report.redact import Redactor

KNOWLEDGE = load_knowledge().knowledge
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


def test_flows_in_their_order_flagged_typed_beside_and_failed(tmp_path: Path) -> None:
    flagged, healthy, failed = tflow.tflow(resp=True), tflow.tflow(resp=True), tflow.tflow(err=True)
    flagged.comment = "mine"
    annotate(flagged, MISSING, KNOWLEDGE, "en")
    out = tmp_path / "o.har"
    export_flows([flagged, healthy, failed], out, KNOWLEDGE, "en", Redactor(Masker(b"k")))
    first, second, third = json.loads(out.read_bytes())["log"]["entries"]
    assert first["_why401"]["verdict"] == "auth/missing#none-sent"
    # The summary that stands in the flow's comment is not repeated as if it were the user's.
    assert first["comment"].count(first["_why401"]["summary"]["en"]) == 1
    assert first["comment"].endswith("\n\nmine")
    assert "comment" not in second
    assert (third["response"]["status"], third["response"]["_error"]) == (0, "error")


def test_secrets_are_left_in_only_where_nobody_redacts(tmp_path: Path) -> None:
    request = tutils.treq(headers=Headers(((b"authorization", b"Bearer abcdef-123456-ghijkl"),)))
    flow = tflow.tflow(req=request, resp=True)
    out = tmp_path / "o.har"
    receipt = export_flows([flow], out, KNOWLEDGE, "en", Redactor(Masker(b"k")))
    assert receipt.total > 0
    assert "abcdef-123456" not in out.read_text(encoding="utf-8")
    assert export_flows([flow], out, KNOWLEDGE, "en", None).total == 0
    assert "abcdef-123456" in out.read_text(encoding="utf-8")
