"""What Azure has, as data files say it: new entries for a stack's file and for the definitions that stacks share.

Nothing that is written already is changed. What is there is compared with Azure, and told where it says something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from config.access import role_or_text
from config.azure import bodies, settings, sharing
from config.azure.inventory import Held, HeldGallery, HeldImage, Inventory, Unmanaged
from config.azure.lifting import Node, Slot, lift, lift_tags
from config.azure.properties import default
from config.azure.settings import Inexpressible
from config.azure.sharing import Shared
from config.azure.view import View, differences
from config.azure.words import in_words
from config.cascade import effective
from config.image import Definition
from config.model import Raw, forgiving
from config.paths import reach
from config.regions import normalised, table
from config.replication import RegionSettings, region_name, target_region, written_regions
from config.stack import Stack
from config.types import version_order
from config.yaml_edit import Append, Edit, Put
from config.yaml_text import Block, Noted

SOON = timedelta(days=90)
"""An end of life that is as near as this is worth a comment."""

_FLAGS = ("allowDeletionOfReplicatedLocations", "blockDeletionBeforeEndOfLife")
SLOTS: dict[Slot, Any] = {
    ("replication", "replicas"): default("Replication.replicas"),
    ("replication", "storageAccountType"): default("Replication.storageAccountType"),
    ("replication", "regions"): {},
    ("replication", "edgeZones"): {},
    **{("safetyProfile", flag): False for flag in _FLAGS},
}
"""What versions inherit, with what stands where nobody says anything."""
_PLACES: tuple[Slot, ...] = (("location",), ("resourceGroup",))


@dataclass
class Adoption:
    """What is to be written, and what people are told."""

    stack: list[Edit] = field(default_factory=list)
    """Edits of the stack's file."""
    shared: list[Edit] = field(default_factory=list)
    """Edits of the definitions that stacks share."""
    conflicts: list[str] = field(default_factory=list)
    """Where a file says something else than Azure."""
    skipped: list[str] = field(default_factory=list)
    """What isn't written although Azure has it, and why."""
    unmanaged: list[Unmanaged] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"gallery": 0, "image": 0, "version": 0})
    """How much is new."""


def adopt(
    inventory: Inventory,
    written: Raw | None,
    definitions: Raw,
    stack: Stack | None,
    *,
    as_in_azure: list[str] | None = None,
    inline: frozenset[str] = frozenset(),
    without: Mapping[str, str] | None = None,
    today: datetime | None = None,
) -> Adoption:
    """The galleries of an inventory as entries of a stack's file and of the shared definitions.

    `written` is what the stack's file holds (None: there is none) and `stack` what it means, `definitions` what is
    shared. `as_in_azure` names what rules refuse, `inline` the images whose definition isn't to be shared, and
    `without` what can't be said at all, with the reason.
    """
    return _Adopting(
        inventory, written, definitions, stack, as_in_azure or [], inline, without or {}, today or datetime.now(UTC)
    ).result()


