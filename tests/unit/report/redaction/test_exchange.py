"""An exchange taken apart and put together again by a walker that masks."""

import functools
import gzip
import io
import zlib
from collections.abc import Callable

import brotli
import msgspec
import pytest
import zstandard
from hypothesis import given
from tests.any_exchange import exchanges
from tests.exchanges import exchange

from why401.capture.entry import Entry
from why401.capture.read import capture_from_bytes
from why401.case.bodies import MAX_DECODED
from why401.masking import Masker
from why401.model import Body, Exchange, Headers, Response, WebSocketMessage
from why401.report.har import dump_har
from why401.report.redaction import Redactor
from why401.report.redaction.exchange import Rewriter
from why401.report.redaction.walk import Walker

SECRET = "s3cretAbc9defGh1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n%s\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"page\"\r\n\r\n2\r\n--b--\r\n"
)  # fmt: skip
PART = b'--b\r\nContent-Disposition: form-data; name="log"\r\n\r\n%s\r\n--b--\r\n'
URL = "https://h.test/p"
JSON = f'{{"password":"{SECRET}"}}'.encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two members of gzip": lambda data: gzip.compress(b"[" * 9) + gzip.compress(data),
    "gzip twice": lambda data: gzip.compress(gzip.compress(data)),
    "zlib": zlib.compress,
    "raw deflate": lambda data: zlib.compress(data)[2:-4],
    "brotli": brotli.compress,
    "zstd": zstandard.compress,
}


def rewritten(given: Exchange) -> tuple[Exchange, list[str]]:
    notes: list[str] = []
    walker = Walker(lambda kind, value: f"masked-{kind}" if SECRET in value else value)
    return Rewriter(walker, notes.append).exchange(given), notes


def sent(headers: dict[str, str], body: bytes) -> Exchange:
    return exchange(URL, method="POST", headers=headers, body=body)


def utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


PLACES = [
    pytest.param(exchange(f"{URL}?access_token={SECRET}&page=2"), id="target"),
    pytest.param(sent({"Authorization": f"Bearer {SECRET}"}, b""), id="field"),
    pytest.param(sent(FORM, f"password={SECRET}&page=2".encode()), id="form"),
    pytest.param(
        sent({"Content-Type": "multipart/form-data; boundary=b"}, MULTIPART % SECRET.encode()),
        id="multipart",
    ),
    pytest.param(exchange(URL, json={"password": SECRET}), id="answer"),
    pytest.param(
        exchange(URL, response_body=utf16(f'{{"password":"{SECRET}"}}')), id="answer in UTF-16"
    ),
    pytest.param(
        exchange(
            URL, response_headers={"Content-Encoding": "gzip"},
            response_body=gzip.compress(f'{{"password":"{SECRET}"}}'.encode()),
        ),
        id="compressed answer",
    ),
    *(
        pytest.param(exchange(URL, response_body=pack(JSON)), id=f"answer in {name} unsaid")
        for name, pack in PACKERS.items()
    ),
    pytest.param(
        sent({"Content-Type": "multipart/form-data; boundary=b"}, PART % gzip.compress(JSON)),
        id="part in gzip",
    ),
    pytest.param(
        exchange(
            URL, response_headers={"Content-Encoding": "br"},
            response_body=brotli.compress(gzip.compress(JSON)),
        ),
        id="a gzip file in a compressed answer",
    ),
]  # fmt: skip


@pytest.mark.parametrize("given", PLACES)
def test_a_secret_is_replaced_in_its_place_and_the_rest_stays(given: Exchange) -> None:
    new, notes = rewritten(given)
    assert new != given
    assert SECRET not in str(new).replace("\\x00", "")
    assert "masked-" in str(new).replace("\\x00", "")
    assert notes == []
    assert (new.id, new.times, new.request.method) == (given.id, given.times, given.request.method)


def test_a_multipart_body_keeps_its_shape() -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    new, _ = rewritten(sent(kind, MULTIPART % SECRET.encode()))
    assert new.request.body is not None
    assert new.request.body.data == MULTIPART % b"masked-password"
    assert not new.request.body.is_exact


def test_a_body_that_was_altered_says_how_long_it_was() -> None:
    body = f"password={SECRET}".encode()
    new, _ = rewritten(sent(FORM, body))
    assert new.request.body is not None
    assert new.request.body.sent_bytes == len(body)
    assert new.request.body.is_complete


