"""Image versions."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from .. import replication, sources
from ..dates import end_of_life, stamp
from ..errors import AzureError, invalid, required
from ..ids import ResourceId, parse
from ..regions import Region
from ..resource import Change, Disk, Facts, Plan, ResourceType
from ..shapes import Json, choice, flag, integer, items, read_only, record, text, unsupported
from ..store import Row, Transaction
from .image_definitions import TYPE as DEFINITIONS

_NAME = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)")
_MAX_GIGABYTES = {"Full": 2048, "Shallow": 32768}  # the size of one disk [D]
_STORAGE = choice("Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS")
_CACHING = choice("None", "ReadOnly", "ReadWrite")
_DISK_SOURCE = record({"id": text, "uri": text, "storageAccountId": text})
_TARGET_REGION = record(
    {
        "name": text,
        "regionalReplicaCount": integer,
        "storageAccountType": _STORAGE,
        "excludeFromLatest": flag,
        "encryption": unsupported,
        "additionalReplicaSets": unsupported,
    }
)
_PUBLISHING = record(
    {
        "targetRegions": items(_TARGET_REGION),
        "replicaCount": integer,
        "excludeFromLatest": flag,
        "endOfLifeDate": text,
        "storageAccountType": _STORAGE,
        "replicationMode": choice("Full", "Shallow"),
        "publishedDate": read_only,
        "targetExtendedLocations": unsupported,
    }
)
_DISK = {"sizeInGB": read_only, "hostCaching": _CACHING, "source": _DISK_SOURCE}
_STORAGE_PROFILE = record(
    {
        "source": record({"id": text, "virtualMachineId": text, "communityGalleryImageId": unsupported}),
        "osDiskImage": record(_DISK),
        "dataDiskImages": items(record({"lun": integer, **_DISK})),
    }
)
_SAFETY = record(
    {
        "allowDeletionOfReplicatedLocations": flag,
        "blockDeletionBeforeEndOfLife": flag,
        "reportedForPolicyViolation": read_only,
        "policyViolations": read_only,
    }
)


class ImageVersions(ResourceType):
    """An image version, built from its source and copied to its regions."""

    type = "Microsoft.Compute/galleries/images/versions"
    noun = "galleryImageVersion"
    delete_seconds = 90.0  # [W]
    source_for = "image"
    members: ClassVar = {
        "publishingProfile": _PUBLISHING,
        "storageProfile": _STORAGE_PROFILE,
        "safetyProfile": _SAFETY,
        "securityProfile": unsupported,
        "restore": unsupported,
        "provisioningState": read_only,
        "replicationStatus": read_only,
        "validationsProfile": read_only,
    }

    def check_name(self, id_: ResourceId) -> None:
        """Three 32-bit numbers [D]."""
        parts = _NAME.fullmatch(id_.name)
        if not parts or any(len(part) > 10 or int(part) > 2**31 - 1 for part in parts.groups()):
            text_ = (
                "The image version name is invalid. The image version name should follow "
                "Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc."
            )
            raise invalid(text_, "galleryImageVersionName")

    def refuse_deleting(self, id_: ResourceId) -> AzureError:
        """A version on its way out can't be changed [D]; status and code [I]."""
        text_ = (
            f"Operation 'Update Gallery Image Version' is not allowed on {id_.name} since it is marked for deletion. "
            "You can only retry the Delete operation (or wait for an ongoing one to complete)."
        )
        return AzureError(409, "OperationNotAllowed", text_)

    def check_delete(self, row: Row, now: float) -> None:
        """`blockDeletionBeforeEndOfLife` [D]; status [I]."""
        date = row.properties["publishingProfile"].get("endOfLifeDate")
        blocked = row.properties["safetyProfile"].get("blockDeletionBeforeEndOfLife")
        if blocked and date and datetime.fromisoformat(date).timestamp() > now:
            text_ = (
                "Deletion of Gallery image version is not allowed because the image is enabled for "
                "blockDeletionBeforeEndOfLife and its endOfLifeDate has not reached yet"
            )
            raise AzureError(409, "DeleteGalleryImageVersionBlockedBeforeEndOfLife", text_)

    def plan(self, change: Change) -> Plan:
        """All rules of a version: what can't change, then regions and dates, then sources (arm.md 2.10)."""
        sent = change.properties.get("storageProfile", {})
        sources.check_luns(sent)
        if change.row:
            sources.check_unchanged(change.old["storageProfile"], sent)
            sources.check_no_new_luns(change.old["storageProfile"], sent)
        elif not sent:
            raise required(sources.PATH)
        publishing = publishing_profile(change)
        rebuild = change.row is None or change.row.timeline.error is not None
        storage = change.old.get("storageProfile", {}) if change.row else sent
        if rebuild:
            storage = sources.resolve(change, storage, DEFINITIONS.facts(change.parent, change.tx))
        safety = {"reportedForPolicyViolation": False, "allowDeletionOfReplicatedLocations": False}
        properties = {
            "publishingProfile": publishing,
            "storageProfile": storage,
            "safetyProfile": {**safety, **change.properties.get("safetyProfile", {})},
            "validationsProfile": {"validationOperationStatus": "NotExecuted"},
        }
        ends, times = replication.schedule(change, publishing, sum(sources.gigabytes(storage)), rebuild)
        return Plan(properties, ends, too_big(publishing, storage), times)

    def render(self, id_: ResourceId, row: Row, now: float, expand: set[str]) -> Json:
        """Until the version is built its storage profile holds only the sources [W; disks: I]."""
        shown = super().render(id_, row, now, expand)
        properties, timeline = shown["properties"], row.timeline
        if timeline.error or (timeline.activity == "Creating" and timeline.busy(now)):
            properties["storageProfile"] = only_sources(row.properties["storageProfile"])
        if "replicationstatus" in expand:
            names = [region["name"] for region in properties["publishingProfile"]["targetRegions"]]
            properties["replicationStatus"] = timeline.replication_status(names, now)
        return shown

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """As the source of another version: the definition's facts, the version's own disks."""
        id_ = parse(row.id)
        parent = tx.find(id_.parent.key) if id_ and id_.parent else None
        assert parent, "a definition with versions can't be deleted"
        profile = row.properties["storageProfile"]
        return replace(
            DEFINITIONS.facts(parent, tx),
            os_disk=_kept_disk(profile["osDiskImage"]),
            data_disks=tuple(_kept_disk(disk) for disk in profile.get("dataDiskImages", [])),
        )

    def available_in(self, row: Row, region: Region, now: float) -> bool:
        """A version can be a source where it has replicas [I]."""
        return row.timeline.replicated(region.display, now) and not row.timeline.deleting()


