"""Image versions."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from .. import encryption, replication, sharing, sources
from ..dates import check_end_of_life, date, kept_date, stamp
from ..errors import AzureError, invalid, unchangeable
from ..identity import TENANT
from ..ids import ResourceId, parse
from ..regions import Region
from ..resource import Change, Disk, Facts, Plan, ResourceType, View, text_at
from ..shapes import Json, choice, dig, flag, integer, items, read_only, record, text, without
from ..store import Row, Transaction
from . import soft_deleted_versions
from .galleries import gallery_of, periods, soft_deletes
from .image_definitions import TYPE as DEFINITIONS
from .image_definitions import check_home, security_type

_NAME = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)")
_MAX_GIGABYTES = {"Full": 2048, "Shallow": 32768}  # the size of one disk [D]
STORAGE = choice("Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS")
_CACHING = choice("None", "ReadOnly", "ReadWrite")
_DISK_SOURCE = record({"id": text, "uri": text, "storageAccountId": text})
TARGET_REGION = record(
    {
        "name": text,
        "regionalReplicaCount": integer,
        "storageAccountType": STORAGE,
        "excludeFromLatest": flag,
        "encryption": encryption.ENCRYPTION,
        "additionalReplicaSets": items(record({"storageAccountType": STORAGE, "regionalReplicaCount": integer})),
    },
    "name",
)
_EDGE_ZONE = record(
    {
        "name": text,
        "extendedLocation": record({"name": text, "type": choice("EdgeZone", "Unknown")}, "name"),
        "extendedLocationReplicaCount": integer,
        "storageAccountType": choice("Standard_LRS", "Standard_ZRS", "StandardSSD_LRS", "Premium_LRS"),
        "encryption": encryption.ENCRYPTION,
    },
    "name",
    "extendedLocation",
)
_PUBLISHING = record(
    {
        "targetRegions": items(TARGET_REGION),
        "replicaCount": integer,
        "excludeFromLatest": flag,
        "endOfLifeDate": date,
        "storageAccountType": STORAGE,
        "storageAccountStrategy": choice("PreferStandard_ZRS", "DefaultStandard_LRS"),
        "replicationMode": choice("Full", "Shallow"),
        "publishedDate": read_only,
        "targetExtendedLocations": items(_EDGE_ZONE),
    }
)
_DISK = {"sizeInGB": read_only, "hostCaching": _CACHING, "source": _DISK_SOURCE}
_STORAGE_PROFILE = record(
    {
        "source": record({"id": text, "virtualMachineId": text, "communityGalleryImageId": text}),
        "osDiskImage": record(_DISK),
        "dataDiskImages": items(record({"lun": integer, **_DISK}, "lun")),
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
_UEFI_KEY = record({"type": choice("sha256", "x509"), "value": items(text)})
_UEFI_KEYS = items(_UEFI_KEY)
_TEMPLATE = choice("NoSignatureTemplate", "MicrosoftUefiCertificateAuthorityTemplate", "MicrosoftWindowsTemplate")
_UEFI = record(
    {
        "signatureTemplateNames": items(_TEMPLATE),
        "additionalSignatures": record({"pk": _UEFI_KEY, "kek": _UEFI_KEYS, "db": _UEFI_KEYS, "dbx": _UEFI_KEYS}),
    }
)
_GALLERY_IMAGES = ("microsoft.compute/galleries/images", "microsoft.compute/galleries/images/versions")


class ImageVersions(ResourceType):
    """An image version, built from its source and copied to its regions."""

    type = "Microsoft.Compute/galleries/images/versions"
    noun = "galleryImageVersion"
    quota = 10_000  # [D]
    # To 150 [W: azure-sdk-for-net's GalleryImageVersion_CRUD_Tests, azure-cli's test_gallery_e2e].
    delete_seconds = 90.0
    source_for = "image"
    members: ClassVar = {
        "publishingProfile": _PUBLISHING,
        "storageProfile": _STORAGE_PROFILE,
        "safetyProfile": _SAFETY,
        "securityProfile": record({"uefiSettings": _UEFI}),
        "restore": read_only,
        "provisioningState": read_only,
        "replicationStatus": read_only,
        "validationsProfile": read_only,
    }
    since: ClassVar = {
        "safetyProfile": "2022-03-03",  # [W: without in 2021, azure-cli's test_gallery_specialized; first one: S]
        "validationsProfile": "2023-07-03",  # the same
        "publishingProfile.storageAccountStrategy": "2025-03-03",  # [S]
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

    def check_delete(self, row: Row, tx: Transaction) -> None:
        """`blockDeletionBeforeEndOfLife` [D; status I], and no soft deletion of what has failed [D; text I]."""
        date = row.properties["publishingProfile"].get("endOfLifeDate")
        blocked = row.properties["safetyProfile"].get("blockDeletionBeforeEndOfLife")
        if blocked and date and datetime.fromisoformat(date).timestamp() > tx.now:
            text_ = (
                "Deletion of Gallery image version is not allowed because the image is enabled for "
                "blockDeletionBeforeEndOfLife and its endOfLifeDate has not reached yet"
            )
            raise AzureError(409, "DeleteGalleryImageVersionBlockedBeforeEndOfLife", text_)
        id_ = parse(row.id)
        if id_ and row.timeline.state(tx.now) == "Failed" and soft_deletes(gallery_of(id_, tx)):
            text_ = "A failed image version can't be deleted while soft delete is enabled on the gallery."
            raise AzureError(409, "OperationNotAllowed", text_)

    def on_delete(self, row: Row, tx: Transaction, ends: float, speed: float) -> None:
        """In a gallery with soft deletion a version goes to a list [D], unless it was never finished [I]."""
        id_ = parse(row.id)
        if id_ and row.timeline.state(tx.now) != "Creating" and soft_deletes(gallery_of(id_, tx)):
            soft_deleted_versions.keep(row, tx, ends, speed, *periods(gallery_of(id_, tx)))

    def deleted(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The entry of that list."""
        return soft_deleted_versions.deleted(id_.text, tx)

    def restore(self, deleted: Row, sent: Json) -> Row:
        """The version as it was; asked for with `restore` [S], or with nothing but a location [D].

        That a new version under its name is refused meanwhile is [I].
        """
        if dig(sent, "properties.restore") is not True and dig(sent, "properties.storageProfile"):
            text_ = (
                "An image version of this name is soft-deleted. Restore it with the property 'restore', "
                "or delete it for good, before a new one can be created."
            )
            raise AzureError(409, "Conflict", text_)
        return soft_deleted_versions.restored(deleted)

    def required(self, row: Row | None) -> tuple[str, ...]:
        """A new version has a source [S]; az sends an old one without any [W]."""
        return () if row else ("storageProfile",)

    def plan(self, change: Change) -> Plan:
        """All rules of a version: its places, what can't change, what goes together, then the look-ups [I]."""
        sent, security = change.properties.get("storageProfile", {}), security_profile(change)
        check_home(change, gallery_of(change.id, change.tx), self.noun)
        publishing = publishing_profile(change)
        if change.row:
            check_unchanged(change, publishing, sent, security)
        sources.check_luns(sent)
        check_publishing(change, publishing)
        rebuild = change.row is None or change.row.timeline.unbuilt
        storage, failure = change.old["storageProfile"] if change.row else sent, None
        definition = replace(
            DEFINITIONS.facts(change.parent, change.tx),
            security=security_type(change.parent.properties, change.id.name),
        )
        if rebuild:
            storage, failure = sources.resolve(change, storage, definition)
        shared = sharing.permissions(gallery_of(change.id, change.tx)) != "Private"
        encryption.check(change, publishing, storage, shared, definition)
        properties = {
            "publishingProfile": publishing,
            "storageProfile": storage,
            "safetyProfile": safety_profile(change),
            "validationsProfile": validations_profile(change, storage),
        }
        if security:
            properties["securityProfile"] = security
        ends, times = replication.schedule(change, publishing, sum(sources.gigabytes(storage)), rebuild)
        return Plan(properties, ends, too_big(publishing, storage) or failure, times)

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """Until the version is built its storage profile holds only the sources, and the caching of single disks [W:
        azure-cli's test_gallery_e2e, test_gallery_specialized].
        """
        shown = super().render(id_, row, view)
        properties, timeline = shown["properties"], row.timeline
        if timeline.unbuilt or (timeline.activity == "Creating" and timeline.busy(view.now)):
            properties["storageProfile"] = only_sources(row.properties["storageProfile"])
            properties = shown["properties"] = without(properties, "validationsProfile.platformAttributes")
        if view.written and timeline.activity == "Updating":
            # [W: azure-cli's test_image_version_end_of_life_date, test_gallery_soft_delete_policy_and_recycle_bin]
            properties.pop("validationsProfile", None)
        if not (view.written or "uefisettings" in view.expand):
            # [W: azure-sdk-for-net's GalleryImageVersion_TrustedLaunchSupported_CRUD_Tests]
            properties.pop("securityProfile", None)
        if "replicationstatus" in view.expand:
            names = [region["name"] for region in properties["publishingProfile"]["targetRegions"]]
            properties["replicationStatus"] = timeline.replication_status(names, view.now)
        return shown

    def facts(self, row: Row, tx: Transaction) -> Facts:
        """As the source of another version: the definition's facts, the version's own disks."""
        id_ = parse(row.id)
        parent = tx.find(id_.parent.key) if id_ and id_.parent else None
        assert parent, "a definition with versions can't be deleted"
        profile = row.properties["storageProfile"]
        security = security_type(parent.properties, id_.name if id_ else "")
        return replace(
            DEFINITIONS.facts(parent, tx),
            kind="Gallery Image Version",
            security=security if security in ("TrustedLaunch", "ConfidentialVM") else None,
            os_disk=_kept_disk(profile["osDiskImage"]),
            data_disks=tuple(_kept_disk(disk) for disk in profile.get("dataDiskImages", [])),
            encrypted=encryption.encrypted(row.properties["publishingProfile"]),
        )

    def as_source(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The version; a deleted one as long as it is retained."""
        return usable(id_, tx)

    def available_in(self, row: Row, region: Region, now: float) -> bool:
        """A version can be a source where it has replicas [I]."""
        return row.timeline.replicated(region.display, now) and not row.timeline.deleting()


def publishing_profile(change: Change) -> Json:
    """The publishing profile as it is kept: filled in, with every region known.

    An update without target regions leaves them as they are [G: terraform-provider-azurerm#21999].
    """
    sent = change.properties.get("publishingProfile", {})
    old = change.old.get("publishingProfile", {})
    if change.row and not sent.get("targetRegions"):
        sent = {**sent, "targetRegions": old["targetRegions"]}
    storage = storage_defaults(change, sent, old)
    filled = {"replicaCount": 1, "excludeFromLatest": False, **storage}
    regions = replication.target_regions({**storage, **sent}, change.location, storage.get("storageAccountStrategy"))
    zones = replication.edge_zones(sent)
    new = {**filled, **kept_date(old), **end_of_life(change), **sent, "targetRegions": regions}
    new |= {"targetExtendedLocations": zones} if zones else {}
    return {**new, "publishedDate": old.get("publishedDate", stamp(change.now))}


def storage_defaults(change: Change, sent: Json, old: Json) -> Json:
    """What a profile says of storage: a type, or the strategy by which each region gets one [S].

    Standard_LRS [W]; from api-version 2025-03-03 on PreferStandard_ZRS for a new version [S]. That the strategy is
    shown where it wasn't sent, and that an existing version keeps what it has, is [I].
    """
    if "storageAccountType" in sent and "storageAccountStrategy" in sent:
        text_ = "The storageAccountType can't be specified along with a storageAccountStrategy."
        raise invalid(text_, f"{replication.PATH}.storageAccountStrategy")  # [S; text I]
    if "storageAccountType" in sent:
        return {"storageAccountType": sent["storageAccountType"]}
    if "storageAccountStrategy" in sent or "storageAccountStrategy" in old:
        return {"storageAccountStrategy": sent.get("storageAccountStrategy", old.get("storageAccountStrategy"))}
    if change.api_version < "2025-03-03":
        return {"storageAccountType": replication.DEFAULT_STORAGE}
    if change.row:
        return {"storageAccountType": old["storageAccountType"]}
    return {"storageAccountStrategy": "PreferStandard_ZRS"}


def end_of_life(change: Change) -> Json:
    """Six months on for a new version of which nothing is said, from api-version 2026-03-03 on [D: azure-cli#32375]."""
    if not protected(change):
        return {}
    now = datetime.fromtimestamp(change.now, UTC)
    year, month = now.year + (now.month + 5) // 12, (now.month + 5) % 12 + 1
    day = min(now.day, calendar.monthrange(year, month)[1])
    return {"endOfLifeDate": now.replace(year=year, month=month, day=day).isoformat()}


def safety_profile(change: Change) -> Json:
    """The safety profile as it is kept: no region may go [W]; a version without a word isn't deleted before its end."""
    filled = {"reportedForPolicyViolation": False, "allowDeletionOfReplicatedLocations": False}
    blocked = {"blockDeletionBeforeEndOfLife": True} if protected(change) else {}
    return {**filled, **blocked, **change.properties.get("safetyProfile", {})}


def protected(change: Change) -> bool:
    """Whether Azure gives a new version an end of life, before which it isn't deleted: where neither is said."""
    said = [
        dig(change.properties, path)
        for path in ("publishingProfile.endOfLifeDate", "safetyProfile.blockDeletionBeforeEndOfLife")
    ]
    return change.row is None and change.api_version >= "2026-03-03" and said == [None, None]


def validations_profile(change: Change, storage: Json) -> Json:
    """Nothing is validated; what the image of a machine from the Marketplace was is told [W: azure-cli's
    test_gallery_soft_delete_policy_and_recycle_bin].
    """
    if change.row:
        kept: Json = change.old["validationsProfile"]
        return kept
    id_ = parse(storage.get("source", {}).get("virtualMachineId", ""))
    machine = change.tx.find(id_.key) if id_ else None
    image = dig(machine.properties, "storageProfile.imageReference") if machine else None
    named = [(part, text_at(image, part)) for part in ("publisher", "offer", "sku")]
    told = [{"name": f"source_image_{part}", "value": value} for part, value in named if value]
    return {"validationOperationStatus": "NotExecuted", **({"platformAttributes": told} if told else {})}


def security_profile(change: Change) -> Json:
    """What the firmware of machines trusts; it is kept where it is left out [I]."""
    old: Json = change.old.get("securityProfile", {})
    new: Json = change.properties.get("securityProfile", old)
    return new


def check_unchanged(change: Change, publishing: Json, storage: Json, security: Json) -> None:
    """What can't change on an existing version."""
    old = change.old
    sources.check_no_new_luns(old["storageProfile"], storage)
    sources.check_unchanged(old["storageProfile"], storage)
    replication.check_unchanged(old["publishingProfile"], publishing)
    encryption.check_unchanged(old["publishingProfile"], publishing)
    if security != old.get("securityProfile", {}):
        raise unchangeable("galleryImageVersion.properties.securityProfile")  # [I]
    replication.check_removal(change, old["publishingProfile"], publishing)


def check_publishing(change: Change, publishing: Json) -> None:
    """What goes together in a publishing profile, and with the place and the time."""
    regions = publishing["targetRegions"]
    replication.check_replica_counts(publishing)
    replication.check_distinct(publishing)
    replication.check_home(regions, change.location)
    replication.check_zones(regions)
    if publishing.get("replicationMode") == "Shallow":
        replication.check_shallow(regions, change.location)
    encryption.check_luns(publishing)
    check_end_of_life(publishing, change.old.get("publishingProfile", {}), change.now, replication.PATH)


def version_for(reference: Any, machine: ResourceId, region: Region, tx: Transaction) -> Row | None:
    """The version that a new machine or disk there is made from; None where its image isn't of a gallery.

    A gallery that is shared with the machine's subscription or tenant, or with everybody, is named as its consumers
    know it [W: azure-cli's test_create_vm_with_shared_gallery_image, test_create_vm_with_community_gallery_image]. A
    definition means its latest version: the highest one that is not excluded in the machine's region, where the
    region's flag wins over the version's [D]. Texts [D], code [G] and [I].
    """
    shared = text_at(reference, "sharedGalleryImageId") or text_at(reference, "communityGalleryImageId")
    image = shared or text_at(reference, "id") or ""
    id_ = sharing.behind(image, tx, {machine.subscription.lower(), TENANT}) if shared else parse(image)
    if shared is None and (id_ is None or id_.is_collection or id_.type.lower() not in _GALLERY_IMAGES):
        return None
    versions: list[Row] = []
    if id_ and id_.type.lower() == TYPE.type.lower():
        row = usable(id_, tx)
        versions = [row] if row else []
    elif id_:
        included = [row for row in tx.of_type(id_.key, TYPE.type) if _latest_in(row)]
        if not included:
            raise AzureError(404, "GalleryImageNotFound", f'There is no latest image version exists for "{image}"')
        versions = [row for row in included if region.display in _latest_in(row)]
    there = [row for row in versions if TYPE.available_in(row, region, tx.now)]
    if not there:
        text_ = (
            f"The gallery image {image} is not available in {region.name} region. "
            "Please contact image owner to replicate to this region, or change your requested region."
        )
        raise AzureError(404, "GalleryImageNotFound", text_)
    return max(there, key=lambda row: [int(part) for part in row.id.rpartition("/")[2].split(".")])


def exact(reference: Any, machine: ResourceId, region: Region, tx: Transaction) -> Json:
    """An image reference as a new machine shows it: with the number of the version that it is made from."""
    version = version_for(reference, machine, region, tx)
    return {**reference, "exactVersion": version.id.rpartition("/")[2]} if version else reference


def usable(id_: ResourceId, tx: Transaction) -> Row | None:
    """The version of that id; one that was deleted softly can still be used by its number [D]."""
    return tx.find(id_.key) or soft_deleted_versions.retained(id_.text, tx)


def _latest_in(version: Row) -> list[str]:
    """The regions in which a version counts when the latest one is asked for."""
    profile = version.properties["publishingProfile"]
    regions = profile["targetRegions"]
    return [r["name"] for r in regions if not r.get("excludeFromLatest", profile["excludeFromLatest"])]


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
    disks = [without(disk, "sizeInGB") for disk in storage.get("dataDiskImages", [])]
    shown: Json = {"osDiskImage": without(storage["osDiskImage"], "sizeInGB")}
    return {**shown, "dataDiskImages": disks} if disks else shown


def _kept_disk(disk: Json) -> Disk:
    return Disk(disk["sizeInGB"], disk["hostCaching"], disk.get("lun", 0))


TYPE = ImageVersions()
