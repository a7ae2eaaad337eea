"""Typed configuration in Azure's shape: what azure-native is given for each resource, without the names in its path.

Regions go by their display names and defaults are filled in where Azure answers with them, so that what comes back on
refresh and import is what was sent; what isn't set isn't sent. A `config.Deferred` stays where it stands.
"""

from __future__ import annotations

from typing import Any

from config.access import Lock, RoleAssignment
from config.azure.view import View
from config.dates import azure_date
from config.edge_zones import EdgeZone
from config.encryption import Encryption, OsDiskEncryption
from config.gallery import Gallery
from config.ids import ResourceId
from config.image import Image
from config.replication import TargetRegion
from config.security import SecurityProfile, UefiKey, UefiSignatures
from config.sharing import SharingProfile
from config.source import DiskSource, ImageSource
from config.stack import NewResourceGroup
from config.version import Version

Body = dict[str, Any]


def resource_group(group: NewResourceGroup, held: View | None = None) -> Body:
    """A resource group; unless it is written where it lies, it stays where it is."""
    place = group.location.name if group.location else held["location"] if held else group.default.name
    return _set(location=place, tags=group.tags)


def gallery(gallery: Gallery) -> Body:
    """A gallery. Whom it is shared with is no part of it (`config.azure.sharing`)."""
    identity = gallery.identity
    return _set(
        location=gallery.location.name,
        description=gallery.description,
        identity=identity and _set(type=identity.type, userAssignedIdentities=list(identity.user_assigned_identities)),
        sharingProfile=_sharing_profile(gallery.sharing_profile),
        # Sent only when it is on: an explicit false makes updates fail where the subscription has no such feature
        # (azure-cli issue 27017).
        softDeletePolicy=_set(isSoftDeleteEnabled=gallery.soft_delete_policy.is_soft_delete_enabled or None),
        tags=_tags(gallery),
    )


def image(image: Image) -> Body:
    """An image definition."""
    plan, recommended = image.purchase_plan, image.recommended
    identifier = image.identifier
    return _set(
        location=image.location.name,
        osType=image.os_type,
        osState=image.os_state,
        hyperVGeneration=image.hyper_v_generation,
        architecture=image.architecture,
        identifier={"publisher": identifier.publisher, "offer": identifier.offer, "sku": identifier.sku},
        purchasePlan=plan and {"name": plan.name, "publisher": plan.publisher, "product": plan.product},
        recommended=recommended
        and _set(
            vCPUs=recommended.vcpus and _set(min=recommended.vcpus.min, max=recommended.vcpus.max),
            memory=recommended.memory and _set(min=recommended.memory.min, max=recommended.memory.max),
        ),
        features=[
            _set(name=each.name, value=each.value, startsAtVersion=each.starts_at_version)
            for each in (image.features.sent if image.features else ())
        ],
        allowUpdateImage=image.allow_update_image,
        # Azure takes an empty object for a change, and never echoes it.
        disallowed=_set(diskTypes=list(image.disallowed_disk_types)),
        description=image.description,
        eula=image.eula,
        privacyStatementUri=image.privacy_statement_uri,
        releaseNoteUri=image.release_note_uri,
        endOfLifeDate=image.end_of_life_date and azure_date(image.end_of_life_date),
        tags=_tags(image),
    )


def version(version: Version) -> Body:
    """An image version."""
    end_of_life, safety = version.end_of_life_date, version.safety_profile
    return _set(
        location=version.location.name,
        publishingProfile=_set(
            targetRegions=[_target_region(target) for target in version.target_regions],
            targetExtendedLocations=[_edge_zone(zone) for zone in version.edge_zones],
            replicaCount=version.replication.replicas,
            storageAccountType=version.replication.storage_account_type,
            replicationMode=version.replication_mode,
            excludeFromLatest=version.exclude_from_latest,
            endOfLifeDate=end_of_life and azure_date(end_of_life),
        ),
        storageProfile=_storage_profile(version.source),
        safetyProfile=_set(
            allowDeletionOfReplicatedLocations=safety.allow_deletion_of_replicated_locations,
            blockDeletionBeforeEndOfLife=safety.block_deletion_before_end_of_life,
        ),
        securityProfile=_security_profile(version.security_profile),
        tags=_tags(version),
    )


def lock(lock: Lock) -> Body:
    """A management lock."""
    return _set(level=lock.level, notes=lock.notes)


