"""azure-native's comparison of inputs, and its projection of drift onto them (`provider/pkg/provider/diff.go`)."""

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
    old, new = dict(old), dict(new)
    for name, normal in (("location", _location), ("resourceGroupName", str.lower)):
        if isinstance(old.get(name), str) and isinstance(new.get(name), str) and normal(old[name]) == normal(new[name]):
            old[name] = new[name]
    kinds = _objects("", "", old, new)
    for path in kinds.keys() & replace_keys:
        if kinds[path] != PropertyDiff.ADD or outputs.get(path) != new[path]:
            kinds[path] = _REPLACE[kinds[path]]
    return kinds


def changes(kinds: Kinds, new: Properties, defaults: Properties) -> set[str]:
    """Those paths of a detailed diff that count: a property that is added with its default value does not."""
    return {p for p, kind in kinds.items() if kind != PropertyDiff.ADD or p not in defaults or new[p] != defaults[p]}


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


def _objects(base: str, place: str, old: Properties, new: Properties) -> Kinds:
    """`base` begins the paths of the diff, `place` those in the schema, which have no indices.

    Names that begin with `__` are azure-native's own, at every depth: a tag of such a name never differs.
    """
    kinds: Kinds = {}
    for name in _visible({**old, **new}):
        path = f"{base}{name}"
        if name not in new:
            kinds[path] = PropertyDiff.DELETE
        elif name not in old:
            kinds[path] = PropertyDiff.ADD
        else:
            kinds |= _values(path, f"{place}{name}", old[name], new[name])
    return kinds


def _values(path: str, place: str, old: Value, new: Value) -> Kinds:
    if isinstance(old, dict) and isinstance(new, dict):
        return _objects(f"{path}.", f"{place}.", old, new)
    if isinstance(old, list) and isinstance(new, list):
        keys = KEYED_ARRAYS.get(place)
        return _sets(path, place, old, new, keys) if keys else _arrays(path, place, old, new)
    return {} if old == new else {path: PropertyDiff.UPDATE}


def _arrays(path: str, place: str, old: list[Value], new: list[Value]) -> Kinds:
    kinds: Kinds = {}
    for index in range(max(len(old), len(new))):
        if index >= len(old):
            kinds[f"{path}[{index}]"] = PropertyDiff.ADD
        elif index >= len(new):
            kinds[f"{path}[{index}]"] = PropertyDiff.DELETE
        else:
            kinds |= _values(f"{path}[{index}]", place, old[index], new[index])
    return kinds


def _sets(path: str, place: str, old: list[Value], new: list[Value], keys: tuple[str, ...]) -> Kinds:
    """Elements with the same keys are the same; of several such old ones the last counts. What is no object, such as
    an element that isn't known yet, is passed over. A removal hides an addition of the same index."""
    before = {_key(item, keys): (index, item) for index, item in enumerate(old) if isinstance(item, dict)}
    after = [(_key(item, keys), index, item) for index, item in enumerate(new) if isinstance(item, dict)]
    kinds: Kinds = {}
    for key, index, item in after:
        if key in before:
            kinds |= _values(f"{path}[{index}]", place, before[key][1], item)
        else:
            kinds[f"{path}[{index}]"] = PropertyDiff.ADD
    kept = {key for key, _, _ in after}
    return kinds | {f"{path}[{index}]": PropertyDiff.DELETE for key, (index, _) in before.items() if key not in kept}


def _key(item: Properties, keys: tuple[str, ...]) -> str:
    return repr([item.get(key) for key in keys])


def _apply(base: Value, old: Value, new: Value) -> Any:
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
    return new
