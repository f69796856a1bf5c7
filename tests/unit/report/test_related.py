import uuid

import pytest

from why401.model import Certainty, Diagnosis, Evidence, Finding, TimelineEvent
from why401.report.plain import facts, from_facts
from why401.report.related import by_entry, by_file

EARLIER, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def found(name: str) -> Diagnosis:
    return Diagnosis(
        (
            Finding(
                "session/stale-token",
                Certainty.PROVEN,
                (
                    Evidence("history.token-worked", {"exchange": name, "host": "a.example"}),
                    Evidence("history.outcomes", [f"{name} 200", f"{OTHER} 401"]),
                    Evidence("response.status", 401),
                ),
                related=(name, OTHER),
                values={"exchange": name, "age_s": 3},
            ),
        ),
        timeline=(TimelineEvent("issued", name, 1.5, "[redacted:token:0a1b2c3d]"),),
    )


def test_a_flow_is_named_by_its_entry_wherever_it_is_named() -> None:
    assert by_entry(found(EARLIER), {EARLIER: 4}) == found("#4")


def test_what_is_not_in_the_file_keeps_its_name() -> None:
    assert by_entry(found(EARLIER), {}) == found(EARLIER)
    assert by_entry(Diagnosis(), {EARLIER: 0}) == Diagnosis()


def test_an_entry_is_named_with_its_file() -> None:
    read = by_file(facts(found("#4")), "c/a.har")
    assert read["findings"][0]["related"] == ["c/a.har#4", OTHER]
    assert read["timeline"][0]["exchange"] == "c/a.har#4"
    assert from_facts(read) is not None


@pytest.mark.parametrize("name", ["b.har#4", "#x", "#", "#99999999999999", ""])
def test_another_name_is_left_as_it_is(name: str) -> None:
    assert by_file(facts(found(name)), "a.har")["findings"][0]["related"] == [name, OTHER]


def test_a_diagnosis_without_findings() -> None:
    assert by_file({"schema": 1}, "a.har")["findings"] == []