class _Adopting:
    def __init__(
        self,
        inventory: Inventory,
        written: Raw | None,
        definitions: Raw,
        stack: Stack | None,
        as_in_azure: list[str],
        inline: frozenset[str],
        without: Mapping[str, str],
        today: datetime,
    ) -> None:
        self._inventory, self._stack = inventory, stack
        self._is_new, self._written = written is None, written or {}
        self._as_in_azure, self._inline, self._without, self._today = as_in_azure, inline, without, today
        self._definitions: Raw = dict(definitions)
        self._raw = effective(self._written, definitions)
        self._new_definitions: Raw = {}
        self._root = Node("", settled=None if self._is_new else self._handed(self._raw))
        self._entries: dict[int, Raw] = {}
        self._found = Adoption()

    def result(self) -> Adoption:
        for gallery in self._inventory.galleries:
            if self._says(gallery.name, gallery.gallery):
                self._gallery(gallery)
                self._found.unmanaged += gallery.unmanaged
        for slot, nothing in SLOTS.items():
            lift(self._root, slot, nothing)
        for slot in _PLACES:
            lift(self._root, slot, None, alone=True)
        lift_tags(self._root, {})
        self._write()
        return self._found

    # What is there and what isn't

    def _says(self, name: str, held: Held) -> bool:
        """Whether a resource is one for a data file; what isn't is told."""
        reason = self._without.get(name, "")
        if held.state == "Deleting":
            reason = "Azure is deleting it"
        if reason:
            self._found.skipped.append(f"{name}: {reason}")
        return not reason

    def _gallery(self, found: HeldGallery) -> None:
        key, entry = _entry(self._written.get("galleries"), found.name)
        node = Node(found.name)
        self._root.children.append(node)
        if key is None:
            self._found.counts["gallery"] += 1
            node.wants = {
                ("location",): _place(found.gallery),
                ("resourceGroup",): {"name": found.group},
                ("tags",): _tags(found.gallery),
            }
            self._entries[id(node)] = settings.gallery(found.gallery) | self._access(found, found.gallery, {})
        else:
            node.name = key
            node.settled = self._handed(reach(self._raw, "galleries", key))
            self._compare_gallery(key, found, entry)
        for image in sorted(found.images, key=lambda each: each.name.casefold()):
            if self._says(f"{found.name}/{image.name}", image.definition):
                self._image(found, image, node, reach(entry, "images"))

    def _image(self, gallery: HeldGallery, found: HeldImage, above: Node, there: Any) -> None:
        key, entry = _entry(there, found.name)
        node, name = Node(found.name), f"{gallery.name}/{found.name}"
        above.children.append(node)
        if key is None:
            self._found.counts["image"] += 1
            node.wants = {("location",): _place(found.definition), ("tags",): _tags(found.definition)}
            own = self._definition(name, settings.definition(found.definition))
            self._entries[id(node)] = own | self._access(gallery, found.definition, {})
        else:
            node.name = key
            node.settled = self._handed(reach(self._raw, "galleries", above.name, "images", key))
            self._compare_image(above.name, key, gallery, found, entry)
        for version in found.versions:
            if self._says(f"{name}/{version.name}", version):
                self._version(gallery, name, version, node, above, reach(entry, "versions"))
        self._found.skipped += [
            f"{name}/{each.number}: deleted softly, on {each.deleted[:10]}" for each in found.soft_deleted
        ]

    def _version(
        self, gallery: HeldGallery, image: str, found: Held, above: Node, gallery_node: Node, there: Any
    ) -> None:
        key, entry = _entry(there, found.name)
        if key is not None:
            self._compare_version(gallery_node.name, above.name, key, gallery, found, entry)
            return
        try:
            said = settings.version(found)
        except Inexpressible as error:
            self._found.skipped.append(f"{image}/{found.name}: {error}")
            return
        self._found.counts["version"] += 1
        replication, safety = settings.replication(found), settings.safety(found)
        node = Node(
            found.name,
            {
                ("location",): _place(found),
                ("tags",): _tags(found),
                **{("replication", key): value for key, value in replication.items()},
                **{("safetyProfile", key): value for key, value in safety.items()},
            },
        )
        above.children.append(node)
        self._entries[id(node)] = said | self._access(gallery, found, {}) | {_STATE: found.state}

    def _handed(self, level: Any) -> dict[Slot, Any]:
        """What a level that is in the file hands down."""
        found: dict[Slot, Any] = {}
        level = level if isinstance(level, dict) else {}
        for slot, nothing in {**SLOTS, **dict.fromkeys(_PLACES)}.items():
            value = reach(level, *slot)
            found[slot] = nothing if value is None else _normal(slot, value)
        found["tags",] = {str(k): v for k, v in (level.get("tags") or {}).items()}
        return found

    def _definition(self, name: str, wanted: Raw) -> Raw:
        """What a stack's entry says of an image that is defined for all stacks, or is to be."""
        image = name.rpartition("/")[2]
        shared = self._definitions.get(image)
        if shared is None and image not in self._inline:
            shared = self._definitions[image] = self._new_definitions[image] = self._in_common(image, wanted)
        return _beside(shared or {}, wanted)

    def _in_common(self, image: str, first: Raw) -> Raw:
        """What all images of a name are, if they are the same image at all."""
        images = (each for gallery in self._inventory.galleries for each in gallery.images if each.name == image)
        several = [settings.definition(each.definition) for each in images]
        common = {key: value for key, value in first.items() if all(each.get(key) == value for each in several)}
        return common if {"osType", "osState", "identifier"} <= common.keys() else first

    def _access(self, gallery: HeldGallery, of: Held, there: Raw) -> Raw:
        """Locks and role assignments that aren't in a file yet."""
        access, locks = gallery.access(of), {}
        roles: Raw = {}
        known = {name.casefold() for name in there.get("locks") or ()}
        for each in access.locks:
            if each.name.casefold() not in known:
                locks[each.name] = settings.lock(each)
        held = {_who(each) for each in (there.get("roleAssignments") or {}).values()}
        for each in access.role_assignments:
            try:
                said = settings.role_assignment(each)
            except Inexpressible:
                continue  # told with what isn't managed
            if _who(said) not in held:
                roles[_free(settings.role_assignment_key(said), {**roles, **(there.get("roleAssignments") or {})})] = (
                    said
                )
        return {key: value for key, value in (("locks", locks), ("roleAssignments", roles)) if value}

    # Comparison of what is there with Azure

    def _compare_gallery(self, key: str, found: HeldGallery, entry: Any) -> None:
        if self._stack:
            gallery = self._stack.galleries[key]
            group = {"resourceGroupName": str(gallery.resource_group.name)}
            self._compare(key, found.gallery, bodies.gallery(gallery), group)
            if found.sharing and gallery.sharing_profile.permissions != "Private":
                self._compare(key, found.sharing, Shared.of_profile(gallery.sharing_profile).inputs)
            self._add_access(("galleries", key), found, found.gallery, entry)

    def _compare_image(self, gallery: str, key: str, holder: HeldGallery, found: HeldImage, entry: Any) -> None:
        if self._stack:
            image = self._stack.galleries[gallery].images[key]
            self._compare(f"{gallery}/{key}", found.definition, bodies.image(image))
            self._add_access(("galleries", gallery, "images", key), holder, found.definition, entry)

    def _compare_version(
        self, gallery: str, image: str, key: str, holder: HeldGallery, found: Held, entry: Any
    ) -> None:
        if self._stack:
            version = self._stack.galleries[gallery].images[image].versions[key]
            self._compare(f"{gallery}/{image}/{key}", found, bodies.version(version))
            self._add_access(("galleries", gallery, "images", image, "versions", key), holder, found, entry)

    def _compare(self, name: str, held: Held, wanted: Raw, names: Raw | None = None) -> None:
        self._found.conflicts += disagreements(name, held, wanted | (names or {}))
        spelled = name.rpartition("/")[2]
        if spelled != held.name:
            self._found.conflicts.append(f"{name}: the name: Azure has {held.name}, the data file {spelled}")

    def _add_access(self, path: tuple[str, ...], gallery: HeldGallery, of: Held, entry: Any) -> None:
        for kind, entries in self._access(gallery, of, entry if isinstance(entry, dict) else {}).items():
            self._found.stack += [Put((*path, kind, name), each) for name, each in entries.items()]

    # Writing

    def _write(self) -> None:
        found = self._found
        for name, each in self._new_definitions.items():
            found.shared.append(Put(("images", name), Block(_in_order(self._dated(each), _DEFINITION))))
        if self._is_new:
            top = _in_order(_nested(self._root.writes) | {"protect": Noted(True, _PROTECT)}, _STACK)
            found.stack += [Put((key,), value) for key, value in top.items()]
        if self._as_in_azure and (known := self._written.get("allowAsInAzure")):
            found.stack += [Append(("allowAsInAzure",), name) for name in self._as_in_azure if name not in known]
        elif self._as_in_azure:
            found.stack.append(Put(("allowAsInAzure",), self._as_in_azure))
        found.stack += [Put(("additionalRegions", name), region) for name, region in self._regions().items()]
        for gallery in self._root.children:
            self._write_level(gallery, ("galleries", gallery.name), ("images", "versions"))

    def _write_level(self, node: Node, path: tuple[str, ...], below: tuple[str, ...]) -> None:
        if node.settled is None:
            order = None if below else version_order
            self._found.stack.append(Put(path, self._block(node, below), order))
            return
        for each in node.children:
            self._write_level(each, (*path, below[0], each.name), below[1:])

    def _block(self, node: Node, below: tuple[str, ...]) -> Any:
        """A new entry with all that is in it."""
        said = dict(self._entries[id(node)])
        state = said.pop(_STATE, None)
        entry = _nested(node.writes) | self._dated(said)
        if below and node.children:
            entry[below[0]] = Block({each.name: self._block(each, below[1:]) for each in node.children})
        order = _GALLERY if len(below) == 2 else (*_DEFINITION, *_IMAGE) if below else _VERSION
        written: Any = Block(_in_order(entry, order)) if entry else None
        if state not in (None, "Succeeded"):
            return Noted(written, f"{state} in Azure on {self._today:%Y-%m-%d}")
        if len(below) == 2:
            gallery = self._inventory.gallery(node.name)
            others = [each.what for each in gallery.unmanaged if each.of == gallery.name] if gallery else []
            return Noted(written, above=("Not managed here:", *(f"- {each}" for each in others))) if others else written
        return written

    def _dated(self, entry: Raw) -> Raw:
        """The same with a comment where an end of life is near."""
        text = entry.get("endOfLifeDate")
        return {**entry, "endOfLifeDate": self._date(text)} if text else entry

    def _date(self, text: str) -> Any:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        left = moment.replace(tzinfo=moment.tzinfo or UTC) - self._today
        note = "has passed" if left < timedelta() else "soon" if left <= SOON else ""
        return Noted(text, note) if note else text

    def _regions(self) -> Raw:
        """Regions that the program's table hasn't, and the file neither."""
        known = {*table(), *(normalised(str(name)) for name in self._written.get("additionalRegions") or ())}
        shown: dict[str, str] = {}
        zonal = set()
        for gallery in self._inventory.galleries:
            for _, held in gallery.resources:
                place = str(held.answer.get("location") or "")
                shown.setdefault(normalised(place), place)
                targets = held.view.elements("publishingProfile.targetRegions[]") if held.kind == "version" else {}
                for each in targets.values():
                    shown[normalised(each["name"])] = each["name"]
                    zonal |= {normalised(each["name"])} if each.get("storageAccountType") == "Standard_ZRS" else set()
        new = {name: text for name, text in shown.items() if name and name not in known}
        return {name: self._region(name, text, name in zonal) for name, text in new.items()}

    def _region(self, name: str, shown: str, zonal: bool) -> Any:
        told = self._inventory.regions.get(name)
        if told is None:
            zones = ["1", "2", "3"] if zonal else []
            return Noted(_set(displayName=shown, zones=zones), "guessed from the versions that are there")
        zones = [str(each["logicalZone"]) for each in told.get("availabilityZoneMappings") or ()]
        return _set(displayName=told.get("displayName") or shown, zones=zones)


