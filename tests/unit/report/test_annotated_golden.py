"""Captures as a browser saves them and what becomes of them: annotated, redacted, in both
languages, whole files compared.

`python -m tests.unit.report.test_annotated_golden` (`make golden`) writes the expected files anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.har_schema import check_har

from why401.capture.read import capture_from_bytes
from why401.diagnose import Diagnoser
from why401.keys import NO_KEYS
from why401.knowledge.load import load_knowledge
from why401.knowledge.words import Language
from why401.masking import Masker
from why401.report.annotated import About, Diagnosed, write_annotated
from why401.report.redaction import Redactor
from why401.scan import Scanner, all_exchanges

TESTS = Path(__file__).parents[2]
FOLDER = TESTS / "golden" / "annotated"
CAPTURES = sorted(path for path in FOLDER.glob("*.har") if path.suffixes == [".har"])
LANGUAGES: tuple[Language, ...] = ("zh", "en")
KNOWLEDGE = load_knowledge().knowledge
SCHEMA = json.loads((TESTS / "diagnosis.schema.json").read_text(encoding="utf-8"))

VERDICTS: dict[str, list[str | None]] = {
    "header-misspelt": ["auth/header-misspelt"],
    "healthy": [None, None, None, None],
    "jwt-expired": [None, "jwt/expired"],
    "wechat-40001": [None, None, "wechat/40001"],
    "wechatpay-v2-sign-error": ["wechatpay/v2-sign-unverifiable"],
}


def expected_path(path: Path, language: Language) -> Path:
    return path.with_suffix(f".{language}.har")


def annotated(path: Path, language: Language) -> bytes:
    """Return the capture at `path` annotated. The clock is the capture's own; ids, the masker's
    key and the version are given."""
    capture = capture_from_bytes(path.read_bytes(), path.name)
    masker = Masker(b"golden")
    scanner = Scanner(Diagnoser(KNOWLEDGE, NO_KEYS, masker))
    scanned = sorted(scanner.scan([capture]), key=lambda item: item.index)
    items = [
        Diagnosed(exchange, item.diagnosis)
        for exchange, item in zip(all_exchanges([capture]), scanned, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.har"
        write_annotated(out, lambda: items, KNOWLEDGE, language, Redactor(masker), About("1"))
        return out.read_bytes()


def entries(data: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(data)["log"]["entries"]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])
def test_the_whole_document(path: Path, language: Language) -> None:
    expected = expected_path(path, language).read_bytes()
    assert annotated(path, language) == expected
    check_har(json.loads(expected))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])
def test_the_verdicts(path: Path) -> None:
    """The files are written by the program: what they must say is written here."""
    for language in LANGUAGES:
        found = entries(expected_path(path, language).read_bytes())
        diagnoses = [entry.get("_why401") for entry in found]
        rules = [each["findings"][0]["rule"] if each else None for each in diagnoses]
        assert rules == VERDICTS[path.stem]
        for entry, diagnosis in zip(found, diagnoses, strict=True):
            if diagnosis:
                jsonschema.validate(diagnosis, SCHEMA)
                assert entry["comment"].startswith(diagnosis["summary"][language] + "\n")
            else:
                assert "comment" not in entry


SECRETS = ("TokenOfTests", "0123456789abcdef0123456789abcdef", "oTESTTEST", "0CB01533B8C1EF10")


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])
def test_no_secret_of_the_capture_is_left(path: Path) -> None:
    secrets = [secret for secret in SECRETS if secret in path.read_text(encoding="utf-8")]
    secrets += [
        field["value"].rpartition(".")[2].split('response="')[-1][:32]
        for entry in entries(path.read_bytes())
        for field in entry["request"]["headers"]
        if field["name"].startswith("Authori")
    ]
    assert secrets
    for language in LANGUAGES:
        text = expected_path(path, language).read_text(encoding="utf-8")
        assert [secret for secret in secrets if secret in text] == []


def test_every_capture_has_a_verdict_and_nothing_is_left_over() -> None:
    assert {path.stem for path in CAPTURES} == set(VERDICTS)
    written = {expected_path(path, language) for path in CAPTURES for language in LANGUAGES}
    assert set(FOLDER.glob("*.har")) == {*CAPTURES, *written}


if __name__ == "__main__":
    for capture in CAPTURES:
        for chosen in LANGUAGES:
            expected_path(capture, chosen).write_bytes(annotated(capture, chosen))
