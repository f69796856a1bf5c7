"""How a shared secret is mistaken: the bytes that one side uses where the other uses the text."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterator

from why401.credentials.base64_text import decode_base64
from why401.masking import Unshown

MAX_SECRET = 16 * 1024


class Variant(Unshown, frozen=True):
    """One mistaken form of a secret. `cause` is the id under `jwt/secret-encoding`, `name` what is
    shown; `data` is the key itself and never shown."""

    cause: str
    name: str
    data: bytes


def secret_variants(secret: str) -> tuple[Variant, ...]:
    """Return every mistaken form of `secret`, most common first, each once, the plain one never."""
    plain = secret.encode("utf-8", "surrogatepass")
    if len(plain) > MAX_SECRET:
        return ()
    found: dict[bytes, Variant] = {}
    for cause, name, data in _forms(secret, plain):
        if data and data != plain and data not in found:
            found[data] = Variant(cause, name, data)
    return tuple(found.values())


def _forms(secret: str, plain: bytes) -> Iterator[tuple[str, str, bytes]]:
    stripped = secret.strip(" \t\r\n")
    yield from _decoded(stripped)
    yield "newline", "with a line break at its end", plain + b"\n"
    yield "newline", "with CRLF at its end", plain + b"\r\n"
    yield "newline", "without blanks around it", stripped.encode("utf-8", "surrogatepass")
    yield "quotes", "in double quotes", b'"' + plain + b'"'
    yield "quotes", "in single quotes", b"'" + plain + b"'"
    if len(stripped) > 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'`":
        yield "quotes", "without its quotes", stripped[1:-1].encode("utf-8", "surrogatepass")
    standard = base64.b64encode(plain)
    url_safe = base64.urlsafe_b64encode(plain)
    yield "encoded", "base64-encoded", standard
    yield "encoded", "base64-encoded, without padding", standard.rstrip(b"=")
    yield "encoded", "base64url-encoded", url_safe
    yield "encoded", "base64url-encoded, without padding", url_safe.rstrip(b"=")
    yield "encoded", "base64-encoded with a line break", base64.b64encode(plain + b"\n")
    yield "encoded", "hex-encoded", plain.hex().encode()
    yield "encoded", "hex-encoded, upper case", plain.hex().upper().encode()
    yield from _charsets(secret)
    yield from _escapes(secret, stripped)
    for size in (32, 64, 16):
        if len(plain) > size:
            yield "cut", f"cut to {size} bytes", plain[:size]


def _decoded(stripped: str) -> Iterator[tuple[str, str, bytes]]:
    has_prefix = stripped.lower().startswith("base64:")
    body = stripped[len("base64:") :] if has_prefix else stripped
    if has_prefix:
        yield "prefix", "without base64: and decoded", decode_base64(body).data or b""
        yield "prefix", "without base64:", body.encode("utf-8", "surrogatepass")
    decoded = decode_base64(body)
    if decoded.data:
        name = "base64url-decoded" if decoded.has_url_safe else "base64-decoded"
        yield "base64", name, decoded.data
        yield "base64", f"{name}, line break dropped", decoded.data.rstrip(b"\r\n")
    # Lenient decoders skip what is not in the alphabet (Java, PHP, Node).
    lenient = "".join(each for each in body if each.isascii() and (each.isalnum() or each in "+/"))
    if lenient != body:
        loose = decode_base64(lenient[: len(lenient) - (len(lenient) % 4 == 1)])
        if loose.data:
            yield "base64", "base64-decoded, other characters skipped", loose.data
    if len(body) % 2 == 0:
        try:
            yield "hex", "hex-decoded", bytes.fromhex(body)
        except ValueError:
            return


def _charsets(secret: str) -> Iterator[tuple[str, str, bytes]]:
    yield "charset", "as UTF-16LE", secret.encode("utf-16-le", "surrogatepass")
    yield "charset", "as UTF-16BE", secret.encode("utf-16-be", "surrogatepass")
    for name, codec in (("Latin-1", "latin-1"), ("GBK", "gbk")):
        try:
            yield "charset", f"as {name}", secret.encode(codec)
        except UnicodeEncodeError:
            continue


def _escapes(secret: str, stripped: str) -> Iterator[tuple[str, str, bytes]]:
    interpreted = secret.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
    yield (
        "escape",
        "with \\n read as a line break",
        interpreted.replace("\\\\", "\\").encode("utf-8", "surrogatepass"),
    )
    literal = secret.replace("\r", "\\r").replace("\n", "\\n")
    yield "escape", "with line breaks written as \\n", literal.encode("utf-8", "surrogatepass")
    dollar = secret.replace("$$", "$")
    yield "escape", "with $$ read as $", dollar.encode("utf-8", "surrogatepass")
    unquoted = urllib.parse.unquote_plus(stripped)
    yield "percent", "percent-decoded", unquoted.encode("utf-8", "surrogatepass")
    quoted = urllib.parse.quote(stripped.encode("utf-8", "surrogatepass"), safe="")
    yield "percent", "percent-encoded", quoted.encode()
