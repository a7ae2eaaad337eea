"""With whose keys the replicas of a version are encrypted, region by region."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import Field, ValidationInfo, field_validator

from config.diagnostics import At, Path, quoted
from config.ids import DiskEncryptionSetId, ResourceId
from config.model import Model, Violation, refuse
from config.regions import Region
from config.source import ImageSource
from config.types import ConfidentialEncryption, Deferred, Lun


class ConfidentialDisk(Model):
    """Encryption of a confidential machine's OS disk."""

    confidential_vm_encryption_type: ConfidentialEncryption | None = Field(
        default=None, alias="confidentialVMEncryptionType"
    )
    """EncryptedVMGuestStateOnlyWithPmk, EncryptedWithPmk, EncryptedWithCmk or NonPersistedTPM."""
    secure_vm_disk_encryption_set_id: DiskEncryptionSetId | None = Field(
        default=None, alias="secureVMDiskEncryptionSetId", validate_default=True
    )
    """Id of the disk encryption set; with EncryptedWithCmk, and only with it."""

    @field_validator("secure_vm_disk_encryption_set_id")
    @classmethod
    def with_customer_key_only(cls, key: str | None, info: ValidationInfo) -> str | None:
        if "confidential_vm_encryption_type" not in info.data:
            return key
        kind = info.data["confidential_vm_encryption_type"]
        if kind == "EncryptedWithCmk" and key is None:
            refuse("EncryptedWithCmk needs a key: expected secureVMDiskEncryptionSetId: <id>")
        if kind != "EncryptedWithCmk" and key is not None:
            found = f"found a key with confidentialVMEncryptionType: {kind or 'unset'}"
            refuse(f"{found}: expected EncryptedWithCmk, or no secureVMDiskEncryptionSetId")
        return key


class OsDiskEncryption(Model):
    """Encryption of the OS disk."""

    disk_encryption_set_id: DiskEncryptionSetId | None = None
    """Id of a disk encryption set in the region."""
    security_profile: ConfidentialDisk | None = None
    """Encryption of a confidential machine's OS disk."""


class Encryption(Model):
    """Encryption of a version's disks in a region."""

    os_disk_image: OsDiskEncryption | None = None
    """The OS disk."""
    data_disk_images: dict[Lun, DiskEncryptionSetId] = Field(default={})
    """Ids of disk encryption sets in the region, by the LUN of the data disk."""

    @property
    def sets(self) -> dict[Path, str | Deferred]:
        """The ids of disk encryption sets, by where they are written."""
        disk = self.os_disk_image
        profile = disk.security_profile if disk else None
        found = {
            ("osDiskImage", "diskEncryptionSetId"): disk and disk.disk_encryption_set_id,
            _CONFIDENTIAL: profile and profile.secure_vm_disk_encryption_set_id,
        } | {("dataDiskImages", str(lun)): each for lun, each in self.data_disk_images.items()}
        return {path: each for path, each in found.items() if each}

    @property
    def confidential(self) -> bool:
        """Whether the OS disk is encrypted as a confidential machine's."""
        profile = self.os_disk_image and self.os_disk_image.security_profile
        return bool(profile and profile.confidential_vm_encryption_type)


_CONFIDENTIAL = ("osDiskImage", "securityProfile", "secureVMDiskEncryptionSetId")
_CONFIDENTIAL_TYPE = ("osDiskImage", "securityProfile", "confidentialVMEncryptionType")


class Place(NamedTuple):
    """A region or an edge zone of a version: its name in sentences, its region, where it is written, its keys."""

    name: str
    region: Region
    path: Path
    sets: dict[Path, str | Deferred]
    confidential: bool = False
    """Whether the OS disk is encrypted as a confidential machine's, be it with whose keys."""

    def refuse(self, disk: Path, message: str, at: At = "value") -> Violation:
        return Violation((*self.path, "encryption", *disk), message, at)


# Sources of the rules below, unless one names another: "Troubleshoot shared images".


def in_every_place(places: list[Place]) -> Iterable[Violation]:
    """A disk that is encrypted in one place is encrypted in all."""
    encrypted = {disk: place.name for place in reversed(places) for disk in place.sets}
    for place in places:
        for disk in encrypted.keys() - place.sets:
            found = f"found {'.'.join(map(str, disk))} for {encrypted[disk]}, but none for {place.name}"
            yield Violation(place.path, f"{found}: expected the disk to be encrypted in every region, or in none")


def each_at_home(places: list[Place]) -> Iterable[Violation]:
    """A disk encryption set lies in the region that it encrypts, and in the subscription of the gallery."""
    regions: dict[str, Region] = {}
    subscription = ""
    for place in places:
        for disk, each in place.sets.items():
            if isinstance(each, Deferred):
                continue
            parsed = ResourceId.parse(each)
            assert parsed, "its type lets nothing else pass"
            of_set = parsed.subscription.lower()
            subscription = subscription or of_set
            if (first := regions.setdefault(each.lower(), place.region)) != place.region:
                found = f"{quoted(each)} encrypts in {first.name} already"
                yield place.refuse(disk, f"{found}: expected a disk encryption set that lies in {place.region.name}")
            if of_set != subscription:
                found = f"found disk encryption sets in the subscriptions {subscription} and {of_set}"
                yield place.refuse(disk, f"{found}: expected all in the gallery's subscription")


def never_shallow(places: list[Place]) -> Iterable[Violation]:
    """Azure has no encryption for a Shallow version (documentation of Packer's Azure builder)."""
    for place in places:
        for disk in place.sets:
            found = "found a disk encryption set with Shallow replication"
            yield place.refuse(disk, f"{found}: expected no encryption, or replicationMode: Full")


def fits_source(places: list[Place], source: ImageSource) -> Iterable[Violation]:
    """Which sources can be encrypted, and which data disks there are; where there are none, Azure takes any LUN
    (recorded in azure-cli's test_create_image_version_with_region_cvm_encryption).
    """
    known = [str(lun) for lun in source.disks.data] if source.disks else []
    for place in places:
        for disk in (*place.sets, *((_CONFIDENTIAL_TYPE,) if place.confidential else ())):
            if kind := _unfit(source):
                expected = "expected a virtual machine, a managed image, a managed disk or a snapshot"
                yield place.refuse(disk, f"found encryption of {kind}: {expected}, or no encryption")
            elif disk[0] == "dataDiskImages" and known and disk[1] not in known:
                found = f"found LUN {disk[1]}, but the data disks of the source are {', '.join(known)}"
                yield place.refuse(disk, found, "key")


def _unfit(source: ImageSource) -> str | None:
    """What can't be encrypted about a source; Azure speaks of the source, not of single disks."""
    if source.image_version:
        return "a version made from another one"
    if source.community_gallery_image:
        return "a version made from a community gallery's"
    if source.disks and any(disk.vhd for disk in (source.disks.os, *source.disks.data.values())):
        return "a version made from a VHD blob"
    return None
