"""A gallery and the resource group that holds it."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from config.access import Locks, RoleAssignments
from config.azure.properties import default
from config.clouds import has_its_sharing, one_cloud
from config.diagnostics import Path, describe
from config.identity import Identity
from config.image import Images
from config.model import Model, Raw, Violation, checked_by, reach
from config.regions import normalised
from config.replication import Replication
from config.security_types import security_type
from config.sharing import PRIVATE, SharingProfile
from config.types import GalleryName, Location, Permissions, ResourceGroupName, Tags, Text, canonical, distinct
from config.version import SafetyProfile


class ResourceGroup(Model):
    """The resource group of a gallery."""

    name: ResourceGroupName = Field(examples=["myGalleryRG"])
    """Name of the resource group."""
    create: bool = False
    """Whether the stack creates the group, or it is there already."""
    location: Location | None = None
    """Azure region of a group that the stack creates. Where it is left out, a new group lies where the stack lies, or
    the gallery that names it; one that is there stays where it is.
    """


class SoftDeletePolicy(Model):
    """What becomes of deleted versions."""

    is_soft_delete_enabled: bool = default("SoftDeletePolicy.isSoftDeleteEnabled")
    """Whether Azure keeps deleted versions for 7 days."""


class Gallery(Model):
    """A gallery with its image definitions. What it inherits is part of it."""

    location: Location = Field(examples=["westcentralus"])
    """Azure region."""
    resource_group: ResourceGroup = Field(examples=["{name: myGalleryRG}"])
    """The resource group."""
    description: Text | None = None
    """What the gallery is for."""
    tags: Tags = Field(default={})
    """Tags, added to the stack's, at most 50."""
    own_tags: Tags | None = None
    """Tags of the gallery itself where they aren't those of its images: in the place of `tags`, inherited ones
    included, which then are for what lies in it.
    """
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the gallery and all in it; false once it is retired."""
    retired: bool = False
    """Whether all its images and versions are retired, and it is no longer protected."""
    verify_sources: bool = True
    """Whether a preview looks up the sources of versions that are to be made."""
    others_publish: bool = False
    """Whether others may publish into the gallery, such as Packer or Image Builder: what Azure has there and no
    data file knows is no fault then.
    """
    replication: Replication = Replication()
    """What the images inherit."""
    safety_profile: SafetyProfile = SafetyProfile()
    """What the versions inherit."""
    sharing_profile: SharingProfile = PRIVATE
    """With whom it is shared."""
    soft_delete_policy: SoftDeletePolicy = SoftDeletePolicy()
    """What becomes of deleted versions."""
    identity: Identity | None = None
    """As whom it acts towards other resources."""
    locks: Locks = Field(default={})
    """Locks of the gallery and all in it, by name."""
    role_assignments: RoleAssignments = Field(default={})
    """Who has which role on the gallery and all in it, by a name of one's own."""
    images: Images = Field(default={})
    """Image definitions by name; one can be removed once its versions are."""


def fits_its_sharing(gallery: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: what Azure refuses in a gallery that is shared beyond roles.

    Sources: "Share a gallery directly", "Share images using a community gallery", and for security types "Store and
    share images in an Azure Compute Gallery".
    """
    permissions = canonical(Permissions, reach(gallery, "sharingProfile", "permissions"))
    if permissions not in ("Groups", "Community"):
        return
    for path, image in _entries(gallery, "images"):
        kind = security_type(image) if isinstance(image, dict) else None
        if kind in ("TrustedLaunch", "ConfidentialVM"):
            found = f"found {kind} in a gallery with permissions: {permissions}"
            expected = f"expected {kind}Supported, or permissions: Private"
            yield Violation((*path, "features", "SecurityType"), f"{found}: {expected}")
        versions = [((*path, *inner), version) for inner, version in _entries(image, "versions")]
        for inner, version in versions:
            for each in ("regions", "edgeZones"):
                for place, settings in _entries(reach(version, "replication"), each):
                    if _encrypted(reach(settings, "encryption")):
                        found = f"found encryption in a gallery with permissions: {permissions}"
                        expected = "expected no encryption, or permissions: Private"
                        yield Violation((*inner, "replication", *place, "encryption"), f"{found}: {expected}")
        inside = versions
        if permissions == "Community":
            inside = [(path, image), *versions]
            if reach(image, "purchasePlan") is not None:
                found = "found a purchase plan in a community gallery, which takes no partner image of the Marketplace"
                yield Violation((*path, "purchasePlan"), f"{found}: expected another gallery for the image")
        yield from _in_the_same_region(inside, gallery.get("location"), permissions)


def _in_the_same_region(inside: list[tuple[Path, Any]], home: object, permissions: str) -> Iterable[Violation]:
    for path, each in inside:
        place = reach(each, "location")
        if isinstance(place, str) and isinstance(home, str) and normalised(place) != normalised(home):
            found = f"found {normalised(place)} in a gallery with permissions: {permissions} in {normalised(home)}"
            yield Violation((*path, "location"), f"{found}: expected its own region, replication leads to others")


def _entries(raw: Any, key: str) -> list[tuple[Path, Any]]:
    inside = reach(raw, key)
    return [((key, name), each) for name, each in inside.items()] if isinstance(inside, dict) else []


def _encrypted(raw: object) -> bool:
    disk = reach(raw, "osDiskImage")
    profile = reach(disk, "securityProfile")
    keys = ("confidentialVMEncryptionType", "secureVMDiskEncryptionSetId")
    return any((reach(disk, "diskEncryptionSetId"), reach(raw, "dataDiskImages"), *(reach(profile, k) for k in keys)))


def groups_agree(raw: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: galleries in one resource group say the same about it."""
    seen: dict[str, tuple[str, bool, str | None]] = {}
    for name, gallery in raw.items():
        group = gallery.get("resourceGroup") if isinstance(gallery, dict) else None
        if not isinstance(group, dict) or not isinstance(group.get("name"), str):
            continue
        create, place = group.get("create") is True, group.get("location")
        place = normalised(place) if isinstance(place, str) and create else None
        first, first_create, first_place = seen.setdefault(group["name"].casefold(), (name, create, place))
        if create != first_create:
            found = f"found create: {describe(create)}, but gallery {first} says {describe(first_create)}"
            yield Violation((name, "resourceGroup"), f"{found} of the same group: expected the same in both")
        elif place and first_place and place != first_place:
            found = f"found the group in {place}, but gallery {first} puts it in {first_place}"
            yield Violation((name, "resourceGroup"), f"{found}: expected the same location in both")


Galleries = Annotated[
    dict[GalleryName, Annotated[Gallery, checked_by(fits_its_sharing, has_its_sharing)]],
    checked_by(distinct(str.casefold, "gallery name"), groups_agree, one_cloud),
]
