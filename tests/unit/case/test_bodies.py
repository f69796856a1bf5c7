import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from why401.case.bodies import (
    MAX_DECODED,
    MAX_MEMBERS,
    MAX_SEARCHED,
    Content,
    decoded_content,
    parse_form,
    parse_json,
    parse_xml,
    text_of,
    unpacked,
)
from why401.model import Body, Headers

TEXT = "错误 error".encode()
UNREADABLE = Content(b"", is_complete=False, is_decoded=False)


def headers(**fields: str) -> Headers:
    return Headers(tuple((k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()))


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate with the zlib header of the RFC"),
        pytest.param("deflate", zlib.compress(TEXT)[2:-4], id="raw deflate, as old servers send"),
        pytest.param("br", brotli.compress(TEXT), id="brotli"),
        pytest.param("zstd", zstandard.compress(TEXT), id="zstd"),
        pytest.param("gzip", gzip.compress(TEXT[:3]) + gzip.compress(TEXT[3:]), id="two members"),
        pytest.param("gzip", gzip.compress(TEXT) + bytes(9), id="padding behind it"),
        pytest.param(
            "zstd", zstandard.compress(TEXT[:3]) + zstandard.compress(TEXT[3:]), id="two frames"
        ),
        pytest.param("GZIP, br", brotli.compress(gzip.compress(TEXT)), id="two on top"),
        pytest.param("identity", TEXT, id="identity"),
    ],
)
def test_content_encoding_is_removed(encoding: str, data: bytes) -> None:
    content = decoded_content(Body(data), headers(content_encoding=encoding))
    assert content is not None
    assert (content.data, content.is_complete, content.is_decoded) == (TEXT, True, True)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "compress", "x-unknown"])
def test_what_cannot_be_decoded_is_kept_and_said(encoding: str) -> None:
    content = decoded_content(Body(b"\x00\x01plain"), headers(content_encoding=encoding))
    assert content is not None
    assert content.data == b"\x00\x01plain"
    assert not content.is_decoded


def test_a_bomb_is_cut_off() -> None:
    bomb = gzip.compress(b"\0" * (MAX_DECODED * 3))
    content = decoded_content(Body(bomb), headers(content_encoding="gzip"))
    assert content is not None
    assert len(content.data) <= MAX_DECODED
    assert not content.is_complete


def test_half_a_body_gives_its_half() -> None:
    data = gzip.compress(TEXT * 500)
    content = decoded_content(Body(data[:-20]), headers(content_encoding="gzip"))
    assert content is not None
    assert (TEXT * 500).startswith(content.data)
    assert not content.is_complete


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(TEXT) + b"more", id="something behind it"),
        pytest.param(gzip.compress(TEXT) * (MAX_MEMBERS + 1), id="more members than are read"),
    ],
)
def test_what_follows_a_stream_is_not_said_to_be_read(data: bytes) -> None:
    content = decoded_content(Body(data), headers(content_encoding="gzip"))
    assert content is not None
    assert not content.is_complete


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(gzip.compress(TEXT), Content(TEXT), id="gzip"),
        pytest.param(zlib.compress(TEXT), Content(TEXT), id="zlib"),
        pytest.param(brotli.compress(TEXT), Content(TEXT), id="brotli"),
        pytest.param(zstandard.compress(TEXT), Content(TEXT), id="zstd"),
        pytest.param(b"\x1f\x8b\x08" + b"\xff" * 9, UNREADABLE, id="broken"),
        pytest.param(zlib.compress(TEXT)[:-5], None, id="no mark, short, and cut"),
        pytest.param(
            zlib.compress(TEXT * 9)[:-4], Content(TEXT * 9, is_complete=False), id="zlib, cut"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n", None, id="an image"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF", None, id="a photograph"),
        pytest.param(TEXT, None, id="text"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_what_is_compressed_is_known_without_a_header(
    data: bytes, expected: Content | None
) -> None:
    assert unpacked(data) == expected


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08", b"x\x9c", b"(\xb5/\xfd"]))
def test_any_bytes_are_unpacked_without_an_exception(data: bytes, mark: bytes) -> None:
    content = unpacked(mark + data)
    assert content is None or len(content.data) <= MAX_DECODED


def test_a_body_that_a_har_already_decoded_is_not_decoded_again() -> None:
    content = decoded_content(Body(TEXT, is_decoded=True), headers(content_encoding="gzip"))
    assert content is not None
    assert content.data == TEXT


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        pytest.param("签名错误".encode(), "text/plain", "签名错误", id="no charset is UTF-8"),
        pytest.param("签名错误".encode("gbk"), "text/plain", "签名错误", id="GBK undeclared"),
        pytest.param("签名错误".encode("gbk"), "text/html; charset=gbk", "签名错误", id="GBK"),
        pytest.param("é".encode("latin-1"), "text/plain; charset=latin-1", "é", id="Latin-1"),
        pytest.param(b"\xff\xfe\xfd", "text/plain; charset=nonsense", "ÿþý", id="no such charset"),
        pytest.param(b"\xef\xbb\xbf{}", "application/json", "{}", id="byte order mark"),
    ],
)
def test_text_has_the_charset_that_fits(data: bytes, content_type: str, text: str) -> None:
    assert text_of(data, headers(content_type=content_type)) == text


