"""YAML files, read as YAML 1.2 (core schema) into plain Python values.

Built on the parser's events: `on`, `yes` and dates are text, `1.10` as a key stays '1.10', and nothing is constructed
that isn't a dict, list, str, int, float, bool or None; a number knows how it is written. Positions are kept only when a
second reading asks for them.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from config.diagnostics import At, Diagnostic, Path, as_written, describe, dotted, quoted

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, but not everywhere

DEEPEST = 50
"""Levels of nesting: a stack's file has about ten."""
MOST_NODES = 2_500_000
"""Values in a file with its aliases expanded: ten times a file of 10,000 versions."""

Position = tuple[int, int]
"""Line and column, from 1."""
Marks = dict[int, dict[str | int, tuple[Position, Position]]]
"""For each mapping and list, by identity: where each key and its value are written."""

_NON_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_TAG = "tag:yaml.org,2002:"
_TAGGED = {"null": type(None), "bool": bool, "int": int, "float": float}


@dataclass(frozen=True)
class Document:
    """A file that was read: its text and its values. `diagnostics` are those that leave its values usable."""

    file: str
    text: str
    value: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]

    def position(self, path: Path, at: At) -> Position:
        """Line and column of a value or a key; of the nearest enclosing key where `path` is not written here."""
        node, marks = self._positions
        found = (1, 1)
        for part in path:
            entry = marks.get(id(node), {}).get(part)
            if entry is None:
                break
            node = node[part]
            # An empty value has no place of its own.
            found = entry[0] if at != "value" or node is None else entry[1]
        return found

    @cached_property
    def _positions(self) -> tuple[Any, Marks]:
        marks: Marks = {}
        return _Reading(self.text, marks).value, marks


class _Unreadable(Exception):
    """Stops the reading: position, sentence."""


def parse(file: str, content: bytes) -> Document | Diagnostic:
    """The document in `content`, or the diagnostic for which it can't be read at all. `file` is for the messages."""
    try:
        text = _decoded(content)
        reading = _Reading(text)
        if not isinstance(reading.value, dict):
            found = "the file is empty" if reading.value is None else f"found {describe(reading.value)}"
            raise _Unreadable((1, 1), f"{found}: expected a mapping of keys to values")
    except _Unreadable as error:
        (line, column), message = error.args
        return Diagnostic(file, line, column, "", message)
    diagnostics = (
        Diagnostic(file, *position, dotted(path), message) for position, path, message in reading.diagnostics
    )
    return Document(file, text, reading.value, tuple(diagnostics))


