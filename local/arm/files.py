"""Files that several processes may want to make at the same time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def place(path: Path, write: Callable[[Path], None]) -> None:
    """Make a file unless it exists. It appears complete or not at all, and of several writers the first one wins."""
    if path.exists():
        return
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as scratch:
        draft = Path(scratch, path.name)
        write(draft)
        with suppress(FileExistsError):  # a link, unlike a rename, never replaces
            os.link(draft, path)


def overwrite(path: Path, content: bytes) -> None:
    """Write a file, which is the old one or the new one at any moment."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as scratch:
        draft = Path(scratch, path.name)
        draft.write_bytes(content)
        draft.replace(path)
