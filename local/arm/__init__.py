"""Azure Resource Manager for Compute Gallery, on this machine.

Tags behind facts, in comments and docstrings, say how we know them: [W] recorded traffic, [S] Azure's published API
description, [D] Microsoft's documentation, [C] the source of a client, [G] an issue or pull request,
[I] inferred: no source shows it, and real Azure may differ.
"""

from __future__ import annotations

import math
import os
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from aiohttp import web

from .app import Door
from .certificates import AUTHORITY, server_context
from .errors import StateError
from .fault_injection import FaultInjector
from .store import Store
from .subscriptions import Subscriptions
from .timeline import Clock

__all__ = ["StateError", "authority", "serve", "setting", "subscriptions"]

_SHUTDOWN_SECONDS = 1


@asynccontextmanager
async def serve(
    home: Path,
    port: int = 0,
    speed: float | None = None,
    parent_lag: float | None = None,
    clock: Clock = time.time,
) -> AsyncIterator[str]:
    """Serve local Azure on 127.0.0.1 and yield its address, `https://127.0.0.1:PORT`; port 0 takes a free one.

    `home` holds the state (`azure.sqlite3`), the authority that clients trust (`ca.pem`) and the server's key
    (`server.pem`); what is missing is made. `faults.yaml` there is what goes wrong, and
    `subscriptions.json` the subscriptions that there are, by id with their names. Any number of processes can serve
    the same home. `speed` is how many simulated seconds pass in one real second; default: the environment variable
    LOCAL_AZURE_SPEED, else 100.
    `parent_lag` is for how many simulated seconds a parent can't be deleted after its last child has gone; default: the
    environment variable LOCAL_AZURE_PARENT_LAG, else 0 (on Azure it is some 10 to 20). `clock` tells the real time in
    seconds since 1970. Raises StateError, in one sentence, when it can't serve.
    """
    pace = setting("LOCAL_AZURE_SPEED", 100.0, speed)
    if not pace:
        raise StateError("Time stands still in local Azure at LOCAL_AZURE_SPEED=0: it must be more.")
    lag = setting("LOCAL_AZURE_PARENT_LAG", 0.0, parent_lag)
    context, store = _open(home)
    with closing(store):
        door = Door(store, FaultInjector(home, store, clock), Subscriptions(home), pace, lag, clock)
        runner = web.AppRunner(door.application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        try:
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
            except (OSError, OverflowError) as error:
                raise StateError(f"Local Azure can't listen on port {port} of 127.0.0.1: {error}.") from error
            yield f"https://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def authority(home: Path) -> Path:
    """The file with the certificate authority that clients of this home trust; `serve` makes it."""
    return home / AUTHORITY


def setting(variable: str, default: float, given: float | None = None) -> float:
    """A number of 0 or more: the given one, else that of an environment variable. Raises StateError."""
    text = os.environ.get(variable, str(default)) if given is None else str(given)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (number >= 0 and math.isfinite(number)):
        raise StateError(f"The setting {variable} of local Azure must be a number of 0 or more, not '{text}'.")
    return number


def _open(home: Path) -> tuple[ssl.SSLContext, Store]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return server_context(home), Store(home / "azure.sqlite3")
    except OSError as error:
        raise StateError(f"Local Azure can't use the directory {home}: {error}.") from error
