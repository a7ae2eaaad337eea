"""A gallery with its image definitions.

The component owns the gallery and everything below it. It doesn't own the resource group, which galleries may share,
nor the sources of versions, which are made elsewhere.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute, resources

import config
from config.azure import bodies
from config.azure.spelling import spelled

from .access import access
from .checks import of_gallery, of_sharing
from .dependencies import VersionDependencies
from .guard import guard
from .image import ImageDefinition
from .inputs import Settings, arguments, as_input
from .options import child_options, component_options, name_in, protect_option
from .retries import retry_deletion
from .run import Run
from .settings import validated
from .sharing import fail_unfinished, sharing


class ComputeGallery(pulumi.ComponentResource):
    """A Compute Gallery from typed configuration, or from settings as a data file would hold them (`Settings`).

    `gallery_name` is its name in Azure, by default `name`. `group` is its resource group where the same program makes
    it, `dependencies` what the program's versions wait for, and `stack` the data file that the gallery is from. Raises
    pulumi.RunError for invalid settings.
    """

    id: pulumi.Output[str]
    """The gallery's ARM id."""

    images: dict[str, ImageDefinition]
    """The gallery's image definitions, by name."""

    def __init__(
        self,
        name: str,
        gallery: config.Gallery | Settings,
        *,
        gallery_name: str | None = None,
        group: resources.ResourceGroup | None = None,
        dependencies: VersionDependencies | None = None,
        stack: config.Stack | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ComputeGallery", name, None, component_options(opts))
        gallery_name = gallery_name or name
        if not isinstance(gallery, config.Gallery):
            gallery = validated(config.gallery, gallery_name, gallery, self)
        run = Run.current()
        resource_group_name = name_in(group, as_input(gallery.resource_group.name))
        protect = protect_option(gallery.protect, retired=gallery.retired)
        check = of_gallery(run, name, gallery_name, gallery)
        resource = compute.Gallery(
            name,
            gallery_name=gallery_name,
            resource_group_name=resource_group_name,
            **arguments(spelled("gallery", check.held, bodies.gallery(gallery), new=check.new)),
            opts=child_options(
                self,
                group,
                protect=protect,
                before_update=guard(run, "guard-gallery", check),
                on_error=retry_deletion(run),
            ),
        )
        self.id = resource.id
        dependencies = dependencies or VersionDependencies()
        self.images = {
            image_name: ImageDefinition(
                f"{name}/{image_name}",
                image,
                image_name=image_name,
                gallery_name=gallery_name,
                resource_group_name=resource_group_name,
                gallery=resource,
                dependencies=dependencies,
                stack=stack,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for image_name, image in gallery.images.items()
        }
        below: list[pulumi.Resource] = [*self.images.values()]
        if checked := of_sharing(run, name, gallery_name, gallery, stack, self):
            shared = sharing(checked, resource, parent=self, protect=protect)
            ids = [id for image in self.images.values() for id in (image.id, *image.versions.values())]
            fail_unfinished(name, shared, ids)
            below.append(shared)
        access(name, resource, gallery, parent=self, after=below)
        self.register_outputs({"id": self.id})
