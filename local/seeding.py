"""What must exist in local Azure before a gallery can be filled: machines, images, disks and the groups they are in.

A YAML file says what there is: ARM ids, each with the body that Azure is sent to create it, in order. What was put from
it is noted in local Azure's directory, so that an edit takes effect: what is new is created, what was changed is made
anew, what was taken out is deleted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import arm
from .arm.files import overwrite
from .arm.ids import GROUP_TYPE, ResourceId, parse
from .provider.client import AzureError, ResourceManager
from .yaml_files import FileError, read

API_VERSION = "2024-03-01"
NOTED = "sources.json"
AT_ONCE = 1e6
"""Simulated seconds in a second while sources are made: nobody waits for them."""

_MADE_ANEW = (
    "microsoft.compute/virtualmachines",  # a power state is given once
    "microsoft.compute/images",
    "microsoft.compute/disks",
    "microsoft.compute/snapshots",
    "microsoft.compute/diskencryptionsets",
    "microsoft.storage/storageaccounts",
)
"""Types of sources, which may be other ones from one day to the next: Azure would refuse most changes of them."""


class Source(NamedTuple):
    """A resource to be: its body, and where it is written, for the messages."""

    body: dict[str, Any]
    where: str


Sources = Mapping[str, Source]
"""By ARM id, as written, what holds others first."""


def load(file: Path, name: str | None = None) -> Sources:
    """What a file says; nothing where there is none. `name` stands for it in messages.

    Raises FileError with all errors.
    """
    name = name or str(file)
    if not file.exists():
        return {}
    keys, content = read(file, name, "ARM ids, each with the body that Azure is sent to create it")
    found: dict[str, Source] = {}
    wrong: list[str] = []
    for key in keys:
        where = f"{name}:{key.start_mark.line + 1}"
        told = _error(key.value, content.get(key.value), found)
        wrong += [f"{where}: {told}"] if told else []
        found[str(key.value)] = Source(content.get(key.value, {}), where)
    if wrong:
        raise FileError("\n".join(wrong))
    return found


def _error(id: object, body: object, before: Sources) -> str | None:
    """What is wrong with an entry of the file."""
    parsed = parse(id) if isinstance(id, str) and id.startswith("/") else None
    if parsed is None or parsed.is_collection:
        expected = "expected /subscriptions/<guid>/resourceGroups/<group>/providers/<type>/<name>"
        return f"{id!r} is no id of a resource: {expected}"
    if str(id).lower() in map(str.lower, before):
        return f"{id} is here twice: keep one of them"
    if not isinstance(body, dict):
        return f"{id} has no body: expected what Azure is sent to create it, such as {{location: westeurope}}"
    return None


def seed_file(file: Path, home: Path) -> None:
    """Makes local Azure what a file says. Raises FileError with all errors, Azure's own among them."""
    seed(load(file), home)


def seed(wanted: Sources, home: Path) -> None:
    """The same for sources from anywhere."""
    noted = home / NOTED
    before: dict[str, Any] = json.loads(noted.read_bytes()) if noted.exists() else {}
    now = json.loads(json.dumps({id: source.body for id, source in wanted.items()}, default=str))
    if before == now and (home / "azure.sqlite3").exists():
        return
    done, wrong = asyncio.run(_change(before, now, wanted, home))
    overwrite(noted, json.dumps(done).encode())
    if wrong:
        raise FileError("\n".join(wrong))


async def _change(
    before: dict[str, Any], now: dict[str, Any], wanted: Sources, home: Path
) -> tuple[dict[str, Any], list[str]]:
    """From what was put before to what is wanted now; gives what there is then, and what Azure has against the rest."""
    done = dict(before)
    gone = [id for id in reversed(before) if id not in now]
    remade = [id for id in before if id in now and before[id] != now[id] and _type(id) in _MADE_ANEW]
    wrong: list[str] = []

    async def tried(request: Coroutine[Any, Any, object], id: str, what: str, body: Any = None) -> None:
        try:
            await request
        except AzureError as error:
            wrong.append(f"{what}: {error}")
        else:
            done.pop(id, None)
            done.update({id: body} if body else {})

    async with (
        arm.serve(home, speed=AT_ONCE) as address,
        ResourceManager(address, arm.authority(home)) as cloud,
    ):
        for id in (*(id for id in gone if _type(id) != GROUP_TYPE.lower()), *remade):
            await tried(cloud.delete(id, API_VERSION), id, f"{id}, which was taken out or changed")
        for id in gone:
            if _type(id) == GROUP_TYPE.lower() and await _is_empty(cloud, id):
                await tried(cloud.delete(id, API_VERSION), id, f"{id}, which was taken out")
        for id, body in now.items():
            there = await cloud.get(id, API_VERSION) is not None
            if there and before.get(id, body) == body:  # made before, or by somebody else
                done[id] = body
            else:
                await tried(cloud.put(id, API_VERSION, body), id, f"{wanted[id].where}: {id}", body)
    return done, wrong


async def _is_empty(cloud: ResourceManager, group: str) -> bool:
    """Whether a group that has been taken out holds nothing, or isn't there."""
    found = await cloud.get(f"{group}/resources", API_VERSION)
    return not found or not found["value"]


def _type(id: str) -> str:
    parsed = parse(id)
    assert parsed, "ids are checked when they are read"
    return parsed.type.lower()


def groups_of(ids: Iterable[str]) -> Iterator[str]:
    """The ids of the resource groups that resources are in, each once."""
    seen: set[str] = set()
    for id in ids:
        parsed = parse(id)
        if parsed and parsed.group and parsed.type.lower() != GROUP_TYPE.lower():
            scope = f"/subscriptions/{parsed.subscription}"
            group = ResourceId(scope, "Microsoft.Resources", ("resourceGroups",), (parsed.group,)).text
            if group.lower() not in seen:
                seen.add(group.lower())
                yield group
