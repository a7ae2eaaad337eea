"""Managed disks, as sources of single disks of image versions."""

from __future__ import annotations

from ..errors import AzureError
from ..ids import ResourceId, parse
from ..resource import Change, Facts, Plan, SourceType, disk_at, plan_at, security_at, text_at
from ..shapes import Json, dig, without
from ..store import Row, Transaction
from . import image_versions

_NAMED = ("sharedGalleryImageId", "communityGalleryImageId", "id")
_COPIED = ("osType", "hyperVGeneration", "supportedCapabilities", "diskSizeGB", "purchasePlan", "securityProfile")


class Disks(SourceType):
    """A disk knows its OS and generation, not whether the OS is generalized [S]."""

    type = "Microsoft.Compute/disks"
    source_for = "disk"
    created = 200  # [S]; az takes a 201 for a failure [C]

    def plan(self, change: Change) -> Plan:
        """What a new disk doesn't say is that of the disk, the snapshot or the image version that it is made from [W:
        azure-cli's test_specialized_image and test_create_disk_from_diff_gallery_image_version]."""
        properties, ends = change.properties, change.at(self.change_seconds)
        creation = properties.get("creationData")
        reference = dig(creation, "galleryImageReference")
        if change.row or not isinstance(creation, dict):
            return Plan(properties, ends)
        if version := image_versions.version_for(reference, change.id, change.location, change.tx):
            named = next(reference[name] for name in _NAMED if reference.get(name))
            creation = {**creation, "imageReference": {"id": named, **without(reference, *_NAMED)}}
            known = _of_version(version, reference.get("lun"), change.tx)
        else:
            known = _of_disk(parse(text_at(creation, "sourceResourceId") or ""), change.tx)
        return Plan({**known, **properties, "creationData": creation}, ends)

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """The disk's size, OS, generation, architecture, guest state and plan, and what can't be copied.

        A snapshot of a Premium SSD v2 can't be replicated, which a version finds out by failing [G: azure-cli#29091];
        text [G], code [I]. That no version comes of an Ultra Disk is said of machines [D].
        """
        kind, stored = self.type.rpartition("/")[2], text_at(row.body, "sku.name") or ""
        text_ = f"Snapshots of {stored} disks are not supported."
        return Facts(
            kind="Managed Disk" if kind == "disks" else "Snapshot",
            architecture=text_at(row.properties, "supportedCapabilities.architecture"),
            security=security_at(row.properties, "securityProfile.securityType"),
            flaw=f"Source disk {row.id} is stored in an UltraSSD account type" if stored == "UltraSSD_LRS" else None,
            failure={"code": "OperationNotAllowed", "message": text_} if stored == "PremiumV2_LRS" else None,
            os_type=text_at(row.properties, "osType"),
            generation=text_at(row.properties, "hyperVGeneration"),
            plan=plan_at(row.properties, "purchasePlan"),
            os_disk=disk_at(row.properties),
            encrypted=text_at(row.properties, "encryption.diskEncryptionSetId") is not None,
        )


def _of_version(version: Row, lun: object, tx: Transaction) -> Json:
    """What an image version says of a disk that is made from its OS disk, or from its data disk with that LUN."""
    facts = image_versions.TYPE.facts(version, tx)
    if lun is None:
        about = {"osType": facts.os_type, "hyperVGeneration": facts.generation, "diskSizeGB": facts.os_disk.size}
        return {**about, "supportedCapabilities": {"architecture": facts.architecture}}
    data = next((disk for disk in facts.data_disks if disk.lun == lun), None)
    if data is None:
        text_ = f"The image version '{version.id}' has no data disk with the LUN {lun}."
        raise AzureError(400, "InvalidParameter", text_, "disk.creationData.galleryImageReference.lun")  # [I]
    return {"diskSizeGB": data.size}


def _of_disk(id_: ResourceId | None, tx: Transaction) -> Json:
    """What a disk or a snapshot says of its copies; nothing of one that isn't here [I]."""
    source = tx.find(id_.key) if id_ else None
    return {name: source.properties[name] for name in _COPIED if name in source.properties} if source else {}


TYPE = Disks()
