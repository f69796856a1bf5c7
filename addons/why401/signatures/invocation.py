"""The parameters with which a backend lets its app call WeChat: found in any JSON answer.

The WeChat client checks these signatures inside the phone; the answer that hands them to the app
is the only moment at which they can be seen. Keys are compared without case and underscores,
because every backend spells them its own way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

MAX_NODES = 2_000
MAX_DEPTH = 6
MAX_FOUND = 4
MAX_TEXT = 4_096


class Invocation(msgspec.Struct, frozen=True):
    """One set of parameters. `scene` is `jsapi` (mini program and H5 alike), `app`, `payscore`,
    `payscore-detail`, `coupon`, `redpack` or `jssdk`; `fields` are folded names with their values
    as text, `names` the spelling sent; `where` the place of the signature."""

    scene: str
    where: str
    fields: Mapping[str, str]
    names: Mapping[str, str]
    is_number: frozenset[str]
    sign: str

    def value(self, *folded: str) -> str:
        """Return the first of these fields that was sent, else nothing."""
        return next((self.fields[name] for name in folded if name in self.fields), "")


def folded(name: str) -> str:
    """Return a key as keys are compared: lower case, without `_` and `-`."""
    return name.replace("_", "").replace("-", "").lower()


def find_invocations(value: Any, where: str = "response.json") -> tuple[Invocation, ...]:
    """Return the parameter sets in a JSON value, at any depth, also in JSON inside text."""
    found: list[Invocation] = []
    for place, node in _objects(value, where):
        invocation = _read(place, node)
        if invocation is not None:
            found.append(invocation)
            if len(found) >= MAX_FOUND:
                break
    return tuple(found)


def _objects(value: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    waiting: list[tuple[str, Any, int]] = [(where, value, 0)]
    nodes = 0
    while waiting and nodes < MAX_NODES:
        place, node, depth = waiting.pop()
        nodes += 1
        if isinstance(node, str):
            if len(node) > 40 and node[:1] == "{" and "ign" in node:
                try:
                    node = msgspec.json.decode(node[:MAX_TEXT])
                except (msgspec.DecodeError, ValueError, RecursionError):
                    continue
            elif "prepayid=" in node and "sign=" in node:
                node = dict(parse_qsl(node[:MAX_TEXT])[:50])
        if isinstance(node, Mapping):
            yield place, node
        if depth < MAX_DEPTH:
            if isinstance(node, Mapping):
                waiting += [
                    (f"{place}.{str(key)[:60]}", item, depth + 1)
                    for key, item in list(node.items())[:200]
                    if isinstance(item, Mapping | list)
                    or (isinstance(item, str) and len(item) > 40)
                ]
            elif isinstance(node, list):
                waiting += [
                    (f"{place}.{index}", item, depth + 1) for index, item in enumerate(node[:50])
                ]


_RENAMED = {
    "packagevalue": "package", "pkg": "package", "packagestr": "package", "paypackage": "package",
    "packageinfo": "package", "mchid": "partnerid", "random": "noncestr",
}  # fmt: skip


def _read(place: str, node: Mapping[str, Any]) -> Invocation | None:
    if not 3 <= len(node) <= 60:
        return None
    fields: dict[str, str] = {}
    names: dict[str, str] = {}
    numbers: set[str] = set()
    for key, item in node.items():
        if not isinstance(key, str) or isinstance(item, bool):
            continue
        if isinstance(item, str | int):
            name = folded(key)
            name = _RENAMED.get(name, name)
            if name not in fields:
                fields[name] = str(item)[:MAX_TEXT] if isinstance(item, str) else f"{item:d}"[:40]
                names[name] = key
                if not isinstance(item, str):
                    numbers.add(name)
    scene = _scene(fields)
    if scene is None:
        return None
    sign_name = next(name for name in ("paysign", "sign", "signature") if name in fields)
    return Invocation(
        scene, f"{place}.{names[sign_name]}", fields, names, frozenset(numbers), fields[sign_name]
    )


def _scene(fields: Mapping[str, str]) -> str | None:
    """Return which call these fields are for; None where they are for none."""
    has_time = "noncestr" in fields and "timestamp" in fields
    package = fields.get("package", "")
    if "sendcouponmerchant" in fields and "sign" in fields:
        return "coupon"
    if not has_time:
        return None
    if "paysign" in fields and package.startswith("sendid"):
        return "redpack"
    # Only APP calls have this package, whatever the sign is called.
    is_app = "sign" in fields or ("paysign" in fields and package == "Sign=WXPay")
    if is_app and "prepayid" in fields and "partnerid" in fields:
        return "app"
    if "paysign" in fields or ("sign" in fields and package.startswith("prepay_id")):
        return "jsapi" if "package" in fields or "prepayid" in fields else None
    if "sign" in fields and "partnerid" in fields and fields.get("signtype") is not None:
        if "outorderno" in fields and "serviceid" in fields:
            return "payscore-detail"
        return "payscore" if package and "prepayid" not in fields else None
    if "signature" in fields and len(fields["signature"]) <= 64 and "package" not in fields:
        return "jssdk"
    return None
