"""Values of Azure's properties in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from config.azure.properties import canonical, source_id
from config.azure.view import Difference, known
from config.secrets import hidden
from config.yaml_text import flow


def in_words(difference: Difference) -> tuple[str, str]:
    """Both values in words, without what they have in common."""
    old, new = _apart(_plain(difference.old), _plain(difference.new))
    return in_word(old), in_word(new)


def _apart(old: Any, new: Any) -> tuple[Any, Any]:
    """Two values without the members that are the same in both, and ids without their common beginning."""
    if isinstance(old, dict) and isinstance(new, dict):
        differ = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        pairs = {key: _apart(old.get(key), new.get(key)) for key in differ}
        return tuple({key: pair[i] for key, pair in pairs.items() if pair[i] is not None} for i in (0, 1))  # type: ignore[return-value]
    if isinstance(old, str) and isinstance(new, str) and old.startswith("/") and new.startswith("/"):
        parts, others = old.split("/"), new.split("/")
        same = [a.casefold() == b.casefold() for a, b in zip(parts, others, strict=False)]
        start = max(same.index(False) - 1, 0) if False in same else 0
        return tuple(f"{'…/' if start else ''}{'/'.join(each[start:])}" for each in (parts, others))  # type: ignore[return-value]
    return old, new


def in_word(value: Any) -> str:
    """A value in words, without secrets."""
    if not known(value):
        return "known after the update"
    return "nothing" if value is None else hidden(value if isinstance(value, str) else flow(value))


AS_TOLD = "refused, as told"
"""How a refusal ends whose reasons were told with another one: the engine wants a text for each."""


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


MOST = 20
"""Things that a sentence names."""


def some(names: Sequence[str]) -> str:
    """The first of many names in a sentence, and how many more there are."""
    return listed([*names[:MOST], *([f"{len(names) - MOST:,} more"] if len(names) > MOST else [])])


def _plain(value: Any) -> Any:
    """A value without what Azure puts around it: a disk or a source is its id, a feature its value."""
    match value:
        case {"source": dict() as source}:
            return source_id(source)
        case {"name": _, "value": feature}:
            return feature
        case dict() if (id := source_id(value)) is not None:
            return id
    return canonical(value)


def latest_moves(now: str | None, places: Iterable[str | None]) -> str:
    """That `latest` means an older version, or none, in regions and edge zones, or overall (None)."""
    where = ", ".join(f"in {place}" if place else "overall" for place in places)
    return f"latest would go back to {now} {where}" if now else f"latest would mean no version {where}"
