"""The program that `pulumi up` runs: load the stack's configuration, build its resources, export what others need."""

import sys
from pathlib import Path

import pulumi

import config
from components import ComputeGallery, delete_again, resource_group

try:
    stack = config.load(pulumi.get_stack(), Path(__file__).parent)
except config.ConfigError as error:
    pulumi.log.error(str(error))
    sys.exit(32)  # the language host's own status for "the user has been told"

for warning in stack.warnings:
    pulumi.log.warn(str(warning))

delete_again()  # the engine's state names this hook even when the last gallery has left the configuration
groups = {group.name.casefold(): resource_group(group) for group in stack.resource_groups}
galleries = {}
for name, gallery in stack.galleries.items():
    group = groups.get(gallery.resource_group.name.casefold())
    galleries[name] = ComputeGallery(name, gallery, pulumi.ResourceOptions(depends_on=[group] if group else None))

pulumi.export("galleries", {name: gallery.id for name, gallery in galleries.items()})
pulumi.export(
    "images",
    {
        f"{name}/{image}": {"id": definition.id, "versions": definition.versions}
        for name, gallery in galleries.items()
        for image, definition in gallery.images.items()
    },
)
