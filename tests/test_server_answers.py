"""What well-known servers answer when they refuse, word for word: verdict, certainty, who answered.

`vectors/server_answers.json` holds one exchange a line, with what must be said of it. None that is
told by words alone may be more than likely.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.exchanges import exchange
from tests.unit.detectors.diagnosed import diagnosed

ANSWERS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("vectors").joinpath("server_answers.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["name"])
def test_answer_of_a_known_server(answer: dict[str, Any]) -> None:
    sent, got = answer["request"], answer["response"]
    found = diagnosed(
        exchange(
            sent["url"],
            method=sent["method"],
            headers=[tuple(field) for field in sent["headers"]],
            body=sent["body"].encode(),
            status=got["status"],
            response_headers=[tuple(field) for field in got["headers"]],
            response_body=got["body"].encode(),
        )
    )
    certainty = found.certainty and found.certainty.value
    assert (found.verdict, certainty) == (answer["verdict"], answer["certainty"])
    assert found.answered_by == answer["answered_by"]


def test_names_are_told_apart() -> None:
    assert len({answer["name"] for answer in ANSWERS}) == len(ANSWERS) >= 120
