"""How Azure holds a gallery, an image definition or a version: what it answers, or is sent, as one typed view.

A view has every property of the table with its value, defaults filled in. What is unset, what is written out and what
Azure fills in for it are the same: views compare meaning, not spelling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from config.azure.properties import (
    FILLED,
    NEVER,
    PROPERTIES,
    REPLACEMENT,
    Change,
    Kind,
    Property,
    Same,
    canonical,
    source_id,
)
from config.ids import ResourceId
from config.latest import eligible, newest
from config.paths import at
from config.regions import normalised

Inputs = Mapping[str, Any]
"""Properties of a resource with Azure's names, as azure-native's inputs have them."""

Elements = tuple[str, ...]
"""The identities of the elements of lists that a property is in: `("eastus", "Premium_LRS")`."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's mark for a value that is known after the update."""


TYPES: dict[str, Kind] = {
    "azure-native:resources:ResourceGroup": "resource group",
    "azure-native:compute:Gallery": "gallery",
    "pulumi-python:dynamic/compute-gallery:GallerySharing": "sharing",
    "azure-native:compute:GalleryImage": "image",
    "azure-native:compute:GalleryImageVersion": "version",
    "azure-native:authorization:ManagementLockByScope": "lock",
    "azure-native:authorization:RoleAssignment": "role assignment",
}
"""What each type is: azure-native's, and the one that it lacks."""

NAMES: dict[Kind, tuple[str, ...]] = {
    "resource group": ("resourceGroupName",),
    "gallery": ("galleryName",),
    "sharing": ("galleryName",),
    "image": ("galleryName", "galleryImageName"),
    "version": ("galleryName", "galleryImageName", "galleryImageVersionName"),
}
"""The inputs that name a resource, from the outside in."""


@dataclass(frozen=True)
class Placement:
    """A version in a region or an edge zone: how many replicas on which storage, the main set first."""

    sets: tuple[tuple[int, str], ...]
    excluded: bool | None
    """Whether `latest` skips it there; None where the version's own flag decides."""

    @property
    def replicas(self) -> int:
        return sum(count for count, _ in self.sets)

    @property
    def storage(self) -> str:
        return self.sets[0][1]


@dataclass(frozen=True)
class Replication:
    """How far the replication to a region is: Azure's state (Unknown, Replicating, Completed, Failed), per cent,
    words.
    """

    state: str
    progress: int
    details: str


@dataclass(frozen=True)
class Difference:
    """A property that has another value; None is no value, or no such element of a list."""

    changed: Property
    elements: Elements
    old: Any
    new: Any

    @property
    def subject(self) -> str:
        return self.changed.subject(self.elements)