def test_a_character_cut_by_the_limit_does_not_spoil_the_rest() -> None:
    data = b"a" * (MAX_SEARCHED - 1) + "错".encode()
    assert text_of(data, Headers()) == "a" * (MAX_SEARCHED - 1)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b'{"errcode": 40001}', {"errcode": 40001}, id="object"),
        pytest.param(b'\xef\xbb\xbf \n{"a":1}', {"a": 1}, id="byte order mark and blanks"),
        pytest.param(b'cb({"errcode":1});', {"errcode": 1}, id="JSONP"),
        pytest.param(b'a.b_c$1 ( {"x":[1]} )', {"x": [1]}, id="JSONP with blanks"),
        pytest.param(b'{"s":"\\ud800"}', {"s": "\ud800"}, id="lone surrogate"),
        pytest.param(b'{"s":"a\nb"}', {"s": "a\nb"}, id="raw newline"),
        pytest.param(b'{"a":1', None, id="half"),
        pytest.param(b'"text"', None, id="neither object nor array"),
        pytest.param(b"cb(1)", None, id="a call, but no object"),
        pytest.param(b'{"a":NaN}', None, id="NaN is not JSON"),
        pytest.param(b"[" * 100_000, None, id="nested too deeply"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_json_is_what_opens_an_object_or_array(data: bytes, value: object) -> None:
    assert parse_json(data) == value


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        pytest.param(
            b"<xml><a><![CDATA[ 1&2 ]]></a>\n<b>&lt;3</b></xml>",
            (("a", " 1&2 "), ("b", "<3")),
            id="CDATA and entities, nothing trimmed",
        ),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-8"?><xml><a>测试</a><e/></xml>'.encode(),
            (("a", "测试"), ("e", "")),
            id="declaration, Chinese, empty element",
        ),
        pytest.param(
            b"<xml><d><x>1</x><y>2</y></d></xml>", (("d", "12"),), id="deeper text counts"
        ),
        pytest.param(
            '<?xml version="1.0" encoding="GBK"?><xml><a>测试</a></xml>'.encode(),
            (("a", "测试"),),
            id="UTF-8 declared as something else",
        ),
        pytest.param(
            '<?xml version="1.0" encoding="ISO-8859-1"?><xml><a>é</a></xml>'.encode("latin-1"),
            (("a", "é"),),
            id="another charset, declared",
        ),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-16"?><xml><a>é</a></xml>'.encode("utf-16"),
            None,
            id="no bytes as a tag begins",
        ),
        pytest.param(b"<xml><a>1</a>", None, id="half"),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY e "boom">]><xml><a>&e;</a></xml>', None, id="DOCTYPE refused"
        ),
        pytest.param(b"<html><body>x</body></html>", None, id="HTML is no data"),
        pytest.param(b'{"a":1}', None, id="JSON"),
        pytest.param(b"<a>" * 40 + b"</a>" * 40, None, id="too deep"),
    ],
)
def test_xml_gives_the_children_of_the_root(
    data: bytes, fields: tuple[tuple[str, str], ...] | None
) -> None:
    assert parse_xml(data) == fields


def test_form_fields_are_decoded_once() -> None:
    assert parse_form("a=1%2B2&b=x+y&&c&a=%E6%B5%8B") == (
        ("a", "1+2"),
        ("b", "x y"),
        ("c", ""),
        ("a", "测"),
    )


@given(st.binary(max_size=300), st.sampled_from(["gzip", "br", "zstd", "deflate", ""]))
def test_any_bytes_are_read_without_an_exception(data: bytes, encoding: str) -> None:
    fields = headers(content_encoding=encoding, content_type="text/xml; charset=" + encoding)
    assert decoded_content(Body(data), fields) is not None
    assert isinstance(text_of(data, fields), str)
    parse_json(data)
    parse_json(b"{" + data)
    parse_xml(b"<xml>" + data)
    assert isinstance(parse_form(data), tuple)
