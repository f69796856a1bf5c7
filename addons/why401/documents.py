"""YAML files that people write, read into typed values with errors that name file and line.

Used for `mitm_config.yaml` and for every rule. Plain scalars follow the YAML 1.2 core schema, so
that `no`, `on` and dates stay text. Aliases, tags and duplicate keys are refused: none of these
files needs them, and each is a way to be misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec

from why401.later import later, regex
from why401.masking import Unshown

if TYPE_CHECKING:
    import difflib

    import yaml
else:
    difflib = later("difflib")
    yaml = later("yaml")

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
_USUAL_BYTES = 1 << 16

_INTEGER = regex(r"[-+]?[0-9]{1,18}")
_FLOAT = regex(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,3})?")
_BEGIN_NUMBERS = frozenset("+-.0123456789")
_CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TYPES = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list (- …)",
    "object": "keys with values (key: …)",
    "null": "nothing",
}
_UNQUOTED = frozenset(("int", "float", "bool"))
_WRONG_TYPE = regex(r"Expected ([a-z]+(?: \| [a-z]+)*), got ([a-z]+)")
_MANY_DASHES = b"-" * 64
_ALL_DASHES = bytes.maketrans(b"?:", b"--")


@cache
def _loader() -> Any:
    """Return a loader that gives every node the tag of its kind: what plain text means is decided
    by `_scalar`, and guessing at it for every scalar takes most of the time of reading a file."""
    tags = {
        yaml.ScalarNode: "tag:yaml.org,2002:str",
        yaml.SequenceNode: "tag:yaml.org,2002:seq",
        yaml.MappingNode: "tag:yaml.org,2002:map",
    }

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def resolve(self, kind: type[yaml.Node], *_: object) -> str:
            return tags[kind]

        def descend_resolver(self, *_: object) -> None:
            return

        def ascend_resolver(self) -> None:
            return

    return Loader


_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value")
)

_QUOTE_IT = 'put quotes around a text that begins with "{}"'
_NO_ALIAS = f"aliases (*name) are not allowed; write it out, and {_QUOTE_IT.format('*')}"

type KeyPath = tuple[str | int, ...]


class DocumentError(Exception):
    """One fault in a file, printed as `path:line: what, and what to write instead`."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.message}"
            if self.line
            else f"{self.path}: {self.message}"
        )