_STATE = "state"
_PROTECT = "nothing here is deleted or replaced by accident"
_STACK = ("location", "resourceGroup", "tags", "protect", "replication", "safetyProfile")
_GALLERY = (
    *("location", "resourceGroup", "description", "tags", "ownTags", "softDeletePolicy", "identity", "sharingProfile"),
    *("locks", "roleAssignments", "replication", "safetyProfile", "images"),
)
_DEFINITION = (
    *("osType", "osState", "hyperVGeneration", "architecture", "identifier", "purchasePlan", "description", "eula"),
    *("privacyStatementUri", "releaseNoteUri", "endOfLifeDate", "recommended", "disallowedDiskTypes", "features"),
)
_IMAGE = ("location", "tags", "ownTags", "locks", "roleAssignments", "replication", "safetyProfile", "versions")
_VERSION = (
    *("source", "location", "replicationMode", "replication", "excludeFromLatest", "endOfLifeDate", "safetyProfile"),
    *("securityProfile", "tags", "ownTags", "locks", "roleAssignments"),
)
_UNSET: Raw = {key: default(f"Definition.{key}") for key in ("hyperVGeneration", "architecture")}
"""Keys of a definition that have no null: what they stand for when they aren't written."""


def _set(**members: Any) -> Raw:
    return {name: value for name, value in members.items() if value not in (None, {}, [])}


