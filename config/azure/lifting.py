"""Where settings are written that many inherit: at the level at which the fewest entries are needed.

A tree stands for a stack with its galleries, images and versions. Each setting is a slot of its own, for which some
nodes want a value; what a node has written holds for all below it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Slot = tuple[str, ...]
"""A setting by its path: `("replication", "regions")`."""


@dataclass
class Node:
    """A level of a data file, or one of its entries.

    `wants` holds what has to be true there. A node that is in the file already is `settled`: what it hands down stands,
    and nothing is written into it.
    """

    name: str
    wants: Mapping[Slot, Any] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    settled: Mapping[Slot, Any] | None = None
    writes: dict[Slot, Any] = field(default_factory=dict)
    """What is to be written into it."""


def lift(root: Node, slot: Slot, default: Any, *, alone: bool = False) -> None:
    """Decides where a slot is written below a root that inherits the default.

    With `alone`, a value that a single node wants is written as far up as it holds, too.
    """
    _Lifting(slot, alone).place(root, default)


class _Lifting:
    def __init__(self, slot: Slot, alone: bool) -> None:
        self._slot, self._least = slot, 1 if alone else 2
        self._counts: dict[int, Counter[str]] = {}
        self._costs: dict[tuple[int, str], int] = {}
        self._values: dict[str, Any] = {}

    def place(self, node: Node, inherited: Any) -> None:
        value = self._choice(node, self._key(inherited))
        if node.settled is None and value != self._key(inherited):
            node.writes[self._slot] = self._values[value]
        for each in node.children:
            self.place(each, self._values[value])

    def _key(self, value: Any) -> str:
        key = json.dumps(_unordered(value), sort_keys=True)
        self._values.setdefault(key, value)
        return key

    def _choice(self, node: Node, inherited: str) -> str:
        """The value that holds at a node; of those that cost the same, the inherited one, unless all want another."""
        choices = self._choices(node, inherited)
        costs = {value: (value != inherited) + self._below(node, value) for value in choices}
        least = min(costs.values())
        cheapest = [value for value in choices if costs[value] == least]
        wanted = self._count(node)
        (first, number), *others = wanted.most_common() or [(inherited, 0)]
        if first in cheapest and not others and number >= self._least:
            return first
        return inherited if inherited in cheapest else max(cheapest, key=lambda value: wanted[value])

    def _choices(self, node: Node, inherited: str) -> list[str]:
        if node.settled is not None:
            return [self._key(node.settled[self._slot])] if self._slot in node.settled else [inherited]
        if self._slot in node.wants:
            return [self._key(node.wants[self._slot])]
        return [*dict.fromkeys((inherited, *self._count(node)))]

    def _cost(self, node: Node, inherited: str) -> int:
        """How many entries are needed at a node and below it."""
        key = (id(node), inherited)
        if key not in self._costs:
            if not node.children and node.settled is None:
                wanted = self._slot in node.wants and self._key(node.wants[self._slot]) != inherited
                self._costs[key] = int(wanted)
            else:
                choices = self._choices(node, inherited)
                free = node.settled is not None
                self._costs[key] = min(
                    (0 if free else value != inherited) + self._below(node, value) for value in choices
                )
        return self._costs[key]

    def _below(self, node: Node, value: str) -> int:
        return sum(self._cost(each, value) for each in node.children)

    def _count(self, node: Node) -> Counter[str]:
        """The values that are wanted at a node and below it, where something can be written."""
        if id(node) not in self._counts:
            own = [self._key(node.wants[self._slot])] if self._slot in node.wants and node.settled is None else []
            count = Counter(own)
            for each in node.children:
                count.update(self._count(each))
            self._counts[id(node)] = count
        return self._counts[id(node)]


def _unordered(value: Any) -> Any:
    """Regions in any order are the same regions."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(value)
    if isinstance(value, dict):
        return {key: _unordered(each) for key, each in value.items()}
    return value


def lift_tags(node: Node, inherited: Mapping[str, str]) -> None:
    """Decides where tags are written, slot `("tags",)`, and where a level has tags of its own, slot `("ownTags",)`.

    What is handed down has to be wanted by all that is below; what a level wants beyond it, or without it, is its own.
    """
    settled = node.settled
    handed = _write_tags(node, inherited) if settled is None else settled.get(_TAGS, inherited)
    for each in node.children:
        lift_tags(each, handed)


_TAGS, _OWN = ("tags",), ("ownTags",)


def _write_tags(node: Node, inherited: Mapping[str, str]) -> Mapping[str, str]:
    mine: dict[str, str] | None = dict(node.wants[_TAGS]) if _TAGS in node.wants else None
    below = [dict(each) for each in _wanted_below(node)]
    if mine is not None and not below:
        handed = mine
    elif mine is not None and inherited.keys() <= mine.keys() and all(_can_have(mine, each) for each in below):
        shared = _shared(below)
        # What all below share beyond it saves them a line each.
        handed = mine if len(below) < 2 or shared.items() <= mine.items() else {**mine, **shared}
    else:
        handed = {**inherited, **(_shared(below) if len(below) > 1 else {})}
    if not inherited.keys() <= handed.keys():  # a leaf without a tag that it would inherit
        node.writes[_OWN] = mine
        return handed
    new = {key: each for key, each in handed.items() if inherited.get(key) != each}
    if new:
        node.writes[_TAGS] = new
    if mine is not None and mine != handed:
        node.writes[_OWN] = mine
    return handed


def _can_have(tags: Mapping[str, str], below: Mapping[str, str]) -> bool:
    """Whether what is below can inherit tags: it has each of them, if with another value."""
    return tags.keys() <= below.keys()


def _shared(several: list[dict[str, str]]) -> dict[str, str]:
    """The tags that all have, with the same values."""
    if not several:
        return {}
    first, *others = several
    return {key: value for key, value in first.items() if all(each.get(key) == value for each in others)}


def _wanted_below(node: Node) -> Iterator[Mapping[str, str]]:
    for each in node.children:
        if each.settled is None and _TAGS in each.wants:
            yield each.wants[_TAGS]
        yield from _wanted_below(each)
