"""Faults on demand: what Azure is told to do wrong, in `faults.yaml` in the home directory, a list of faults."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from .errors import AzureError, StateError, invalid
from .ids import parse
from .regions import find
from .resources import KINDS
from .shapes import Check, Json, choice, flag, integer, items, record, text

_LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class Fault:
    """Where a fault strikes (`method` to `times`), and what happens there: one of `status` to `endless`.

    It is about requests of a method, a path (a pattern with `*`) and a resource type, lets the first `after` of them
    through, and strikes `times` times, or for good.
    """

    method: str | None = None
    path: str = "*"
    type: str | None = None
    after: int = 0
    times: int | None = None
    status: int | None = None
    """Refused with that status, in Azure's words or with `code` and `message`, to be tried again in `retry` seconds."""
    code: str | None = None
    message: str | None = None
    retry: float = 0.02
    drop: str | None = None
    """The connection is closed: instead of looking at the "request", or instead of its "answer"."""
    delay: float = 0.0
    """Real seconds until the request is looked at."""
    failing: tuple[str, ...] = ()
    """Display names of regions: an accepted change of a version fails to replicate to them."""
    endless: bool = False
    """The operation of an accepted change goes on for as long as the fault is in the file."""

    @property
    def harms(self) -> bool:
        """Whether it lets the request pass, and harms the operation that this begins."""
        return bool(self.failing) or self.endless

    def matches(self, method: str, path: str) -> bool:
        """Whether it is about such a request."""
        if self.method not in (None, method) or not fnmatchcase(path.lower(), self.path.lower()):
            return False
        id_ = parse(path) if self.type else None
        return self.type is None or (id_ is not None and id_.type.lower() == self.type.lower())

    def strikes(self, seen: int) -> bool:
        """Whether it strikes when it has seen so many requests before."""
        return self.after <= seen < self.after + self._most

    def struck(self, seen: int) -> int:
        """How often it has struck when it has seen so many requests."""
        return max(0, int(min(seen - self.after, self._most)))

    @property
    def told(self) -> Json:
        """The fault as it could have been written."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Fault, name)}

    @property
    def _most(self) -> float:
        return math.inf if self.times is None else self.times


def read(content: bytes, source: str) -> list[Fault]:
    """The faults in a text, YAML or JSON; raises StateError, in one sentence that names the source."""
    try:
        found = yaml.safe_load(content)
        json.dumps(found)  # dates and circles have no place here
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise StateError(f"There is no list of faults in {source}: {reason}.") from error
    if not isinstance(found, list | None):
        raise StateError(f"There is no list of faults in {source}.")
    return [_fault(entry, f"fault {number}", source) for number, entry in enumerate(found or [], 1)]


@contextmanager
def usable(file: Path) -> Iterator[None]:
    """Raises StateError when the file can't be read or written."""
    try:
        yield
    except OSError as error:
        raise StateError(f"The file {file} can't be used: {error.strerror}.") from error


def _fault(entry: Any, name: str, source: str) -> Fault:
    try:
        checked = _FAULT(entry, name)
    except AzureError as error:
        raise StateError(f"An error in {name} of {source}: {error.message}") from error
    happens, words = [each for each in _WHAT if checked.get(each)], [each for each in _WORDS if each in checked]
    if len(happens) != 1:
        raise StateError(f"An error in {name} of {source}: it must say one of {', '.join(_WHAT)}.")
    if words and happens != ["status"]:
        raise StateError(f"An error in {name} of {source}: '{words[0]}' is for answers with a 'status'.")
    return Fault(**{**checked, "failing": tuple(checked.get("failing", ()))})


def _seconds(value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_SECONDS:
        raise invalid(
            f"The value {json.dumps(value)} of {path} is no number of seconds up to {_LONGEST_SECONDS}.", path
        )
    return value


def _number(low: int, high: int = 2**31 - 1) -> Check:
    def check(value: Any, path: str) -> Any:
        if not low <= integer(value, path) <= high:
            raise invalid(f"The value {value} of {path} is not from {low} to {high}.", path)
        return int(value)

    return check


def _region(value: Any, path: str) -> Any:
    region = find(text(value, path))
    if region is None:
        raise invalid(f"The value '{value}' of {path} is no Azure region.", path)
    return region.display


_WHERE: dict[str, Check] = {
    "method": choice("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"),
    "path": text,
    "type": choice(*(kind.type for kind in KINDS.values())),
    "after": _number(0),
    "times": _number(1),
}
_WHAT: dict[str, Check] = {
    "status": _number(400, 599),
    "drop": choice("request", "answer"),
    "delay": _seconds,
    "failing": items(_region),
    "endless": flag,
}
_WORDS: dict[str, Check] = {"code": text, "message": text, "retry": _seconds}
_FAULT = record({**_WHERE, **_WHAT, **_WORDS})
