"""Looks sources up in its own subscription and in another one."""

import pulumi
from pulumi_azure_native import Provider, compute

DEV = "00000000-0000-0000-0000-000000000001"
GROUP = "MyResourceGroup"

settings = pulumi.Config()
dev = Provider("dev", subscription_id=DEV)
in_dev = pulumi.InvokeOptions(provider=dev)
machine = compute.get_virtual_machine(
    resource_group_name=GROUP, vm_name=settings.get("machine") or "myVM", expand="instanceView", opts=in_dev
)
image = compute.get_image_output(resource_group_name=GROUP, image_name="myImage", opts=in_dev)
named = pulumi.runtime.invoke(
    "azure-native:compute:getImage",
    {"resourceGroupName": GROUP, "imageName": "myImage", "subscriptionId": DEV},
)

pulumi.export("power", [status.code for status in machine.instance_view.statuses or ()])
pulumi.export("generation", image.hyper_v_generation)
pulumi.export("osState", image.storage_profile.os_disk.os_state)
pulumi.export("named", named.value["id"])
if settings.get_bool("here"):
    pulumi.export("here", compute.get_image(resource_group_name=GROUP, image_name="myImage").id)
