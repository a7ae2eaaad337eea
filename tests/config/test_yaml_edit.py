"""Edits by position: the new meaning is the old one with the edits, and all else stays as it is written."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from config.types import version_order
from config.yaml_edit import CannotEdit, Edit, Put, Remove, applied, edited
from config.yaml_reader import Document, parse
from config.yaml_text import Block, Noted

Value = Any


def meaning(text: str) -> Value:
    found = parse("x", text.encode())
    assert isinstance(found, Document) and not found.diagnostics, found
    return json.loads(json.dumps(found.value))


CASES: dict[str, tuple[str, list[Edit], str]] = {
    "a version among others, in order": (
        "versions:\n  1.0.0: {a: 1}   # first\n  # about the second\n  1.2.0:\n    a: 2\n      # deeper\n\nb: 1\n",
        [
            Put(("versions", "1.10.0"), Block({"source": {"id": "/x/y"}}), version_order),
            Put(("versions", "1.1.0"), Noted({"a": [1]}, "new"), version_order),
            Put(("versions", "0.9.0"), Block({"a": 0}), version_order),
        ],
        "versions:\n  0.9.0:\n    a: 0\n  1.0.0: {a: 1}   # first\n  1.1.0: {a: [1]}  # new\n  # about the second\n"
        "  1.2.0:\n    a: 2\n      # deeper\n  1.10.0:\n    source: {id: /x/y}\n\nb: 1\n",
    ),
    "line ends, indentation and a last line without an end": (
        "a:\r\n    b:\r\n        c: 1",
        [Put(("a", "b", "d"), Block({"e": 2}))],
        "a:\r\n    b:\r\n        c: 1\r\n        d:\r\n            e: 2",
    ),
    "into flow style": (
        "a: {b: {c: 1, d: {}},  # why\n    e: [x]}\nf: {g: }\n",
        [Put(("a", "b", "z"), "y"), Put(("a", "b", "d", "k"), True), Put(("f", "g", "h"), None), Put(("a", "i"), {})],
        "a: {b: {c: 1, d: {k: true}, z: y},  # why\n    e: [x],\n    i: {}}\nf: {g: {h: null}}\n",
    ),
    "flow style over several lines": (
        "a: {\n  b: 1,  # one\n  c: 2   # two\n}\n",
        [Put(("a", "d"), 3), Remove(("a", "b"))],
        "a: {\n  c: 2,\n  d: 3   # two\n}\n",
    ),
    "where there is nothing yet": (
        "a:   # to come\nb: {}   # none\nc: null\nd: ~ # x\n",
        [Put((key, "k"), Block({"v": 1})) for key in "abcd"],
        "a:   # to come\n  k:\n    v: 1\nb:   # none\n  k:\n    v: 1\nc:\n  k:\n    v: 1\nd: # x\n  k:\n    v: 1\n",
    ),
    "all that is missing around it": (
        "a: 1\n",
        [Put(("g", "h", "x"), 1), Put(("g", "h", "y"), 2), Put(("g", "i"), {})],
        "a: 1\ng:\n  h:\n    x: 1\n    y: 2\n  i: {}\n",
    ),
    "values": (
        "a: 'x'  # s\nb:\n  c: 1\n  d: 2\ne: |\n  text\n  more\nf:\ng: &h 3\n",
        [Put(("a",), "1.1"), Put(("b",), {"z": 1}), Put(("e",), "t"), Put(("f",), False)],
        'a: "1.1"  # s\nb: {z: 1}\ne: t\nf: false\ng: &h 3\n',
    ),
    "entries go": (
        "a:\n  b: 1\n  # of c\n  c:\n    d: 1\n    # inside\n  e: 2\n"
        "f:\n- g: 1\n  h: 2\n-\n  i: 3\n- j\nk: {l: 1, m: 2}\n",
        [Remove(("a", "c")), Remove(("f", 1)), Remove(("f", 0, "g")), Remove(("k", "m")), Remove(("k", "l"))],
        "a:\n  b: 1\n  # of c\n  e: 2\nf:\n- h: 2\n- j\nk: {}\n",
    ),
    "the last one goes": (
        "a:  # why\n  b:\n    c: 1\nd:\n  - 1\n",
        [Remove(("a", "b", "c")), Remove(("d", 0))],
        "a:  # why\n  b: {}\nd: []\n",
    ),
    "items of a list": (
        "a: [eastus, 'westus=2',\n    \"x\"]\nb:\n    - 1   # one\n    # of two\n    - 2\n    - 3\n",
        [Remove(("a", 1)), Remove(("b", 2)), Remove(("b", 0))],
        'a: [eastus, "x"]\nb:\n    # of two\n    - 2\n',
    ),
    "after a text of several lines": (
        "a:\n  b: |\n    text\n\n  # c's\nd: >-\n  x\n  y\n",
        [Put(("a", "z"), 1), Put(("z",), 2)],
        "a:\n  b: |\n    text\n\n  z: 1\n  # c's\nd: >-\n  x\n  y\nz: 2\n",
    ),
    "an alias gives way": (
        "a: &x {b: 1}\nc: *x  # same\n",
        [Put(("c",), {"b": 2})],
        "a: &x {b: 1}\nc: {b: 2}  # same\n",
    ),
    "a document in marks": ("%YAML 1.2\n---\na: 1\n...\n", [Put(("b",), 2)], "%YAML 1.2\n---\na: 1\nb: 2\n...\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_edit(case: str) -> None:
    before, edits, after = CASES[case]
    assert edited(before, edits) == after


@pytest.mark.parametrize(
    ("text", "edit", "why"),
    [
        ("a: &x {b: 1}\nc: *x\n", Put(("c", "d"), 1), "it is written by an alias"),
        ("a: &x {b: 1}\nc: *x\n", Put(("a", "d"), 1), "it is written in a way that can't be changed in place"),
        ("a: &x {b: 1}\nc: *x\n", Remove(("a",)), "it has a mistake: .*the alias"),
        ("a: 1\n", Remove(("a",)), "nothing would be left in the file"),
        ("a: 1\n", Put(("a", "b"), 1), "a is no mapping"),
        ("a: [\n", Put(("a", "b"), 1), "it has a mistake: "),
        ("a: 1\na: 2\n", Put(("b",), 1), "it has a mistake: .*twice"),
    ],
)
def test_what_cannot_be_changed_in_place(text: str, edit: Edit, why: str) -> None:
    with pytest.raises(CannotEdit, match=why):
        edited(text, [edit])


class Untidy:
    """Writes values as people do: in any style, with comments, blank lines and odd indentation."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.plain = True
        self.newline: str = draw(st.sampled_from(["\n", "\n", "\r\n"]))

    def chance(self, one_in: int) -> bool:
        return bool(self._draw(st.integers(1, one_in)) == one_in)

    def file(self, value: dict[str, Value]) -> str:
        lines = self.mapping(value, 0)
        head = ["# yaml-language-server: $schema=x", ""] if self.chance(3) else []
        text = self.newline.join([*head, *lines])
        if not self.chance(4):
            return text + self.newline
        self.plain = self.plain and "|" not in text  # what a text ends with depends on the line break after it
        return text

    def mapping(self, value: dict[str, Value], indent: int) -> list[str]:
        lines: list[str] = []
        pad, step = " " * indent, self._draw(st.sampled_from([1, 2, 2, 4]))
        for key, each in value.items():
            if self.chance(5):
                lines.append("" if self.chance(2) else f"{pad}# about {key}")
            lines += self.entry(f"{pad}{self.key(key)}", each, indent + step)
            if self.chance(12):
                lines.append(f"{pad}   # below {key}")
        return lines

    def entry(self, start: str, value: Value, indent: int) -> list[str]:
        comment = f"{' ' * self._draw(st.integers(1, 3))}# of {value!r:.9}" if self.chance(5) else ""
        anchor = ""
        if self.chance(40):
            self.plain, anchor = False, f" &a{self._draw(st.integers(0, 10**6))}"
        colon = f"{start}:{anchor}"
        if value is None and self.chance(2):
            return [f"{colon}{comment}"]
        if isinstance(value, dict | list) and value and not self.chance(4):
            inside = self.mapping(value, indent) if isinstance(value, dict) else self.items(value, indent)
            return [f"{colon}{comment}", *inside]
        if isinstance(value, str) and value.count("\n") and self.chance(2):
            return [f"{colon} |", *(f"{' ' * indent}{line}" if line else "" for line in value[:-1].split("\n"))]
        return [f"{colon} {self.flow(value, indent)}{comment}"]

    def items(self, values: list[Value], indent: int) -> list[str]:
        pad = " " * indent
        lines = []
        for value in values:
            if isinstance(value, dict) and value and not self.chance(3):
                first, *rest = self.mapping(value, indent + 2)
                if first.strip().startswith("#") or not first.strip():
                    lines += [f"{pad}-", first, *rest]
                else:
                    lines += [f"{pad}- {first.lstrip()}", *rest]
            else:
                lines.append(f"{pad}- {self.flow(value, indent)}")
        return lines

    def flow(self, value: Value, indent: int) -> str:
        gap = f"{self.newline}{' ' * (indent + 2)}" if self.chance(6) else " " if self.chance(2) else ""
        match value:
            case dict():
                inside = [f"{self.key(k)}: {self.flow(v, indent)}" for k, v in value.items()]
            case list():
                inside = [self.flow(each, indent) for each in value]
            case str() as text if text.isalnum() and not text.isdigit() and self.chance(2):
                return text
            case str():
                return f"'{value}'" if "\n" not in value and "'" not in value and self.chance(2) else json.dumps(value)
            case _:
                return json.dumps(value)
        end = "," if inside and self.chance(8) else ""
        around = "{}" if isinstance(value, dict) else "[]"
        return f"{around[0]}{gap if inside else ''}{f',{gap or chr(32)}'.join(inside)}{end}{around[1]}"

    def key(self, key: str) -> str:
        return f'"{key}"' if self.chance(8) else key


