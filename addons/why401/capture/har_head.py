"""What the head of a HAR entry tells, in the few microseconds that most entries are worth.

Of an entry only what triage asks for is taken out of the file, most of it still as JSON text.
Where that text might say anything else than the exchange would, the entry is taken for one that
needs a look: then the exchange is built, and decides.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from why401.capture.har_parts import FAULTS
from why401.capture.har_text import body_from_base64
from why401.capture.har_urls import url_parts
from why401.history.refusals import request_mark
from why401.hosts import is_wechat_host
from why401.triage import Fields

type Look = Callable[[int, str, bytes, bytes, Fields, bytes | None, bytes | None], int]
"""`Diagnoser.look` of a diagnoser that remembers nothing yet."""

HEAD_CHARACTERS = 8 << 10
"""Characters of a body that are looked at: as many bytes as triage looks at, or more."""
_RAW_HEAD = 2 * HEAD_CHARACTERS
MAX_KNOWN = 10_000
"""Origins, and names of fields, that are known again."""

_NOTHING = Raw(b"")
_EMPTY = (b"", b"null", b'""')
_TEXT = msgspec.json.Decoder(str)
_ENCODED: Fields = ((b"content-encoding", b"?"),)
_COOKIE, _PATH, _AUTHORIZATION = "set-cookie", ":path", "authorization"
_GRPC = "grpc-status"
_TOLD_NAMES = (_COOKIE, _PATH, _AUTHORIZATION, _GRPC, "content-encoding")
"""Names of the fields on which it depends whether a success needs a look: who lets triage ask for
another adds it here."""


class Kind(enum.IntEnum):
    """What is to be done with an entry, as far as its head tells."""

    LOOK = 0
    QUIET = 1
    """Nothing, unless history awaits its request."""
    WORKED = 2
    """The same, but that it worked with an Authorization is worth remembering."""


class HeadField(Struct, gc=False):
    """A header field."""

    name: str
    value: Raw = _NOTHING
    raw: Raw = field(name="_raw", default=_NOTHING)


class HeadRequest(Struct, gc=False):
    """The request, as far as it is looked at first."""

    url: Any = None
    method: Any = "GET"
    headers: list[HeadField] = []
    body: Raw = field(name="postData", default=_NOTHING)
    raw: Raw = field(name="_raw", default=_NOTHING)


class HeadContent(Struct, gc=False):
    """A body."""

    text: Raw = _NOTHING
    encoding: Raw = _NOTHING
    own_encoding: Raw = field(name="_encoding", default=_NOTHING)


class HeadResponse(Struct, gc=False):
    """The response, as far as it is looked at first."""

    status: Any = 0
    headers: list[HeadField] = []
    content: HeadContent | None = None
    trailers: Raw = field(name="_trailers", default=_NOTHING)


class Head(Struct, gc=False):
    """An entry, as far as it is looked at first; types as the file has them."""

    request: HeadRequest | None = None
    started: Any = field(name="startedDateTime", default=None)
    response: HeadResponse | None = None


class _Start(Struct, gc=False):
    """An entry of which only the beginning in time can be told."""

    started: Any = field(name="startedDateTime", default=None)


_HEAD = msgspec.json.Decoder(Head)
_HEADS = msgspec.json.Decoder(list[Head])
_START = msgspec.json.Decoder(_Start)
_STARTS = msgspec.json.Decoder(list[_Start])
_BODY = msgspec.json.Decoder(HeadContent)


def heads_of(data: bytes) -> list[Head]:
    """Return the heads of entries with commas between them; of odd ones only when they began.
    Raises one of FAULTS where one of them is no object, or where this is no JSON."""
    data = b"[%b]" % data
    try:
        return _HEADS.decode(data)
    except msgspec.ValidationError:
        return [Head(started=each.started) for each in _STARTS.decode(data)]


def head_of(data: bytes) -> Head:
    """Return the head of one entry, which may be large; see `heads_of`."""
    try:
        return _HEAD.decode(data)
    except msgspec.ValidationError:
        return Head(started=_START.decode(data).started)


class _UnclearError(Exception):
    """Raised where only the exchange can tell."""


class Heads:
    """Judges heads by what `look` says of them."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._hosts: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def kind(self, head: Head) -> tuple[Kind, int]:
        """Return what is to be done, and the mark of the request where that is not LOOK."""
        request, response = head.request, head.response
        if request is None or response is None or request.raw is not _NOTHING:
            return Kind.LOOK, 0
        status, url, method = response.status, request.url, request.method
        if type(status) is not int or type(url) is not str or type(method) is not str:
            return Kind.LOOK, 0
        # What a preflight is allowed stands in more fields than are read here.
        if not 200 <= status < 400 or method == "OPTIONS":
            return Kind.LOOK, 0
        cut = url.find("/", 8)
        name = url[:cut]
        host = self._hosts[name] if name in self._hosts else self._host(name)
        if cut < 0 or not host:
            return Kind.LOOK, 0
        target = url[cut:].encode("utf-8", "replace")
        if b"#" in target:
            target = target.partition(b"#")[0]
        asked = self._told_by(request.headers)
        received = self._told_by(response.headers)
        if asked is None or received is None or _COOKIE in received or _GRPC in received:
            return Kind.LOOK, 0
        if response.trailers is not _NOTHING:
            return Kind.LOOK, 0
        if _PATH in asked and bytes(asked[_PATH]) != b'"%b"' % target:
            return Kind.LOOK, 0
        fields = _ENCODED if "content-encoding" in received else ()
        sent_method = method.encode("utf-8", "replace")
        try:
            content = _content(response.content)
            sent_content = None if request.body is _NOTHING else _sent_content(request.body)
        except (*FAULTS, _UnclearError):
            return Kind.LOOK, 0
        if self._look(status, host, sent_method, target, fields, content, sent_content):
            return Kind.LOOK, 0
        mark = request_mark(sent_method, host, target)
        if _AUTHORIZATION not in asked or status >= 300:
            return Kind.QUIET, mark
        # Of Digest the answer tells something too.
        is_digest = bytes(asked[_AUTHORIZATION])[:8].lower() == b'"digest '
        return (Kind.LOOK, 0) if is_digest else (Kind.WORKED, mark)

    def _told_by(self, fields: list[HeadField]) -> dict[str, Raw] | None:
        """Return the first value of each field that tells something; None where raw bytes tell."""
        told: dict[str, Raw] = {}
        names = self._names
        for each in fields:
            name = each.name
            known = names.get(name)
            if known is None:
                known = self._known(name)
            if known and known not in told:
                told[known] = each.value
            if each.raw is not _NOTHING:
                return None
        return told

    def _known(self, name: str) -> str:
        """Return the name as it is asked for, empty where it tells nothing."""
        # That of HTTP/2 is known in small letters alone.
        known = name.lower() if name[:1] != ":" else name
        known = known if known in _TOLD_NAMES else ""
        if len(self._names) < MAX_KNOWN:
            self._names[name] = known
        return known

    def _host(self, origin: str) -> str:
        """Return the host of `https://host:port`; empty where that is not all of it, or where
        every answer needs a look: with WeChat's servers, the whole body counts."""
        scheme, host, _, target = url_parts(origin)
        if not scheme or target != "/" or "#" in origin or is_wechat_host(host):
            host = ""
        if len(self._hosts) < MAX_KNOWN:
            self._hosts[origin] = host
        return host


