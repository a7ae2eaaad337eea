"""The subscriptions that there are: those that a file in local Azure's directory names, or three to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from .errors import StateError

FILE = "subscriptions.json"
FIRST = {
    "00000000-0000-0000-0000-000000000001": "dev",
    "00000000-0000-0000-0000-000000000002": "staging",
    "00000000-0000-0000-0000-000000000003": "prod",
}


class Subscriptions:
    """Names by id, in lower case; the file is read again whenever it has been written."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._written: tuple[int, int] | None = None
        self._known: Mapping[str, str] = FIRST

    def known(self) -> Mapping[str, str]:
        """Raises StateError where the file can't be used."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return FIRST
        if (written := (found.st_mtime_ns, found.st_ino)) != self._written:
            try:
                content = json.loads(self._file.read_text(encoding="utf-8"))
                self._known = {str(id_).lower(): str(name) for id_, name in content.items()}
            except (OSError, ValueError, AttributeError) as error:
                text = f"The file {self._file} can't be used ({error}): take it away, `. local/activate` makes another."
                raise StateError(text) from error
            self._written = written
        return self._known