KEYS = st.sampled_from(["a", "b", "1.0.0", "1.10.0", "2.0.0", "cost center", "tags", "x-y"])
SCALARS = st.sampled_from([None, True, 0, 1.5, "x", "", "1.1", "ümlaut # no", "two\nlines\n", "/subscriptions/x/y"])
VALUES = st.recursive(SCALARS, lambda inside: st.dictionaries(KEYS, inside, max_size=4) | st.lists(inside, max_size=3))
FILES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


def places(value: Value, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in items for found in ((*path, key), *places(each, (*path, key)))]


@st.composite
def edits(draw: Any, value: Value) -> Edit:
    ways = places(value)
    if draw(st.booleans()):
        return Remove(draw(st.sampled_from(ways)))
    mappings = [(), *(way for way in ways if all(isinstance(part, str) for part in way))]
    way = draw(st.sampled_from(mappings))
    return Put((*way, *draw(st.lists(KEYS, min_size=1, max_size=2))), draw(VALUES), draw(st.sampled_from([None, str])))


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_edits_of_untidy_files(data: st.DataObject) -> None:
    writer = Untidy(data.draw)
    text = writer.file(data.draw(FILES))
    value = meaning(text)
    several, wanted = [], meaning(text)
    try:
        for _ in range(data.draw(st.sampled_from([1, 1, 2, 3]))):
            if places(wanted):
                edit = data.draw(edits(wanted))
                several.append(edit)
                wanted = applied(wanted, edit)
        after = edited(text, several)
    except CannotEdit as refused:
        event(str(refused)[:40])
        lost = any(why in str(refused) for why in ("is no mapping", "nothing would be left", "about the same lines"))
        assert lost or not writer.plain, f"{refused}\n{text}"
        return
    assert meaning(after) == wanted
    if len(several) > 1:
        return
    new = isinstance(edit, Put) and edit.path not in places(value)
    event("new" if new else "put" if isinstance(edit, Put) else "removed")
    lines, kept = text.splitlines(), after.splitlines()
    gone = [line[2:] for line in difflib.ndiff(lines, kept) if line[0] == "-"]
    if new:
        assert len(gone) <= 1, f"{text}\n-----\n{after}"
        assert Counter(comments(kept)) == Counter(comments(lines))
    else:
        assert len(gone) <= 2 + extent(value, edit.path), f"{text}\n-----\n{after}"
    ends = {"\r\n"} if "\r\n" in text else {"\n"}
    assert set(re.findall("\r\n|\n|\r", after)) <= ends or not re.findall("[\r\n]", text)


def comments(lines: list[str]) -> list[str]:
    return [found for line in lines for found in re.findall("# (?:about|below|of) .*", line)]


def extent(value: Value, path: tuple[str | int, ...]) -> int:
    """No more lines than what is at a path can take, with its comments."""
    for part in path:
        value = value[part]
    return 5 * (1 + len(places(value))) + str(value).count("\\n")
