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
from .checks import of_gallery
from .dependencies import VersionDependencies
from .guard import guard
from .image import ImageDefinition
from .inputs import Settings, arguments, as_input
from .options import child_options, component_options, name_in, protect_option
from .retries import retry_deletion
from .run import Run
from .settings import validated


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
        access(name, resource, gallery, parent=self, protect=protect, after=list(self.images.values()))
        pulumi.Output.from_input(as_input(gallery.resource_group.name)).apply(
            lambda group_name: self._tell_how_to_share(share_command(gallery_name, group_name, gallery))
        )
        self.register_outputs({"id": self.id})

    def _tell_how_to_share(self, command: str | None) -> None:
        if command:
            told = "Azure shares a gallery by an action that is no resource; after this, once"
            pulumi.log.info(f"{told}: {command}", self)


def share_command(name: str, resource_group_name: str, gallery: config.Gallery) -> str | None:
    """The command that shares a gallery as its configuration says, beyond what azure-native can express."""
    profile, where = gallery.sharing_profile, f"--gallery-name {name} --resource-group {resource_group_name}"
    if profile.permissions == "Community":
        return f"az sig share enable-community {where}"
    if profile.groups is None:
        return None
    lists = {"--subscription-ids": profile.groups.subscriptions, "--tenant-ids": profile.groups.tenants}
    options = [f"{key} {' '.join(ids)}" for key, ids in lists.items() if ids]
    return " ".join([f"az sig share add {where}", *options]) if options else None
