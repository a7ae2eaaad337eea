"""An image definition with its versions.

Names of parents are passed as the strings of the configuration, with `depends_on` for the order: a parent's output
would turn into an unknown, and the preview unreadable, whenever that parent is to be replaced.
"""

from __future__ import annotations

from datetime import datetime

import pulumi
from pulumi_azure_native import compute

import config

from .options import child_options, component_options


class ImageDefinition(pulumi.ComponentResource):
    """An image definition as `config` describes it, and its versions, in a gallery that exists or that `opts` names in
    `depends_on`."""

    id: pulumi.Output[str]
    """The definition's ARM id; a machine created from it gets the version that `latest` means in its region."""

    versions: dict[str, pulumi.Output[str]]
    """The ARM ids of the versions, by version number."""

    def __init__(
        self,
        name: str,
        image: config.Image,
        *,
        image_name: str,
        gallery_name: str,
        resource_group_name: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ImageDefinition", name, None, component_options(opts))
        definition = compute.GalleryImage(
            name,
            gallery_image_name=image_name,
            gallery_name=gallery_name,
            resource_group_name=resource_group_name,
            location=image.location.name,
            os_type=compute.OperatingSystemTypes(image.os_type),
            os_state=compute.OperatingSystemStateTypes(image.os_state),
            hyper_v_generation=image.hyper_v_generation,
            architecture=image.architecture,
            identifier=compute.GalleryImageIdentifierArgs(
                publisher=image.identifier.publisher, offer=image.identifier.offer, sku=image.identifier.sku
            ),
            purchase_plan=_purchase_plan(image.purchase_plan),
            recommended=_recommended(image.recommended),
            # Azure takes an empty object for a change, and never echoes it.
            disallowed=compute.DisallowedArgs(disk_types=image.disallowed_disk_types)
            if image.disallowed_disk_types
            else None,
            description=image.description,
            eula=image.eula,
            privacy_statement_uri=image.privacy_statement_uri,
            release_note_uri=image.release_note_uri,
            end_of_life_date=_date(image.end_of_life_date),
            tags=image.tags or None,
            opts=child_options(self, opts, protect=image.protect),
        )
        self.id = definition.id
        self.versions = {}
        for number, version in image.versions.items():
            resource = compute.GalleryImageVersion(
                f"{name}/{number}",
                gallery_image_version_name=number,
                gallery_image_name=image_name,
                gallery_name=gallery_name,
                resource_group_name=resource_group_name,
                location=version.location.name,
                publishing_profile=_publishing_profile(version),
                storage_profile=_storage_profile(version.source),
                safety_profile=compute.GalleryImageVersionSafetyProfileArgs(
                    allow_deletion_of_replicated_locations=version.safety_profile.allow_deletion_of_replicated_locations,
                    block_deletion_before_end_of_life=version.safety_profile.block_deletion_before_end_of_life,
                ),
                tags=version.tags or None,
                opts=pulumi.ResourceOptions(parent=self, protect=version.protect, depends_on=[definition]),
            )
            self.versions[number] = resource.id
        self.register_outputs({"id": self.id})


def _publishing_profile(version: config.Version) -> compute.GalleryImageVersionPublishingProfileArgs:
    """In the form in which Azure answers: regions by their display names, every default filled in. What comes back on
    refresh and import is then the same as what was sent."""
    return compute.GalleryImageVersionPublishingProfileArgs(
        target_regions=[_target_region(target) for target in version.target_regions],
        replica_count=version.replication.replicas,
        storage_account_type=version.replication.storage_account_type,
        replication_mode=version.replication_mode,
        exclude_from_latest=version.exclude_from_latest,
        end_of_life_date=_date(version.end_of_life_date),
    )


def _target_region(target: config.TargetRegion) -> compute.TargetRegionArgs:
    return compute.TargetRegionArgs(
        name=target.region.display_name,
        regional_replica_count=target.replicas,
        storage_account_type=target.storage_account_type,
        exclude_from_latest=target.exclude_from_latest,
    )


def _storage_profile(source: config.ImageSource) -> compute.GalleryImageVersionStorageProfileArgs:
    if source.disks is None:
        return compute.GalleryImageVersionStorageProfileArgs(
            source=compute.GalleryArtifactVersionFullSourceArgs(
                virtual_machine_id=source.virtual_machine, id=source.managed_image or source.image_version
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
        id=disk.managed_disk or disk.snapshot,
        uri=disk.vhd.uri if disk.vhd else None,
        storage_account_id=disk.vhd.storage_account if disk.vhd else None,
    )


def _host_caching(disk: config.DiskSource) -> compute.HostCaching | None:
    return compute.HostCaching(disk.host_caching) if disk.host_caching else None


def _purchase_plan(plan: config.PurchasePlan | None) -> compute.ImagePurchasePlanArgs | None:
    if plan is None:
        return None
    return compute.ImagePurchasePlanArgs(name=plan.name, publisher=plan.publisher, product=plan.product)


def _recommended(recommended: config.Recommended | None) -> compute.RecommendedMachineConfigurationArgs | None:
    if recommended is None:
        return None
    vcpus, memory = recommended.vcpus, recommended.memory
    return compute.RecommendedMachineConfigurationArgs(
        v_cpus=compute.ResourceRangeArgs(min=vcpus.min, max=vcpus.max) if vcpus else None,
        memory=compute.ResourceRangeArgs(min=memory.min, max=memory.max) if memory else None,
    )


def _date(moment: datetime | None) -> str | None:
    return config.azure_date(moment) if moment else None
