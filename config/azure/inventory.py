"""What Azure has: galleries with all that is in them and on them, as they were read.

Nothing here asks Azure; `commands.inventory` does, and whoever looks at the whole of a gallery (adoption, import,
status, drift, the report of a deletion) works on these values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from config.azure import sharing
from config.azure.properties import PROPERTIES, Kind
from config.azure.view import NAMES, View
from config.cascade import overlay
from config.ids import ResourceId
from config.stack import contains

Answer = Mapping[str, Any]
"""A resource as Azure Resource Manager answers for it, with its members under `properties`."""


@dataclass(frozen=True)
class Held:
    """A resource that Azure has. The id is in Azure's spelling.

    `answer` is what a plain GET or a list shows; `expanded` are further members of its properties, which Azure shows to
    those who ask for them (None: nobody did).
    """

    kind: Kind
    id: str
    answer: Answer = field(repr=False)
    expanded: Answer | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The last part of its id."""
        return self.id.rpartition("/")[2]

    @property
    def state(self) -> str | None:
        """Azure's provisioning state, such as Creating or Succeeded."""
        return self.view.state

    @cached_property
    def view(self) -> View:
        """What it says, by the table of properties, the names of what it lies in included."""
        parsed = ResourceId.parse(self.id)
        names = dict(zip(NAMES.get(self.kind, ()), parsed.names, strict=False)) if parsed else {}
        group = {"resourceGroupName": parsed.group} if parsed and self.kind in _IN_GROUPS else {}
        of_lock = {"lockName": self.name} if self.kind == "lock" else {}
        of_group = {"resourceGroupName": self.name} if self.kind == "resource group" else {}
        properties = overlay(self.answer.get("properties") or {}, self.expanded or {})
        if self.kind == "sharing":
            shared = sharing.Shared.of_gallery(View("gallery", properties))
            return sharing.view({"galleryId": self.id, **names, **shared.inputs})
        return View(self.kind, {**self.answer, **properties, **group, **names, **of_lock, **of_group})

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The paths of what it says and the table of properties doesn't know: a data file can't say it."""
        return tuple(sorted(set(_unknown(self.kind, self.answer))))


_IN_GROUPS = ("gallery", "image", "version")


@dataclass(frozen=True)
class SoftDeleted:
    """A version that was deleted in a gallery with soft deletion, and can be brought back for a while."""

    id: str
    """Of the version that it was."""
    deleted: str
    """When, as Azure writes dates."""

    @property
    def number(self) -> str:
        return self.id.rpartition("/")[2]


@dataclass(frozen=True)
class Access:
    """Locks and role assignments of a resource itself; what it inherits from its group or subscription isn't here."""

    locks: tuple[Held, ...] = ()
    role_assignments: tuple[Held, ...] = ()


@dataclass(frozen=True)
class HeldImage:
    """An image definition with its versions, in the order of their numbers."""

    definition: Held
    versions: tuple[Held, ...] = ()
    soft_deleted: tuple[SoftDeleted, ...] = ()

    @property
    def name(self) -> str:
        return self.definition.name


@dataclass(frozen=True)
class Unmanaged:
    """What Azure has, and a data file can't say. `of` is where: gallery, gallery/image or gallery/image/version."""

    of: str
    what: str
    """In words, with its name: `the VM application tool`."""

    def __str__(self) -> str:
        return f"{self.of}: {self.what}"


@dataclass(frozen=True)
class Beside:
    """Something beside a stack's own, in what the stack would delete."""

    what: str
    """In words, with its name: `the version company/web/2.0.0`."""
    blocks: bool = True
    """Whether Azure refuses the deletion while it is there."""


@dataclass(frozen=True)
class HeldGallery:
    """A gallery with its image definitions, by name."""

    gallery: Held
    group: str
    """The name of its resource group, in its own spelling."""
    images: tuple[HeldImage, ...] = ()
    others: tuple[Held, ...] = ()
    """What the gallery holds beside images: VM applications, scripts, in-VM access control profiles."""
    accesses: Mapping[str, Access] = field(default_factory=dict, repr=False)
    """Locks and role assignments, by the id of what they are on, in lower case."""

    @property
    def name(self) -> str:
        return self.gallery.name

    @property
    def subscription(self) -> str:
        return self.gallery.id.split("/")[2]

    @property
    def resources(self) -> Iterator[tuple[str, Held]]:
        """Gallery, definitions and versions by their names: gallery, gallery/image, gallery/image/version."""
        yield self.name, self.gallery
        for image in self.images:
            yield f"{self.name}/{image.name}", image.definition
            for version in image.versions:
                yield f"{self.name}/{image.name}/{version.name}", version

    @property
    def sharing(self) -> Held | None:
        """Whom it is shared with, a resource of its own in the engine's state; None where it is private."""
        private = self.gallery.view["sharingProfile.permissions"] == "Private"
        return None if private else replace(self.gallery, kind="sharing")

    def access(self, of: Held) -> Access:
        """The locks and role assignments of the gallery, or of a definition or version in it."""
        return self.accesses.get(of.id.casefold(), Access())

    def beside(self, name: str, own: Collection[str]) -> Iterator[Beside]:
        """What is in and on the gallery, or the definition, of that name beside what has one of these ids (in lower
        case).
        """
        inside = [(each, held) for each, held in self.resources if contains(name, each)]
        yield from (Beside(f"the {held.kind} {each}") for each, held in inside if held.id.casefold() not in own)
        for each, held in inside:
            locks = (lock for lock in self.access(held).locks if lock.id.casefold() not in own)
            yield from (Beside(f"the lock {lock.name} on {each}") for lock in locks)
        if "/" not in name:
            yield from (Beside(f"the {_nouns(each)} {each.name}") for each in self.others)
        for image in self.images:
            if contains(name, f"{self.name}/{image.name}"):
                at = f"the soft-deleted version {self.name}/{image.name}"
                yield from (Beside(f"{at}/{each.number}", blocks=False) for each in image.soft_deleted)

    @cached_property
    def unmanaged(self) -> tuple[Unmanaged, ...]:
        """All that Azure has in this gallery, and a data file can't say."""
        others = [Unmanaged(self.name, f"the {_nouns(each)} {each.name}") for each in self.others]
        told = [Unmanaged(name, f"the property {path}") for name, held in self.resources for path in held.unknown]
        about = [
            Unmanaged(name, f"the {each.kind} {each.name}, for its property {path}")
            for name, held in self.resources
            for each in (*self.access(held).locks, *self.access(held).role_assignments)
            for path in each.unknown[:1]
        ]
        return (*others, *told, *about)


