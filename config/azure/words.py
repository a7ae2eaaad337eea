"""Values of Azure's properties in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.azure.properties import canonical, source_id
from config.azure.view import Difference, known
from config.yaml_text import flow


def in_words(difference: Difference) -> tuple[str, str]:
    """Both values in words; of two ids, what they don't have in common."""
    old, new = (_plain(each) for each in (difference.old, difference.new))
    if isinstance(old, str) and isinstance(new, str) and old.startswith("/") and new.startswith("/"):
        parts, others = old.split("/"), new.split("/")
        same = [a.casefold() == b.casefold() for a, b in zip(parts, others, strict=False)]
        start = max(same.index(False) - 1, 0) if False in same else 0
        old, new = (f"{'…/' if start else ''}{'/'.join(each[start:])}" for each in (parts, others))
    return in_word(old), in_word(new)


def in_word(value: Any) -> str:
    """A value in words."""
    if not known(value):
        return "known after the update"
    return "nothing" if value is None else value if isinstance(value, str) else flow(value)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


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
