"""Two inline programs of Pulumi's Automation API, one after the other in one process; each is updated twice."""

import os
from pathlib import Path

import pulumi
from pulumi import automation

from components import ComputeGallery

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SOURCES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Compute"


def program() -> None:
    """A gallery with a definition and a version, in a group that is there already."""
    source = {"disks": {"os": {"snapshot": f"{SOURCES}/snapshots/myOSSnapshot"}}}
    image = {"osType": "Linux", "osState": "Generalized", "versions": {"1.0.0": {"source": source}}}
    identifier = {"publisher": "p", "offer": "o", "sku": "s"}
    name = f"gallery_{pulumi.get_stack()}"
    settings = {"location": "westcentralus", "resourceGroup": {"name": "MyResourceGroup"}}
    gallery = ComputeGallery(name, settings | {"images": {"web": image | {"identifier": identifier}}})
    pulumi.export("latest", gallery.images["web"].latest)


for name in ("one", "two"):
    options = automation.LocalWorkspaceOptions(work_dir=str(Path.cwd()), env_vars=dict(os.environ))
    stack = automation.create_or_select_stack(name, "inline", program, opts=options)
    stack.set_config("azure-native:subscriptionId", automation.ConfigValue(SUBSCRIPTION))
    made, again = stack.up(), stack.up()
    print(name, made.outputs["latest"].value, made.summary.resource_changes, again.summary.resource_changes)
