"""What Azure does with a change of each property: one table for all types of resources.

A path is that of azure-native's inputs, where the members of ARM's `properties` stand beside `location` and `tags`;
`[]` stands for each element of a list. Whoever asks whether a change is possible, what an unset property stands for, or
which key of a data file is meant, asks here: the guard, reports, the JSON Schema and the reference.

Evidence: SIG is "Store and share images in an Azure Compute Gallery" (on updating resources), TSG "Troubleshoot shared
images", SPEC the GalleryRP API specification 2024-03-03, AN azure-native 3 (provider/pkg/gen and provider/diff.go), REC
recordings of Azure CLI's tests, SHARE "Share a gallery directly" and "Share images using a community gallery"; names
with numbers are issues and pull requests. `inferred` marks what no source states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from config.regions import normalised

Kind = Literal["resource group", "gallery", "sharing", "image", "version", "lock", "role assignment", "other"]


class Change(Enum):
    """What becomes of a change on an existing resource; of a list, what becomes of it when an element goes."""

    IN_PLACE = "in place"
    NEVER = "refused"
    REPLACEMENT = "the resource is replaced"


@dataclass(frozen=True)
class Same:
    """An unset property stands for the value of another one of the same resource."""

    path: str


FILLED = Same("")
"""An unset property stands for what Azure fills in, which can't be known beforehand."""


