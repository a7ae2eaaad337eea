"""What is wrong with a data file: one sentence and its position for each diagnostic."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from config.secrets import hidden

Path = tuple[str | int, ...]
"""The way to a value from the top of a file: keys, and indexes of lists."""

Severity = Literal["error", "warning"]

At = Literal["value", "key", "missing"]
"""What a diagnostic is about: a value, its key, or a key that is not there."""


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One diagnostic: `file` relative to the project, `line` and `column` from 1, `path` dotted (empty: the file).

    A warning stops nobody: Azure takes what it is about, and people may regret it. Neither path nor message repeats a
    secret.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    severity: Severity = "error"

    def __post_init__(self) -> None:
        for name in ("path", "message"):
            object.__setattr__(self, name, hidden(getattr(self, name)))

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


class WrittenInt(int):
    """A whole number that is written as Python wouldn't write it, such as 0x1f or 007."""

    written: str


class WrittenFloat(float):
    """The same for another number, such as 2404.10."""

    written: str


def as_written(value: object, text: str) -> object:
    """The value; a number knows how it is written where that isn't how Python writes it."""
    if value.__class__ not in (int, float) or str(value) == text:
        return value
    found: Any = (WrittenInt if isinstance(value, int) else WrittenFloat)(value)
    found.written = text
    return found


def describe(value: object) -> str:
    """A value in words, for the 'found' half of a sentence."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"number {getattr(value, 'written', value) if abs(value) < 10**20 else 'of more than 20 digits'}"
        case str():
            return f"text {quoted(value)}"
        case list():
            return "a list"
    return "a mapping"


def quoted(text: str) -> str:
    """Text in quotes, on one line, without secrets, shortened where it is longer than any resource id should be."""
    text = hidden(text)
    return repr(text if len(text) <= 200 else f"{text[:190]}...")


def wrong_kind(value: object, expected: str) -> str:
    """The sentence for a value of the wrong type, with what to write where that is plain.

    YAML reads unquoted 1.1 and true as a number and a boolean; ARM templates, Bicep and az write features as text.
    """
    return f"found {describe(value)}, expected {expected}{_meant(value, expected)}"


def _meant(value: object, expected: str) -> str:
    if expected == "text" and isinstance(value, int | float):
        return ": write it in quotes"
    if not isinstance(value, str):
        return ""
    word = value.strip().casefold()
    if expected == "true or false" and word in _BOOLEANS:
        return f": write {_BOOLEANS[word]}{' without quotes' if word == _BOOLEANS[word] else ''}"
    if expected == "a whole number" and word.isascii() and word.isdigit():
        return f": write {int(word)} without quotes"
    if expected == "a list" and word:
        return f": write [{', '.join(part.strip() for part in hidden(value).strip('[] ').split(','))}]"
    return ""


_BOOLEANS = {"true": "true", "yes": "true", "on": "true", "1": "true"} | {
    "false": "false",
    "no": "false",
    "off": "false",
    "0": "false",
}


def _printable(text: str) -> str:
    """Quoted YAML keys may hold line breaks; a diagnostic stays on one line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
