"""JSON Web Tokens taken apart without trusting them (RFC 7515, 7516, 7519), limits before work.

Own decoder because a library refuses the very tokens that have to be explained. Nothing is
verified, decrypted or inflated here.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from why401.credentials.base64_text import decode_base64
from why401.credentials.claims import claim_problems
from why401.credentials.remembered import remembered
from why401.credentials.strict_json import parse_object
from why401.masking import Unshown

MAX_CHARS = 32 * 1024
MAX_PARTS = 6

ALGORITHMS = frozenset(
    {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    | {"ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "none"}
)
_BY_LOWER = {name.lower(): name for name in ALGORITHMS}

SIGNATURE_BYTES: Mapping[str, tuple[int, ...]] = {
    "HS256": (32,),
    "HS384": (48,),
    "HS512": (64,),
    "ES256": (64,),
    "ES256K": (64,),
    "ES384": (96,),
    "ES512": (132,),
    "EdDSA": (64, 114),
    "Ed25519": (64,),
    "Ed448": (114,),
}
"""How long a signature must be (RFC 7518 section 3.4, RFC 8037); RSA's depends on the key."""

_MIN_RSA_BYTES = 128
OPENINGS = ("eyJ", "eyAi", "ewo", "ew0", "ewk", "eyAK", "eyAg")
"""How the base64 of a JSON object begins."""
_HEADER_NAMES = (b'"alg"', b'"typ"', b'"kid"', b'"enc"')


class Jwt(Unshown, frozen=True):
    """A token taken apart. `claims` and `signature` are None where there are none to be read;
    `parts` is the number of segments, `signing_input` the bytes that a JWS signature covers."""

    header: Mapping[str, Any] | None
    claims: Mapping[str, Any] | None
    signature: bytes | None
    signing_input: bytes
    parts: int
    problems: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """`jwe` for an encrypted token, else `jwt`."""
        return "jwe" if "jwe-not-jws" in self.problems else "jwt"

    @property
    def alg(self) -> str | None:
        """The header's `alg` where it is text."""
        alg = self.header.get("alg") if self.header else None
        return alg if isinstance(alg, str) else None


def is_probably_jwt(text: str) -> bool:
    """Whether `text` is a JWT, or one that was damaged: it opens like a JSON header and has a dot.

    Values that only look alike (a signed Flask session begins with `eyJ` too) are told by their
    first segment, which decodes but names none of `alg`, `typ`, `kid` and `enc`.
    """
    return text.startswith(OPENINGS) and _has_jose_header(text)


@remembered
def _has_jose_header(text: str) -> bool:
    first, dot, _ = text[:MAX_CHARS].partition(".")
    if not dot:
        return False
    header = decode_base64(first[: len(first) if len(first) < 2048 else 2048]).data
    return header is None or any(name in header for name in _HEADER_NAMES)


@remembered
def decode_jwt(text: str) -> Jwt:
    """Return `text` taken apart, with the ids of all that its bytes show to be wrong; never raises.

    Problems are the names under `jwt.` in the catalogue of causes (`malformed`, `two-segments`,
    `alg-none`, `time-in-milliseconds`, …), so far as they follow from the token alone, and
    `duplicate-key`, `too-deep`, `bad-number`, `alg-missing`. `too-large` here means: beyond
    32 KiB in all or 16 KiB in a part, and so not decoded.
    """
    if len(text) > MAX_CHARS:
        return Jwt(None, None, None, b"", text.count(".") + 1, ("too-large",))
    # Behind a whole token a tilde begins the disclosures of an SD-JWT (RFC 9901 section 4).
    token, tilde, _ = text.partition("~")
    text = token if tilde and token.count(".") == 2 else text
    segments = text.split(".", MAX_PARTS)
    parts = text.count(".") + 1
    problems: dict[str, None] = {}
    if text.startswith("ZXlK"):  # the base64 of `eyJ`
        return Jwt(None, None, None, b"", parts, ("nested-or-double-encoded",))
    header = _json_segment(segments[0], problems)
    if parts == 2 and header is not None:
        problems["two-segments"] = None
        claims = _json_segment(segments[1], {})
        return Jwt(header, claims, None, b"", parts, _all(problems, header, claims))
    if parts == 5 and header is not None and "enc" in header:
        problems["jwe-not-jws"] = None
        return Jwt(header, None, None, b"", parts, tuple(problems))
    if parts != 3:
        problems["malformed"] = None
        return Jwt(header, None, None, b"", parts, tuple(problems))
    claims = _claims(segments[1], problems)
    signature = _segment(segments[2], problems)
    signing_input = f"{segments[0]}.{segments[1]}".encode("utf-8", "surrogatepass")
    if header is not None and signature is not None:
        problems.update(dict.fromkeys(_signature_problems(header.get("alg"), signature)))
    return Jwt(header, claims, signature, signing_input, parts, _all(problems, header, claims))


