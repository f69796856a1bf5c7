import json
from pathlib import Path

import jsonschema
import pytest

from why401.knowledge.load import load_knowledge
from why401.model import (
    CauseFound,
    Certainty,
    Diagnosis,
    Evidence,
    Finding,
    Severity,
    Shown,
    SignatureCheck,
    TimelineEvent,
)
from why401.report.plain import facts, from_facts, worded

KNOWLEDGE = load_knowledge().knowledge
SCHEMA = json.loads((Path(__file__).parents[2] / "diagnosis.schema.json").read_text("utf-8"))

DIAGNOSIS = Diagnosis(
    findings=(
        Finding(
            "wechat/40001",
            Certainty.PROVEN,
            (
                Evidence("response.json.errcode", 40001),
                Evidence("response.json.errmsg", "a\x1b[31m"),
            ),
            (
                CauseFound("superseded", Certainty.PROVEN),
                CauseFound("wrong-secret", Certainty.POSSIBLE),
            ),
            values={"age_s": 3},
            related=("a.har#4",),
            severity=Severity.ERROR,
        ),
    ),
    credentials=(
        Shown("credential", "basic", "request.header.authorization", None, {"user": "a"}),
    ),
    signatures=(SignatureCheck("wechatpay-v3", "request", "mismatch", tried=312),),
    clock_skew_s=1.5,
    faults=("jwt_times",),
)


def test_facts_hold_no_words_and_come_back_the_same() -> None:
    plain = json.loads(json.dumps(facts(DIAGNOSIS)))
    assert from_facts(plain) == DIAGNOSIS
    assert "title" not in json.dumps(plain)


def test_facts_leave_out_what_is_empty_and_share_what_is_the_same() -> None:
    finding = Finding("auth/missing", Certainty.PROVEN, (Evidence("response.status", 401),))
    shown = Shown("credential", "basic", "request.header.authorization", None, {"user": "a"})
    check = SignatureCheck("jwt", "token", "unverifiable", needs=("credentials.jwt[0].key",))
    diagnosis = Diagnosis(findings=(finding,), credentials=(shown,), signatures=(check,))
    plain = facts(diagnosis)
    assert plain == {
        "schema": "why401/1",
        "verdict": "auth/missing",
        "findings": [
            {
                "rule": "auth/missing",
                "certainty": "proven",
                "evidence": [{"where": "response.status", "seen": 401}],
                "causes": [],
            }
        ],
        "credentials": [
            {
                "kind": "credential",
                "scheme": "basic",
                "where": "request.header.authorization",
                "decoded": {"user": "a"},
            }
        ],
        "signatures": [
            {
                "scheme": "jwt",
                "subject": "token",
                "status": "unverifiable",
                "needs": ("credentials.jwt[0].key",),
            }
        ],
    }
    assert from_facts(plain) == diagnosis
    again = facts(diagnosis)
    assert again["credentials"][0] is plain["credentials"][0]
    assert again["signatures"][0] is plain["signatures"][0]


@pytest.mark.parametrize("diagnosis", [DIAGNOSIS, Diagnosis()], ids=["flagged", "healthy"])
def test_the_worded_form_follows_the_schema(diagnosis: Diagnosis) -> None:
    plain = worded(diagnosis, KNOWLEDGE)
    jsonschema.validate(json.loads(json.dumps(plain)), SCHEMA)
    assert plain["verdict"] == diagnosis.verdict


def test_what_was_written_with_words_is_read_back_as_the_same_facts() -> None:
    assert from_facts(json.loads(json.dumps(worded(DIAGNOSIS, KNOWLEDGE)))) is not None
    again = from_facts(worded(DIAGNOSIS, KNOWLEDGE))
    assert again is not None
    assert again.verdict == DIAGNOSIS.verdict
    assert again.findings[0].values == {"age_s": 3}


def test_control_characters_of_a_server_are_shown_not_obeyed() -> None:
    assert "\x1b" not in json.dumps(worded(DIAGNOSIS, KNOWLEDGE), ensure_ascii=False)


@pytest.mark.parametrize(
    "value", [None, 1, "x", {}, {"schema": "other"}, {"schema": "why401/1", "findings": 3}]
)
def test_anything_else_in_the_metadata_is_no_diagnosis(value: object) -> None:
    assert from_facts(value) is None


def test_what_came_from_the_wire_is_safe_to_show_wherever_it_stands() -> None:
    check = SignatureCheck("s", "request", "mismatch", string_to_sign="GET\n\x1b[2J\n", sent="\x07")
    event = TimelineEvent("used", "e\x00", 1.0, "t", via="GET /\u202e", client="\x9b")
    diagnosis = Diagnosis(
        (
            Finding(
                "wechatpay/v3-unknown-code",
                Certainty.PROVEN,
                (Evidence("response.json.\x00code", "\x00A"),),
                values={"code": "\x00A", "age_s": 3},
            ),
        ),
        credentials=(Shown("credential", "basic", "w", decoded={"user": "a\x00b"}),),
        signatures=(check,),
        timeline=(event,),
    )
    said = worded(diagnosis, KNOWLEDGE)
    assert said["findings"][0]["values"] == {"code": "\\x00A", "age_s": 3}
    assert said["findings"][0]["evidence"][0] == {
        "where": "response.json.\\x00code",
        "seen": "\\x00A",
    }
    assert said["credentials"][0]["decoded"] == {"user": "a\\x00b"}
    assert said["signatures"][0]["string_to_sign"] == "GET\n\\x1b[2J\n"
    assert said["signatures"][0]["sent"] == "\\x07"
    assert said["timeline"][0]["via"] == "GET /\\u202e"
    assert said["timeline"][0]["client"] == "\\x9b"
