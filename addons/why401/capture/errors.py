"""The one error that reading a capture may raise."""

from __future__ import annotations


class CaptureError(Exception):
    """A file that cannot be read, or only in part: one line saying which, and what is wrong."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"
