"""What a request was before this mitmproxy changed it: by an option, by a script, or by hand.

A witness costs every exchange a hook or two, so there is one only while something is set that may
change requests. It stands before all other addons and keeps references, no copies.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from mitmproxy import addonmanager, http, options

from why401.credentials.secret_names import parameter_kind
from why401.model import Alteration, header_text

CHANGERS = (
    *("modify_headers", "modify_body", "map_remote", "stickyauth", "stickycookie"),
    *("upstream_auth", "proxyauth", "anticache", "anticomp", "scripts", "intercept"),
)
"""Options with which this mitmproxy changes requests, or lets somebody do so."""
_OWN_SCRIPT = "why401_addon.py"
_NAME = "why401-witness"
_BY_NAME = {
    # Before a server of its own (mode `reverse`), proxyauth takes the field that it reads away.
    "authorization": ("stickyauth", "upstream_auth", "proxyauth"),
    "cookie": ("stickycookie",),
    "if-none-match": ("anticache",),
    "if-modified-since": ("anticache",),
    "accept-encoding": ("anticomp",),
}
_OF_THE_PROXY = frozenset(
    {"content-length", "transfer-encoding", "connection", "proxy-connection", "te", "upgrade"}
    | {"proxy-authorization", "keep-alive"}
)
"""Fields between two hops: no signature covers them, and a proxy sets them as it must."""

type Fields = tuple[tuple[bytes, bytes], ...]


class _Original(msgspec.Struct):
    method: bytes
    place: tuple[bytes, str, int]
    path: bytes
    fields: Fields
    content: bytes | None = None
    """None until it is all there, and where it is streamed."""


class Witness:
    """Remembers every request as the client sent it, for as long as mitmproxy keeps its flow."""

    name = _NAME

    def __init__(self) -> None:
        self._seen: weakref.WeakKeyDictionary[http.HTTPFlow, _Original] = (
            weakref.WeakKeyDictionary()
        )

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Remember the head of a request."""
        sent = flow.request.data
        place = (sent.scheme, sent.host, sent.port)
        self._seen[flow] = _Original(sent.method, place, sent.path, sent.headers.fields)

    def request(self, flow: http.HTTPFlow) -> None:
        """Remember its body."""
        original = self._seen.get(flow)
        if original is not None:
            original.content = flow.request.data.content

    def altered(self, flow: http.HTTPFlow, set_options: options.Options) -> tuple[Alteration, ...]:
        """Return what became otherwise since the client sent the request."""
        original = self._seen.get(flow)
        if original is None:
            return ()
        sent = flow.request.data
        changes = [("request.method", "replaced")] if original.method != sent.method else []
        if original.place != (sent.scheme, sent.host, sent.port):
            changes.append(("request.host", "replaced"))
        if original.path != sent.path:
            changes += changed_target(original.path, sent.path)
        changes += changed_fields(original.fields, sent.headers.fields)
        if None not in (original.content, sent.content) and original.content != sent.content:
            changes.append(("request.body", "replaced"))
        return tuple(
            Alteration(where, _changer(where, set_options), change) for where, change in changes
        )


def witness_for(manager: addonmanager.AddonManager, set_options: options.Options) -> Witness | None:
    """Return the witness of this mitmproxy: one stands before all other addons while an option is
    set that may change requests, else there is none."""
    found: Any = manager.get(_NAME)
    if not _may_change(set_options):
        if found is not None:
            manager.remove(found)
        return None
    if found is None:
        found = manager.register(Witness())
        # A new list: mitmproxy may be walking through the old one.
        manager.chain = [found, *manager.chain]
    witness: Witness = found
    return witness


def _may_change(set_options: options.Options) -> bool:
    return any(
        _scripts(set_options) if name == "scripts" else getattr(set_options, name, None)
        for name in CHANGERS
    )


def _scripts(set_options: options.Options) -> list[str]:
    scripts: list[str] = getattr(set_options, "scripts", [])
    names = [Path(script).name for script in scripts]
    return [name for name in names if name != _OWN_SCRIPT]


def changed_target(before: bytes, after: bytes) -> Iterator[tuple[str, str]]:
    """Yield the target, which differs, and the place of each credential in it that does."""
    yield "request.target", "replaced"
    former, now = (
        dict(parse_qsl(header_text(each.partition(b"?")[2]))) for each in (before, after)
    )
    for name, value in now.items():
        if former.get(name) != value and parameter_kind(name):
            yield f"request.query.{name[:100]}", "replaced" if name in former else "added"


def changed_fields(before: Fields, after: Fields) -> Iterator[tuple[str, str]]:
    """Yield the place of every field that differs, and whether it was added, removed or replaced;
    those between two hops left out."""
    if before == after:
        return
    former, now = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*former, *now)):
        if former.get(name) == now.get(name) or name in _OF_THE_PROXY:
            continue
        change = "added" if name not in former else "replaced" if name in now else "removed"
        yield f"request.header.{name[:100]}", change


def _by_name(fields: Fields) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for key, value in fields:
        found.setdefault(header_text(key).lower(), []).append(value)
    return found


def _changer(where: str, set_options: options.Options) -> str:
    """Return who changed `where`, as far as the options tell; a script may do anything."""
    if where.startswith("request.header."):
        name = where.removeprefix("request.header.")
        named = ["modify_headers" for spec in set_options.modify_headers if _subject(spec) == name]
        named += [each for each in _BY_NAME.get(name, ()) if getattr(set_options, each, None)]
    else:
        option = "modify_body" if where == "request.body" else "map_remote"
        named = [option] if getattr(set_options, option, None) else []
    if named:
        return f"option {named[0]}"
    scripts = _scripts(set_options)
    return f"script {', '.join(scripts)[:100]}" if scripts else "hand"


def _subject(spec: str) -> str:
    """Return the name of the header in `/filter/name/value` or `/name/value`."""
    parts = spec[1:].split(spec[:1], 2)
    return parts[-2].lower() if len(parts) > 1 else ""
