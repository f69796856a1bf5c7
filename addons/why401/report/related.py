"""How a diagnosis in a HAR names other exchanges.

The id of a flow stands nowhere in a HAR, so whoever is sent the file could not find what it means:
there an exchange is `#4`, the entry with this index. A report over several files calls it
`capture.har#4`, as all entries of that file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from why401.knowledge.words import FLOW_ID
from why401.later import regex
from why401.model import Diagnosis
from why401.report.plain import facts, from_facts

_ENTRY = regex(r"#[0-9]{1,9}")


def by_entry(diagnosis: Diagnosis, entries: Mapping[str, int]) -> Diagnosis:
    """Return `diagnosis` with every flow id in it that `entries` knows as the entry's number."""
    if not diagnosis.findings:
        return diagnosis

    def number(found: re.Match[str]) -> str:
        index = entries.get(found[0])
        return found[0] if index is None else f"#{index}"

    def named(value: Any) -> Any:
        if isinstance(value, str):
            return FLOW_ID.sub(number, value)
        if isinstance(value, dict):
            return {key: named(each) for key, each in value.items()}
        return [named(each) for each in value] if isinstance(value, list | tuple) else value

    return from_facts(named(facts(diagnosis))) or diagnosis


def by_file(plain: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the diagnosis `plain` out of the HAR `source`, the exchanges that it rests on named
    as entries of this file."""

    def named(name: object) -> object:
        return f"{source}{name}" if isinstance(name, str) and _ENTRY.fullmatch(name) else name

    found = dict(plain)
    found["findings"] = [
        finding | {"related": [named(name) for name in finding.get("related", ())]}
        for finding in plain.get("findings", ())
    ]
    if "timeline" in plain:
        found["timeline"] = [
            event | {"exchange": named(event["exchange"])} for event in plain["timeline"]
        ]
    return found
