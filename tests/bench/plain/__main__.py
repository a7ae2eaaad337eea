"""What the benchmarks compare with: the same resources as plain azure-native ones, from `resources.json`.

With FLOOR set, azure-native's aliases are dropped: what is left is what the resources themselves cost.
"""

import json
import os
from pathlib import Path

import pulumi
from pulumi_azure_native import compute, resources


def without_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    opts = pulumi.ResourceOptions.merge(None, args.opts)
    opts.aliases = []
    return pulumi.ResourceTransformationResult(args.props, opts)


if os.environ.get("FLOOR"):
    pulumi.runtime.register_stack_transformation(without_aliases)

data = json.loads(Path("resources.json").read_text())
where = {"resource_group_name": data["group"], "location": data["location"]}
group = resources.ResourceGroup(data["group"], **where)
gallery = compute.Gallery(
    "gallery", gallery_name=data["gallery"], **where, opts=pulumi.ResourceOptions(depends_on=[group])
)
ids = {}
for name, image in data["images"].items():
    definition = compute.GalleryImage(
        name,
        gallery_name=data["gallery"],
        gallery_image_name=name,
        **where,
        os_type=compute.OperatingSystemTypes.LINUX,
        os_state=compute.OperatingSystemStateTypes.GENERALIZED,
        hyper_v_generation="V1",
        architecture="x64",
        identifier=compute.GalleryImageIdentifierArgs(publisher="p", offer="o", sku=name),
        opts=pulumi.ResourceOptions(depends_on=[gallery]),
    )
    for number, snapshot in image.items():
        version = compute.GalleryImageVersion(
            f"{name}/{number}",
            gallery_name=data["gallery"],
            gallery_image_name=name,
            gallery_image_version_name=number,
            **where,
            publishing_profile=compute.GalleryImageVersionPublishingProfileArgs(
                target_regions=[
                    compute.TargetRegionArgs(
                        name=region, regional_replica_count=count, storage_account_type="Standard_LRS"
                    )
                    for region, count in data["regions"].items()
                ],
                replica_count=1,
                storage_account_type="Standard_LRS",
                exclude_from_latest=False,
            ),
            storage_profile=compute.GalleryImageVersionStorageProfileArgs(
                os_disk_image=compute.GalleryOSDiskImageArgs(source=compute.GalleryDiskImageSourceArgs(id=snapshot))
            ),
            safety_profile=compute.GalleryImageVersionSafetyProfileArgs(allow_deletion_of_replicated_locations=False),
            opts=pulumi.ResourceOptions(depends_on=[definition]),
        )
        ids[f"{name}/{number}"] = version.id
pulumi.export("versions", ids)
