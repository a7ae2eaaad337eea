"""A program of its own that keeps a gallery with these components, filled from what it makes itself.

It needs `components/` and `config/` on its path, and what requirements.txt lists.
"""

from typing import Any

import pulumi
from pulumi_azure_native import compute, resources

from components import ComputeGallery

group = resources.ResourceGroup("app", resource_group_name="app", location="westcentralus")
where: dict[str, Any] = {"resource_group_name": group.name, "location": "westcentralus"}

snapshot = compute.Snapshot(
    "golden",
    snapshot_name="golden",
    **where,
    os_type=compute.OperatingSystemTypes.LINUX,
    hyper_v_generation="V1",
    disk_size_gb=30,
    creation_data=compute.CreationDataArgs(
        create_option="Copy",
        source_resource_id=(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/MyResourceGroup"
            "/providers/Microsoft.Compute/disks/myOSDisk"
        ),
    ),
)
golden = compute.Image(
    "golden",
    image_name="golden",
    **where,
    hyper_v_generation="V1",
    storage_profile=compute.ImageStorageProfileArgs(
        os_disk=compute.ImageOSDiskArgs(
            os_type=compute.OperatingSystemTypes.LINUX,
            os_state=compute.OperatingSystemStateTypes.GENERALIZED,
            snapshot=compute.SubResourceArgs(id=snapshot.id),
        )
    ),
)

gallery = ComputeGallery(
    "appGallery",
    {  # the keys of a data file (docs/configuration.md); ids may be outputs
        "location": "westcentralus",
        "resourceGroup": {"name": group.name},
        "images": {
            "web": {
                "osType": "Linux",
                "osState": "Generalized",
                "identifier": {"publisher": "app", "offer": "web", "sku": "1"},
                "versions": {
                    "1.0.0": {
                        "source": {"managedImage": golden.id},
                        "replication": {"replicas": 2, "regions": ["eastus=1=standard_zrs"]},
                    },
                    "1.1.0": {"source": {"disks": {"os": {"snapshot": snapshot.id}}}},
                },
            }
        },
    },
    opts=pulumi.ResourceOptions(protect=True),
)

pulumi.export("web", gallery.images["web"].id)
pulumi.export("latest", gallery.images["web"].latest)
