"""A gallery with its image definitions.

The component owns the gallery and everything below it. It doesn't own the resource group, which galleries may share,
nor the sources of versions, which are made elsewhere.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute

import config

from .image import ImageDefinition
from .options import child_options, component_options


class ComputeGallery(pulumi.ComponentResource):
    """A Compute Gallery as `config` describes it; `name` is its name in Azure, too.

    What `depends_on` names in `opts` is there before the gallery is made: a resource group of the same program, say.
    """

    id: pulumi.Output[str]
    """The gallery's ARM id."""

    images: dict[str, ImageDefinition]
    """The gallery's image definitions, by name."""

    def __init__(self, name: str, gallery: config.Gallery, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("compute-gallery:index:ComputeGallery", name, None, component_options(opts))
        resource = compute.Gallery(
            name,
            gallery_name=name,
            resource_group_name=gallery.resource_group.name,
            location=gallery.location.name,
            description=gallery.description,
            tags=gallery.tags or None,
            opts=child_options(self, opts, protect=gallery.protect),
        )
        self.id = resource.id
        self.images = {
            image_name: ImageDefinition(
                f"{name}/{image_name}",
                image,
                image_name=image_name,
                gallery_name=name,
                resource_group_name=gallery.resource_group.name,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[resource]),
            )
            for image_name, image in gallery.images.items()
        }
        self.register_outputs({"id": self.id})