def test_what_cannot_be_decoded_is_left_out_and_noted() -> None:
    given = exchange(URL, response_headers={"Content-Encoding": "gzip"}, response_body=b"no gzip")
    new, notes = rewritten(given)
    assert new.response is not None
    assert new.response.body == Body(b"", is_exact=False, is_complete=False, sent_bytes=7)
    assert notes == ["t#0 response body: its Content-Encoding could not be undone; left out"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(JSON)[:-9], id="cut short"),
        pytest.param(gzip.compress(JSON)[:-8] + bytes(8), id="a checksum that is wrong"),
        pytest.param(gzip.compress(b"[]") + JSON, id="something behind it"),
        pytest.param(functools.reduce(lambda d, _: gzip.compress(d), range(9), JSON), id="nested"),
        pytest.param(gzip.compress(bytes(MAX_DECODED) + JSON), id="a bomb"),
        pytest.param(brotli.compress(bytes(MAX_DECODED * 3) + JSON), id="a bomb without a mark"),
    ],
)
def test_what_cannot_be_unpacked_is_left_out_and_noted(data: bytes) -> None:
    new, notes = rewritten(exchange(URL, response_body=data))
    assert new.response is not None
    assert new.response.body is not None
    assert (new.response.body.data, new.response.body.sent_bytes) == (b"", len(data))
    assert notes == ["t#0 response body: compressed, and could not be unpacked; left out"]


@pytest.mark.parametrize("pack", [pytest.param(pack, id=name) for name, pack in PACKERS.items()])
def test_what_is_compressed_and_holds_no_secret_stays_as_it_is(
    pack: Callable[[bytes], bytes],
) -> None:
    given = exchange(URL, response_body=pack(b'{"page": "one of several"}'))
    assert rewritten(given) == (given, [])


def test_a_compressed_message_of_a_websocket_is_looked_into() -> None:
    message = WebSocketMessage(True, 2, gzip.compress(JSON), 1.0)
    new, _ = rewritten(msgspec.structs.replace(exchange(URL), websocket=(message,)))
    assert new.websocket[0].data == b'{"password":"masked-password"}'


def test_a_secret_learnt_from_a_compressed_body_is_replaced_elsewhere() -> None:
    redactor = Redactor(Masker(b"k"))
    redactor.learn(exchange(URL, response_body=gzip.compress(JSON)))
    assert SECRET not in str(redactor.exchange(exchange(f"{URL}?q={SECRET}")))


def reread(item: Exchange) -> Exchange:
    """Return `item` written as a HAR and read again, under its own name."""
    file = io.BytesIO()
    dump_har(file, [(item, None)], version="1")
    entry = capture_from_bytes(file.getvalue(), "h.har").entry(0)
    assert isinstance(entry, Entry)
    return msgspec.structs.replace(entry.exchange(), id=item.id)


def test_what_was_left_out_is_noted_by_every_later_redaction() -> None:
    """Through `Redactor`, which passes by what holds no secret."""
    given = exchange(URL, response_headers={"Content-Encoding": "gzip"}, response_body=b"no gzip")
    first, later = Redactor(Masker(b"k")), Redactor(Masker(b"k"))
    once = reread(first.exchange(given))
    twice = reread(later.exchange(once))
    assert twice == once
    assert later.receipt().unparsed == first.receipt().unparsed != ()


def test_a_body_that_its_producer_did_not_keep_is_not_noted() -> None:
    given = exchange(URL, response_headers={"Content-Encoding": "gzip"})
    assert given.response is not None
    missing = Body(b"", is_decoded=True, is_exact=False, is_complete=False)
    response = msgspec.structs.replace(given.response, body=missing)
    assert rewritten(msgspec.structs.replace(given, response=response))[1] == []


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    given = exchange(URL, response_body=b"\x89PNG\r\n\0\xff\xfe\xfd" * 9)
    assert rewritten(given)[0] == given
    field = Headers(((b"X-Odd", b"\xff\xfe"),))
    odd = Exchange("x", given.request, Response(200, headers=field))
    assert rewritten(odd)[0] == odd


@given(exchanges())
def test_an_exchange_without_secrets_is_the_same_afterwards(given: Exchange) -> None:
    notes: list[str] = []
    new = Rewriter(Walker(lambda _, value: value), notes.append).exchange(given)
    assert notes or new == given
