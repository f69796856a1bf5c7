import uuid

import pytest

from why401.model import Certainty, Diagnosis, Evidence, Finding, TimelineEvent
from why401.report.plain import facts, from_facts
from why401.report.related import by_entry, by_file, entries_by_entry, flows_by_entry

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
    assert by_entry(found(EARLIER), flows_by_entry({EARLIER: 4})) == found("#4")


def test_what_is_not_in_the_file_keeps_its_name() -> None:
    assert by_entry(found(EARLIER), flows_by_entry({})) == found(EARLIER)
    assert by_entry(Diagnosis(), flows_by_entry({EARLIER: 0})) == Diagnosis()


SOURCES = [("c/a.har", 5, (1, 3)), ("a.har", 4, ()), ("b c.har", 2, ())]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param("c/a.har#0", "#0", id="the first"),
        pytest.param("c/a.har#2", "#1", id="behind one that is left out"),
        pytest.param("c/a.har#4", "#2", id="behind two"),
        pytest.param("a.har#1", "#4", id="of another file, whose name ends alike"),
        pytest.param("b c.har#1", "#8", id="a blank in the name"),
        pytest.param("d.har#1", "d.har#1", id="of no file of these"),
        pytest.param("a.har#1#2", "a.har#1#2", id="another name"),
    ],
)
def test_an_entry_is_named_by_its_number_in_the_new_file(name: str, number: str) -> None:
    assert by_entry(found(name), entries_by_entry(SOURCES)) == found(number)


def test_an_entry_is_named_with_its_file_and_back() -> None:
    read = from_facts(by_file(facts(found("#4")), "c/a.har"))
    assert read == found("c/a.har#4")
    assert by_entry(read, entries_by_entry([("c/a.har", 9, ())])) == found("#4")


@pytest.mark.parametrize("name", ["b.har#4", "#x", "#", "#99999999999999", ""])
def test_another_name_is_left_as_it_is(name: str) -> None:
    assert from_facts(by_file(facts(found(name)), "a.har")) == found(name)


def test_what_the_traffic_says_names_no_entry() -> None:
    seen = Evidence("response.json.message", "see issue #4")
    plain = facts(Diagnosis((Finding("auth/unknown", Certainty.PROVEN, (seen,)),)))
    assert by_file(plain, "a.har") == plain


def test_a_diagnosis_without_findings() -> None:
    assert by_file({"schema": 1}, "a.har")["findings"] == []
