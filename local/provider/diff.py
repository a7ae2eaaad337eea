"""azure-native's comparison of inputs, and its projection of drift onto them."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto.provider_pb2 import PropertyDiff

from .properties import Properties, Value
from .schema import KEYED_ARRAYS

Kinds = dict[str, "PropertyDiff.Kind.ValueType"]

_REPLACE = {
    PropertyDiff.ADD: PropertyDiff.ADD_REPLACE,
    PropertyDiff.DELETE: PropertyDiff.DELETE_REPLACE,
    PropertyDiff.UPDATE: PropertyDiff.UPDATE_REPLACE,
}
REPLACES = frozenset(_REPLACE.values())


def detailed_diff(old: Properties, new: Properties, replace_keys: frozenset[str], outputs: Properties) -> Kinds:
    """The kind of change of every input that differs, by its path.

    Inputs are compared with inputs, never with outputs. Arrays are positional but for those with keys. The top-level
    `location` and `resourceGroupName` mean the same in any case, and a location with any spaces. An input that is
    added replaces nothing when Azure has that value already, as the old outputs tell.
    """
    old, new = _visible(old), _visible(new)
    for name, normal in (("location", _location), ("resourceGroupName", str.lower)):
        if isinstance(old.get(name), str) and isinstance(new.get(name), str) and normal(old[name]) == normal(new[name]):
            old[name] = new[name]
    kinds = _objects("", old, new)
    for path in kinds.keys() & replace_keys:
        if kinds[path] != PropertyDiff.ADD or outputs.get(path) != new[path]:
            kinds[path] = _REPLACE[kinds[path]]
    return kinds


def apply_drift(inputs: Properties, old: Properties, new: Properties) -> Properties:
    """Inputs after a refresh: what differs between the old and the new outputs (in input shape) is taken over.

    What Azure filled in by itself when the resource was made differs from the inputs but not between the outputs, and
    so never shows as drift.
    """
    applied = _apply(inputs, old, new)
    assert isinstance(applied, dict)
    return applied


def _visible(properties: Properties) -> Properties:
    return {k: v for k, v in properties.items() if not k.startswith("__")}


def _location(text: str) -> str:
    return text.replace(" ", "").lower()


def _objects(base: str, old: Properties, new: Properties) -> Kinds:
    kinds: Kinds = {}
    for name in {**old, **new}:
        path = f"{base}{name}"
        if name not in new:
            kinds[path] = PropertyDiff.DELETE
        elif name not in old:
            kinds[path] = PropertyDiff.ADD
        else:
            kinds |= _values(path, old[name], new[name], KEYED_ARRAYS.get(name))
    return kinds


def _values(path: str, old: Value, new: Value, key: tuple[str, ...] | None) -> Kinds:
    if old == new:
        return {}
    if isinstance(old, dict) and isinstance(new, dict):
        return _objects(f"{path}.", old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _arrays(path, old, new, key)
    return {path: PropertyDiff.UPDATE}


def _arrays(path: str, old: list[Value], new: list[Value], key: tuple[str, ...] | None) -> Kinds:
    before = {_key(item, key, index): (index, item) for index, item in enumerate(old)}
    after = {_key(item, key, index): (index, item) for index, item in enumerate(new)}
    kinds: Kinds = {}
    for identity, (index, _) in before.items():
        if identity not in after:
            kinds[f"{path}[{index}]"] = PropertyDiff.DELETE
    for identity, (index, item) in after.items():
        if identity in before:
            kinds |= _values(f"{path}[{index}]", before[identity][1], item, None)
        else:
            kinds[f"{path}[{index}]"] = PropertyDiff.ADD
    return kinds


def _key(item: Value, key: tuple[str, ...] | None, index: int) -> Any:
    """What identifies an array's element: its keys where the API names some, its position elsewhere."""
    if key is None or not isinstance(item, dict):
        return index
    return tuple(_member(item, path) for path in key)


def _member(item: Value, path: str) -> Any:
    for name in path.split("."):
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _apply(base: Value, old: Value, new: Value) -> Value:
    if isinstance(base, dict) and isinstance(old, dict) and isinstance(new, dict):
        kept = {k: v for k, v in base.items() if k not in old or k in new}
        changed = {
            k: _apply(base[k], old[k], v) if k in base and k in old else v
            for k, v in new.items()
            if k not in old or old[k] != v
        }
        return kept | changed
    if isinstance(base, list) and isinstance(old, list) and isinstance(new, list):
        known = min(len(base), len(old))
        return [_apply(base[i], old[i], v) if i < known else v for i, v in enumerate(new)]
    return base if old == new else new
