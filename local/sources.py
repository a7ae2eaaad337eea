"""What must exist in local Azure before a gallery can be filled: machines, images, disks and the groups they are in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml

from . import arm
from .provider.client import ResourceManager

API_VERSION = "2024-03-01"


def put(file: Path, home: Path) -> None:
    """Creates each resource of a YAML file (a map of ARM ids to bodies, in order) that doesn't exist yet, through the
    same door as any client. Raises AzureError with Azure's words when one is refused."""
    asyncio.run(_put(yaml.safe_load(file.read_text(encoding="utf-8")), home))


async def _put(resources: dict[str, dict[str, object]], home: Path) -> None:
    async with arm.serve(home) as address, ResourceManager(address, arm.authority(home)) as cloud:
        for id, body in resources.items():
            if await cloud.get(id, API_VERSION) is None:
                await cloud.put(id, API_VERSION, body)
