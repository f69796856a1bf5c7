"""JSON schemas of the files under rules/, for editors: `python -m why401.knowledge.schema`
writes them anew."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from why401.case.places import place_names
from why401.knowledge.fingerprints import ServerFile
from why401.knowledge.load import rules_folder
from why401.knowledge.match import MODIFIERS
from why401.knowledge.rule import Rule

FILES: dict[str, type[Rule] | type[ServerFile]] = {
    "_schema.json": Rule,
    "_servers.json": ServerFile,
}


def schema_text(shape: type[Rule] | type[ServerFile]) -> str:
    """Return the JSON schema of files of `shape`, as it stands under rules/."""
    schema = msgspec.json.schema(shape)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    if shape is Rule:
        # msgspec cannot know that the keys of conditions are places.
        rule = schema["$defs"]["Rule"]["properties"]
        cause = schema["$defs"]["Cause"]["properties"]
        for conditions in (rule["match"], rule["except"], cause["when"], cause["unless"]):
            _name_places(conditions)
    # Python 3.13 takes the indentation out of docstrings, older ones leave it in.
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _name_places(schema: dict[str, Any]) -> None:
    """Say of every object within `schema` that its keys are places, perhaps with a modifier."""
    for branch in schema.get("anyOf", ()):
        _name_places(branch)
    if schema.get("type") == "array":
        _name_places(schema["items"])
    if schema.get("type") == "object":
        names = "|".join(
            name.replace(".", r"\.") + (".+" if name.endswith(".") else "")
            for name in place_names()
        )
        schema["propertyNames"] = {"pattern": rf"^({names})(\|({'|'.join(MODIFIERS)}))?$"}
        schema["minProperties"] = 1


def main() -> None:
    """Write the schemas into the checkout's rules/."""
    for name, shape in FILES.items():
        Path(rules_folder(), name).write_text(schema_text(shape), encoding="utf-8")


if __name__ == "__main__":
    main()