@dataclass(frozen=True)
class Inventory:
    """The galleries of a subscription, or some of them, by name."""

    subscription: str
    galleries: tuple[HeldGallery, ...]
    unread: tuple[str, ...] = ()
    """What couldn't be read, one sentence each: then nothing is known of it."""
    requests: int = 0
    """How many requests it took."""
    regions: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    """Azure's own word on regions that the program's table doesn't have, by name."""

    def gallery(self, name: str) -> HeldGallery | None:
        """The gallery of that name, which a subscription has once, whatever its case."""
        return next((each for each in self.galleries if each.name.casefold() == name.casefold()), None)


_TYPES = {"applications": "VM application", "scripts": "script", "invmaccesscontrolprofiles": "access control profile"}


def _nouns(other: Held) -> str:
    parsed = ResourceId.parse(other.id)
    return _TYPES.get(parsed.types[-1].casefold(), parsed.types[-1]) if parsed else "resource"


_AZURES_OWN: dict[Kind, tuple[str, ...]] = {
    "resource group": ("id", "name", "type", "managedBy", "properties"),
    "gallery": (
        *("id", "name", "type", "etag", "systemData", "provisioningState", "identifier", "sharingStatus"),
        *("identity.principalId", "identity.tenantId", "sharingProfile.communityGalleryInfo.communityGalleryEnabled"),
        "sharingProfile.communityGalleryInfo.publicNames",
    ),
    "image": ("id", "name", "type", "etag", "systemData", "provisioningState"),
    "version": (
        *("id", "name", "type", "etag", "systemData", "provisioningState", "replicationStatus", "validationsProfile"),
        *("publishingProfile.publishedDate", "storageProfile.osDiskImage.sizeInGB"),
        *("storageProfile.dataDiskImages[].sizeInGB", "restore"),
        *("safetyProfile.reportedForPolicyViolation", "safetyProfile.policyViolations"),
        "publishingProfile.targetExtendedLocations[].extendedLocation.type",
        # By what Azure chose the storage of each region, which each region then says.
        "publishingProfile.storageAccountStrategy",
    ),
    "lock": ("id", "name", "type", "systemData"),
    "role assignment": (
        *("id", "name", "type", "scope", "createdOn", "createdBy", "updatedOn", "updatedBy", "systemData"),
        "conditionVersion",
    ),
}
"""What Azure alone sets, or shows of something else that is in the table."""


_DEFAULTS = {"softDeletePolicy.retentionPeriodInDays": 7, "softDeletePolicy.gracePeriodInDays": 0}
"""Properties that a data file can't say, with the value that Azure gives them by itself."""


def _unknown(kind: Kind, answer: Answer) -> Iterator[str]:
    rows = PROPERTIES.get(kind, ())
    known = {
        *(row.path for row in rows),
        *(f"{row.path}.{row.identity}" for row in rows if row.is_list),
        *_AZURES_OWN.get(kind, ()),
    }
    flat = {**answer, **(answer.get("properties") or {})}
    if kind != "resource group":
        flat.pop("properties", None)
    return _outside(flat, "", known)


def _outside(value: Any, path: str, known: set[str]) -> Iterator[str]:
    """The outermost paths in a value at, in and around which nothing is known; what is unset or empty isn't there."""
    if value in (None, {}, [], ()) or _DEFAULTS.get(path, _NEVER) == value:
        return
    inside = not path or any(each.startswith((f"{path}.", f"{path}[]")) for each in known)
    match value:
        case dict() if inside:
            for key, each in value.items():
                yield from _outside(each, f"{path}.{key}" if path else key, known)
        case list() if inside:
            for each in value:
                yield from _outside(each, f"{path}[]", known)
        case _ if path not in known:
            yield path


_NEVER = object()
