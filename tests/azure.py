"""Local Azure for tests that run in one process with what asks it: it answers in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from local import arm
from local.provider.client import ResourceManager
from local.run import settings

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
API_VERSION = "2024-03-03"

Answered = TypeVar("Answered")


class Azure:
    """A cloud with its own state. Requests of the tests are sent one after another."""

    def __init__(self, home: Path, speed: float = 1e9) -> None:
        self.home, self.address = home, ""
        self._speed = speed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = AsyncExitStack()
        self._client: ResourceManager

    def start(self) -> Azure:
        self._thread.start()
        self._wait(self._begin())
        return self

    def stop(self) -> None:
        self._wait(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point programs at it."""
        return settings(self.address, arm.authority(self.home))

    def put(self, resources: dict[str, Any], api_version: str = API_VERSION) -> None:
        """Makes each resource, by its id, in this order; one without a body is deleted."""
        for id, body in resources.items():
            if body is None:
                self.delete(id)
            else:
                self._wait(self._client.put(id, api_version, body))

    def fill(self, file: Path) -> None:
        """Makes what a file describes: bodies by ids, or a list of such mappings with an `apiVersion` each."""
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for each in content if isinstance(content, list) else [content]:
            self.put(each, each.pop("apiVersion", API_VERSION))

    def share(self, gallery: str, body: Any) -> None:
        """The share action of a gallery, to its end."""
        self._wait(self._client.begin_put(f"{gallery}/share", API_VERSION, body, "POST"))
        while self.get(gallery)["properties"]["provisioningState"] != "Succeeded":
            time.sleep(0.01)

    def delete(self, *ids: str) -> None:
        for id in ids:
            self._wait(self._client.delete(id, API_VERSION))

    def get(self, id: str, **query: str) -> Any:
        """A resource, or a list in full as it is answered; None where there is none."""
        try:
            return self._wait(self._client.show(id, API_VERSION, query))
        except Exception:
            return None

    def fail(self, *faults: dict[str, Any]) -> None:
        """What goes wrong from now on."""
        (self.home / "faults.yaml").write_text(yaml.safe_dump([*faults]))

    async def _begin(self) -> None:
        self.address = await self._open.enter_async_context(arm.serve(self.home, speed=self._speed))
        client = ResourceManager(self.address, arm.authority(self.home), retry_seconds=0.01)
        self._client = await self._open.enter_async_context(client)

    def _wait(self, work: Coroutine[Any, Any, Answered]) -> Answered:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def azure(home: Path, speed: float = 1e9) -> Iterator[Azure]:
    """A cloud for as long as it is needed."""
    cloud = Azure(home, speed).start()
    try:
        yield cloud
    finally:
        cloud.stop()
