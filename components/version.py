"""An image version: what `config` says, in the form in which Azure answers.

Regions go by their display names and every default is filled in, so that what comes back on refresh and import is the
same as what was sent; what isn't set isn't sent.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute

import config

from .inputs import given, given_or_none


def image_version(
    name: str,
    version: config.Version,
    *,
    number: str,
    image_name: pulumi.Input[str],
    gallery_name: pulumi.Input[str],
    resource_group_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> compute.GalleryImageVersion:
    """A version of a definition; `number` is Major.Minor.Patch."""
    return compute.GalleryImageVersion(
        name,
        gallery_image_version_name=number,
        gallery_image_name=image_name,
        gallery_name=gallery_name,
        resource_group_name=resource_group_name,
        location=version.location.name,
        publishing_profile=compute.GalleryImageVersionPublishingProfileArgs(
            target_regions=[_target_region(target) for target in version.target_regions],
            target_extended_locations=[_edge_zone(zone) for zone in version.edge_zones] or None,
            replica_count=version.replication.replicas,
            storage_account_type=version.replication.storage_account_type,
            replication_mode=version.replication_mode,
            exclude_from_latest=version.exclude_from_latest,
            end_of_life_date=config.azure_date(version.end_of_life_date) if version.end_of_life_date else None,
        ),
        storage_profile=_storage_profile(version.source),
        safety_profile=compute.GalleryImageVersionSafetyProfileArgs(
            allow_deletion_of_replicated_locations=version.safety_profile.allow_deletion_of_replicated_locations,
            block_deletion_before_end_of_life=version.safety_profile.block_deletion_before_end_of_life,
        ),
        security_profile=_security_profile(version.security_profile),
        tags=version.tags or None,
        opts=opts,
    )


def _target_region(target: config.TargetRegion) -> compute.TargetRegionArgs:
    return compute.TargetRegionArgs(
        name=target.region.display_name,
        regional_replica_count=target.replicas,
        storage_account_type=target.storage_account_type,
        exclude_from_latest=target.exclude_from_latest,
        encryption=_encryption(target.encryption),
        additional_replica_sets=[
            compute.AdditionalReplicaSetArgs(
                storage_account_type=each.storage_account_type, regional_replica_count=each.replicas
            )
            for each in target.additional_replica_sets
        ]
        or None,
    )


def _edge_zone(zone: config.EdgeZone) -> compute.GalleryTargetExtendedLocationArgs:
    return compute.GalleryTargetExtendedLocationArgs(
        name=zone.region.display_name,
        extended_location=compute.GalleryExtendedLocationArgs(name=zone.name, type="EdgeZone"),
        extended_location_replica_count=zone.replicas,
        storage_account_type=zone.storage_account_type,
        encryption=_encryption(zone.encryption),
    )


def _encryption(encryption: config.Encryption | None) -> compute.EncryptionImagesArgs | None:
    if encryption is None:
        return None
    return compute.EncryptionImagesArgs(
        os_disk_image=_os_disk_encryption(encryption.os_disk_image),
        data_disk_images=[
            compute.DataDiskImageEncryptionArgs(lun=lun, disk_encryption_set_id=given(id))
            for lun, id in encryption.data_disk_images.items()
        ]
        or None,
    )


def _os_disk_encryption(disk: config.OsDiskEncryption | None) -> compute.OSDiskImageEncryptionArgs | None:
    if disk is None:
        return None
    profile = disk.security_profile
    return compute.OSDiskImageEncryptionArgs(
        disk_encryption_set_id=given_or_none(disk.disk_encryption_set_id),
        security_profile=compute.OSDiskImageSecurityProfileArgs(
            confidential_vm_encryption_type=profile.confidential_vm_encryption_type,
            secure_vm_disk_encryption_set_id=given_or_none(profile.secure_vm_disk_encryption_set_id),
        )
        if profile
        else None,
    )


def _storage_profile(source: config.ImageSource) -> compute.GalleryImageVersionStorageProfileArgs:
    if source.disks is None:
        return compute.GalleryImageVersionStorageProfileArgs(
            source=compute.GalleryArtifactVersionFullSourceArgs(
                virtual_machine_id=given_or_none(source.virtual_machine),
                community_gallery_image_id=source.community_gallery_image,
                id=given_or_none(source.managed_image or source.image_version),
            )
        )
    os_disk, data_disks = source.disks.os, source.disks.data
    return compute.GalleryImageVersionStorageProfileArgs(
        os_disk_image=compute.GalleryOSDiskImageArgs(source=_disk_source(os_disk), host_caching=_host_caching(os_disk)),
        data_disk_images=[
            compute.GalleryDataDiskImageArgs(lun=lun, source=_disk_source(disk), host_caching=_host_caching(disk))
            for lun, disk in data_disks.items()
        ]
        or None,
    )


def _disk_source(disk: config.DiskSource) -> compute.GalleryDiskImageSourceArgs:
    return compute.GalleryDiskImageSourceArgs(
        id=given_or_none(disk.managed_disk or disk.snapshot),
        uri=given(disk.vhd.uri) if disk.vhd else None,
        storage_account_id=given(disk.vhd.storage_account) if disk.vhd else None,
    )


def _host_caching(disk: config.DiskSource) -> compute.HostCaching | None:
    return compute.HostCaching(disk.host_caching) if disk.host_caching else None


def _security_profile(profile: config.SecurityProfile | None) -> compute.ImageVersionSecurityProfileArgs | None:
    if profile is None or (settings := profile.uefi_settings) is None:
        return None
    return compute.ImageVersionSecurityProfileArgs(
        uefi_settings=compute.GalleryImageVersionUefiSettingsArgs(
            signature_template_names=list(settings.signature_template_names) or None,
            additional_signatures=_uefi_signatures(settings.additional_signatures),
        )
    )


def _uefi_signatures(signatures: config.UefiSignatures | None) -> compute.UefiKeySignaturesArgs | None:
    if signatures is None:
        return None
    return compute.UefiKeySignaturesArgs(
        pk=_uefi_key(signatures.pk) if signatures.pk else None,
        kek=[_uefi_key(key) for key in signatures.kek] or None,
        db=[_uefi_key(key) for key in signatures.db] or None,
        dbx=[_uefi_key(key) for key in signatures.dbx] or None,
    )


def _uefi_key(key: config.UefiKey) -> compute.UefiKeyArgs:
    return compute.UefiKeyArgs(type=key.type, value=list(key.value))