def canonical(value: Any) -> Any:
    """A value for comparison: whole numbers are integers, and what is unset or empty isn't there."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            inside = ((key, canonical(value[key])) for key in sorted(value))
            return {key: each for key, each in inside if each not in (None, {}, [])}
        case list() | tuple():
            return [canonical(each) for each in value]
    return value


def folded(value: Any) -> Any:
    """The same without regard to case, as Azure compares names and ids."""
    match canonical(value):
        case str() as text:
            return text.casefold()
        case dict() as mapping:
            return {key: folded(each) for key, each in mapping.items()}
        case list() as items:
            return [folded(each) for each in items]
        case other:
            return other


def unordered(value: Any) -> Any:
    """The same for a list whose order means nothing, or for the keys of a mapping that Azure writes for one."""
    return sorted(folded([*value])) if value else []


def region(value: Any) -> Any:
    """The same for a region, in any spelling of its name."""
    return normalised(value) if isinstance(value, str) else value


def moment(value: Any) -> Any:
    """The same for a date with time and offset, in any spelling; a fraction of a second makes no difference."""
    try:
        return datetime.fromisoformat(value).replace(microsecond=0)
    except (TypeError, ValueError):
        return value


def unordered_text(value: Any) -> Any:
    """The same for a list in a text, such as "SCSI, NVMe"."""
    return unordered([part.strip() for part in value.split(",")]) if isinstance(value, str) else value


def role_guid(value: Any) -> Any:
    """The same for the id of a role definition, which is written with a subscription or without."""
    return value.rpartition("/")[2].casefold() if isinstance(value, str) else value


def source(value: Any) -> Any:
    """The same for a source: an id is the same whichever member holds it."""
    return folded(source_id(value))


def source_id(value: Any) -> Any:
    """The id or URI in a source, whichever member holds it; the value itself where it is a text.

    Of a blob it is the URI: Azure CLI names its storage account by `id`, others by `storageAccountId`.
    """
    if not isinstance(value, dict):
        return value
    members = ("uri", "id", "virtualMachineId", "communityGalleryImageId")
    return next((value[key] for key in members if value.get(key)), None)


@dataclass(frozen=True)
class Property:
    """A property of a type of resource.

    `keys` are the keys of data files that it is written with, as `Model.key`. `default` is what it stands for when it
    is unset. `same` brings a value into the form in which two of them are compared; of a list, what tells its elements
    apart, which is at the path `identity`. `told` is how people speak of it, with the identities of the elements in it.
    `permission` is the property that has to be true for a change that is refused otherwise. `closed` is a list to which
    nothing can be added either, and `counts` says which of its elements mean something. `removable` says whether it can
    be unset, `sent_only` whether Azure shows it only where it was sent, and `shown` whether a GET shows it at all.
    """

    path: str
    change: Change
    evidence: str
    keys: tuple[str, ...] = ()
    default: Any = None
    same: Callable[[Any], Any] = canonical
    told: str = ""
    identity: str = ""
    permission: str = ""
    closed: bool = False
    counts: Callable[[Any], bool] = bool
    removable: bool = True
    sent_only: bool = False
    shown: bool = True

    @property
    def is_list(self) -> bool:
        """Whether it stands for the elements of a list as such."""
        return bool(self.identity)

    @cached_property
    def inside(self) -> tuple[str, str]:
        """The list that it is in (empty: the resource itself), and its path from there."""
        holder, _, rest = self.path.removesuffix("[]").rpartition("[]")
        return (f"{holder}[]" if holder else "", rest.removeprefix("."))

    def subject(self, elements: tuple[str, ...] = ()) -> str:
        """How people speak of it, in one element of each list: `storageAccountType in eastus`."""
        return (self.told or self.path.removeprefix("publishingProfile.").removeprefix("storageProfile.")).format(
            *elements
        )


IN_PLACE, NEVER, REPLACEMENT = Change

_PROFILE = "publishingProfile"
_REGION = f"{_PROFILE}.targetRegions[]"
_SET = f"{_REGION}.additionalReplicaSets[]"
_ZONE = f"{_PROFILE}.targetExtendedLocations[]"
_DISK = "storageProfile.dataDiskImages[]"
_COMMUNITY = "sharingProfile.communityGalleryInfo"
_REMOVAL = "safetyProfile.allowDeletionOfReplicatedLocations"
_NAME = "path parameter: AN"
_ANY = "any resource of Azure Resource Manager"
_ENCRYPTION = (
    "Encryption.osDiskImage",
    "Encryption.dataDiskImages",
    "OsDiskEncryption.diskEncryptionSetId",
    "OsDiskEncryption.securityProfile",
    "ConfidentialDisk.confidentialVMEncryptionType",
    "ConfidentialDisk.secureVMDiskEncryptionSetId",
)
_DISK_SOURCE = ("DiskSource.managedDisk", "DiskSource.snapshot", "DiskSource.vhd", "Vhd.uri", "Vhd.storageAccount")


_FEATURES = {"IsHibernateSupported": "False", "DiskControllerTypes": "SCSI", "SecurityType": "Standard"}
"""The features whose absence means the same as a value."""


def _means_something(feature: Any) -> bool:
    return bool(feature.get("value") != _FEATURES.get(feature.get("name")) or feature.get("startsAtVersion"))


def _names_disk(disk: Any) -> bool:
    """Whether a disk is one that the version names; Azure fills in those of other sources, without their source."""
    return source_id(disk.get("source")) is not None


def _names(*paths: str) -> tuple[Property, ...]:
    return tuple(Property(path, REPLACEMENT, _NAME, same=folded) for path in paths)


PROPERTIES: dict[Kind, tuple[Property, ...]] = {
    "resource group": (
        Property("resourceGroupName", REPLACEMENT, _NAME, ("ResourceGroup.name",), same=folded),
        Property("location", REPLACEMENT, _ANY, ("ResourceGroup.location",), same=region),
        Property("tags", IN_PLACE, _ANY, ("Stack.tags",)),
    ),
    "gallery": (
        *_names("resourceGroupName", "galleryName"),
        Property("location", REPLACEMENT, "AN", ("Gallery.location", "Stack.location"), same=region),
        Property("description", IN_PLACE, "SIG", ("Gallery.description",)),
        Property("tags", IN_PLACE, _ANY, ("Gallery.tags", "Gallery.ownTags")),
        Property("identity.type", IN_PLACE, _ANY, ("Identity.type",), "None", folded),
        Property(
            "identity.userAssignedIdentities", IN_PLACE, _ANY, ("Identity.userAssignedIdentities",), (), unordered
        ),
        Property(
            "softDeletePolicy.isSoftDeleteEnabled", IN_PLACE, "ACG", ("SoftDeletePolicy.isSoftDeleteEnabled",), False
        ),
        Property("sharingProfile.permissions", NEVER, "SHARE", ("SharingProfile.permissions",), "Private", folded),
        *(
            Property(f"{_COMMUNITY}.{key}", NEVER, "azurerm; inferred", (f"CommunityGalleryInfo.{key}",))
            for key in ("publisherUri", "publisherContact", "eula", "publicNamePrefix")
        ),
    ),
    "sharing": (  # by the share action
        Property("galleryId", REPLACEMENT, _NAME, same=folded),
        Property("subscriptions", IN_PLACE, "SHARE", ("SharingGroups.subscriptions",), (), unordered),
        Property("tenants", IN_PLACE, "SHARE", ("SharingGroups.tenants",), (), unordered),
        Property("community", IN_PLACE, "SHARE", default="disabled"),
    ),
    "image": (
        *_names("resourceGroupName", "galleryName", "galleryImageName"),
        Property("location", REPLACEMENT, "AN", ("Image.location",), same=region),
        Property("osType", NEVER, "azure-sdk-for-net test", ("Definition.osType",), same=folded),
        Property("osState", NEVER, "azurerm; inferred", ("Definition.osState",), same=folded),
        Property(
            "hyperVGeneration", NEVER, "PropertyChangeNotAllowed seen", ("Definition.hyperVGeneration",), "V1", folded
        ),
        Property("architecture", NEVER, "azurerm; inferred", ("Definition.architecture",), "x64", folded),
        *(Property(f"identifier.{key}", NEVER, "TSG", (f"Identifier.{key}",)) for key in ("publisher", "offer", "sku")),
        Property(
            "purchasePlan",
            NEVER,
            "azurerm; inferred",
            ("Definition.purchasePlan", "PurchasePlan.name", "PurchasePlan.publisher", "PurchasePlan.product"),
        ),
        Property("description", IN_PLACE, "SIG", ("Definition.description",)),
        Property("eula", NEVER, "azure-sdk-for-java 28842", ("Definition.eula",)),
        Property("privacyStatementUri", NEVER, "azurerm; inferred", ("Definition.privacyStatementUri",)),
        Property("releaseNoteUri", IN_PLACE, "SIG", ("Definition.releaseNoteUri",)),
        Property(
            "endOfLifeDate", IN_PLACE, "SIG; azurerm", ("Definition.endOfLifeDate",), same=moment, removable=False
        ),
        *(
            Property(f"recommended.{key}.{end}", IN_PLACE, "SIG", (f"{model}.{end}",))
            for key, model in (("vCPUs", "VCpuRange"), ("memory", "MemoryRange"))
            for end in ("min", "max")
        ),
        Property(
            "disallowed.diskTypes",
            NEVER,
            "inferred",
            ("Definition.disallowedDiskTypes",),
            (),
            unordered,
            "disallowedDiskTypes",
        ),
        Property(
            "allowUpdateImage", IN_PLACE, "SPEC; never shown: REC", ("Definition.allowUpdateImage",), False, shown=False
        ),
        Property(
            "features[]",
            NEVER,
            "SPEC; azure-cli 33172",
            ("Features.IsAcceleratedNetworkSupported", *(f"Features.{name}" for name in (*_FEATURES, "other"))),
            told="the feature {0}",
            identity="name",
            permission="allowUpdateImage",
            closed=True,
            counts=_means_something,
            sent_only=True,
        ),
        Property(
            "features[].value",
            NEVER,
            "SPEC; azure-cli 33172",
            ("SecurityTypeFeature.value", "Switch.value", "DiskControllers.value", "OtherFeature.value"),
            same=unordered_text,
            told="the feature {0}",
            permission="allowUpdateImage",
        ),
        Property(
            "features[].startsAtVersion",
            NEVER,
            "SPEC; azure-cli 33172",
            ("Feature.startsAtVersion",),
            told="startsAtVersion of the feature {0}",
            permission="allowUpdateImage",
        ),
        Property("tags", IN_PLACE, _ANY, ("Image.tags", "Image.ownTags")),
    ),
    "version": (
        *_names("resourceGroupName", "galleryName", "galleryImageName", "galleryImageVersionName"),
        Property("location", REPLACEMENT, "AN", ("Version.location",), same=region),
        Property(f"{_PROFILE}.replicaCount", IN_PLACE, "SIG", ("Replication.replicas",), 1, told="replicas"),
        Property(
            f"{_PROFILE}.storageAccountType",
            NEVER,
            "SPEC; azure-powershell 9911",
            ("Replication.storageAccountType",),
            "Standard_LRS",
            folded,
        ),
        Property(
            f"{_PROFILE}.replicationMode", NEVER, "SPEC", ("Version.replicationMode",), "Full", folded, sent_only=True
        ),
        Property(f"{_PROFILE}.excludeFromLatest", IN_PLACE, "SIG", ("Version.excludeFromLatest",), False),
        Property(
            f"{_PROFILE}.endOfLifeDate",
            IN_PLACE,
            "SIG; azurerm",
            ("Version.endOfLifeDate",),
            same=moment,
            removable=False,
        ),
        Property(
            _REGION,
            NEVER,
            "SPEC; azure-cli 24099",
            ("Replication.regions",),
            same=region,
            told="the region {0}",
            identity="name",
            permission=_REMOVAL,
        ),
        Property(
            f"{_REGION}.regionalReplicaCount",
            IN_PLACE,
            "SIG",
            ("RegionSettings.replicas",),
            Same(f"{_PROFILE}.replicaCount"),
            told="replicas in {0}",
        ),
        Property(
            f"{_REGION}.storageAccountType",
            NEVER,
            "SPEC; azure-powershell 9911",
            ("RegionSettings.storageAccountType",),
            Same(f"{_PROFILE}.storageAccountType"),
            folded,
            "storageAccountType in {0}",
        ),
        Property(
            f"{_REGION}.excludeFromLatest",
            IN_PLACE,
            "SIG",
            ("RegionSettings.excludeFromLatest",),
            Same(f"{_PROFILE}.excludeFromLatest"),
            told="excludeFromLatest in {0}",
            sent_only=True,
        ),
        Property(
            f"{_REGION}.encryption",
            NEVER,
            "TSG; inferred beyond new data disks",
            ("RegionSettings.encryption", *_ENCRYPTION),
            same=folded,
            told="encryption in {0}",
        ),
        Property(
            _SET,
            NEVER,
            "inferred from storageAccountType: SPEC",
            ("RegionSettings.additionalReplicaSets", "AdditionalReplicaSet.storageAccountType"),
            told="the {1} replica set in {0}",
            identity="storageAccountType",
            permission=_REMOVAL,
        ),
        Property(
            f"{_SET}.regionalReplicaCount",
            IN_PLACE,
            "SIG",
            ("AdditionalReplicaSet.replicas",),
            1,
            told="replicas of the {1} replica set in {0}",
        ),
        Property(
            _ZONE,
            NEVER,
            "inferred from target regions",
            ("Replication.edgeZones",),
            same=folded,
            told="the edge zone {0}",
            identity="extendedLocation.name",
            permission=_REMOVAL,
        ),
        Property(
            f"{_ZONE}.name",
            NEVER,
            "inferred",
            ("EdgeZoneSettings.region",),
            same=region,
            told="region of the edge zone {0}",
        ),
        Property(
            f"{_ZONE}.extendedLocationReplicaCount",
            IN_PLACE,
            "inferred from target regions",
            ("EdgeZoneSettings.replicas",),
            Same(f"{_PROFILE}.replicaCount"),
            told="replicas in {0}",
        ),
        Property(
            f"{_ZONE}.storageAccountType",
            NEVER,
            "SPEC",
            ("EdgeZoneSettings.storageAccountType",),
            Same(f"{_PROFILE}.storageAccountType"),
            folded,
            "storageAccountType in {0}",
        ),
        Property(
            f"{_ZONE}.encryption",
            NEVER,
            "inferred",
            ("EdgeZoneSettings.encryption", *_ENCRYPTION),
            same=folded,
            told="encryption in {0}",
        ),
        Property(
            "storageProfile.source",
            NEVER,
            "PropertyChangeNotAllowed seen",
            (
                "Version.source",
                *(f"ImageSource.{key}" for key in ("virtualMachine", "managedImage", "imageVersion")),
                "ImageSource.communityGalleryImage",
            ),
            same=source,
        ),
        Property(
            "storageProfile.osDiskImage.source",
            NEVER,
            "TSG",
            ("DiskSources.os", *_DISK_SOURCE),
            same=source,
            told="the OS disk",
        ),
        Property(
            "storageProfile.osDiskImage.hostCaching",
            NEVER,
            "inferred",
            ("DiskSource.hostCaching",),
            FILLED,
            folded,
            "hostCaching of the OS disk",
        ),
        Property(
            _DISK,
            NEVER,
            "TSG",
            ("DiskSources.data",),
            told="the data disk at LUN {0}",
            identity="lun",
            closed=True,
            counts=_names_disk,
        ),
        Property(f"{_DISK}.source", NEVER, "TSG", _DISK_SOURCE, same=source, told="the data disk at LUN {0}"),
        Property(
            f"{_DISK}.hostCaching",
            NEVER,
            "inferred",
            ("DiskSource.hostCaching",),
            FILLED,
            folded,
            "hostCaching of the data disk at LUN {0}",
        ),
        Property(_REMOVAL, IN_PLACE, "azure-cli 24412", ("SafetyProfile.allowDeletionOfReplicatedLocations",), False),
        Property(
            "safetyProfile.blockDeletionBeforeEndOfLife",
            IN_PLACE,
            "azure-cli 24412",
            ("SafetyProfile.blockDeletionBeforeEndOfLife",),
            False,
            sent_only=True,
        ),
        Property(
            "securityProfile.uefiSettings",
            NEVER,
            "inferred",
            (
                "Version.securityProfile",
                "SecurityProfile.uefiSettings",
                *(f"UefiSettings.{key}" for key in ("signatureTemplateNames", "additionalSignatures")),
                *(f"UefiSignatures.{key}" for key in ("pk", "kek", "db", "dbx")),
                *("UefiKey.type", "UefiKey.value"),
            ),
            told="securityProfile",
            shown=False,
        ),
        Property("tags", IN_PLACE, _ANY, ("Version.tags", "Version.ownTags")),
    ),
    "lock": (
        Property("lockName", REPLACEMENT, _NAME, same=folded),
        Property("level", IN_PLACE, _ANY, ("Lock.level",), same=folded),
        Property("notes", IN_PLACE, _ANY, ("Lock.notes",)),
    ),
    "role assignment": (
        # The name is made from all three.
        Property(
            "principalId",
            REPLACEMENT,
            "AN; RoleAssignmentUpdateNotPermitted",
            ("RoleAssignment.principalId",),
            same=folded,
        ),
        Property("principalType", REPLACEMENT, "inferred", ("RoleAssignment.principalType",), same=folded),
        Property(
            "roleDefinitionId",
            REPLACEMENT,
            "RoleAssignmentUpdateNotPermitted",
            ("RoleAssignment.role",),
            same=role_guid,
            told="role",
        ),
        Property("description", IN_PLACE, "inferred", ("RoleAssignment.description",)),
    ),
    "other": (),
}


def default(key: str) -> Any:
    """What a key of the data files, `Model.key`, stands for when it is unset."""
    return next(row.default for rows in PROPERTIES.values() for row in rows if key in row.keys[:1])
