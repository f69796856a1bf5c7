from mitmproxy.test import tflow

from why401.knowledge.load import load_knowledge
from why401.model import CauseFound, Certainty, Diagnosis, Evidence, Finding, Severity
from why401.proxy.annotate import (
    METADATA,
    SEPARATOR,
    annotate,
    diagnosis_of,
    own_comment,
    remove_annotation,
)

KNOWLEDGE = load_knowledge().knowledge


def diagnosis(rule: str, cause: str, severity: Severity = Severity.ERROR) -> Diagnosis:
    evidence = (Evidence("response.status", 401),)
    causes = (CauseFound(cause, Certainty.LIKELY),)
    finding = Finding(rule, Certainty.PROVEN, evidence, causes, severity=severity)
    return Diagnosis((finding,))


MISSING = diagnosis("auth/missing", "none-sent")
EXPIRED = diagnosis("jwt/expired", "expired", Severity.WARNING)


def test_a_finding_leaves_comment_mark_and_facts() -> None:
    flow = tflow.tflow(resp=True)
    annotate(flow, MISSING, KNOWLEDGE, "en")
    assert flow.comment.endswith("[likely]")
    assert flow.marked == ":red_circle:"
    assert diagnosis_of(flow) == MISSING


def test_healthy_leaves_no_trace() -> None:
    flow = tflow.tflow(resp=True)
    before = flow.get_state()
    annotate(flow, Diagnosis(), KNOWLEDGE, "en")
    assert flow.get_state() == before


def test_the_user_s_comment_and_mark_stay_and_ours_is_replaced_not_repeated() -> None:
    flow = tflow.tflow(resp=True)
    flow.comment, flow.marked = "mine", ":star:"
    annotate(flow, MISSING, KNOWLEDGE, "en")
    annotate(flow, EXPIRED, KNOWLEDGE, "en")
    assert flow.comment.count(SEPARATOR) == 1
    assert flow.comment.endswith(f"{SEPARATOR}mine")
    assert own_comment(flow) == "mine"
    assert flow.marked == ":star:"
    remove_annotation(flow)
    assert (flow.comment, flow.marked, flow.metadata) == ("mine", ":star:", {})


def test_what_the_user_typed_over_ours_is_his() -> None:
    flow = tflow.tflow(resp=True)
    annotate(flow, MISSING, KNOWLEDGE, "en")
    flow.comment = "now mine"
    annotate(flow, Diagnosis(), KNOWLEDGE, "en")
    assert flow.comment == "now mine"
    assert flow.marked == ""


def test_a_mark_that_the_user_changed_is_not_taken_away() -> None:
    flow = tflow.tflow(resp=True)
    annotate(flow, MISSING, KNOWLEDGE, "en")
    flow.marked = ":bug:"
    remove_annotation(flow)
    assert flow.marked == ":bug:"


def test_the_facts_survive_a_flow_file() -> None:
    flow = tflow.tflow(resp=True)
    annotate(flow, MISSING, KNOWLEDGE, "zh")
    again = type(flow).from_state(flow.get_state())
    assert diagnosis_of(again) == MISSING
    assert again.metadata[METADATA]["verdict"] == "auth/missing#none-sent"


def test_a_fault_of_ours_is_shown_as_ours() -> None:
    flow = tflow.tflow(resp=True)
    annotate(flow, Diagnosis(faults=("jwt_times",)), KNOWLEDGE, "en")
    assert "why401 itself failed" in flow.comment
    assert flow.marked == ""
