import ast
from pathlib import Path

import pytest

import why401
from why401.capture import foreign
from why401.commands.file_words import in_words, unwritable_output

CAPTURE = Path(why401.__file__).parent / "capture"
_RAISING = {"CaptureError", "UnreadableEntryError", "Skipped"}


def raised() -> list[str]:
    """Return every fixed text with which the importer says what is wrong with a file."""
    found: list[str] = []
    for path in CAPTURE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _RAISING:
                last = node.args[-1]
                if isinstance(last, ast.Constant):
                    found.append(str(last.value))
    return found


KNOWN = [name for _, name in (*foreign._MAGIC, *foreign._TEXTS)]


@pytest.mark.parametrize("message", sorted({*raised(), *KNOWN}))
def test_every_text_has_words(message: str) -> None:
    assert in_words(message, "zh") != message
    assert in_words(message, "en").startswith(message)


@pytest.mark.parametrize(
    ("message", "zh", "en"),
    [
        pytest.param(
            "cannot be read: No such file or directory",
            "读不了：没有这个文件或目录",
            "cannot be read: no such file or folder",
            id="missing",
        ),
        pytest.param(
            "cannot be read: Is a directory",
            "读不了：这是目录；请写出里面的文件，例如 d/*.har",
            "cannot be read: is a folder; name the files in it: d/*.har",
            id="folder",
        ),
        pytest.param(
            "cannot be written: Is a directory",
            "写不了：这是目录；请写出文件名",
            "cannot be written: is a folder; name a file in it",
            id="output",
        ),
        pytest.param("cannot be written: Odd", "写不了：Odd", "cannot be written: Odd", id="other"),
        pytest.param(
            "is cut off: it ends within entry 4",
            "不完整：在第 4 个条目处断了；前面的已诊断",
            "is cut off within entry 4; what stands before was diagnosed",
            id="cut off",
        ),
        pytest.param("odd", "odd", "odd", id="no words"),
    ],
)
def test_words(message: str, zh: str, en: str) -> None:
    assert in_words(message, "zh", "d") == zh
    assert in_words(message, "en", "d") == en


def test_standard_output() -> None:
    full = OSError(28, "No space left on device")
    assert unwritable_output(full, "zh") == "标准输出: 写不了：磁盘已满"
    assert unwritable_output(full, "en") == "standard output: cannot be written: the disk is full"
