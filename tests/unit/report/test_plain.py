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