def publishing_profile(change: Change) -> Json:
    """The publishing profile as it is kept, after all its rules."""
    sent = change.properties.get("publishingProfile", {})
    old = change.old.get("publishingProfile", {})
    replication.check_replica_counts(sent)
    regions = replication.target_regions(sent, change.location)
    filled = {"replicaCount": 1, "excludeFromLatest": False, "storageAccountType": replication.DEFAULT_STORAGE}
    new = {"targetRegions": regions, **filled, **sent, "publishedDate": old.get("publishedDate", stamp(change.now))}
    new["targetRegions"] = regions
    replication.check_distinct(regions)
    if change.row:
        replication.check_unchanged(old, new)
    replication.check_home(regions, change.location)
    replication.check_zones(regions)
    if new.get("replicationMode") == "Shallow":
        replication.check_shallow(regions, change.location)
    if change.row:
        replication.check_removal(change, old, new)
    path = f"{replication.PATH}.endOfLifeDate"
    date = end_of_life(sent.get("endOfLifeDate"), old.get("endOfLifeDate"), change.now, path)
    return {**new, "endOfLifeDate": date} if date else new


def too_big(publishing: Json, storage: Json) -> dict[str, str] | None:
    """How a build fails whose source is too big [G]; that it is found out only by the operation is [I]."""
    limit = _MAX_GIGABYTES[publishing.get("replicationMode", "Full")]
    size = max(sources.gigabytes(storage))
    if size <= limit:
        return None
    text_ = f"The GalleryImageVersion source resource size {size} exceeds the max size {limit} supported."
    return {"code": "GallerySourceResourceExceedsMaxSize", "message": text_}


def only_sources(storage: Json) -> Json:
    """A storage profile without what the build fills in."""
    if "source" in storage:
        return {"source": storage["source"]}
    disks = storage.get("dataDiskImages", [])
    shown: Json = {"osDiskImage": {"source": storage["osDiskImage"]["source"]}}
    return {**shown, "dataDiskImages": [{"lun": d["lun"], "source": d["source"]} for d in disks]} if disks else shown


def _kept_disk(disk: Json) -> Disk:
    return Disk(disk["sizeInGB"], disk["hostCaching"], disk.get("lun", 0))


TYPE = ImageVersions()
