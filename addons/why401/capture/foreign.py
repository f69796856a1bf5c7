"""Files of other programs that are given for a capture by mistake, known by how they begin."""

from __future__ import annotations

from typing import Any

_MAGIC = (
    (b"PK\x03\x04", "is a ZIP archive, as Fiddler's .saz is one"),
    (b"\xd4\xc3\xb2\xa1", "is a packet capture (pcap)"),
    (b"\xa1\xb2\xc3\xd4", "is a packet capture (pcap)"),
    (b"\x4d\x3c\xb2\xa1", "is a packet capture (pcap)"),
    (b"\n\r\r\n", "is a packet capture (pcap)"),
    (b"bplist00", "is a session file of Proxyman or another macOS program"),
    (b"SQLite format 3\0", "is a database"),
    (b"%PDF-", "is a PDF"),
    (b"\x7fELF", "is a program"),
)
_TEXTS = (
    (b"<items burp", "is Burp's XML"),
    (b"<!doctype html", "is a web page"),
    (b"<html", "is a web page"),
    (b"<charles-session", "is Charles' XML"),
    (b"<?xml", "is XML"),
    (b"curl ", "is a curl command"),
)
_LOOKED_AT = 4096


def foreign_file(head: bytes) -> str | None:
    """Return what a file that is no JSON is, by its first bytes; None where nothing shows it."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"chls" in head[:64]:
        return "is a session file of Charles"
    for beginning, name in _TEXTS:
        if beginning in text if beginning.startswith(b"<items") else text.startswith(beginning):
            return name
    return None


def foreign_document(value: Any) -> str | None:
    """Return what JSON without HAR entries is; None where nothing shows it."""
    if not isinstance(value, dict):
        return None
    info = value.get("info")
    if "collection" in value and "run" in value:
        return "is a report of Newman"
    if isinstance(info, dict) and "item" in value:
        return "is a Postman collection"
    if value.get("_type") == "export" or "__export_format" in value:
        return "is an export of Insomnia's requests"
    if "openapi" in value or "swagger" in value:
        return "is a description of an API"
    if "traceEvents" in value:
        return "is a performance trace"
    if "constants" in value and "events" in value:
        return "is a NetLog of Chromium"
    return None
