"""One reader of paths into plain values, such as `publishingProfile.targetRegions[1].name`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Key = str | int

_STEP = re.compile(r'([^.\["\]]+)|\["([^"]*)"\]|\[(\d+)\]')


@lru_cache(maxsize=4096)
def keys(path: str) -> tuple[Key, ...]:
    """The keys and indexes of a path, in the engine's notation: `a.b`, `a[0]`, `a["b.c"]`."""
    return tuple(int(index) if index else name or quoted for name, quoted, index in _STEP.findall(path))


def at(value: Any, path: str) -> Any:
    """What is at a path; None where there is nothing."""
    return reach(value, *keys(path))


def reach(value: Any, *keys: Key) -> Any:
    """What is at these keys and indexes; None where there is nothing."""
    for key in keys:
        if isinstance(key, str):
            value = value.get(key) if isinstance(value, Mapping) else None
        else:
            value = value[key] if isinstance(value, list | tuple) and key < len(value) else None
    return value
