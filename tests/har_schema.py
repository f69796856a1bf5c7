"""HAR 1.2 as a JSON schema: what every HAR of ours must be."""

from __future__ import annotations

from typing import Any

import jsonschema

COMMENT = {"type": "string"}
NUMBER = {"type": "number"}
SIZE = {"type": "integer", "minimum": -1}
DATE = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}


def _object(required: str, /, **properties: Any) -> dict[str, Any]:
    """An object of HAR: nothing beside `properties` but comments and names with `_`."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": {**properties, "comment": COMMENT},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TEXT = {"type": "string"}
PAIRS = _list(_object("name value", name=TEXT, value=TEXT))
COOKIES = _list(
    _object(
        "name value",
        name=TEXT,
        value=TEXT,
        path=TEXT,
        domain=TEXT,
        expires=DATE,
        httpOnly={"type": "boolean"},
        secure={"type": "boolean"},
        sameSite=TEXT,
    )
)
REQUEST = _object(
    "method url httpVersion cookies headers queryString headersSize bodySize",
    method={"type": "string", "minLength": 1},
    url={"type": "string", "minLength": 1},
    httpVersion=TEXT,
    cookies=COOKIES,
    headers=PAIRS,
    queryString=PAIRS,
    headersSize=SIZE,
    bodySize=SIZE,
    postData=_object("mimeType text", mimeType=TEXT, text=TEXT),
)
RESPONSE = _object(
    "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
    status={"type": "integer", "minimum": 0},
    statusText=TEXT,
    httpVersion=TEXT,
    cookies=COOKIES,
    headers=PAIRS,
    content=_object(
        "size mimeType",
        size={"type": "integer", "minimum": 0},
        compression={"type": "integer"},
        mimeType=TEXT,
        text=TEXT,
        encoding=TEXT,
    ),
    redirectURL=TEXT,
    headersSize=SIZE,
    bodySize=SIZE,
)
PART = {"type": "number", "minimum": 0}
OPTIONAL_PART = {"anyOf": [PART, {"const": -1}]}
ENTRY = _object(
    "startedDateTime time request response cache timings",
    pageref=TEXT,
    startedDateTime=DATE,
    time=PART,
    request=REQUEST,
    response=RESPONSE,
    cache={"type": "object"},
    timings=_object(
        "send wait receive",
        blocked=OPTIONAL_PART,
        dns=OPTIONAL_PART,
        connect=OPTIONAL_PART,
        send=PART,
        wait=PART,
        receive=PART,
        ssl=OPTIONAL_PART,
    ),
    serverIPAddress=TEXT,
    connection=TEXT,
)
HAR = _object(
    "log",
    log=_object(
        "version creator entries pages",
        version={"const": "1.2"},
        creator=_object("name version", name=TEXT, version=TEXT),
        pages=_list(
            _object(
                "startedDateTime id title pageTimings",
                startedDateTime=DATE,
                id=TEXT,
                title=TEXT,
                pageTimings=_object("", onContentLoad=NUMBER, onLoad=NUMBER),
            )
        ),
        entries=_list(ENTRY),
    ),
)
_VALIDATOR = jsonschema.Draft202012Validator(HAR)


def check_har(har: Any) -> None:
    """Raise where `har` is not HAR 1.2, or its timings do not add up."""
    _VALIDATOR.validate(har)
    for entry in har["log"]["entries"]:
        parts = [v for k, v in entry["timings"].items() if k not in ("ssl", "comment") and v >= 0]
        assert abs(sum(parts) - entry["time"]) < 0.01
