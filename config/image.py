"""An image definition and its versions."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from config.access import Locks, RoleAssignments
from config.features import Features
from config.latest import newest
from config.model import Finding, Model, Raw, also, refusal
from config.regions import Region
from config.replication import Replication
from config.types import (
    Architecture,
    Date,
    DiskType,
    Gigabytes,
    HyperVGeneration,
    ImageName,
    Location,
    Offer,
    OsState,
    OsType,
    Publisher,
    Sku,
    Tags,
    Text,
    VCpus,
    VersionNumber,
    distinct,
    version_order,
)
from config.version import Version


class Identifier(Model):
    """What an image is known by beside its name; unique in a gallery."""

    publisher: Publisher = Field(examples=["myPublisher"])
    """Publisher, up to 128 characters. Can't be changed."""
    offer: Offer = Field(examples=["myOffer"])
    """Offer, up to 64 characters. Can't be changed."""
    sku: Sku = Field(examples=["mySKU"])
    """SKU, up to 64 characters. Can't be changed."""


class PurchasePlan(Model):
    """The plan of the Marketplace image that an image was made from; Azure wants it to be exactly the same."""

    name: Text = Field(examples=["myPlan"])
    """Name of the plan. Can't be changed."""
    publisher: Text = Field(examples=["myPublisher"])
    """Publisher of the plan. Can't be changed."""
    product: Text = Field(examples=["myProduct"])
    """Product of the plan. Can't be changed."""


def _not_below_min(limit: int | None, info: ValidationInfo) -> int | None:
    low = info.data.get("min")
    if limit is not None and low is not None and limit < low:
        raise ValueError(f"found a maximum of {limit}, less than the minimum of {low}: expected {low} or more")
    return limit


class VCpuRange(Model):
    """Recommended number of vCPUs."""

    min: VCpus | None = None
    """Fewest vCPUs. Default: unset. Can be changed in place."""
    max: VCpus | None = None
    """Most vCPUs. Default: unset. Can be changed in place."""

    _ordered = field_validator("max")(_not_below_min)


class MemoryRange(Model):
    """Recommended memory."""

    min: Gigabytes | None = None
    """Least memory, in GB. Default: unset. Can be changed in place."""
    max: Gigabytes | None = None
    """Most memory, in GB. Default: unset. Can be changed in place."""

    _ordered = field_validator("max")(_not_below_min)


class Recommended(Model):
    """The sizes of virtual machines that an image is meant for."""

    vcpus: VCpuRange | None = Field(default=None, alias="vCPUs")
    """Number of vCPUs. Default: unset. Can be changed in place."""
    memory: MemoryRange | None = None
    """Memory in GB. Default: unset. Can be changed in place."""


class Definition(Model):
    """What an image is, whatever the stack."""

    os_type: OsType = Field(examples=["Linux"])
    """Windows or Linux. Can't be changed."""
    os_state: OsState = Field(examples=["Generalized"])
    """Generalized (Sysprep, waagent -deprovision) or Specialized. Can't be changed."""
    identifier: Identifier = Field(examples=["{publisher: myPublisher, offer: myOffer, sku: mySKU}"])
    """Publisher, offer and SKU. Can't be changed."""
    hyper_v_generation: HyperVGeneration = "V1"
    """V1 (BIOS) or V2 (UEFI). Default: V1. Can't be changed."""
    architecture: Architecture = "x64"
    """x64 or Arm64. Default: x64. Can't be changed."""
    purchase_plan: PurchasePlan | None = None
    """Plan of a Marketplace image. Default: unset. Can't be changed."""
    description: Text | None = None
    """What the image is for. Default: unset. Can be changed in place."""
    eula: Text | None = None
    """License agreement. Default: unset. Can't be changed."""
    privacy_statement_uri: Text | None = None
    """URI of the privacy statement. Default: unset. Can't be changed."""
    release_note_uri: Text | None = None
    """URI of the release notes. Default: unset. Can be changed in place."""
    end_of_life_date: Date | None = None
    """When people should have stopped using the image: a date (midnight UTC) or a date with time and offset. It can
    be moved, not removed. Default: unset. Can be changed in place.
    """
    recommended: Recommended | None = None
    """Sizes of virtual machines to use. Default: unset. Can be changed in place."""
    # Strict lists are no tuples; the items stay strict.
    disallowed_disk_types: Annotated[tuple[DiskType, ...], Strict(False)] = ()
    """Disk types that virtual machines must not use. Default: none. Can't be changed."""
    allow_update_image: bool | None = None
    """Whether Azure lets the features of the existing definition change. Default: unset, which is no. Can be changed in
    place.
    """
    features: Features | None = None
    """What machines made from the image can do. Default: unset. Can be changed in place."""

    @field_validator("features")
    @classmethod
    def fits_its_generation(cls, features: Features | None, info: ValidationInfo) -> Features | None:
        """Source: Azure Verified Modules, module avm/res/compute/gallery/image."""
        kind = features.security_type.value if features and features.security_type else "Standard"
        if kind != "Standard" and info.data.get("hyper_v_generation") == "V1":
            found = f"found {kind} with hyperVGeneration: V1"
            raise refusal([Finding(("SecurityType",), f"{found}: expected hyperVGeneration: V2, or Standard")])
        return features