class Document(Unshown, frozen=True):
    """A parsed file: plain values, and the line (from 1) on which each key path stands."""

    path: str
    value: Any
    lines: Mapping[KeyPath, int]

    def line(self, at: KeyPath) -> int | None:
        """Return the line of `at`, or of the nearest parent that has one."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)

    def error(self, at: KeyPath, message: str) -> DocumentError:
        """Return the error that says `message` about the value at `at`."""
        return DocumentError(self.path, self.line(at), message)

    def decode[T](self, into: type[T]) -> T:
        """Return the document as `into`; raises DocumentError naming line, key and nearest name."""
        try:
            return msgspec.convert(self.value, into)
        except msgspec.ValidationError as error:
            message, _, where = str(error).partition(" - at `")
            at = key_path(where.removesuffix("`"))
            raise self.error(*_explained(into, at, message)) from None


def read_document(path: Path) -> Document:
    """Return the YAML file at `path`; raises DocumentError where it cannot be read or parsed."""
    try:
        with path.open("rb") as file:
            data = file.read(_USUAL_BYTES)
            if len(data) == _USUAL_BYTES:
                # Only here: room for a megabyte takes longer to get than a rule to read.
                data += file.read(MAX_BYTES + 1 - _USUAL_BYTES)
    except OSError as error:
        raise DocumentError(str(path), None, f"cannot be read: {error.strerror}") from None
    return parse_document(str(path), data)


def parse_document(path: str, data: bytes) -> Document:
    """Return `data` parsed as YAML; `path` is for messages only. Raises DocumentError."""
    if len(data) > MAX_BYTES:
        raise DocumentError(path, None, f"is larger than {MAX_BYTES >> 10} KiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(path, line, "is not UTF-8; save the file as UTF-8") from None
    try:
        if _may_nest_deeply(data):
            _refuse_deep_nesting(path, text)
        node = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "is not YAML"
        if "undefined alias" in problem:
            # Some loaders name it: it may be a password that begins with an asterisk.
            problem = _NO_ALIAS
        lines = text.splitlines()
        bad = lines[mark.line] if mark and mark.line < len(lines) else ""
        is_tab = "\t" in bad[: len(bad) - len(bad.lstrip())]
        hint = "; indent with spaces, not tabs" if is_tab else ""
        raise DocumentError(path, mark.line + 1 if mark else None, problem + hint) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "nested too deeply"
        raise DocumentError(path, None, f"is not YAML: {reason}") from None
    value = _Builder(path).build(node, 0) if node is not None else None
    return Document(path, value, _Lines(node))


def _may_nest_deeply(data: bytes) -> bool:
    """Return whether `data` holds more brackets, or signs of entries in a row, than a person
    writes."""
    return data.count(b"[") + data.count(b"{") > 500 or _MANY_DASHES in data.translate(
        _ALL_DASHES, b" \t"
    )


def _refuse_deep_nesting(path: str, text: str) -> None:
    """Raise DocumentError where `text` nests too deeply. libyaml composes by recursion in C, and
    some 100,000 brackets overflow its stack and end the process; its events do not recurse."""
    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise DocumentError(path, line, f"is nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns YAML nodes into plain values."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self.fault(node, f"is nested more than {MAX_DEPTH} deep")
        # One node met twice is an alias: a cycle or a bomb in the making.
        if id(node) in self.seen:
            raise self.fault(node, _NO_ALIAS)
        self.seen.add(id(node))
        if node.tag not in _CORE_TAGS:
            # Not named: it may be a password that begins with an exclamation mark.
            raise self.fault(node, f"tags (!name) are not allowed; {_QUOTE_IT.format('!')}")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, depth + 1) for item in node.value]
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.fault(key_node, "a key must be plain text")
            key = key_node.value
            if key in mapping:
                raise self.fault(key_node, f'"{key}" stands here twice')
            mapping[key] = self.build(value_node, depth + 1)
        return mapping

    def fault(self, node: yaml.Node, message: str) -> DocumentError:
        return DocumentError(self.path, node.start_mark.line + 1, message)


class _Lines(Mapping[KeyPath, int]):
    """The line of every key path, worked out when something is wrong and somebody asks."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        lines: dict[KeyPath, int] = {}
        todo: list[tuple[KeyPath, yaml.Node]] = [((), self._root)] if self._root else []
        while todo:
            at, node = todo.pop()
            lines.setdefault(at, node.start_mark.line + 1)
            if isinstance(node, yaml.SequenceNode):
                todo.extend(((*at, index), item) for index, item in enumerate(node.value))
            elif isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    lines[(*at, key.value)] = key.start_mark.line + 1
                    todo.append(((*at, key.value), value))
        return lines

    def __getitem__(self, at: KeyPath) -> int:
        return self._lines[at]

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    # Plain is None to the Python loader and "" to the one in C.
    if node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _BEGIN_NUMBERS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    # Digits alone that are too many for a number are an id of some kind.
    if len(text) < 40 and _FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit():
        return float(text)
    return text


def key_path(where: str) -> KeyPath:
    """Return msgspec's `$.a[0].b` as ("a", 0, "b"); `[...]` is any key of a mapping."""
    parts: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", where):
        parts.append(name or int(index))
    return tuple(parts)


def _explained(into: Any, at: KeyPath, message: str) -> tuple[KeyPath, str]:
    """Return where a msgspec fault stands and its message with the nearest valid name."""
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL)
    if unknown:
        name = unknown[1]
        known = _field_names(into)
        nearest = difflib.get_close_matches(name, known, 1, 0.6)
        hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
        return (*at, name), f'unknown key "{name}"{hint}'
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")
    invalid = re.fullmatch(r"Invalid enum value '?(.*?)'?", message)
    if invalid:
        return at, f'{key}: "{invalid[1]}" is not one of the values allowed here'
    message = _WRONG_TYPE.sub(_in_words, message.replace("`", ""))
    message = message[:1].lower() + message[1:]
    return at, f"{key}: {message}" if key else message


def _in_words(found: re.Match[str]) -> str:
    """Return which type is wanted in the words of YAML: msgspec says it in those of Python."""
    wanted = [each for each in found[1].split(" | ") if each != "null"]
    names = " or ".join(_TYPES.get(each, each) for each in wanted)
    hint = "; put it in quotes" if wanted == ["str"] and found[2] in _UNQUOTED else ""
    return f"expected {names}, got {_TYPES.get(found[2], found[2])}{hint}"


def _field_names(into: Any) -> list[str]:
    """Return the keys that any struct within `into` may have, for suggesting the nearest."""
    names: set[str] = set()
    todo, seen = [into], set()
    while todo:
        item = todo.pop()
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            if item not in seen:
                seen.add(item)
                names.update(item.__struct_encode_fields__)
                todo.extend(get_type_hints(item).values())
        else:
            todo.extend(get_args(item))
    return sorted(names)
