"""An image definition and its versions."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from config.access import Locks, RoleAssignments
from config.azure.properties import default
from config.features import Features
from config.latest import newest
from config.model import Model, Raw, Violation, checked_by, refuse
from config.regions import Region
from config.replication import Replication
from config.security_types import fits_its_security_type
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
from config.version import SafetyProfile, Version


class Identifier(Model):
    """What an image is known by beside its name; unique in a gallery."""

    publisher: Publisher = Field(examples=["myPublisher"])
    """Publisher, up to 128 characters."""
    offer: Offer = Field(examples=["myOffer"])
    """Offer, up to 64 characters."""
    sku: Sku = Field(examples=["mySKU"])
    """SKU, up to 64 characters."""


class PurchasePlan(Model):
    """The plan of the Marketplace image that an image was made from; Azure wants it to be exactly the same."""

    name: Text = Field(examples=["myPlan"])
    """Name of the plan."""
    publisher: Text = Field(examples=["myPublisher"])
    """Publisher of the plan."""
    product: Text = Field(examples=["myProduct"])
    """Product of the plan."""


def _not_below_min(limit: int | None, info: ValidationInfo) -> int | None:
    low = info.data.get("min")
    if limit is not None and low is not None and limit < low:
        refuse(f"found a maximum of {limit}, less than the minimum of {low}: expected {low} or more")
    return limit


class VCpuRange(Model):
    """Recommended number of vCPUs."""

    min: VCpus | None = None
    """Fewest vCPUs."""
    max: VCpus | None = None
    """Most vCPUs."""

    _ordered = field_validator("max")(_not_below_min)


class MemoryRange(Model):
    """Recommended memory."""

    min: Gigabytes | None = None
    """Least memory, in GB."""
    max: Gigabytes | None = None
    """Most memory, in GB."""

    _ordered = field_validator("max")(_not_below_min)


class Recommended(Model):
    """The sizes of virtual machines that an image is meant for."""

    vcpus: VCpuRange | None = Field(default=None, alias="vCPUs")
    """Number of vCPUs."""
    memory: MemoryRange | None = None
    """Memory in GB."""


class Definition(Model):
    """What an image is, whatever the stack."""

    os_type: OsType = Field(examples=["Linux"])
    """Windows or Linux."""
    os_state: OsState = Field(examples=["Generalized"])
    """Generalized (Sysprep, waagent -deprovision) or Specialized."""
    identifier: Identifier = Field(examples=["{publisher: myPublisher, offer: myOffer, sku: mySKU}"])
    """Publisher, offer and SKU."""
    hyper_v_generation: HyperVGeneration = default("Definition.hyperVGeneration")
    """V1 (BIOS) or V2 (UEFI)."""
    architecture: Architecture = default("Definition.architecture")
    """x64 or Arm64."""
    purchase_plan: PurchasePlan | None = None
    """Plan of a Marketplace image."""
    description: Text | None = None
    """What the image is for."""
    eula: Text | None = None
    """License agreement."""
    privacy_statement_uri: Text | None = None
    """URI of the privacy statement."""
    release_note_uri: Text | None = None
    """URI of the release notes."""
    end_of_life_date: Date | None = None
    """When people should have stopped using the image: a date (midnight UTC) or a date with time and offset. It can be
    moved, not removed.
    """
    recommended: Recommended | None = None
    """Sizes of virtual machines to use."""
    # Strict lists are no tuples; the items stay strict.
    disallowed_disk_types: Annotated[tuple[DiskType, ...], Strict(False)] = ()
    """Disk types that virtual machines must not use."""
    allow_update_image: bool | None = None
    """Whether Azure lets the features of the existing definition change."""
    features: Features | None = None
    """What machines made from the image can do."""

    @field_validator("architecture")
    @classmethod
    def of_its_generation(cls, architecture: str, info: ValidationInfo) -> str:
        """Source: "Support for Generation 2 VMs on Azure"."""
        if architecture == "Arm64" and info.data.get("hyper_v_generation") == "V1":
            raise ValueError(f"found Arm64 with hyperVGeneration: V1: {_V2}")
        return architecture

    @field_validator("features")
    @classmethod
    def fits_its_generation(cls, features: Features | None, info: ValidationInfo) -> Features | None:
        """Sources: Azure Verified Modules, module avm/res/compute/gallery/image, for security types; "Enable NVMe and
        SCSI interface" for disk controllers; "About Azure confidential VMs", whose sizes are AMD's and Intel's.
        """
        if features is None:
            return None
        kind = features.security_type.value if features.security_type else "Standard"
        found = []
        if info.data.get("hyper_v_generation") == "V1":
            if kind != "Standard":
                found.append(("SecurityType", f"found {kind} with hyperVGeneration: V1: {_V2}, or Standard"))
            if features.disk_controller_types:
                key = "DiskControllerTypes"
                found.append((key, f"found disk controllers with hyperVGeneration: V1: {_V2}, or no {key}"))
        if "Confidential" in kind and info.data.get("architecture") == "Arm64":
            found.append(
                ("SecurityType", f"found {kind} with architecture: Arm64: expected x64, or a TrustedLaunch type")
            )
        refuse(Violation((key,), message) for key, message in found)
        return features


# It is what Azure makes of a definition that says nothing, and it never changes.
_V2 = "expected hyperVGeneration: V2"


class Image(Definition):
    """An image definition in a gallery, with its versions."""

    location: Location = Field(examples=["westcentralus"])
    """Azure region of the definition."""
    tags: Tags = Field(default={})
    """Tags, added to the gallery's, at most 50."""
    own_tags: Tags | None = None
    """Tags of the definition itself where they aren't those of its versions: in the place of `tags`, inherited ones
    included, which then are for the versions.
    """
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the image and its versions; false once it is retired."""
    retired: bool = False
    """Whether all its versions are retired, and it is no longer protected."""
    verify_sources: bool = True
    """Whether a preview looks up the sources of versions that are to be made."""
    others_publish: bool = False
    """Whether others may publish into the image, such as Packer or Image Builder: what Azure has there and no
    data file knows is no fault then.
    """
    replication: Replication = Replication()
    """What the versions inherit."""
    safety_profile: SafetyProfile = SafetyProfile()
    """What the versions inherit."""
    versions: Annotated[dict[VersionNumber, Version], checked_by(distinct(version_order, "version number"))] = Field(
        default={}
    )
    """Versions by number: Major.Minor.Patch."""
    locks: Locks = Field(default={})
    """Locks of the definition and its versions, by name."""
    role_assignments: RoleAssignments = Field(default={})
    """Who has which role on the definition and its versions, by a name of one's own."""

    def latest(self, region: Region | None = None) -> str | None:
        """The version that `latest` means, overall or in a region; None where there is none."""
        return newest(number for number, version in self.versions.items() if version.eligible(region))

    @cached_property
    def latest_by_region(self) -> dict[str, str]:
        """The version that `latest` means in each region, by the region's name; where it means none, there is none."""
        places = {target.region: None for version in self.versions.values() for target in version.target_regions}
        return {place.name: latest for place in places if (latest := self.latest(place))}


def identifiers_differ(raw: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: Azure finds an image in a gallery by publisher, offer and SKU, too."""
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
            yield Violation((name, "identifier"), sentence)


Definitions = Annotated[dict[ImageName, Definition], checked_by(distinct(str.casefold, "name"))]
Images = Annotated[
    dict[ImageName, Annotated[Image, checked_by(fits_its_security_type)]],
    checked_by(distinct(str.casefold, "name"), identifiers_differ),
]


class SharedImages(Model):
    """What images.yaml holds: definitions that all stacks share."""

    images: Definitions = Field(default={})
    """Image definitions by name. A stack's entry of the same name uses one."""
