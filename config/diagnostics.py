"""What is wrong with a data file: one sentence and its position for each diagnostic."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Path = tuple[str | int, ...]
"""The way to a value from the top of a file: keys, and indexes of lists."""

Severity = Literal["error", "warning"]

At = Literal["value", "key", "missing"]
"""What a diagnostic is about: a value, its key, or a key that is not there."""


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One diagnostic: `file` relative to the project, `line` and `column` from 1, `path` dotted (empty: the file).

    A warning stops nobody: Azure takes what it is about, and people may regret it.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        severity = "warning: " if self.severity == "warning" else ""
        path = f"{self.path}: " if self.path else ""
        return _printable(f"{self.file}:{self.line}:{self.column}: {severity}{path}{self.message}")


class ConfigError(Exception):
    """The data files can't be used. `diagnostics` holds all diagnostics of all files, each once, by file and
    position.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file and position, each once: one diagnostic may be met by many ways, through inheritance and aliases."""
    where = {(m.file, m.line, m.column, m.message): m for m in sorted(diagnostics, reverse=True)}
    return sorted(where.values())


def dotted(path: Path) -> str:
    """The path as people write it: `galleries.myGallery.tags`, with `[2]` for the third item of a list."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def describe(value: object) -> str:
    """A value in words, for the 'found' half of a sentence."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"number {value if abs(value) < 10**20 else 'of more than 20 digits'}"
        case str():
            return f"text {quoted(value)}"
        case list():
            return "a list"
    return "a mapping"


def quoted(text: str) -> str:
    """Text in quotes, on one line, shortened where it is longer than any resource id should be."""
    return repr(text if len(text) <= 200 else f"{text[:190]}...")


def wrong_kind(value: object, expected: str) -> str:
    """The sentence for a value of the wrong type; YAML reads unquoted 1.1 and true as a number and a boolean."""
    hint = ": write it in quotes" if expected == "text" and isinstance(value, int | float) else ""
    return f"found {describe(value)}, expected {expected}{hint}"


def _printable(text: str) -> str:
    """Quoted YAML keys may hold line breaks; a diagnostic stays on one line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
