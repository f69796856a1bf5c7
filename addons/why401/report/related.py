"""How a diagnosis names other exchanges, in a HAR and out of it.

The id of a flow stands nowhere in a HAR, and its file may be called otherwise tomorrow: within one,
an exchange is `#4`, the entry with this index. Read from `capture.har`, people are told
`capture.har#4`, as of all entries of that file; JSON gives the diagnosis as the file has it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from why401.knowledge.words import FLOW_ID
from why401.later import regex
from why401.model import Diagnosis
from why401.report.plain import facts, from_facts

_ENTRY = regex(r"(?<!\S)#[0-9]{1,9}(?![\w#])")
_NAMED_BY = "exchange"
"""The value of a finding that names an exchange."""

type Rename = Callable[[str], str]


def flows_by_entry(entries: Mapping[str, int]) -> Rename:
    """Return what puts `#4` for every flow id in a text; `entries` are the numbers by id."""

    def number(found: re.Match[str]) -> str:
        index = entries.get(found[0])
        return found[0] if index is None else f"#{index}"

    return lambda text: FLOW_ID.sub(number, text)


def entries_by_entry(sources: Sequence[tuple[str, int, Sequence[int]]]) -> Rename:
    """Return what puts `#4` for every `FILE#INDEX` in a text, where the files are written into one
    HAR in the order of `sources`: the path of each, how many entries it has, and the indices, in
    order, of those that are left out."""
    paths = "|".join(re.escape(path) for path, _, _ in sources) or "(?!)"
    name = regex(rf"(?<!\S)({paths})#([0-9]{{1,9}})(?![\w#])")
    offsets: dict[str, tuple[int, Sequence[int]]] = {}
    offset = 0
    for path, count, left_out in sources:
        offsets[path] = (offset, left_out)
        offset += count - len(left_out)

    def number(found: re.Match[str]) -> str:
        before, left_out = offsets[found[1]]
        index = int(found[2])
        return f"#{before + index - bisect_left(left_out, index)}"

    return lambda text: name.sub(number, text)


def by_entry(diagnosis: Diagnosis, rename: Rename) -> Diagnosis:
    """Return `diagnosis` with every exchange that it names called as `rename` calls it."""
    if not diagnosis.findings:
        return diagnosis
    return from_facts(_renamed(facts(diagnosis), rename)) or diagnosis


def by_file(plain: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a diagnosis in plain values (`plain.facts`, `plain.worded`) that stands in the HAR at
    `path`, the exchanges on which it rests named as entries of that file. Only where an exchange is
    named: elsewhere `#4` is the traffic's."""

    def rename(text: str) -> str:
        return _ENTRY.sub(lambda found: f"{path}{found[0]}", text)

    found = dict(plain)
    found["findings"] = [_finding_by_file(each, rename) for each in plain.get("findings", ())]
    if "timeline" in plain:
        found["timeline"] = [
            event | {"exchange": rename(event["exchange"])} for event in plain["timeline"]
        ]
    return found


def _finding_by_file(finding: dict[str, Any], rename: Rename) -> dict[str, Any]:
    found = dict(finding)
    found["evidence"] = [
        each | {"seen": _renamed(each["seen"], rename)}
        if each["where"].startswith("history.")
        else each
        for each in finding["evidence"]
    ]
    values = finding.get("values", {})
    if isinstance(name := values.get(_NAMED_BY), str):
        found["values"] = values | {_NAMED_BY: rename(name)}
    if "related" in finding:
        found["related"] = [rename(name) for name in finding["related"]]
    return found


def _renamed(value: Any, rename: Rename) -> Any:
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, dict):
        return {key: _renamed(each, rename) for key, each in value.items()}
    return [_renamed(each, rename) for each in value] if isinstance(value, list | tuple) else value
