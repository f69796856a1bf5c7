"""Every form in which a secret could stand in an output."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MIN_CHARS = 10


def forms(secret: str) -> set[str]:
    """Return the texts of which none may be in an output; of a PEM, the lines that are private."""
    if "-----BEGIN" in secret:
        # The first lines hold the modulus, which is public.
        lines = secret.split("\n")[8:-2]
        return {form for line in lines for form in (line, base64.b64decode(line + "==").hex())}
    return {form for form in _forms(secret) if len(form) >= MIN_CHARS}


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield from (secret, secret.lower(), secret.upper(), secret[4:], secret[:-4])
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # In the midst of other bytes: without the characters that these have a part in.
            text = encode(b"\0" * before + raw).decode().rstrip("=")
            yield text[2 * before : -1 if (before + len(raw)) % 3 else None]
    for encoded in (quote(secret, safe=""), quote_plus(secret)):
        yield encoded
        yield quote(encoded, safe="")
    yield "".join(f"%{byte:02X}" for byte in raw)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(json.dumps(secret))[3:-3]
    yield "".join(f"\\u{ord(char):04x}" for char in secret)
    yield html.escape(secret)
    yield repr(secret)[1:-1]


def found_in(output: str, secret: str) -> list[str]:
    """Return the forms of `secret` that stand in `output`."""
    return [form for form in forms(secret) if form in output]
