import pytest

from why401.capture.foreign import foreign_document, foreign_file


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"PK\x03\x04raw/1_c.txt", "ZIP", id="saz"),
        pytest.param(b"\xd4\xc3\xb2\xa1\x02\0", "pcap", id="pcap"),
        pytest.param(b"\n\r\r\n\x1c\0", "pcap", id="pcapng"),
        pytest.param(b"bplist00\xd1", "Proxyman", id="Proxyman"),
        pytest.param(b"\0\x01chls", "Charles", id="Charles"),
        pytest.param(b'<?xml version="1.0"?><items burpVersion="2">', "Burp", id="Burp"),
        pytest.param(b"\xef\xbb\xbf <!DOCTYPE html>", "web page", id="a page saved"),
        pytest.param(b"curl -H 'a: b' https://a/", "curl", id="curl"),
        pytest.param(b"hello", None, id="any text"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_files(head: bytes, expected: str | None) -> None:
    found = foreign_file(head)
    assert (found is None) if expected is None else (expected in str(found))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"info": {}, "item": []}, "Postman", id="Postman"),
        pytest.param({"collection": {}, "run": {}}, "Newman", id="Newman"),
        pytest.param({"_type": "export", "resources": []}, "Insomnia", id="Insomnia"),
        pytest.param({"openapi": "3.0.0"}, "API", id="OpenAPI"),
        pytest.param({"traceEvents": []}, "trace", id="trace"),
        pytest.param({"constants": {}, "events": []}, "NetLog", id="NetLog"),
        pytest.param({"a": 1}, None, id="any object"),
        pytest.param([1], None, id="a list"),
    ],
)
def test_documents(value: object, expected: str | None) -> None:
    found = foreign_document(value)
    assert (found is None) if expected is None else (expected in str(found))
