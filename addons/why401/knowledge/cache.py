"""What a folder of rules holds, compiled and kept for the next start.

YAML is for authors: 700 files take a quarter of a second to read, their compiled form a
millisecond. It is kept in the user's cache folder under a key made of what the files are (path,
size, time of change) and of this program's own code. Whatever is wrong with a kept file, or with
keeping one, the rules are read again: nobody ever hears of it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import why401
from why401.documents import DocumentError
from why401.knowledge.base import firing
from why401.knowledge.codes import Category, Code
from why401.knowledge.fingerprints import Stored, ready
from why401.knowledge.index import Shelves, shelve
from why401.knowledge.read import Contents, read_folder
from why401.later import later

if TYPE_CHECKING:
    import tempfile
else:
    tempfile = later("tempfile")

type Stamp = tuple[tuple[bytes, int, int], ...]
"""Path, size and time of change (ns) of every file."""


class Part(msgspec.Struct, frozen=True):
    """A folder's contents ready to run. What is rarely needed stays encoded until it is: as bytes,
    which unlike `Raw` need not be looked through to find their end."""

    ids: list[str]
    rules: list[memoryview]
    """Rules without their cases, in the order of `ids`."""
    shelves: memoryview
    codes: memoryview
    categories: memoryview
    fingerprints: memoryview
    errors: list[tuple[str, int | None, str]]

    def read_shelves(self) -> Shelves:
        """Return the index of the rules."""
        return _decode_shelves(self.shelves)

    def read_codes(self) -> list[Code]:
        """Return the rows of the code tables."""
        return _decode_codes(self.codes)

    def read_categories(self) -> dict[str, Category]:
        """Return the categories of codes."""
        return _decode_categories(self.categories)

    def read_fingerprints(self) -> Stored:
        """Return the fingerprints of servers and their index."""
        return _decode_fingerprints(self.fingerprints)

    def faults(self) -> Iterator[DocumentError]:
        """Yield one error for each file that could not be read."""
        return (DocumentError(*error) for error in self.errors)


_encode = msgspec.msgpack.Encoder().encode
_decode_shelves = msgspec.msgpack.Decoder(Shelves).decode
_decode_codes = msgspec.msgpack.Decoder(list[Code]).decode
_decode_categories = msgspec.msgpack.Decoder(dict[str, Category]).decode
_decode_fingerprints = msgspec.msgpack.Decoder(Stored).decode
_decode_part = msgspec.msgpack.Decoder(Part).decode

_MAGIC = b"why401 knowledge 1\n"


def part_of(folder: Path) -> Part:
    """Return what `folder` holds: kept from an earlier start where no file has changed since, else
    read anew and kept. Never raises."""
    kept = cache_file(folder)
    key = _key(stamp_of(folder))
    part = _read(kept, key) if kept else None
    if part is None:
        part = compiled_part(read_folder(folder))
        if kept and part.ids:
            _write(kept, key, part)
    return part


def compiled_part(contents: Contents) -> Part:
    """Return `contents` ready to run."""
    rules = contents.rules
    return Part(
        ids=[rule.id for rule in rules],
        rules=[_encoded(msgspec.structs.replace(rule, tests=[])) for rule in rules],
        shelves=_encoded(shelve([firing(rule) for rule in rules])),
        codes=_encoded(contents.codes),
        categories=_encoded(contents.categories),
        fingerprints=_encoded(ready(contents.servers)),
        errors=[(error.path, error.line, error.message) for error in contents.errors],
    )


def _encoded(value: object) -> memoryview:
    return memoryview(_encode(value))


def stamp_of(folder: Path) -> Stamp:
    """Return what the rule and table files below `folder` are, without opening one."""
    found: list[tuple[bytes, int, int]] = []
    todo = [os.fsencode(folder)]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith((b".yaml", b".csv")):
                        stat = entry.stat()
                        found.append((entry.path, stat.st_size, stat.st_mtime_ns))
                    elif entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
        except OSError:
            # A file that vanishes meanwhile changes the stamp at the next look.
            continue
    return tuple(sorted(found))


def cache_file(folder: Path) -> Path | None:
    """Return where the compiled form of `folder` is kept; None where this user has no place."""
    place = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        if place and Path(place).is_absolute():
            base = Path(place)
        elif sys.platform == "win32":
            base = Path(os.environ["LOCALAPPDATA"])
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path.home() / ".cache"
    except (KeyError, RuntimeError):
        return None
    name = hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return base / "why401" / f"knowledge-{name}.bin"


def _key(stamp: Stamp) -> bytes:
    """Return a digest of the files and of the code that compiles them."""
    what = _encode((why401.__version__, sys.version_info[:2], stamp_of_code(), stamp))
    return hashlib.blake2b(what, digest_size=16).digest()


def stamp_of_code() -> Stamp:
    """Return what the modules beside this one are: a checkout changes without a new version."""
    try:
        with os.scandir(os.fsencode(Path(__file__).parent)) as entries:
            stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(b".py")]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


def _read(path: Path, key: bytes) -> Part | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + len(key) + 4
    checksum = zlib.crc32(memoryview(data)[head:]).to_bytes(4, "big")
    if data[:head] != _MAGIC + key + checksum:
        return None
    try:
        return _decode_part(memoryview(data)[head:])
    except msgspec.DecodeError:
        return None


def _write(path: Path, key: bytes, part: Part) -> None:
    """Keep `part`, whole or not at all, so that another process never reads half of it."""
    data = _encode(part)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(_MAGIC + key + zlib.crc32(data).to_bytes(4, "big") + data)
                file.close()
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
    except OSError:
        # A read-only home or a full disk: the next start takes a quarter of a second longer.
        return