def _entry(there: Any, name: str) -> tuple[str | None, Any]:
    """An entry of a mapping by a name of Azure's, whatever its case: its key (None: there is none), and its value."""
    if isinstance(there, dict):
        for key, value in there.items():
            if key == name or key.casefold() == name.casefold():
                return key, value
    return None, None


def _place(held: Held) -> str:
    return normalised(str(held.answer.get("location") or ""))


def _tags(held: Held) -> dict[str, str]:
    return dict(held.answer.get("tags") or {})


def _who(assignment: Any) -> tuple[str, str]:
    said = assignment if isinstance(assignment, dict) else {}
    return str(said.get("principalId")).casefold(), role_or_text(str(said.get("role")))


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """A name that isn't taken yet."""
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def _beside(shared: Raw, wanted: Raw) -> Raw:
    """What a stack writes beside a shared definition, key by key."""
    same = _same_keys(shared, wanted)
    found = {}
    for key in [*shared, *(each for each in wanted if each not in shared)]:
        if key not in same and key != "allowUpdateImage":
            mine = wanted.get(key, _UNSET.get(key))
            found[key] = _key_by_key(shared.get(key), [] if mine is None and key == "disallowedDiskTypes" else mine)
    return found


def _same_keys(one: Raw, other: Raw) -> set[str]:
    """The keys of two definitions that mean the same, however they are written."""
    with forgiving():
        try:
            first, second = (Definition.model_validate(each) for each in (one, other))
        except ValidationError:
            return {key for key in one.keys() | other.keys() if one.get(key) == other.get(key)}
    fields = Definition.model_fields.items()
    return {str(field.alias) for name, field in fields if getattr(first, name) == getattr(second, name)}


