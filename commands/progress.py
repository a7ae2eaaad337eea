"""What a command is doing, on standard error: one line that changes on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

SECONDS = 2.0
"""Between two lines where nobody watches."""


class Progress(AbstractContextManager["Progress"]):
    """Is given sentences, from any thread, and shows the newest."""

    def __init__(self) -> None:
        self._status: Any = None
        self._told = -SECONDS
        self._telling = threading.Lock()

    def __enter__(self) -> Progress:
        if sys.stderr and sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False, markup=False, emoji=False).status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, sentence: str, always: bool = False) -> None:
        """`always` shows it even where another line has just been written."""
        with self._telling:
            if self._status:
                self._status.update(sentence)
            elif sys.stderr and (always or time.monotonic() - self._told >= SECONDS):
                self._told = time.monotonic()
                print(sentence, file=sys.stderr, flush=True)

    def waits(self, sentence: str) -> None:
        """For what holds everything up."""
        self(sentence, always=True)