def plain(text: str) -> object:
    """What an unquoted scalar means in YAML's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 300:  # longer than any number that Python converts
        return text
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        found = f"byte 0x{content[error.start]:02x}"
        raise _Unreadable(_end(before), f"{found} is not UTF-8 text: save the file in UTF-8") from None
    if odd := _NON_PRINTABLE.search(text):
        found = f"the control character U+{ord(odd[0]):04X}"
        raise _Unreadable(_end(text[: odd.start()]), f"found {found}: remove it, YAML is printable text")
    return text


def _end(text: str) -> Position:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


class _Reading:
    """One pass over the events of a file: `value`, and the diagnostics that don't stop it."""

    def __init__(self, text: str, marks: Marks | None = None) -> None:
        self.diagnostics: list[tuple[Position, Path, str]] = []
        try:
            self.value = self._build(Loader(text), marks)
        except yaml.YAMLError as error:
            raise _Unreadable(*_syntax(error, text)) from None

    def _build(self, loader: Any, marks: Marks | None) -> Any:
        """Iterative, and all in one function: it runs once for each of some hundred thousand values."""
        value: Any
        here: Any = []
        root, in_map, key, key_at = here, False, None, None
        parents: list[tuple[Any, str | None, str | None, int]] = []
        anchors: dict[str, tuple[Any, int | None]] = {}
        merges: list[dict[str, Any]] = []
        nodes = 0
        if marks is not None:
            marks[id(root)] = {}
        next_event = loader.get_event
        while (event := next_event()).__class__ is not yaml.StreamEndEvent:
            kind = event.__class__
            if kind is yaml.ScalarEvent:
                nodes += 1
                value = event.value
                if in_map and key is None:
                    if value == "<<" and event.implicit[0]:
                        merges.append(here)
                        way_out = "write the keys out, or have the settings inherited"
                        self._refuse(event, parents, value, f"'<<' merges mappings in YAML 1.1, not in 1.2: {way_out}")
                    elif value in here:
                        self._refuse(event, parents, value, f"the key {quoted(value)} is here twice: keep one of them")
                    key, key_at = value, marks is not None and _at(event)
                    if event.anchor:
                        anchors[event.anchor] = (value, 1)
                    continue
                if event.implicit[0]:
                    if value[:1] in "0123456789+-.~nNtTfF" and event.tag is None:  # the empty text is in there, too
                        value = as_written(plain(value), value)
                elif event.tag not in (None, "!", f"{_TAG}str"):
                    value = _tagged(event)
                if event.anchor:
                    anchors[event.anchor] = (value, 1)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                here, key, anchor, before = parents.pop()
                in_map, key = here.__class__ is dict, None
                if anchor:
                    anchors[anchor] = (anchors[anchor][0], nodes - before)
                continue
            elif kind is yaml.AliasEvent:
                if event.anchor not in anchors:
                    raise _Unreadable(_at(event), f"the alias *{event.anchor} has no anchor &{event.anchor} before it")
                value, size = anchors[event.anchor]
                if size is None:
                    raise _Unreadable(_at(event), f"the alias *{event.anchor} is inside of what it stands for")
                nodes += size
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                nodes += 1
                value, tag = ({}, "map") if kind is yaml.MappingStartEvent else ([], "seq")
                if event.tag not in (None, "!", f"{_TAG}{tag}"):
                    raise _Unreadable(_at(event), _unknown_tag(event.tag))
                if len(parents) == DEEPEST:
                    raise _Unreadable(_at(event), f"nested deeper than {DEEPEST} levels: expected about ten")
            else:
                if kind is yaml.DocumentStartEvent and root:
                    raise _Unreadable(_at(event), "a second document starts here: expected one in a file")
                continue
            if nodes > MOST_NODES:
                raise _Unreadable(_at(event), f"with its aliases the file has more than {MOST_NODES:,} values")
            if in_map and key is None:
                raise _Unreadable(_at(event), "found a key that isn't text: expected a name or a number")
            if marks is not None:
                place = _at(event)
                marks[id(here)][len(here) if key is None else key] = (key_at or place, place)
            if in_map:
                here[key] = value
            else:
                here.append(value)
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                parents.append((here, key, event.anchor, nodes - 1))
                if event.anchor:
                    anchors[event.anchor] = (value, None)
                here, in_map = value, kind is yaml.MappingStartEvent
                if marks is not None:
                    marks[id(here)] = {}
            key = key_at = None
        for mapping in merges:
            mapping.pop("<<", None)
        return root[0] if root else None

    def _refuse(self, event: Any, parents: list[Any], key: str, message: str) -> None:
        # The first parent is the file itself.
        path = (len(holder) - 1 if name is None else name for holder, name, *_ in parents[1:])
        self.diagnostics.append((_at(event), (*path, key), message))


def _tagged(event: Any) -> object:
    """The value of a scalar with an explicit tag of the core schema, such as `!!int 3`."""
    value = plain(event.value)
    expected = _TAGGED.get(event.tag.removeprefix(_TAG)) if event.tag.startswith(_TAG) else None
    if expected is None or type(value) is not expected:
        raise _Unreadable(_at(event), _unknown_tag(event.tag))
    return value


def _unknown_tag(tag: str) -> str:
    return f"the tag {quoted(tag.replace(_TAG, '!!'))} doesn't fit here: write the value without it"


def _syntax(error: Any, text: str) -> tuple[Position, str]:
    mark, start = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if not (mark := mark or start):
        return (1, 1), f"this is not YAML: {error}"
    line = "".join(text.splitlines()[mark.line : mark.line + 1])
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return (mark.line + 1, line.index("\t") + 1), "a tab indents this line: YAML wants spaces"
    context = f" {error.context} that starts in line {start.line + 1}" if start and error.context else ""
    return (mark.line + 1, mark.column + 1), f"this is not YAML: {error.problem}{context}"


def _at(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
