"""Signatures of the shape that AWS made common, and those of HTTP Message Signatures, as sent.

`AWS4-HMAC-SHA256 Credential=…, SignedHeaders=a;b, Signature=…` and its relatives (Tencent's TC3,
Alibaba's ACS3, Huawei's SDK-HMAC-SHA256, Volcengine's HMAC-SHA256), AWS also in the query.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from why401.credentials.parameters import parse_parameters
from why401.later import regex

SCHEMES = {
    "aws4-hmac-sha256": ("AWS4", ("x-amz-date", "date"), "x-amz-content-sha256", 900.0),
    "tc3-hmac-sha256": ("TC3", ("x-tc-timestamp",), "", 300.0),
    "acs3-hmac-sha256": ("ACS3", ("x-acs-date",), "x-acs-content-sha256", 900.0),
    "sdk-hmac-sha256": ("SDK", ("x-sdk-date",), "x-sdk-content-sha256", 900.0),
    "oss4-hmac-sha256": ("OSS4", ("x-oss-date", "date"), "x-oss-content-sha256", 900.0),
    "hmac-sha256": ("HMAC-SHA256", ("x-date",), "x-content-sha256", 900.0),
}
"""Scheme in lower case: short name, headers that hold the signing time, the one that holds the
payload's hash, and by how many seconds the clock may be off (the vendors' documents)."""

MAX_HEADERS = 100
_COMPACT = regex(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.\d{1,9})?Z")
_UNIX = regex(r"\d{10}")


class SignedHeaders(msgspec.Struct, frozen=True):
    """What the sender says that it signed. `scope` are the parts of Credential behind the key id;
    `date` the signing time as sent, `expires_s` how long a presigned URL lives. `missing` are the
    parameters that are not there."""

    name: str
    where: str
    key_id: str
    scope: tuple[str, ...]
    headers: tuple[str, ...]
    date: str | None
    payload_hash: str | None
    max_skew_s: float
    expires_s: float | None = None
    missing: tuple[str, ...] = ()

    @property
    def at_s(self) -> float | None:
        """The signing time in Unix seconds; None where it is none."""
        return time_of(self.date)


def time_of(text: str | None) -> float | None:
    """Return `20261120T000000Z`, the same with separators, or Unix seconds, as Unix seconds."""
    if text is None:
        return None
    text = text.strip()
    if _UNIX.fullmatch(text):
        return float(text)
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    try:
        numbers = [int(group) for group in found.groups()]
        return datetime.datetime(*numbers, tzinfo=datetime.UTC).timestamp()  # type: ignore[arg-type,misc]
    except (ValueError, OverflowError):
        return None


def from_header(
    scheme: str, credential: str, headers: Sequence[tuple[str, str]]
) -> SignedHeaders | None:
    """Return the claim behind one of SCHEMES; None for another scheme. `headers` are the request's
    fields, names in lower case."""
    known = SCHEMES.get(scheme.lower())
    if known is None:
        return None
    short, date_names, hash_name, skew_s = known
    params, _ = parse_parameters(credential.replace("&", ",") if "&" in credential else credential)
    found = {each.name.lower(): each.value for each in params}
    given = dict(reversed(headers))
    key_id, _, scope = found.get("credential", found.get("access", "")).partition("/")
    date = next((given[name] for name in date_names if name in given), None)
    # Of OSS the headers that are always signed are not listed, only the others.
    listed = "AdditionalHeaders" if short == "OSS4" else "SignedHeaders"
    wanted = ("Signature",) if short == "OSS4" else (listed, "Signature")
    missing = [n for n in wanted if not found.get(n.lower())]
    if not key_id:
        missing.insert(0, "Access" if short == "SDK" else "Credential")
    return SignedHeaders(
        short,
        "request.header.authorization",
        key_id,
        tuple(scope.split("/")) if scope else (),
        _names(found.get(listed.lower(), "")),
        date,
        given.get(hash_name),
        skew_s,
        missing=tuple(missing),
    )


def from_query(query: Sequence[tuple[str, str]]) -> SignedHeaders | None:
    """Return the claim of a presigned URL of AWS Signature Version 4; None for another URL."""
    found = {name.lower(): value for name, value in query if name.lower().startswith("x-amz-")}
    if "x-amz-signature" not in found and "x-amz-credential" not in found:
        return None
    key_id, _, scope = found.get("x-amz-credential", "").partition("/")
    expires = found.get("x-amz-expires", "")
    wanted = ("Credential", "Date", "Expires", "SignedHeaders", "Signature", "Algorithm")
    return SignedHeaders(
        "AWS4",
        "request.query.x-amz-signature",
        key_id,
        tuple(scope.split("/")) if scope else (),
        _names(found.get("x-amz-signedheaders", "")),
        found.get("x-amz-date"),
        None,
        900.0,
        float(expires) if expires.isdecimal() and len(expires) < 9 else None,
        tuple(name for name in wanted if not found.get(f"x-amz-{name.lower()}")),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(each.strip().lower() for each in text.split(";")[:MAX_HEADERS] if each.strip())