def _content(found: HeadContent | None) -> bytes | None:
    """Return the beginning of a body, of which the rest is not looked at."""
    if found is None:
        return None
    view = memoryview(found.text)
    if len(view) <= 4 and bytes(view) in _EMPTY:
        return None
    text = _beginning(view)
    encoding = bytes(found.encoding)
    if encoding in _EMPTY:
        if text[:1] == "\x1f":
            raise _UnclearError
        # Its ASCII characters stand no later than in the bytes sent, in whatever charset.
        return text[:HEAD_CHARACTERS].encode("ascii", "replace")
    if encoding.lower() != b'"base64"':
        raise _UnclearError
    return body_from_base64(text[: HEAD_CHARACTERS * 4 // 3 + 4])[0]


def _sent_content(body: Raw) -> bytes | None:
    if bytes(body) == b"null":
        return None
    found = _BODY.decode(body)
    if found.text is _NOTHING or found.encoding is not _NOTHING:
        raise _UnclearError
    if found.own_encoding is not _NOTHING:
        raise _UnclearError
    return _content(found)


def _beginning(view: memoryview) -> str:
    """Return the beginning of JSON text, at least HEAD_CHARACTERS of it. Raises DecodeError."""
    if len(view) <= _RAW_HEAD:
        return _TEXT.decode(view)
    piece = bytes(view[:_RAW_HEAD])
    escape = piece.rfind(b"\\", _RAW_HEAD - 6)
    if escape >= 0:  # it may be cut short, or be the second half of one
        piece = piece[:escape].rstrip(b"\\")
    while piece[-1:] >= b"\x80":
        is_lead = piece[-1] >= 0xC0
        piece = piece[:-1]
        if is_lead:
            break
    text = _TEXT.decode(piece + b'"')
    return text if len(text) >= HEAD_CHARACTERS else _TEXT.decode(view)
