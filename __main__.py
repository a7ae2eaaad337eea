"""The program that `pulumi up` runs: load the stack's configuration, build its resources, export what others need."""

import sys
from pathlib import Path

import pulumi

import components
import config

try:
    stack = config.load(pulumi.get_stack(), Path(__file__).parent)
except config.ConfigError as error:
    pulumi.log.error(str(error))
    sys.exit(32)  # the language host's own status for "the user has been told"

for warning in stack.warnings:
    pulumi.log.warn(str(warning))

galleries = components.build(stack)

pulumi.export("galleries", {name: gallery.id for name, gallery in galleries.items()})
pulumi.export(
    "images",
    {
        f"{name}/{image}": {"id": definition.id, "versions": definition.versions}
        for name, gallery in galleries.items()
        for image, definition in gallery.images.items()
    },
)