def _segment(text: str, problems: dict[str, None]) -> bytes | None:
    decoded = decode_base64(text)
    if decoded.data is None:
        problems["malformed"] = None
        return None
    if decoded.padding:
        problems["padding"] = None
    if decoded.has_standard:
        problems["standard-base64"] = None
    if not decoded.is_canonical:
        problems["non-canonical-base64"] = None
    return decoded.data


def _json_segment(text: str, problems: dict[str, None]) -> Mapping[str, Any] | None:
    data = _segment(text, problems)
    if data is None:
        return None
    value, faults = parse_object(data)
    problems.update(dict.fromkeys(faults))
    return value


def _claims(text: str, problems: dict[str, None]) -> Mapping[str, Any] | None:
    """Return the claims; a payload that is a token itself is named, and malformed or not by cty."""
    data = _segment(text, problems)
    if data is None:
        return None
    inner = data[:MAX_CHARS].strip(b' \t\r\n"').decode("latin-1")
    if is_probably_jwt(inner):
        problems["nested-or-double-encoded"] = None
        return None
    value, faults = parse_object(data)
    problems.update(dict.fromkeys(faults))
    return value


def _signature_problems(alg: object, signature: bytes) -> list[str]:
    if not isinstance(alg, str) or alg.lower() == "none":
        return []
    if not signature:
        return ["empty-signature"]
    name = _BY_LOWER.get(alg.lower(), alg)
    sizes = SIGNATURE_BYTES.get(name)
    if sizes is None:
        is_rsa = name[:2] in ("RS", "PS")
        return ["signature-length"] if is_rsa and len(signature) < _MIN_RSA_BYTES else []
    if len(signature) in sizes:
        return []
    if name.startswith("ES") and is_der_signature(signature):
        return ["es256-der-signature"]
    return ["signature-length"]


def is_der_signature(data: bytes) -> bool:
    """Whether `data` is a DER SEQUENCE of two INTEGERs and nothing else (X9.62, RFC 3279)."""
    if len(data) < 8 or data[0] != 0x30:
        return False
    at, length = 2, data[1]
    if length == 0x81:
        at, length = 3, data[2]
    if (length >= 0x80 and at == 2) or at + length != len(data):
        return False
    for _ in range(2):
        if at + 2 > len(data) or data[at] != 0x02 or data[at + 1] in range(0x80, 0x100):
            return False
        at += 2 + data[at + 1]
    return at == len(data)


def _all(
    problems: dict[str, None],
    header: Mapping[str, Any] | None,
    claims: Mapping[str, Any] | None,
) -> tuple[str, ...]:
    """Return the problems so far and those that the values of header and claims show."""
    if header is not None:
        problems.update(dict.fromkeys(_header_problems(header, claims)))
    if claims is not None:
        problems.update(dict.fromkeys(claim_problems(claims)))
    return tuple(problems)


def _header_problems(header: Mapping[str, Any], claims: Mapping[str, Any] | None) -> list[str]:
    problems: list[str] = []
    alg = header.get("alg")
    if not isinstance(alg, str):
        problems.append("alg-missing")
    elif alg.lower() == "none":
        problems.append("alg-none")
    elif alg not in ALGORITHMS and alg.lower() in _BY_LOWER:
        problems.append("alg-case")
    if "kid" in header and not isinstance(header["kid"], str):
        problems.append("kid-type")
    if "crit" in header or header.get("b64") is False:
        problems.append("crit-unsupported")
    is_proof = str(header.get("typ")).lower() == "dpop+jwt"
    if ("jwk" in header and not is_proof) or any(
        name in header and not _is_of_issuer(header[name], claims) for name in ("jku", "x5u")
    ):
        problems.append("header-tampered")
    return problems


def _is_of_issuer(url: object, claims: Mapping[str, Any] | None) -> bool:
    """Whether `url` is on the host of the issuer that the token names."""
    host = _host(url)
    return host is not None and host == _host((claims or {}).get("iss"))


def _host(url: object) -> str | None:
    if not isinstance(url, str):
        return None
    try:
        return urllib.parse.urlsplit(url).hostname
    except ValueError:
        return None
