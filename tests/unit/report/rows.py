"""Rows of the HTML report: an exchange and what was said of it."""

from __future__ import annotations

from typing import Any

from why401.report.html_groups import Row

FINDING: dict[str, Any] = {
    "rule": "jwt/expired",
    "severity": "error",
    "certainty": "proven",
    "title": {"zh": "过期", "en": "expired"},
    "evidence": [
        {
            "where": "request.header.authorization",
            "seen": "x",
            "why": {"zh": "因此", "en": "therefore"},
        }
    ],
    "causes": [
        {
            "id": "expired",
            "certainty": "proven",
            "text": {"zh": "为何", "en": "because"},
            "fix": {"zh": "改法", "en": "do this:\nPython  body = b''"},
        }
    ],
    "references": ["https://example.com/spec", "javascript:alert(1)"],
    "related": [],
}


def diagnosis(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "why401/1",
        "verdict": "jwt/expired#expired",
        "severity": "error",
        "certainty": "proven",
        "summary": {"zh": "过期", "en": "expired"},
        "findings": [FINDING],
        "credentials": [],
        "signatures": [],
        "answered_by": None,
        "clock_skew_s": None,
    } | changes


def row(index: int, found: dict[str, Any] | None = None, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "id": f"a.har#{index}",
        "source": "a.har",
        "index": index,
        "method": "GET",
        "url": f"https://api.example.com/{index}",
        "status": 401 if found else 200,
        "at_s": 1795168800.0 + index,
        "diagnosis": found,
    }
    return Row(**values | changes)