def role_assignment(assignment: RoleAssignment) -> Body:
    """A role assignment; its role is a GUID yet, since the id of a role depends on the scope (`role_definition_id`)."""
    return _set(
        principalId=assignment.principal_id,
        principalType=assignment.principal_type,
        roleDefinitionId=assignment.role,
        description=assignment.description,
    )


def role_definition_id(scope: str, role: str) -> str:
    """The id of a role definition as Azure echoes it: in the subscription of the scope."""
    of_scope = ResourceId.parse(scope)
    assert of_scope, "the id of a gallery, a definition or a version"
    return f"/subscriptions/{of_scope.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def _set(**members: Any) -> Body:
    """The members that are set; an empty mapping or list is none."""
    return {name: value for name, value in members.items() if value not in (None, {}, [])}


def _tags(of: Gallery | Image | Version) -> dict[str, str]:
    return of.tags if of.own_tags is None else of.own_tags


def _sharing_profile(profile: SharingProfile) -> Body | None:
    if profile.permissions == "Private":
        return None
    public = profile.community_gallery_info
    return _set(
        permissions=profile.permissions,
        communityGalleryInfo=public
        and {
            "publisherUri": public.publisher_uri,
            "publisherContact": public.publisher_contact,
            "eula": public.eula,
            "publicNamePrefix": public.public_name_prefix,
        },
    )


def _target_region(target: TargetRegion) -> Body:
    return _set(
        name=target.region.display_name,
        regionalReplicaCount=target.replicas,
        storageAccountType=target.storage_account_type,
        excludeFromLatest=target.exclude_from_latest,
        encryption=_encryption(target.encryption),
        additionalReplicaSets=[
            {"storageAccountType": each.storage_account_type, "regionalReplicaCount": each.replicas}
            for each in target.additional_replica_sets
        ],
    )


def _edge_zone(zone: EdgeZone) -> Body:
    return _set(
        name=zone.region.display_name,
        extendedLocation={"name": zone.name, "type": "EdgeZone"},
        extendedLocationReplicaCount=zone.replicas,
        storageAccountType=zone.storage_account_type,
        encryption=_encryption(zone.encryption),
    )


def _encryption(encryption: Encryption | None) -> Body | None:
    if encryption is None:
        return None
    return _set(
        osDiskImage=_os_disk_encryption(encryption.os_disk_image),
        dataDiskImages=[{"lun": lun, "diskEncryptionSetId": id} for lun, id in encryption.data_disk_images.items()],
    )


def _os_disk_encryption(disk: OsDiskEncryption | None) -> Body | None:
    if disk is None:
        return None
    profile = disk.security_profile
    return _set(
        diskEncryptionSetId=disk.disk_encryption_set_id,
        securityProfile=profile
        and _set(
            confidentialVMEncryptionType=profile.confidential_vm_encryption_type,
            secureVMDiskEncryptionSetId=profile.secure_vm_disk_encryption_set_id,
        ),
    )


def _storage_profile(source: ImageSource) -> Body:
    if source.disks is None:
        return {
            "source": _set(
                virtualMachineId=source.virtual_machine,
                communityGalleryImageId=source.community_gallery_image,
                id=source.managed_image or source.image_version,
            )
        }
    return _set(
        osDiskImage=_disk(source.disks.os),
        dataDiskImages=[{"lun": lun, **_disk(disk)} for lun, disk in source.disks.data.items()],
    )


def _disk(disk: DiskSource) -> Body:
    vhd = disk.vhd
    return _set(
        source=_set(
            id=disk.managed_disk or disk.snapshot,
            uri=vhd and vhd.uri,
            storageAccountId=vhd and vhd.storage_account,
        ),
        hostCaching=disk.host_caching,
    )


def _security_profile(profile: SecurityProfile | None) -> Body | None:
    if profile is None or (settings := profile.uefi_settings) is None:
        return None
    return _set(
        uefiSettings=_set(
            signatureTemplateNames=list(settings.signature_template_names),
            additionalSignatures=settings.additional_signatures and _uefi_signatures(settings.additional_signatures),
        )
    )


def _uefi_signatures(signatures: UefiSignatures) -> Body:
    return _set(
        pk=signatures.pk and _uefi_key(signatures.pk),
        kek=[_uefi_key(key) for key in signatures.kek],
        db=[_uefi_key(key) for key in signatures.db],
        dbx=[_uefi_key(key) for key in signatures.dbx],
    )


def _uefi_key(key: UefiKey) -> Body:
    return {"type": key.type, "value": list(key.value)}
