"""What Azure has of galleries, read with few requests: `read` gives a `config.azure.inventory.Inventory`.

    manager = ResourceManager(connection(stack, root), progress)
    found = read(manager, [Place("images", "company")], progress=progress)     # some galleries, by group and name
    found = read(manager, group="images")                                      # all of a resource group
    found = read(manager)                                                      # all of the subscription

    for gallery in found.galleries:            # HeldGallery: gallery, group, images, others, unmanaged, access(of)
        for image in gallery.images:           # HeldImage: definition, versions, soft_deleted
            for version in image.versions:     # Held: id, name, answer (the body of a GET), view, state, unknown
                version.view["publishingProfile.excludeFromLatest"]

Everything comes from lists: for each gallery one of its definitions and one of each other kind of thing in it, for each
definition one of its versions and one of its soft-deleted versions where there can be any; for each resource group one
of its locks and one of its role assignments. Azure shows some things to a GET of one resource alone, so there is one
for each gallery, and with `firmware` one for each version that can have UEFI keys of its own.

What is asked for by name and isn't there is left out of the inventory. Raises CommandError, in one sentence, where
Azure refuses to tell of galleries, definitions or versions; what it refuses to tell beside them is in
`Inventory.unread`. Throttling is waited for. `progress` is given a sentence now and then.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from commands.common import CommandError, count
from commands.resource_manager import Answer, ResourceManager
from config.azure.inventory import Access, Held, HeldGallery, HeldImage, Inventory, SoftDeleted
from config.azure.properties import Kind
from config.ids import ResourceId
from config.regions import normalised, table
from config.types import version_order

AT_ONCE = 8
"""Requests under way."""
API_VERSION = "2026-03-03"
"""Of galleries and what is in them. The newest that is known shows most; what azure-native's own version shows is the
same otherwise."""
LOCKS, ASSIGNMENTS = "2020-05-01", "2022-04-01"
GROUPS, LOCATIONS = "2024-03-01", "2022-12-01"
SOFT_DELETED = "2025-03-03"
OTHERS = {"applications": "2024-03-03", "scripts": "2025-03-03", "inVMAccessControlProfiles": "2024-03-03"}
"""What a gallery holds beside images, with the api-version that tells of it."""

Progress = Callable[[str], None]


class Place(NamedTuple):
    """Where a gallery is looked for."""

    group: str
    name: str


def read(
    manager: ResourceManager,
    places: Iterable[Place] | None = None,
    *,
    group: str = "",
    firmware: bool = True,
    api_version: str = API_VERSION,
    progress: Progress = lambda sentence: None,
) -> Inventory:
    """The galleries at these places, or all of a resource group, or of the subscription.

    `firmware` asks for the UEFI keys of versions, `api_version` is that of galleries and what is in them.
    """
    reading = _Reading(manager, firmware, api_version, progress)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return reading.inventory(pool, None if places is None else [*places], group)


class _Reading:
    """One reading, from the outside in: each level in parallel."""

    def __init__(self, manager: ResourceManager, firmware: bool, api_version: str, progress: Progress) -> None:
        self._manager, self._firmware, self._api_version = manager, firmware, api_version
        self._progress = progress
        self._unread: dict[str, None] = {}
        self._counts: Counter[str] = Counter()
        self._counting = threading.Lock()

    def inventory(self, pool: ThreadPoolExecutor, places: list[Place] | None, group: str) -> Inventory:
        before = self._manager.requests
        ids = self._ids(group) if places is None else [self._id(each) for each in places]
        galleries = [each for each in pool.map(self._gallery, ids) if each is not None]
        self._progress(f"{count(len(galleries), 'gallery')} found")
        names = {_group(each.id).casefold(): _group(each.id) for each in galleries}
        groups = dict(zip(names, pool.map(self._of_group, names.values()), strict=True))
        others = list(pool.map(self._others, galleries))
        definitions = list(pool.map(self._definitions, galleries))
        flat = [(gallery, each) for gallery, several in zip(galleries, definitions, strict=True) for each in several]
        self._progress(f"{count(len(flat), 'image')} found")
        images = list(pool.map(lambda each: self._image(each[0], each[1], len(flat)), flat))
        if self._firmware:
            images = self._with_firmware(pool, images)
        found = []
        for gallery, other in zip(galleries, others, strict=True):
            of_group = groups[_group(gallery.id).casefold()]
            inside = [image for (holder, _), image in zip(flat, images, strict=True) if holder is gallery]
            found.append(HeldGallery(gallery, of_group.name, (*inside,), (*other,), of_group.accesses))
        regions = self._regions([*galleries, *(each for image in images for each in _all(image))])
        requests = self._manager.requests - before
        return Inventory(self._manager.subscription, (*found,), (*self._unread,), requests, regions)

    def _ids(self, group: str) -> list[str]:
        """Lists of a subscription write resource groups in upper case; by a group's own list, as they are."""
        scope = f"{self._manager.scope}/resourceGroups/{group}" if group else self._manager.scope
        found = self._manager.list(f"{scope}/providers/Microsoft.Compute/galleries", self._api_version)
        if found is None:
            raise CommandError(f"there is no resource group {group!r} in the subscription {self._manager.subscription}")
        return [each["id"] for each in found]

    def _id(self, place: Place) -> str:
        group = f"{self._manager.scope}/resourceGroups/{place.group}"
        return f"{group}/providers/Microsoft.Compute/galleries/{place.name}"

    def _gallery(self, id: str) -> Held | None:
        """A gallery with those that it is shared with, which a list doesn't tell."""
        query = {"$expand": "SharingProfile/Groups"}
        found = self._manager.get(id, self._api_version, **query)
        if found is None:
            return None
        groups = (found["properties"].get("sharingProfile") or {}).pop("groups", [])
        return Held("gallery", found.get("id", id), found, {"sharingProfile": {"groups": groups}} if groups else {})

    def _of_group(self, name: str) -> _Group:
        scope = f"{self._manager.scope}/resourceGroups/{name}"
        about = f"{scope}/providers/Microsoft.Authorization"
        own = self._optional(f"the resource group {name}", lambda: [self._manager.get(scope, GROUPS) or {}])
        locks = self._optional(f"the locks in {name}", lambda: self._manager.list(f"{about}/locks", LOCKS))
        roles = self._optional(
            f"the role assignments in {name}", lambda: self._manager.list(f"{about}/roleAssignments", ASSIGNMENTS)
        )
        spelled = next((each["name"] for each in own if "name" in each), name)
        return _Group(spelled, _accesses(locks, roles))

    def _definitions(self, gallery: Held) -> list[Held]:
        found = self._manager.list(f"{gallery.id}/images", self._api_version) or []
        return [Held("image", each["id"], each) for each in found]

    def _others(self, gallery: Held) -> list[Held]:
        found: list[Answer] = []
        for part, api_version in OTHERS.items():
            ask = partial(self._manager.list, f"{gallery.id}/{part}", api_version)
            found += self._optional(f"{part} in {gallery.name}", ask)
        return [Held("other", each["id"], each) for each in found]

    def _image(self, gallery: Held, definition: Held, of: int) -> HeldImage:
        versions = self._manager.list(f"{definition.id}/versions", self._api_version) or []
        held = [Held("version", each["id"], each) for each in versions]
        gone: list[Answer] = []
        if gallery.view["softDeletePolicy.isSoftDeleteEnabled"]:
            path = f"{gallery.id}/softDeletedArtifactTypes/Images/artifacts/{definition.name}/versions"
            ask = partial(self._manager.list, path, SOFT_DELETED)
            gone = self._optional(f"soft-deleted versions of {definition.name}", ask)
        self._done("image", of, f"{definition.name}, {count(len(held), 'version')}")
        return HeldImage(
            definition,
            tuple(sorted(held, key=lambda each: version_order(each.name))),
            tuple(SoftDeleted(e["properties"]["resourceArmId"], e["properties"]["softDeletedTime"]) for e in gone),
        )

    def _with_firmware(self, pool: ThreadPoolExecutor, images: list[HeldImage]) -> list[HeldImage]:
        """The same with UEFI keys, which Azure shows to a GET of one version alone, where versions can have any."""
        asked = [each for image in images if _has_firmware(image.definition) for each in image.versions]
        full = {each.id: each for each in pool.map(partial(self._version, of=len(asked)), asked)}
        return [replace(image, versions=tuple(full.get(v.id, v) for v in image.versions)) for image in images]

    def _version(self, version: Held, of: int) -> Held:
        query = {"$expand": "UefiSettings"}
        found = self._manager.get(version.id, self._api_version, **query) or {}
        self._done("version with UEFI keys", of, version.name)
        return replace(version, expanded={"securityProfile": found.get("properties", {}).get("securityProfile")})

    def _regions(self, held: list[Held]) -> dict[str, Answer]:
        """What Azure says of regions that the program's table doesn't have: one request, if there are any."""
        places = {each.answer.get("location") or "" for each in held}
        places |= {place for each in held if each.kind == "version" for place in each.view.regions}
        missing = {normalised(each) for each in places if each} - table().keys()
        if not missing:
            return {}
        path = f"{self._manager.scope}/locations"
        found = self._optional("the regions of the subscription", lambda: self._manager.list(path, LOCATIONS))
        return {each["name"]: each for each in found if each["name"] in missing}

    def _done(self, noun: str, of: int, what: str) -> None:
        with self._counting:
            self._counts[noun] += 1
            self._progress(f"{noun} {self._counts[noun]:,} of {of:,}: {what}")

    def _optional(self, what: str, ask: Callable[[], list[Answer] | None]) -> list[Answer]:
        """What can be done without; that it couldn't be read is told once."""
        try:
            return ask() or []
        except CommandError as error:
            self._unread[f"{what}: {error}"] = None
            return []


class _Group(NamedTuple):
    """A resource group: its own name, and the locks and role assignments of all that is in it, by ids in lower case."""

    name: str
    accesses: dict[str, Access]


def _accesses(locks: list[Answer], roles: list[Answer]) -> dict[str, Access]:
    found: dict[str, tuple[list[Held], list[Held]]] = {}
    kinds: tuple[tuple[Kind, list[Answer]], ...] = (("lock", locks), ("role assignment", roles))
    for index, (kind, answers) in enumerate(kinds):
        for each in answers:
            scope = each["id"].casefold().rpartition("/providers/microsoft.authorization/")[0]
            found.setdefault(scope, ([], []))[index].append(Held(kind, each["id"], each))
    return {scope: Access((*locks,), (*roles,)) for scope, (locks, roles) in found.items()}


def _group(id: str) -> str:
    parsed = ResourceId.parse(id)
    return parsed.group if parsed else ""


def _has_firmware(definition: Held) -> bool:
    """Whether machines made from it have a firmware with keys: those of generation 2 with a security type."""
    features = definition.view.elements("features[]")
    return definition.view["hyperVGeneration"] == "V2" and ("SecurityType",) in features


def _all(image: HeldImage) -> list[Held]:
    return [image.definition, *image.versions]
