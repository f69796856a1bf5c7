"""Wrong body line in the text of a v3 request, uploads included."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from why401.signatures.body_mistakes import (
    AT_ONCE,
    BODY_MISTAKES,
    BodyVariants,
    query_as_json,
    url_encoded,
)
from why401.signatures.engine import MAX_VARIANTS, Mistake, Told
from why401.signatures.serialisers import serialisers
from why401.signatures.v3_message import (
    BODY,
    V3Message,
)


def _body(variants: BodyVariants) -> Callable[[V3Message, bytes], Iterator[bytes | Told]]:
    def of(claim: V3Message, _: bytes) -> Iterator[bytes | Told]:
        if not claim.text:
            return
        for variant in variants(claim.text, claim.json):
            if isinstance(variant, str):
                if variant:
                    yield variant.encode("utf-8", "surrogatepass")
            else:
                yield variant

    return of


def _body_serialisers(*, all_of_them: bool) -> Callable[[V3Message, bytes], Iterator[Told]]:
    def of(claim: V3Message, _: bytes) -> Iterator[Told]:
        if claim.text:
            told = serialisers("v3-", claim.text, claim.json, all_of_them=all_of_them)
            for each in told:
                yield Told(each.rules, each.value.encode("utf-8", "surrogatepass"))

    return of


def _body_not_signed(_: V3Message, __: bytes) -> Iterator[bytes]:
    yield b""


_EMPTY_BODIES = (b"{}", b"null", b"[]", b'""', b"undefined", b"None", b"{ }")


def _get_body_signed(claim: V3Message, value: bytes) -> Iterator[bytes]:
    if value:
        return
    yield from _EMPTY_BODIES
    if claim.method in _BODILESS:
        yield from _query_as_body(claim)


def _body_not_sent(claim: V3Message, value: bytes) -> Iterator[bytes]:
    if not value and claim.method not in _BODILESS:
        yield from _query_as_body(claim)


_BODILESS = (b"GET", b"HEAD", b"DELETE")


def _query_as_body(claim: V3Message) -> Iterator[bytes]:
    query = claim.url.partition(b"?")[2].decode("utf-8", "replace")
    for text in query_as_json(query):
        yield text.encode()


def _multipart_signed(claim: V3Message, _: bytes) -> Iterator[bytes]:
    if claim.multipart is not None:
        yield claim.multipart


def _meta_reserialised(claim: V3Message, _: bytes) -> Iterator[bytes]:
    if claim.multipart is None or not isinstance(claim.json.value, dict):
        return
    for name in ("filename", "file_name", "sha256", "file_digest"):
        value = claim.json.value.get(name)
        if isinstance(value, str):
            yield value.encode("utf-8", "surrogatepass")
            yield f'{{"{name}":"{value}"}}'.encode("utf-8", "surrogatepass")
    for _name, variants in BODY_MISTAKES[:12]:
        for told in _body(variants)(claim, b""):
            yield told.value if isinstance(told, Told) else told


V3_BODY_MISTAKES: tuple[Mistake, ...] = (
    Mistake("v3-upload-multipart-signed", BODY, _multipart_signed),
    Mistake("v3-upload-meta-reserialised", BODY, _meta_reserialised),
    Mistake("v3-body-not-signed", BODY, _body_not_signed),
    Mistake("v3-get-body-signed", BODY, _get_body_signed),
    Mistake("v3-body-not-sent", BODY, _body_not_sent),
    *(
        Mistake("v3-" + name, BODY, _body(variants), at_once=AT_ONCE.get(name, MAX_VARIANTS))
        for name, variants in BODY_MISTAKES
    ),
    Mistake("v3-body-spaced", BODY, _body_serialisers(all_of_them=False)),
    Mistake("v3-body-form", BODY, _body(url_encoded), at_once=0),
    Mistake("v3-body-spaced", BODY, _body_serialisers(all_of_them=True), is_wide=True),
)
