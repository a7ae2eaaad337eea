"""Edits of YAML files by position: the smallest difference, and all around it stays as it is written.

A new entry goes to its place among its siblings; comments, quotes, order, indentation, line ends, anchors and flow
style around stay. The result is read again and has to mean the old meaning with the edits; otherwise `CannotEdit` is
raised, and the caller tells people what to write themselves (`entry`).

Libraries that keep comments were tried, and write a file anew: ruamel.yaml folds long ids and moves comments where
something is removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import yaml

from config.diagnostics import Diagnostic, Path, dotted
from config.yaml_reader import Loader, parse
from config.yaml_text import Block, bare, block, flow

STEP = 2
"""Spaces by which a level is indented where a file doesn't show its own way."""

Order = Callable[[str], Any]
"""The key by which the entries of a mapping are sorted."""


@dataclass(frozen=True)
class Put:
    """An entry of a mapping, at a path of keys: in the place of the old one, or new among its siblings, with all that
    is missing around it.

    A new entry comes before the first sibling that is greater by `order`; without an order it comes last.
    """

    path: tuple[str, ...]
    value: Any
    order: Order | None = None


@dataclass(frozen=True)
class Remove:
    """What is at a path: an entry of a mapping, or an item of a list."""

    path: Path


@dataclass(frozen=True)
class Append:
    """An item at the end of a list, which is there."""

    path: tuple[str, ...]
    value: Any


Edit = Put | Remove | Append


class CannotEdit(Exception):
    """Why an edit can't be made in place, in half a sentence."""


def edited(text: str, edits: Sequence[Edit], file: str = "the file") -> str:
    """A file's text with the edits made, one after another. Raises CannotEdit."""
    wanted = _meaning(text, file)
    for edit in edits:
        wanted = applied(wanted, edit)
    for batch in _batches(edits):
        text = _replaced(text, _changes(_Source(text), batch))
    if _spelled(_meaning(text, file)) != _spelled(wanted):
        raise CannotEdit("it is written in a way that can't be changed in place, as by an alias")
    return text


def _batches(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """The edits in order, those together that don't touch each other."""
    batch: list[Edit] = []
    paths: set[Path] = set()
    around: set[Path] = set()
    for edit in edits:
        above = {edit.path[:depth] for depth in range(len(edit.path))}
        alone = not isinstance(edit, Put)
        if batch and (alone or edit.path in around or edit.path in paths or paths & above):
            yield batch
            batch, paths, around = [], set(), set()
        batch.append(edit)
        paths.add(edit.path)
        around |= above
        if alone:
            yield batch
            batch, paths, around = [], set(), set()
    if batch:
        yield batch


def whole(edits: Iterable[Put]) -> list[str]:
    """The lines of a file that holds nothing but these entries."""
    found: dict[str, Any] = Block()
    for edit in edits:
        *way, last = edit.path
        holder = found
        for part in way:
            holder = holder.setdefault(part, Block())
        holder[last] = edit.value
    return [line for key, value in found.items() for line in block(key, value)]


def applied(value: Any, edit: Edit) -> Any:
    """Plain values with an edit made. Raises CannotEdit where the path leads through something else than mappings."""
    *way, last = edit.path
    if isinstance(edit, Remove):
        holder = value
        for part in way:
            holder = holder[part]
        del holder[last]
        return value
    if isinstance(edit, Append):
        holder = value
        for part in edit.path:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, list):
            raise CannotEdit(f"{dotted(edit.path)} is no list")
        holder.append(bare(edit.value))
        return value
    holder = value
    for part in way:
        if holder.get(part) is None:
            holder[part] = {}
        holder = holder[part]
        if not isinstance(holder, dict):
            raise CannotEdit(f"{dotted(edit.path[:-1])} is no mapping")
    holder[last] = bare(edit.value)
    return value


def entry(edit: Edit) -> str:
    """What people write or take out themselves, with where."""
    if isinstance(edit, Remove):
        return f"take out {dotted(edit.path)}"
    if isinstance(edit, Append):
        return f"at the end of {dotted(edit.path)} write\n\n- {flow(edit.value)}"
    *way, last = edit.path
    where = f"under {dotted((*way,))}" if way else "at the top level"
    return "\n".join([f"{where} write", "", *block(last, edit.value)])


_BREAK = re.compile("\r\n|\n|\r")

Change = tuple[int, int, str]
"""Two positions in a text, and what is to stand between them."""


