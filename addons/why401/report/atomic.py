"""A file that appears whole or not at all, readable by its owner alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class OutputError(Exception):
    """A file that could not be written: one line saying which, and why."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Give a file to write to that takes the place of `path` when the block ends well.

    It is written beside `path`, with mode 0600, and synced before it is renamed. Whatever ends
    the block early (Ctrl-C too) leaves an older file as it was and nothing else behind. A device or
    a pipe is written to as it is: who may do all would else make a file of /dev/null. Raises
    OutputError where the file system refuses.
    """
    target = Path(path)
    temporary = ""
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as file:
                yield file
            return
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent
        )
        with os.fdopen(descriptor, "wb", buffering=1 << 18) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise OutputError(str(path), f"cannot be written: {error.strerror or error}") from None
    finally:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
