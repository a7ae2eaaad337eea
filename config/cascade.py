"""Inheritance, on raw values: shared definitions, and settings that cascade from stack to gallery to image to version.

What is inherited is merged before validation, so one set of models serves, and a validated version holds its effective
values. `origin` goes the other way, from an effective value to the place where it is written.
"""

from collections.abc import Iterator
from typing import Any

from config.diagnostics import At, Path
from config.model import Raw

LEVELS = ("galleries", "images", "versions")
CASCADE = ("location", "tags", "protect", "retired", "replication", "safetyProfile", "verifySources")
"""Keys that galleries, images and versions inherit from the level above."""
TO_IMAGE = (*CASCADE, "othersPublish")
"""Keys that images inherit from their gallery."""
TO_GALLERY = (*TO_IMAGE, "resourceGroup")
"""Keys that galleries inherit from the stack."""
INHERITED = {"galleries": TO_GALLERY, "images": TO_IMAGE, "versions": CASCADE}
"""What each level inherits from the one above."""
WHOLE = ("regions", "edgeZones")
"""Keys whose value is one decision: one's own replaces the inherited one."""


def effective(stack: Raw, definitions: Raw) -> Raw:
    """A stack's values with everything inherited; `definitions` are those that all stacks share, by image name."""
    result: Raw = _handed_down(stack, LEVELS, definitions)
    return result


def nodes(raw: Any, levels: tuple[str, ...] = LEVELS) -> Iterator[tuple[Path, Raw]]:
    """A stack's values and those of all that is in it, as far as they are mappings, each with its path."""
    if not isinstance(raw, dict):
        return
    yield (), raw
    inside = raw.get(levels[0]) if levels else None
    for name, node in inside.items() if isinstance(inside, dict) else ():
        for path, each in nodes(node, levels[1:]):
            yield (levels[0], name, *path), each


def overlay(inherited: Any, own: Any) -> Any:
    """Key by key, one's own values win."""
    if not (isinstance(inherited, dict) and isinstance(own, dict)):
        return own
    merged = inherited | own
    for key in inherited.keys() & own.keys():
        merged[key] = own[key] if key in WHOLE else overlay(inherited[key], own[key])
    return merged


def origin(path: Path, at: At, stack: Raw, definitions: Raw) -> tuple[bool, Path]:
    """Where the effective value at `path` is written: whether in the shared definitions, and its path there."""
    depth = level(path)
    if at == "missing":
        if path[-1] in TO_GALLERY and depth:  # nobody up to the stack says it: the gallery is where it is due
            return False, path[:2]
        if depth == 2 and len(path) == 5 and path[3] in definitions:
            return True, ("images", path[3])
        path = path[:-1]
    for shared, place in _places(path, depth):
        if _written(place[1:] if shared else place, definitions if shared else stack):
            return shared, place
    return False, path


def _handed_down(node: Any, levels: tuple[str, ...], definitions: Raw) -> Any:
    if not levels or not isinstance(node, dict) or not isinstance(node.get(levels[0]), dict):
        return node
    inside, *below = levels
    handed = {key: node[key] for key in INHERITED[inside] if key in node}
    children = {}
    for name, own in node[inside].items():
        definition = definitions.get(name) if inside == "images" else None
        inherited = overlay(handed, definition) if isinstance(definition, dict) else handed
        child = overlay(inherited, {} if own is None else own)
        children[name] = _retired(_handed_down(child, tuple(below), definitions), version=not below)
    return {**node, inside: children}


def _retired(node: Any, version: bool) -> Any:
    """What is on its way out: not protected, and skipped by `latest`. Values that are no booleans stay as they are."""
    if not isinstance(node, dict) or node.get("retired") is not True:
        return node
    forced = {"protect": False, "excludeFromLatest": True} if version else {"protect": False}
    return {**node, **{key: value for key, value in forced.items() if isinstance(node.get(key, value), bool)}}


def level(path: Path) -> int:
    """How many levels down the owner of `path` is: 0 for the stack, 3 for a version."""
    depth = 0
    while depth < len(LEVELS) and len(path) >= 2 * depth + 2 and path[2 * depth] == LEVELS[depth]:
        depth += 1
    return depth


def _places(path: Path, depth: int) -> Iterator[tuple[bool, Path]]:
    """Where the value at `path` may be written, the most specific place first."""
    yield False, path
    rest = path[2 * depth :]
    if depth == 2:
        yield True, ("images", *path[3:])
    if depth and rest and rest[0] in INHERITED[LEVELS[depth - 1]]:
        for above in range(depth - 1, -1, -1):
            yield False, (*path[: 2 * above], *rest)


def _written(path: Path, node: Any) -> bool:
    for part in path:
        if part not in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            return False
        node = node[part]
    return True
