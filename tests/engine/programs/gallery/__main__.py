"""A gallery, an image definition and a version, as azure-native's own examples have them."""

import pulumi
from pulumi_azure_native import compute, resources

SOURCES = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/MyResourceGroup"

settings = pulumi.Config()
group = resources.ResourceGroup("group", resource_group_name="group", location="westcentralus")
gallery = compute.Gallery("gallery", gallery_name="gallery", resource_group_name=group.name)
definition = compute.GalleryImage(
    "definition",
    gallery_image_name="definition",
    gallery_name=gallery.name,
    resource_group_name=group.name,
    os_type=compute.OperatingSystemTypes.LINUX,
    os_state=compute.OperatingSystemStateTypes.GENERALIZED,
    identifier={"publisher": "p", "offer": "o", "sku": "s"},
)
timeouts = pulumi.CustomTimeouts(create=settings.get("timeout"), update="5m")
version = compute.GalleryImageVersion(
    "version",
    gallery_image_version_name="1.0.0",
    gallery_image_name=definition.name,
    gallery_name=gallery.name,
    resource_group_name=group.name,
    storage_profile={"source": {"id": f"{SOURCES}/providers/Microsoft.Compute/images/myImage"}},
    publishing_profile={"target_regions": [{"name": "westcentralus"}, {"name": "eastus"}]},
    opts=pulumi.ResourceOptions(custom_timeouts=timeouts if settings.get("timeout") else None),
)
