"""Local Azure in a thread, and this process pointed at it, as azure-native would be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.core.rest import HttpRequest
from azure.mgmt.compute import ComputeManagementClient

from cloud.client import VARIABLES, Settings, compute_client, connection
from cloud.sharing import Place
from local import arm
from local.run import settings

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = "shared"
COMMUNITY = {
    "publisherUri": "https://example.com",
    "publisherContact": "images@example.com",
    "eula": "https://example.com/eula",
    "publicNamePrefix": "contoso",
}


@dataclass
class Azure:
    """Local Azure, and a client of ours."""

    home: Path
    client: ComputeManagementClient

    def gallery(self, name: str, permissions: str) -> Place:
        """A new gallery with these permissions, shared with nobody."""
        profile: dict[str, Any] = {"permissions": permissions}
        if permissions == "Community":
            profile["communityGalleryInfo"] = COMMUNITY
        body: Any = {"location": "eastus", "properties": {"sharingProfile": profile}}
        self.client.galleries.begin_create_or_update(GROUP, name, body).result()
        return Place(SUBSCRIPTION, GROUP, name)

    def fails(self, faults: str) -> None:
        """Writes faults.yaml; nothing takes it away."""
        file = self.home / "faults.yaml"
        file.write_text(faults) if faults else file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home, loop = tmp_path_factory.mktemp("azure"), asyncio.new_event_loop()
    started: Any = threading.Event()
    stop = asyncio.Event()
    address: list[str] = []

    async def serve() -> None:
        async with arm.serve(home, speed=1e6) as here:
            address.append(here)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(timeout=30)
    yield home, address[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(timeout=30)
    loop.close()


@pytest.fixture
def azure(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    home, address = served
    for name in (variable for variables in VARIABLES.values() for variable in variables):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings(address, arm.authority(home)).items():
        monkeypatch.setenv(name, value)
    client = compute_client(connection(Settings(lambda key: ""), SUBSCRIPTION))
    group = f"{address}/subscriptions/{SUBSCRIPTION}/resourcegroups/{GROUP}?api-version=2024-11-01"
    client._client.send_request(HttpRequest("PUT", group, json={"location": "eastus"}))
    made = Azure(home, client)
    yield made
    made.fails("")