class _Source:
    """A text with its nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.root: Any = yaml.compose(text, Loader=Loader)
        except yaml.YAMLError as error:  # an anchor may be there twice, but not to this parser
            raise CannotEdit(f"it is written in an unusual way ({str(error).splitlines()[0]})") from None
        found = _BREAK.search(text)
        self.newline = found[0] if found else "\n"
        self.step = next(self._steps(self.root), STEP)

    def _steps(self, node: Any) -> Iterator[int]:
        """How far what lies in block mappings is indented."""
        for key, value in node.value if isinstance(node, yaml.MappingNode) and not node.flow_style else ():
            if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
                step = _column(value) - key.start_mark.column
                if step > 0:
                    yield step
                yield from self._steps(value)

    def end(self, node: Any) -> int:
        """Where what a node says ends; of a block scalar, the line after it."""
        if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.end_of(last) if isinstance(last, tuple) else self.end(last)

    def end_of(self, pair: tuple[Any, Any]) -> int:
        """The same of an entry; a value that is an alias is written elsewhere."""
        key, value = pair
        if alias := self.alias(pair):
            return alias[1]
        return max(self.end(value), self.colon(key))

    def colon(self, key: Any) -> int:
        """The position after the colon of a key; the key's own end where there is none."""
        found = re.compile(r"\s*:").match(self.text, key.end_mark.index)
        return found.end() if found else int(key.end_mark.index)

    def alias(self, pair: tuple[Any, Any]) -> tuple[int, int] | None:
        """Where the alias stands that is the value of an entry."""
        key, value = pair
        if value.start_mark.index >= key.start_mark.index:
            return None
        found = re.compile(r"\s*\*[^\s,\]}]+").match(self.text, self.colon(key))
        return (found.end() - len(found[0].lstrip()), found.end()) if found else None

    def line(self, at: int) -> int:
        """The beginning of a position's line."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def next_line(self, at: int) -> int:
        """The beginning of the line after a position; the position itself where a block scalar ends there."""
        if at in self.after_block_scalars:
            return at
        found = _BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    @cached_property
    def after_block_scalars(self) -> set[int]:
        styles = ("|", ">")
        return {node.end_mark.index for node in _nodes(self.root) if getattr(node, "style", None) in styles}

    def is_in_flow(self, key: Any) -> bool:
        """Whether a key stands between brackets."""
        at = key.start_mark.index
        return any(start < at < end for start, end in self._brackets)

    @cached_property
    def _brackets(self) -> list[tuple[int, int]]:
        nodes = (node for node in _nodes(self.root) if not isinstance(node, yaml.ScalarNode) and node.flow_style)
        return [(node.start_mark.index, node.end_mark.index) for node in nodes]

    def after(self, end: int, column: int) -> int:
        """The beginning of the line after what ends there, and after comments that are indented below its column."""
        at = self.next_line(end)
        while found := re.compile(r"( *)#[^\r\n]*(\r\n|\n|\r|$)").match(self.text, at):
            if len(found[1]) <= column or found.end() == at:
                break
            at = found.end()
        return at

    def after_entry(self, pair: tuple[Any, Any]) -> int:
        """The same of an entry of a block mapping."""
        return self.after(self.end_of(pair), pair[0].start_mark.column)

    def starts_line(self, node: Any) -> bool:
        """Whether nothing but spaces is before a node in its line."""
        start = node.start_mark.index
        return not self.text[self.line(start) : start].strip(" ")

    def lines(self, at: int, lines: Iterable[str]) -> Change:
        """Lines to be put in at the beginning of a line, or after a last line that has no end."""
        new = self.newline.join(lines)
        if at == len(self.text) and at and self.text[-1] not in "\r\n":
            return at, at, f"{self.newline}{new}"
        return at, at, f"{new}{self.newline}"


def _replaced(text: str, changes: Iterable[Change]) -> str:
    ordered = sorted(changes, key=lambda each: each[:2])
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise CannotEdit("two of the edits are about the same lines")
    for start, end, new in reversed(ordered):
        text = text[:start] + new + text[end:]
    return text


def _changes(source: _Source, batch: Sequence[Edit]) -> Iterator[Change]:
    inside: dict[tuple[str, ...], dict[str, tuple[Any, Order | None]]] = {}
    for edit in batch:
        if isinstance(edit, Remove):
            yield _removal(source, edit)
            continue
        if isinstance(edit, Append):
            yield _appended(source, edit)
            continue
        depth, pair = _reach(source.root, edit.path)
        value = edit.value
        if depth == len(edit.path):
            assert pair
            yield _replacement(source, pair, edit.value)
            continue
        for part in reversed(edit.path[depth + 1 :]):
            value = Block({part: value})
        news = inside.setdefault(edit.path[:depth], {})
        key = edit.path[depth]
        order = edit.order if depth == len(edit.path) - 1 else None
        news[key] = (_merged(news[key][0], value) if key in news else value, order)
    # Where two mappings end in the same line, what goes into the inner one comes first.
    for path, news in sorted(inside.items(), key=lambda each: -len(each[0])):
        _, pair = _reach(source.root, path)
        yield from _insertions(source, pair[1] if pair else source.root, pair, news)


def _reach(root: Any, path: Sequence[str | int]) -> tuple[int, tuple[Any, Any] | None]:
    """How much of a path is there, and its last entry as key and value; None at the root."""
    node, pair = root, None
    for depth, part in enumerate(path):
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((each for each in pairs if each[0].value == part), None)
        if found is None:
            return depth, pair
        pair, node = found, found[1]
    return len(path), pair


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return Block({**one, **{key: _merged(one[key], each) if key in one else each for key, each in other.items()}})
    return other


def _insertions(
    source: _Source, mapping: Any, pair: tuple[Any, Any] | None, news: dict[str, tuple[Any, Order | None]]
) -> Iterator[Change]:
    if pair and source.alias(pair):
        raise CannotEdit("it is written by an alias")
    if not isinstance(mapping, yaml.MappingNode) or not mapping.value:
        assert pair, "the root of a file that can be read is a mapping"
        yield from _filled(source, pair, {key: value for key, (value, _) in news.items()})
        return
    before: dict[int, list[str]] = {}
    for key, (_, order) in news.items():
        before.setdefault(_place(mapping, key, order), []).append(key)
    for index, keys in before.items():
        order = news[keys[0]][1]
        ordered = sorted(keys, key=order) if order else keys
        entries = {key: news[key][0] for key in ordered}
        if mapping.flow_style:
            yield _in_flow(source, mapping, index, entries)
        else:
            yield _in_block(source, mapping, index, entries)


def _place(mapping: Any, key: str, order: Order | None) -> int:
    """Before which entry a new one goes."""
    if order is None:
        return len(mapping.value)
    mine = order(key)
    return next((i for i, (each, _) in enumerate(mapping.value) if order(each.value) > mine), len(mapping.value))


def _in_block(source: _Source, mapping: Any, index: int, entries: dict[str, Any]) -> Change:
    column = _column(mapping)
    lines = [line for key, value in entries.items() for line in block(key, value, column, source.step)]
    if index:
        return source.lines(source.after_entry(mapping.value[index - 1]), lines)
    first = mapping.value[0][0]
    if source.starts_line(first):
        return source.lines(source.line(first.start_mark.index), lines)
    start = first.start_mark.index
    return start, start, "".join(f"{line}{source.newline}{' ' * column}" for line in [lines[0].lstrip(), *lines[1:]])


def _in_flow(source: _Source, mapping: Any, index: int, entries: dict[str, Any]) -> Change:
    new = [flow({key: value})[1:-1] for key, value in entries.items()]
    if index:
        at = source.end_of(mapping.value[index - 1])
        previous = mapping.value[index - 1][0]
        break_ = f"{source.newline}{' ' * previous.start_mark.column}" if source.starts_line(previous) else " "
        return at, at, "".join(f",{break_}{each}" for each in new)
    start = mapping.value[0][0].start_mark.index
    return start, start, "".join(f"{each}, " for each in new)


def _filled(source: _Source, pair: tuple[Any, Any], entries: dict[str, Any]) -> Iterator[Change]:
    """Entries for a key that has nothing yet, be it left empty, null or {}."""
    key, value = pair
    if source.is_in_flow(key):
        start = value.start_mark.index
        yield start, value.end_mark.index, f"{'' if source.text[start - 1] == ' ' else ' '}{flow(entries)}"
        return
    start = source.colon(key)
    if source.text[start : value.end_mark.index].strip():  # null or {}: what follows it in its line stays
        yield start, value.end_mark.index, ""
    column = key.start_mark.column + source.step
    lines = [line for name, each in entries.items() for line in block(name, each, column, source.step)]
    yield source.lines(source.next_line(max(start, value.end_mark.index)), lines)


def _replacement(source: _Source, pair: tuple[Any, Any], new: Any) -> Change:
    key, value = pair
    if alias := source.alias(pair):
        return (*alias, flow(new))
    start, end = value.start_mark.index, source.end(value)
    end = start + len(source.text[start:end].rstrip())  # a text ends with its last line break
    if isinstance(value, yaml.ScalarNode) or value.flow_style:
        return start, end, flow(new) if start > source.colon(key) else f" {flow(new)}"
    return source.colon(key), end, f" {flow(new)}"


def _appended(source: _Source, edit: Append) -> Change:
    _, pair = _reach(source.root, edit.path)
    assert pair, "the list is there"
    if source.alias(pair):
        raise CannotEdit("it is written by an alias")
    node, new = pair[1], flow(edit.value)
    if not node.value:
        return node.start_mark.index, node.end_mark.index, f"[{new}]"
    at = source.end(node.value[-1])
    if node.flow_style:
        return at, at, f", {new}"
    return source.lines(source.next_line(at), [f"{' ' * node.start_mark.column}- {new}"])


def _removal(source: _Source, edit: Remove) -> Change:
    *way, last = edit.path
    node, around = source.root, None
    for part in way:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        around = next((each for each in pairs if each[0].value == part), None)
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
        elif around:
            if source.alias(around):
                raise CannotEdit("it is written by an alias")
            node = around[1]
        else:
            raise CannotEdit(f"there is no {dotted(edit.path)}")
    if isinstance(node, yaml.MappingNode):
        index = next(i for i, (key, _) in enumerate(node.value) if key.value == last)
    else:
        assert isinstance(last, int)
        index = last
    if len(node.value) == 1:
        return _emptied(source, node, around)
    if node.flow_style:
        return _out_of_flow(source, node, index)
    if isinstance(node, yaml.MappingNode):
        key = node.value[index][0]
        if source.starts_line(key):
            return _cut(source, source.line(key.start_mark.index), source.after_entry(node.value[index]))
        return key.start_mark.index, node.value[index + 1][0].start_mark.index, ""
    return _out_of_list(source, node, index)


def _out_of_flow(source: _Source, node: Any, index: int) -> Change:
    spans = [
        (each[0].start_mark.index, source.end_of(each))
        if isinstance(each, tuple)
        else (each.start_mark.index, each.end_mark.index)
        for each in node.value
    ]
    if index + 1 < len(spans):
        return spans[index][0], spans[index + 1][0], ""
    before, (start, end) = spans[index - 1][1], spans[index]
    between = source.text[before:start]
    cut = max(between.rfind("\n"), between.rfind("\r"))
    if cut < 0:
        return before, end, ""
    # On a line of its own: the comma before it stays, and a comment behind that.
    comma = re.compile(r"\s*,").match(source.text, end)
    return before + len(between[: cut + 1].rstrip("\r\n")), comma.end() if comma else end, ""


def _out_of_list(source: _Source, node: Any, index: int) -> Change:
    item = node.value[index]
    dash = re.compile(r"-(\s|#[^\r\n]*[\r\n])*\Z").search(source.text[: item.start_mark.index])
    if not dash or source.text[source.line(dash.start()) : dash.start()].strip(" "):
        raise CannotEdit("its list begins in the middle of a line")
    start = source.line(dash.start())
    return _cut(source, start, source.after(max(source.end(item), dash.end()), dash.start() - start))


def _emptied(source: _Source, node: Any, around: tuple[Any, Any] | None) -> Change:
    """The last entry or item goes: what held it is empty."""
    nothing = "{}" if isinstance(node, yaml.MappingNode) else "[]"
    if node.flow_style:
        return node.start_mark.index, node.end_mark.index, nothing
    if around is None:
        raise CannotEdit("nothing would be left in the file" if node is source.root else "nothing would be left there")
    start, end = source.colon(around[0]), source.end(node)
    rest = source.text[start : source.next_line(start)].rstrip("\r\n")
    comment = rest if rest.lstrip().startswith("#") else ""
    return start, start + len(source.text[start:end].rstrip()), f" {nothing}{comment}"


def _cut(source: _Source, start: int, end: int) -> Change:
    """Whole lines; with a last line without an end, the line break before it, unless that belongs to a text."""
    if end == len(source.text) and source.text[-1:] not in ("\r", "\n") and start not in source.after_block_scalars:
        kept = source.text[:start].rstrip("\r\n")
        return len(kept), end, ""
    return start, end, ""


def _column(mapping: Any) -> int:
    return int(mapping.value[0][0].start_mark.column)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield key
                if value.start_mark.index >= key.start_mark.index:  # an alias is told where it has its anchor
                    yield from _nodes(value)
        case yaml.SequenceNode():
            for each in node.value:
                yield from _nodes(each)


def _meaning(text: str, file: str) -> Any:
    """The values of a file, each mapping and list on its own. Raises CannotEdit where it has mistakes."""
    found = parse(file, text.encode())
    if isinstance(found, Diagnostic):
        raise CannotEdit(f"it has a mistake: {found}")
    if found.diagnostics:
        raise CannotEdit(f"it has a mistake: {found.diagnostics[0]}")
    return _copied(found.value)


def _copied(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copied(each) for key, each in value.items()}
        case list():
            return [_copied(each) for each in value]
    return value


def _spelled(value: Any) -> str:
    """The same for the same values, whatever the order of keys; true is no 1."""
    return json.dumps(value, sort_keys=True)
