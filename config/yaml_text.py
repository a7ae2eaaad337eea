"""Values as they are written in a data file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.yaml_reader import plain

LONGEST = 110
"""Characters in a line that holds a whole mapping or list."""

_PLAIN = re.compile(
    r"[A-Za-z/][\w/.@=-]*( [\w/.@-]+)*"  # names, ids, words
    r"|https?://[\w/.@%+=-]+"
    r"|[0-9]+\.[0-9]+\.[0-9]+|[0-9a-f-]{36}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}",
    re.ASCII,
)
_KEY = re.compile(r"[A-Za-z0-9_][\w./-]*( [\w./-]+)*")


class Block(dict[str, Any]):
    """A mapping that is written with an entry on each line, where its surroundings let it."""


@dataclass(frozen=True)
class Noted:
    """A value with comments: above its key, and beside it."""

    value: Any
    beside: str = ""
    above: tuple[str, ...] = ()


def bare(value: Any) -> Any:
    """A value without its comments, each mapping and list on its own."""
    match value:
        case Noted():
            return bare(value.value)
        case Mapping():
            return {key: bare(each) for key, each in value.items()}
        case list() | tuple():
            return [bare(each) for each in value]
    return value


def flow(value: object) -> str:
    """A value as it may be written in a data file, on one line."""
    match value:
        case Noted():
            return flow(value.value)
        case dict():
            return "{" + ", ".join(f"{key_text(key)}: {flow(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str() if _PLAIN.fullmatch(value) and plain(value) == value:
            return value
        case str():
            return json.dumps(value, ensure_ascii=not value.isprintable())
    return json.dumps(value)


def key_text(key: object) -> str:
    """A key as it may be written in a data file; keys are text there, whatever they look like."""
    text = str(key)
    return text if _KEY.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())


def block(key: str, value: Any, indent: int = 0, step: int = 2) -> list[str]:
    """An entry of a mapping in lines, indented by so many spaces, what lies inside by `step` more."""
    return [f"{' ' * indent}{line}" if line else "" for line in _entry(key_text(key), value, step, LONGEST - indent)]


def _entry(key: str, value: Any, step: int, width: int) -> Iterator[str]:
    noted = value if isinstance(value, Noted) else Noted(value)
    yield from (f"# {line}" for line in noted.above)
    beside, value = f"  # {noted.beside}" if noted.beside else "", noted.value
    if value is None:
        yield f"{key}:{beside}"
    elif not isinstance(value, dict | list | tuple) or not value or _fits(key, value, width):
        yield f"{key}: {flow(value)}{beside}"
    elif isinstance(value, dict):
        yield f"{key}:{beside}"
        for name, each in value.items():
            yield from (f"{' ' * step}{line}" for line in _entry(key_text(name), each, step, width - step))
    else:
        yield f"{key}:{beside}"
        for each in value:
            yield f"{' ' * step}- {flow(each)}"


def _fits(key: str, value: Any, width: int) -> bool:
    """Whether a mapping or list goes on one line: it is short, or nothing but the way to one text, such as an id."""
    if isinstance(value, Block) or _has_notes(value):
        return False
    return len(key) + 2 + len(flow(value)) <= width or _is_chain(value)


def _has_notes(value: Any) -> bool:
    match value:
        case Noted():
            return bool(value.beside or value.above) or _has_notes(value.value)
        case dict():
            return any(map(_has_notes, value.values()))
        case list() | tuple():
            return any(map(_has_notes, value))
    return False


def _is_chain(value: Any) -> bool:
    while isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return not isinstance(value, dict | list | tuple)
