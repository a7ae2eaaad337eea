"""The types of a request body, member by member.

A check takes a value and the path of that value (`galleryImage.properties.osType`) and gives the value back as Azure
keeps it. A null means "not given". What is given empty is not echoed [W for `disallowed` and `features`, I for others].
The texts of type errors are in the manner of Azure's JSON reader [I].
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .errors import invalid, required, unknown_member, unreadable

Json = dict[str, Any]
Check = Callable[[Any, str], Any]
_ABSENT = object()
_DEEPEST = 50  # levels of a body; what was read once must be readable again


def _wrong(value: Any, wanted: str, path: str) -> Exception:
    within = path.partition(".")[2] or path
    return invalid(f"Error converting value {json.dumps(value)} to type '{wanted}'. Path '{within}'.", path)


def text(value: Any, path: str) -> Any:
    """A string."""
    if not isinstance(value, str):
        raise _wrong(value, "String", path)
    return value


def flag(value: Any, path: str) -> Any:
    """true or false."""
    if not isinstance(value, bool):
        raise _wrong(value, "Boolean", path)
    return value


def integer(value: Any, path: str) -> Any:
    """A whole number; `2.0` is one, since some clients know no other kind of number."""
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise _wrong(value, "Int32", path)
    return int(value)


def read_only(value: Any, path: str) -> Any:
    """A member that clients send back as they got it; Azure ignores it [W]."""
    return _ABSENT


def choice(*names: str) -> Check:
    """One of these words; case does not matter (az sends `standard_zrs`), the answer has Azure's own case."""
    spelling = {name.lower(): name for name in names}

    def check(value: Any, path: str) -> Any:
        found = spelling.get(text(value, path).lower())
        if found is None:
            listed = ", ".join(f"'{name}'" for name in names)
            raise invalid(f"The value '{value}' of parameter {path} is not one of {listed}.", path)
        return found

    return check


def items(member: Check) -> Check:
    """An array."""

    def check(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(value, "Array", path)
        return [member(entry, path) for entry in value]

    return check


def texts(value: Any, path: str) -> Any:
    """An object whose values are all strings, such as tags."""
    if not isinstance(value, dict):
        raise _wrong(value, "Object", path)
    return {name: text(entry, f"{path}.{name}") for name, entry in value.items()}


def anything(value: Any, path: str) -> Any:
    """An object that is kept as it came."""
    if not isinstance(value, dict):
        raise _wrong(value, "Object", path)
    return value


def record(members: Mapping[str, Check], *needed: str) -> Check:
    """An object with these members and no others: a misspelt member is refused, not dropped [I]. Some it needs."""

    def check(value: Any, path: str) -> Any:
        kept: Json = {}
        for name, entry in anything(value, path).items():
            if name not in members:
                raise unknown_member(path, name)
            cleaned = _ABSENT if entry is None else members[name](entry, f"{path}.{name}")
            if cleaned is not _ABSENT and cleaned not in ({}, []):
                kept[name] = cleaned
        require(kept, path, *needed)
        return kept

    return check


def require(value: Json, path: str, *members: str) -> None:
    """Demand members; a dotted one is looked for further down."""
    for member in members:
        if dig(value, member) is None:
            raise required(f"{path}.{member}")


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path of a body that may hold anything; None where there is nothing."""
    for member in path.split("."):
        value = value.get(member) if isinstance(value, dict) else None
    return value


def without(value: Json, *paths: str) -> Json:
    """A body without what is at dotted paths of it."""
    for path in paths:
        first, _, rest = path.partition(".")
        below = value.get(first)
        if rest and isinstance(below, dict):
            value = {**value, first: without(below, rest)}
        elif not rest:
            value = {name: entry for name, entry in value.items() if name != first}
    return value


def merge(old: Json, patch: Json) -> Json:
    """A PATCH on a body: objects member by member, everything else replaced, null removes (RFC 7396)."""
    merged = {name: value for name, value in old.items() if patch.get(name, value) is not None}
    for name, value in patch.items():
        if isinstance(value, dict):
            below = merged.get(name)
            merged[name] = merge(below if isinstance(below, dict) else {}, value)
        elif value is not None:
            merged[name] = value
    return merged


def parse_object(raw: bytes) -> Json:
    """A request's body; anything but a JSON object is refused."""

    def constant(name: str) -> Any:
        raise ValueError(f"Unexpected value {name}")

    try:
        value = json.loads(raw, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise unreadable(str(error) if raw else "The body is empty") from error
    if not isinstance(value, dict) or _deeper_than(_DEEPEST, value):
        raise unreadable("The body is not a JSON object, or is nested too deeply")
    return value


def _deeper_than(levels: int, value: Any) -> bool:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper_than(levels - 1, entry) for entry in below)