class View:
    """A resource as Azure holds it, or would hold it; without inputs, one that isn't there."""

    def __init__(self, kind: Kind, inputs: Inputs) -> None:
        self.kind: Kind = kind
        self.inputs = inputs
        self._lists: dict[str, dict[Elements, Any]] = {"": {(): inputs}}

    @classmethod
    def of_answer(cls, kind: Kind, answer: Mapping[str, Any]) -> View:
        """The view of what Azure Resource Manager answers, with its members under `properties`."""
        return cls(kind, {**answer, **(answer.get("properties") or {})})

    @classmethod
    def of_outputs(cls, type: str, outputs: Mapping[str, Any]) -> View | None:
        """The view of what the engine's state holds of a resource of that type, with the inputs that name it.

        None where it is of no type of ours, or where there is nothing.
        """
        kind, id = TYPES.get(type), outputs.get("id") or outputs.get("galleryId")
        if kind is None or not id:
            return None
        parsed = ResourceId.parse(id)
        if kind == "resource group":
            return cls(kind, {**outputs, "resourceGroupName": outputs["name"]})
        if kind not in NAMES or parsed is None:
            return cls(kind, outputs)
        named = zip(NAMES[kind], parsed.names, strict=True)
        return cls(kind, {**outputs, "resourceGroupName": parsed.group, **dict(named)})

    def __getitem__(self, path: str) -> Any:
        """The value of a property that is in no list, as it is written or as its default."""
        return self.values(_property(self.kind, path)).get(())

    def values(self, row: Property) -> dict[Elements, Any]:
        """The values of a property by the elements that it is in; the elements themselves where it stands for them."""
        if row.is_list:
            return self.elements(row.path)
        holder, rest = row.inside
        default = self[row.default.path] if isinstance(row.default, Same) and row.default is not FILLED else row.default
        default = None if default is FILLED else default
        found = {elements: at(each, rest) for elements, each in self.elements(holder).items()}
        return {elements: default if canonical(each) in _NOTHING else each for elements, each in found.items()}

    def elements(self, path: str) -> dict[Elements, Any]:
        """The elements of a list by their identities, and by those of the elements that they are in; of no list,
        itself.
        """
        if path not in self._lists:
            row = _property(self.kind, path)
            holder, rest = row.inside
            self._lists[path] = {
                (*elements, str(row.same(at(each, row.identity)))): each
                for elements, inside in self.elements(holder).items()
                for each in at(inside, rest) or ()
                if row.counts(each)
            }
        return self._lists[path]

    @property
    def name(self) -> str:
        """Its name as data files have it: gallery, gallery/image or gallery/image/version; empty where it isn't
        known.
        """
        parts = [self.inputs.get(key) for key in NAMES.get(self.kind, ())]
        return "/".join(map(str, parts)) if all(isinstance(part, str) and known(part) for part in parts) else ""

    @property
    def state(self) -> str | None:
        """Azure's provisioning state, such as Creating or Succeeded."""
        found: str | None = self.inputs.get("provisioningState")
        return found

    @property
    def at_work(self) -> bool:
        """Whether Azure is at work on it, which it ends by itself."""
        return self.state in ("Creating", "Updating", "Migrating")

    @cached_property
    def placements(self) -> dict[str, Placement]:
        """Where a version is to be, by region (eastus) and by edge zone; nothing of anything else."""
        found: dict[str, Placement] = {}
        if self.kind != "version":
            return found
        for where, count, storage, flag in (
            (_REGIONS, "regionalReplicaCount", "storageAccountType", "excludeFromLatest"),
            (_ZONES, "extendedLocationReplicaCount", "storageAccountType", None),
        ):
            counts, kinds = (self.values(_property("version", f"{where}.{key}")) for key in (count, storage))
            for elements, each in self.elements(where).items():
                further = {e[1]: n for e, n in self._further_counts.items() if e[:1] == elements}
                sets = [(counts[elements], kinds[elements]), *((n, kind) for kind, n in further.items())]
                # `latest` is a matter of regions.
                excluded = each.get(flag) if flag else True
                found[elements[0]] = Placement(tuple((int(n), kind) for n, kind in sets), excluded)
        return found

    @property
    def regions(self) -> list[str]:
        """The regions that a version is to be in, without its edge zones."""
        return [elements[0] for elements in self.elements(_REGIONS)]

    @cached_property
    def _further_counts(self) -> dict[Elements, Any]:
        return self.values(_property("version", f"{_REGIONS}.additionalReplicaSets[].regionalReplicaCount"))

    @property
    def replicas(self) -> int:
        """All replicas of a version."""
        return sum(each.replicas for each in self.placements.values())

    def eligible(self, place: str | None) -> bool:
        """Whether `latest` may mean this version, overall or in a region."""
        flags = {name: each.excluded for name, each in self.placements.items()}
        return bool(self.inputs) and eligible(bool(self["publishingProfile.excludeFromLatest"]), flags, place)

    @property
    def retired(self) -> bool:
        """Whether a version's retirement has been applied: `latest` skips it by its own flag and by each region's."""
        if self.kind != "version":
            return False
        return bool(self["publishingProfile.excludeFromLatest"]) and all(e.excluded for e in self.placements.values())

    @cached_property
    def sources(self) -> dict[str, str]:
        """The ids and URIs that a version is made from, by what of it is made from them."""
        rows = (
            row
            for row in PROPERTIES["version"]
            if row.path.endswith(("storageProfile.source", "Image.source", "Images[].source"))
        )
        found = (
            (row.subject(elements), source_id(value)) for row in rows for elements, value in self.values(row).items()
        )
        return {what: str(id) for what, id in found if id}

    @cached_property
    def replication(self) -> dict[str, Replication]:
        """How far the replication is, by region, where Azure was asked for it."""
        summary = at(self.inputs, "replicationStatus.summary") or ()
        return {
            normalised(each["region"]): Replication(
                each.get("state") or "Unknown", int(each.get("progress") or 0), each.get("details") or ""
            )
            for each in summary
        }


def latest(versions: Mapping[str, View]) -> dict[str | None, str]:
    """The version of an image that `latest` means, overall (None) and by region, where it means one."""
    places = dict.fromkeys((None, *(place for version in versions.values() for place in version.placements)))
    meant = {place: newest(n for n, version in versions.items() if version.eligible(place)) for place in places}
    return {place: number for place, number in meant.items() if number}


_REGIONS = "publishingProfile.targetRegions[]"
_ZONES = "publishingProfile.targetExtendedLocations[]"
_SOURCES = ("source", "osDiskImage.source", "dataDiskImages[].source")
_NOTHING: tuple[Any, ...] = (None, {}, [])
_BY_PATH = {(kind, row.path): row for kind, rows in PROPERTIES.items() for row in rows}


def _property(kind: Kind, path: str) -> Property:
    return _BY_PATH[kind, path]


def differences(old: View, new: View, *changes: Change) -> Iterator[Difference]:
    """The properties of which two views of a resource say something else; what isn't known yet is none of them.

    With `changes`, only those that are changed so.
    """
    for row in (row for row in PROPERTIES[old.kind] if row.change in (changes or Change)):
        before, after = old.values(row), new.values(row)
        around = old.elements(row.inside[0]).keys() & new.elements(row.inside[0]).keys()
        for elements in before | after:
            was, will = before.get(elements), after.get(elements)
            if row.is_list:
                differs = elements[:-1] in around and (elements in before) != (elements in after)
            else:
                differs = elements in around and _differ(row, was, will)
            if differs:
                yield Difference(row, elements, was, will)


def _differ(row: Property, was: Any, will: Any) -> bool:
    filled = row.default is FILLED and (was is None or will is None)
    return not filled and known(was) and known(will) and bool(row.same(was) != row.same(will))


def refused(difference: Difference, new: View) -> bool:
    """Whether Azure refuses this change of an existing resource that is to become `new`."""
    row = difference.changed
    if row.change is not NEVER:
        return not row.removable and difference.new is None
    if row.is_list and difference.old is None and not row.closed:
        return False
    return not (row.permission and new[row.permission] is True)


def replaces(difference: Difference) -> bool:
    """Whether azure-native replaces the resource for it."""
    return difference.changed.change is REPLACEMENT


def known(value: Any) -> bool:
    """Whether all of a value is known, or some of it is an output of something that isn't there yet."""
    match value:
        case Mapping():
            return all(map(known, value.values()))
        case list() | tuple():
            return all(map(known, value))
        case str():
            return value != UNKNOWN
    return value is None or isinstance(value, bool | int | float)