class Image(Definition):
    """An image definition in a gallery, with its versions."""

    location: Location = Field(examples=["westcentralus"])
    """Azure region of the definition. Default: the gallery's. A change means a new definition in its place."""
    tags: Tags = Field(default={})
    """Tags, added to the gallery's, at most 50. Default: the gallery's. Can be changed in place."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the image and its versions; false once it is retired. Default: the
    gallery's. Can be changed in place.
    """
    retired: bool = False
    """Whether all its versions are retired, and it is no longer protected. Default: the gallery's. Can be changed in
    place.
    """
    verify_sources: bool = True
    """Whether a preview looks up the sources of versions that are to be made. Default: the gallery's. Can be changed in
    place.
    """
    replication: Replication = Replication()
    """What the versions inherit. Default: the gallery's, key by key. Can be changed in place."""
    versions: Annotated[dict[VersionNumber, Version], also(distinct(version_order, "version number"))] = Field(
        default={}
    )
    """Versions by number: Major.Minor.Patch. Default: none. Can be changed in place."""
    locks: Locks = Field(default={})
    """Locks of the definition and its versions, by name. Default: none. Can be changed in place."""
    role_assignments: RoleAssignments = Field(default={})
    """Who has which role on the definition and its versions, by a name of one's own. Default: none. Can be changed in
    place.
    """

    def latest(self, region: Region | None = None) -> str | None:
        """The version that `latest` means, overall or in a region; None where there is none."""
        return newest(number for number, version in self.versions.items() if version.may_be_latest(region))

    @cached_property
    def latest_by_region(self) -> dict[str, str]:
        """The version that `latest` means in each region, by the region's name; where it means none, there is none."""
        places = {target.region: None for version in self.versions.values() for target in version.target_regions}
        return {place.name: latest for place in places if (latest := self.latest(place))}


def identifiers_differ(raw: Raw) -> Iterable[Finding]:
    """A rule for `also`: Azure finds an image in a gallery by publisher, offer and SKU, too."""
    seen: dict[tuple[str, ...], str] = {}
    for name, image in raw.items():
        identifier = image.get("identifier") if isinstance(image, dict) else None
        parts = [identifier.get(key) for key in ("publisher", "offer", "sku")] if isinstance(identifier, dict) else []
        texts = tuple(part.casefold() for part in parts if isinstance(part, str))
        if len(texts) == 3 and (first := seen.setdefault(texts, name)) is not name:
            triplet = "/".join(map(str, parts))
            sentence = (
                f"found {triplet}, which identifies {first} in this gallery: expected another publisher, offer or SKU"
            )
            yield Finding((name, "identifier"), sentence)


Definitions = Annotated[dict[ImageName, Definition], also(distinct(str.casefold, "name"))]
Images = Annotated[dict[ImageName, Image], also(distinct(str.casefold, "name"), identifiers_differ)]


class SharedImages(Model):
    """What images.yaml holds: definitions that all stacks share."""

    images: Definitions = Field(default={})
    """Image definitions by name. A stack's entry of the same name uses one. Default: none. Can be changed in place.
    """