def _key_by_key(shared: Any, wanted: Any, key: str = "") -> Any:
    if key == "other":  # it has no null, its features have
        wanted = wanted or {}
    if not (isinstance(shared, dict) and isinstance(wanted, dict)):
        return wanted
    keys = [*shared, *(each for each in wanted if each not in shared)]
    differ = (each for each in keys if shared.get(each) != wanted.get(each))
    return {each: _key_by_key(shared.get(each), wanted.get(each), each) for each in differ}


def _normal(slot: Slot, value: Any) -> Any:
    """A setting of a file as `config.azure.settings` says it."""
    if slot == ("location",):
        return normalised(str(value))
    if slot == ("resourceGroup",):
        return {"name": value.get("name")} if isinstance(value, dict) else value
    if slot == ("replication", "regions") and isinstance(value, dict | list):
        return dict(_regions(value))
    return value


def _regions(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Raw]]:
    """Regions in either notation as a mapping."""
    for key, entry in written_regions(value):
        said = target_region(str(entry))[1] if isinstance(key, int) else RegionSettings.model_validate(entry or {})
        yield region_name(key, entry), said.model_dump(by_alias=True, exclude_unset=True)


def _in_short(regions: Mapping[str, Raw]) -> Any:
    """Regions as they are written: in the notation of Azure CLI, where it has words for all of them."""
    if all(each.keys() <= {"replicas", "storageAccountType"} for each in regions.values()):
        parts = {
            name: (each.get("replicas"), str(each.get("storageAccountType") or "").lower())
            for name, each in regions.items()
        }
        return ["=".join([name, *(str(part) for part in several if part)]) for name, several in parts.items()]
    return {name: each or None for name, each in regions.items()}


def disagreements(name: str, held: Held, wanted: Raw) -> list[str]:
    """Where a data file says something else of a resource than Azure has, `wanted` being its body: one sentence for
    each property, with both values.
    """
    names = {key: held.view.inputs[key] for key in held.view.inputs if key.endswith("Name") or key == "galleryId"}
    meant = sharing.view({**names, **wanted}) if held.kind == "sharing" else View(held.kind, {**names, **wanted})
    return [
        "{}: {}: Azure has {}, the data file {}".format(name, each.subject, *in_words(each))
        for each in differences(held.view, meant)
        if each.changed.shown or _was_asked(each.changed.path, held)
    ]


def _was_asked(path: str, held: Held) -> bool:
    """Whether Azure was asked for a property that it doesn't show by itself, and shows at all."""
    return held.expanded is not None and path != "allowUpdateImage"


def _nested(writes: Mapping[Slot, Any]) -> Raw:
    found: Raw = {}
    for slot, value in writes.items():
        holder, (*way, last) = found, slot
        for part in way:
            holder = holder.setdefault(part, {})
        holder[last] = _in_short(value) if slot == ("replication", "regions") else value
    return found


def _in_order(entry: Raw, order: tuple[str, ...]) -> Raw:
    return {key: entry[key] for key in order if key in entry} | entry
