"""Whether any secret is left in any output: generated captures through the whole of `why401 scan`,
every output searched for every secret in every encoding.

`python -m bench leaks --captures 20000`; 500 without a number, 50 with `--quick`.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import json
import os
import re
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import why401.commands.scan as scan_command
from bench.encodings import ENCODINGS
from bench.planted import Planted, planted
from bench.table import Figure, print_table
from why401.configuration import DEFAULTS
from why401.report.annotation import Annotation
from why401.report.har import dump_har

CAPTURES = "WHY401_BENCH_CAPTURES"
QUICK = "WHY401_BENCH_QUICK"
MIN_CHARS = 8
MAX_SHOWN = 20
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def main() -> None:
    count = int(os.environ.get(CAPTURES) or (50 if os.environ.get(QUICK) else 500))
    # The rules are the same for every capture; a process reads them once.
    load = functools.cache(vars(scan_command)["load_knowledge"])
    vars(scan_command)["load_knowledge"] = load
    leaks: Counter[str] = Counter()
    leaking = secrets = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            capture = planted(seed)
            secrets += len(capture.secrets)
            found = sorted(set(leaks_of(capture, Path(folder))))
            leaking += bool(found)
            leaks.update(found)
            if found and leaking <= MAX_SHOWN:
                print(f"capture {seed}: {'; '.join(found)}", file=sys.stderr)
            if seed % 1000 == 999:
                print(f"{seed + 1} captures, {leaking} leak", file=sys.stderr, flush=True)
    figures = [
        Figure("captures searched", str(count)),
        Figure("secrets planted", str(secrets)),
        Figure("captures with a secret left in an output", str(leaking), "0", leaking == 0),
    ]
    figures += [Figure(name, str(number)) for name, number in leaks.most_common(10)]
    print_table("leaks: generated captures, every output, every encoding", figures)


def leaks_of(capture: Planted, folder: Path) -> Iterator[str]:
    """Yield `output: encoding` for every secret that an output of `capture` still holds."""
    forms: dict[str, str] = {}
    for secret in capture.secrets:
        for label, form in _forms(secret):
            if len(form) >= MIN_CHARS:
                forms.setdefault(form, label)
    for name, data in outputs(capture, folder).items():
        for view in views(data):
            yield from (f"{name}: {forms[form]}" for form in forms if form in view)


def _forms(secret: str) -> Iterator[tuple[str, str]]:
    for label, encode in ENCODINGS.items():
        if label == "base64, second":
            yield label, encode(secret)[2:-4]
        elif label == "base64, third":
            yield label, encode(secret)[3:-4]
        elif label == "base64":
            yield label, encode(secret).rstrip("=")[:-1]
        else:
            yield label, encode(secret)


def outputs(capture: Planted, folder: Path) -> dict[str, bytes]:
    """Return what `why401 scan` writes of `capture`, by format; standard error is one of them."""
    path = folder / f"{capture.name}.har"
    with path.open("wb") as file:
        entries = [
            (exchange, Annotation(comment=comment) if comment else None)
            for exchange, comment in zip(capture.exchanges, capture.comments, strict=True)
        ]
        dump_har(file, entries, version="0")
    har, page = folder / "out.har", folder / "out.html"
    found: dict[str, bytes] = {}
    for name, options in (
        ("text", _options()),
        ("JSON lines", _options(output="jsonl")),
        ("JSON", _options(output="json", show_all=True, har=str(har), html=str(page))),
    ):
        found[name], found[f"{name}, standard error"] = _scanned(path, options)
    found["annotated HAR"], found["HTML"] = har.read_bytes(), page.read_bytes()
    path.unlink()
    return found


_options = functools.partial(scan_command.ScanOptions, language="en")


def _scanned(path: Path, options: scan_command.ScanOptions) -> tuple[bytes, bytes]:
    before = sys.stdout, sys.stderr
    out, errors = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    sys.stdout, sys.stderr = out, errors
    try:
        # The name as given is shown: the folder of this run is no secret, and no part of it.
        scan_command.scan_files([str(path)], DEFAULTS, options)
    finally:
        sys.stdout, sys.stderr = before
    out.flush()
    errors.flush()
    return _bytes(out), _bytes(errors)


def _bytes(stream: io.TextIOWrapper) -> bytes:
    buffer: Any = stream.buffer
    return bytes(buffer.getvalue())


def views(data: bytes) -> Iterator[str]:
    """Yield an output as it stands and as those see it who open it: JSON decoded, HTML and URLs
    unescaped, base64 undone (of binary bodies too) and unpacked, UTF-16 read."""
    text = data.decode("utf-8", "replace")
    yield text
    yield html.unescape(text)
    decoded = _json_texts(text)
    yield decoded
    yield unquote(decoded)
    inner = b"\n".join(map(_unpacked, map(_undone, set(_BASE64.findall(data)))))
    yield inner.decode("utf-8", "replace")
    yield inner.decode("latin-1").replace("\0", "")


def _json_texts(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(value, ensure_ascii=False)


def _unpacked(data: bytes) -> bytes:
    try:
        # 47: zlib finds out which of its two headers it is.
        return zlib.decompress(data, 47)
    except zlib.error:
        return data


def _undone(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.rstrip(b"=") + b"==", altchars=b"-_" if b"-" in text else None)
    except ValueError:
        return b""
