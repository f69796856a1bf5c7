"""Redaction: an exchange, a text or plain JSON without the secrets of the export it belongs to.

Two steps. `learn` walks over every exchange and notes what is secret: by the name of its field
(`credentials.keys`), or by its looks. Then everything that is written out passes through
`exchange`, `text` or `plain`, which replace what stands in a secret field, and what was learnt
wherever else it stands and however it is encoded. Redacting twice changes nothing.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from why401.bodies import decoded_content
from why401.credentials.jwt import is_probably_jwt
from why401.credentials.keys import SECRET_FIELDS, SECRET_PARAMETERS
from why401.credentials.placeholders import placeholder
from why401.masking import PLACEHOLDER, Masker
from why401.model import (
    Body,
    Diagnosis,
    Exchange,
    Finding,
    Headers,
    Plain,
    Request,
    Response,
    WebSocketMessage,
    header_text,
)
from why401.report.annotation import Annotation
from why401.report.redact_fields import assignments, json_fields, parameters, user_info, xml_fields
from why401.report.redact_headers import field_value
from why401.report.redact_jwt import Mask, redacted_jwt
from why401.report.redact_looks import looks_secret
from why401.report.redact_secrets import Secrets

MAX_UNPARSED = 100
_MAX_DEPTH = 64
_MAX_PASSES = 4
_MAX_CACHED = 20_000
_MAX_CACHED_BYTES = 2048
_BOUNDARY = re.compile(r"boundary=\"?([^\";,\s]{1,200})", re.IGNORECASE)
_PART_NAME = re.compile(rb"name=\"?([^\";\r\n]{1,200})", re.IGNORECASE)
_WORD = re.compile(r"\w")
_WORDED = frozenset(("summary", "title", "text", "fix", "why", "decide"))
"""Where a diagnosis has words of ours, each in both languages."""
_LANGUAGES = {"zh", "en"}
_ANY_TEXT = frozenset(("password", "secret", "cookie"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was replaced: how often, by kind; and which parts could not be looked into."""

    kinds: Mapping[str, int] = field(default_factory=dict)
    unparsed: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many replacements there were."""
        return sum(self.kinds.values())


class Redactor:
    """Redacts one export. The same value has the same placeholder throughout."""

    def __init__(self, masker: Masker) -> None:
        self._secrets = Secrets(masker)
        self._unparsed: dict[str, None] = {}
        self._learnt: set[int] = set()
        self._learner = _Walker(self._learn)
        self._writer = _ReplacingWalker(self._mask, self._secrets)

    def learn(self, exchange: Exchange) -> None:
        """Note the secrets of `exchange`. Do so for all before the first is written out."""
        # By its hash, which is much cheaper than to walk over it again when it is written.
        known = hash(exchange)
        if known not in self._learnt:
            self._learnt.add(known)
            _Rewriter(self._learner, self._note).exchange(exchange)

    def learn_all(self, exchanges: Iterable[Exchange]) -> None:
        """Note the secrets of several exchanges."""
        for exchange in exchanges:
            self.learn(exchange)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return `exchange` without secrets; those of its own need not have been learnt."""
        self.learn(exchange)
        return _Rewriter(self._writer, self._note).exchange(exchange)

    def text(self, text: str) -> str:
        """Return a text for people without secrets."""
        return self._writer.text(text)

    def words(self, text: str) -> str:
        """Return words of our own without secrets: only what is known to be one, or looks like
        one, is replaced. The samples in a rule (`…&key=KEY`, `Bearer <token>`) are left alone."""
        return self._writer.words(text)

    def plain(self, value: Plain) -> Plain:
        """Return plain JSON without secrets; that may be a diagnosis with its words."""
        return self._plain(value, None, _MAX_DEPTH)

    def diagnosis(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return the facts of a diagnosis without secrets. To be put into words afterwards:
        `words` does not look closely enough at what the traffic gave."""
        return dataclasses.replace(
            diagnosis,
            findings=tuple(self._finding(finding) for finding in diagnosis.findings),
            credentials=tuple(
                dataclasses.replace(shown, decoded=self._members(shown.decoded))
                if shown.decoded
                else shown
                for shown in diagnosis.credentials
            ),
            signatures=tuple(
                dataclasses.replace(check, string_to_sign=self.text(check.string_to_sign))
                if check.string_to_sign
                else check
                for check in diagnosis.signatures
            ),
            timeline=tuple(
                dataclasses.replace(event, via=self.text(event.via), client=self.text(event.client))
                for event in diagnosis.timeline
            ),
        )

    def _finding(self, finding: Finding) -> Finding:
        evidence = (
            dataclasses.replace(each, seen=self.plain(each.seen)) for each in finding.evidence
        )
        # By what they hold: their names are the rule's, `code` there is an error.
        values = {
            name: self._writer.text(value) if isinstance(value, str) else value
            for name, value in finding.values.items()
        }
        return dataclasses.replace(finding, evidence=tuple(evidence), values=values)

    def _members(self, decoded: Mapping[str, Any]) -> dict[str, Any]:
        members = self.plain(dict(decoded))
        return members if isinstance(members, dict) else {}

    def annotation(self, annotation: Annotation | None) -> Annotation | None:
        """Return an annotation without secrets."""
        if annotation is None:
            return None
        diagnosis = self.plain(annotation.diagnosis)
        return Annotation(
            comment=self.text(annotation.comment),
            request_comment=self.text(annotation.request_comment),
            response_comment=self.text(annotation.response_comment),
            diagnosis=diagnosis if isinstance(diagnosis, dict) else None,
            page=annotation.page,
        )

    def receipt(self) -> Receipt:
        """Return what was replaced so far, and what could not be looked into."""
        unparsed = tuple(self._unparsed)
        if self._secrets.overflowed:
            unparsed += ("more secrets than can be searched for",)
        return Receipt(dict(sorted(self._secrets.counts.items())), unparsed)

    def _note(self, what: str) -> None:
        if len(self._unparsed) < MAX_UNPARSED:
            self._unparsed[what] = None

    def _learn(self, kind: str, value: str) -> str:
        """Note a value of a secret field, and give it back."""
        if _is_stand_in(kind, value):
            return value
        if is_probably_jwt(value) and value.count(".") == 2:
            # Where the token is cut or wrapped its signature alone is recognised.
            redacted_jwt(value, self._learn_whole, self._learner.inside)
        return self._learn_whole(kind, value)

    def _learn_whole(self, kind: str, value: str) -> str:
        if kind != "claim":
            self._secrets.learn(kind, value)
        return value

    def _mask(self, kind: str, value: str) -> str:
        """Return what stands for a value of a secret field."""
        if not value or _is_stand_in(kind, value) or PLACEHOLDER.fullmatch(value):
            return value
        if is_probably_jwt(value):
            return redacted_jwt(value, self._mask_whole, self._secrets.replaced)
        return self._mask_whole(kind, value)

    def _mask_whole(self, kind: str, value: str) -> str:
        if PLACEHOLDER.search(value):
            return _around_placeholders(value, lambda part: self._secrets.placeholder(kind, part))
        return self._secrets.placeholder(kind, value)

    def _plain(self, value: Plain, kind: str | None, depth: int) -> Plain:
        if isinstance(value, str):
            return self._mask(kind, value) if kind else self._writer.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            if kind:
                return self._mask(kind, json.dumps(value))
            return self._secrets.number(str(value)) or value
        if depth == 0:
            return "…"
        if isinstance(value, dict):
            return {
                self._secrets.replaced(name): self._text_in_both(item)
                if name in _WORDED and kind is None and _is_in_both(item)
                else self._plain(item, kind or SECRET_FIELDS.get(name.lower()), depth - 1)
                for name, item in value.items()
            }
        return [self._plain(item, kind, depth - 1) for item in value]

    def _text_in_both(self, text: Plain) -> Plain:
        return {
            name: self.words(item) if isinstance(item, str) else item
            for name, item in (text.items() if isinstance(text, dict) else ())
        }


def _is_in_both(value: Plain) -> bool:
    return isinstance(value, dict) and value.keys() == _LANGUAGES


def _is_stand_in(kind: str, value: str) -> bool:
    """Whether `value` is what samples have where a token should be; a password may be anything."""
    return kind not in _ANY_TEXT and placeholder(value) is not None


def _around_placeholders(value: str, mask: Callable[[str], str]) -> str:
    """Return `value` with what stands between its placeholders masked, quotes and blanks kept."""
    parts: list[str] = []
    end = 0
    for found in PLACEHOLDER.finditer(value):
        before = value[end : found.start()]
        parts += (mask(before) if _WORD.search(before) else before, found[0])
        end = found.end()
    rest = value[end:]
    return "".join((*parts, mask(rest) if _WORD.search(rest) else rest))


class _Walker:
    """Walks over texts and hands every secret to `mask`."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._fields: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}

    def fields(self) -> dict[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """Return the header fields of which it is known that they stay as they are."""
        return self._fields

    def remember(self, name: bytes, value: bytes) -> None:
        """Note that a header field stays as it is."""
        if len(self._fields) < _MAX_CACHED:
            self._fields[(name, value)] = (name, value)

    def replaced(self, text: str) -> str:
        """Return `text` with what is known to be secret replaced: nothing while learning."""
        return text

    def inside(self, text: str) -> str:
        """Return what stays of a JWT rewritten; while learning it is walked over as well."""
        return self.text(text, 1)

    def number(self) -> Callable[[str], str | None] | None:
        """Return what replaces bare numbers, where there are secret ones."""
        return None

    def words(self, text: str) -> str:
        """Return words of our own rewritten: names in them do not make a secret."""
        return self.replaced(looks_secret(text, self.mask, self.inside))

    def text(self, text: str, depth: int = 0, *, is_form: bool = False) -> str:
        """Return any text rewritten: JSON, XML, URLs and forms in it, and what looks secret."""
        for _ in range(_MAX_PASSES if depth == 0 else 1):
            rewritten = self._once(text, depth, is_form=is_form)
            # What was replaced may have hidden more: a quote out of step, a percent sign.
            if rewritten == text:
                break
            text = rewritten
        return text

    def _once(self, text: str, depth: int, *, is_form: bool) -> str:
        if '"' in text and ":" in text:
            number = self.number() if depth == 0 else None
            text = json_fields(text, SECRET_FIELDS, self.mask, self.text, number, depth)
        if "=" in text:
            kinds = SECRET_PARAMETERS if is_form or "?" in text or "&" in text else SECRET_FIELDS
            text = parameters(text, kinds, SECRET_FIELDS, self.mask, self.text, depth)
        if '"' in text or "'" in text:
            text = assignments(text, SECRET_FIELDS, self.mask)
        if "<" in text:
            text = xml_fields(text, SECRET_FIELDS, self.mask)
        if "://" in text and "@" in text:
            text = user_info(text, self.mask)
        return self.words(text)


class _ReplacingWalker(_Walker):
    """Walks over texts and replaces what was learnt."""

    def __init__(self, mask: Mask, secrets: Secrets) -> None:
        super().__init__(mask)
        self._secrets = secrets
        self._known = 0

    def fields(self) -> dict[tuple[bytes, bytes], tuple[bytes, bytes]]:
        # What stays as it is may be found secret by what is learnt later.
        if self._known != len(self._secrets):
            self._known = len(self._secrets)
            self._fields.clear()
        return self._fields

    def replaced(self, text: str) -> str:
        return self._secrets.replaced(text)

    def inside(self, text: str) -> str:
        return self._secrets.replaced(text)

    def number(self) -> Callable[[str], str | None] | None:
        return self._secrets.number if self._secrets.has_numbers() else None


class _Rewriter:
    """Rewrites the parts of one exchange."""

    def __init__(self, walker: _Walker, note: Callable[[str], None]) -> None:
        self.walker = walker
        self.note = note

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return `exchange` rewritten."""
        walker = self.walker
        return dataclasses.replace(
            exchange,
            request=self._request(exchange.request, exchange.id),
            response=self._response(exchange.response, exchange.id),
            error=walker.text(exchange.error) if exchange.error else exchange.error,
            websocket=tuple(self._message(message) for message in exchange.websocket),
        )

    def _request(self, request: Request, name: str) -> Request:
        target, charset = _text_of(request.target)
        return dataclasses.replace(
            request,
            target=self.walker.text(target).encode(charset, "replace"),
            headers=self._headers(request.headers),
            body=self._body(request.body, request.headers, f"{name} request body"),
        )

    def _response(self, response: Response | None, name: str) -> Response | None:
        if response is None:
            return None
        return dataclasses.replace(
            response,
            reason=self.walker.replaced(response.reason),
            headers=self._headers(response.headers),
            trailers=self._headers(response.trailers),
            body=self._body(response.body, response.headers, f"{name} response body"),
        )

    def _headers(self, headers: Headers) -> Headers:
        return Headers(tuple(self._field(name, value) for name, value in headers.fields))

    def _field(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        # Most fields are the same in every exchange of a capture.
        known = self.walker.fields().get((name, value))
        if known is None:
            known = self._rewritten_field(name, value)
            if len(value) < _MAX_CACHED_BYTES and known == (name, value):
                self.walker.remember(name, value)
        return known

    def _rewritten_field(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        text, charset = _text_of(value)
        label, label_charset = _text_of(name)
        secret = field_value(label.lower().strip(), text, self.walker.mask)
        new = self.walker.text(text) if secret is None else self.walker.replaced(secret)
        return (
            self.walker.replaced(label).encode(label_charset, "replace"),
            new.encode(charset, "replace") if new != text else value,
        )

    def _message(self, message: WebSocketMessage) -> WebSocketMessage:
        text, charset = _text_of(message.data)
        data = self.walker.text(text).encode(charset, "replace")
        return dataclasses.replace(message, data=data)

    def _body(self, body: Body | None, headers: Headers, name: str) -> Body | None:
        if body is None or not body.data:
            return body
        data = body.data
        if headers.values("content-encoding") and not body.is_decoded:
            content = decoded_content(body, headers)
            if content is None or not content.is_decoded or not content.is_complete:
                # What cannot be looked into cannot be shown to hold nothing.
                self.note(f"{name}: its Content-Encoding could not be undone; left out")
                return Body(b"", is_decoded=True, is_exact=False, is_complete=False)
            data = content.data
        new = self._content(data, headers)
        if new == data:
            return body
        return Body(
            new,
            is_decoded=body.is_decoded or data is not body.data,
            is_exact=False,
            is_complete=body.is_complete,
            sent_bytes=body.sent_bytes if body.sent_bytes is not None else len(body.data),
        )

    def _content(self, data: bytes, headers: Headers) -> bytes:
        kind = (headers.text("content-type") or "").lower()
        if kind.startswith("multipart/"):
            boundary = _BOUNDARY.search(headers.text("content-type") or "")
            if boundary:
                return self._multipart(data, boundary[1].encode())
        text, charset = _body_text_of(data)
        if charset == "latin-1" and b"\0" in data:
            new = self.walker.replaced(text)
        else:
            is_form = kind.startswith("application/x-www-form-urlencoded") or not kind
            new = self.walker.text(text, is_form=is_form)
        return data if new == text else new.encode(charset, "replace")

    def _multipart(self, data: bytes, boundary: bytes) -> bytes:
        parts = data.split(b"--" + boundary)
        return (b"--" + boundary).join(self._part(part) for part in parts)

    def _part(self, part: bytes) -> bytes:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            head, blank, content = part.partition(b"\n\n")
        name = _PART_NAME.search(head[:2000])
        body, charset = _text_of(content)
        ending = body[len(body.rstrip("\r\n")) :]
        body = body.rstrip("\r\n")
        kind = SECRET_PARAMETERS.get(header_text(name[1]).lower()) if name else None
        if kind and body:
            body = self.walker.mask(kind, body)
        else:
            body = self.walker.text(body)
        label, label_charset = _text_of(head)
        return (
            self.walker.replaced(label).encode(label_charset, "replace")
            + blank
            + (body + ending).encode(charset, "replace")
        )


def _text_of(data: bytes) -> tuple[str, str]:
    """Return bytes as text and the charset that turns it into the same bytes again."""
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _body_text_of(data: bytes) -> tuple[str, str]:
    """As `_text_of`; UTF-16 is known by its byte order mark, which stays."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16-le" if data[0] == 0xFF else "utf-16-be"
        try:
            return data.decode(charset), charset
        except UnicodeDecodeError:
            pass
    return _text_of(data)
