"""The schemas under rules/ are those of the code, and they fit what stands there."""

import json

import jsonschema
import pytest

from why401.documents import read_document
from why401.knowledge.load import rules_folder
from why401.knowledge.read import rule_files, server_files
from why401.knowledge.schema import FILES, schema_text

RULES = rules_folder()


@pytest.mark.parametrize("name", FILES)
def test_schema_is_current(name: str) -> None:
    written = (RULES / name).read_text(encoding="utf-8")
    assert written == schema_text(FILES[name]), "run python -m why401.knowledge.schema"


@pytest.mark.parametrize(
    ("name", "files"), [("_schema.json", rule_files), ("_servers.json", server_files)]
)
def test_every_file_fits_its_schema(name: str, files: object) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((RULES / name).read_text()))
    for path in files(RULES):  # type: ignore[operator]
        assert [error.message for error in validator.iter_errors(read_document(path).value)] == []


def test_misspelt_place_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(json.loads((RULES / "_schema.json").read_text()))
    text = read_document(RULES / "wechat" / "40001.yaml").value
    assert validator.is_valid(text)
    text["match"] = {"response.jsn.errcode": 40001}
    assert not validator.is_valid(text)
