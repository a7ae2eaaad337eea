"""A gallery with its image definitions.

The component owns the gallery and everything below it. It doesn't own the resource group, which galleries may share,
nor the sources of versions, which are made elsewhere.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import compute, resources

import config

from .access import access
from .image import ImageDefinition
from .inputs import Settings, given
from .options import component_options, name_of, protected, within
from .order import Order
from .settings import typed


class ComputeGallery(pulumi.ComponentResource):
    """A Compute Gallery from typed configuration, or from settings as a data file would hold them (`Settings`).

    `gallery_name` is its name in Azure, by default `name`. `group` is its resource group where the same program makes
    it, and `order` what the program's versions wait for. Raises pulumi.RunError for settings with mistakes.
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
        order: Order | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ComputeGallery", name, None, component_options(opts))
        gallery_name = gallery_name or name
        if not isinstance(gallery, config.Gallery):
            gallery = typed(config.gallery, gallery_name, gallery, self)
        resource_group_name = name_of(group, given(gallery.resource_group.name))
        protect = protected(gallery.protect, retired=gallery.retired)
        resource = compute.Gallery(
            name,
            gallery_name=gallery_name,
            resource_group_name=resource_group_name,
            location=gallery.location.name,
            description=gallery.description,
            identity=_identity(gallery.identity),
            sharing_profile=_sharing_profile(gallery.sharing_profile),
            # Sent only when it is on: an explicit false makes updates fail where the subscription has no such feature
            # (azure-cli issue 27017).
            soft_delete_policy=compute.SoftDeletePolicyArgs(is_soft_delete_enabled=True)
            if gallery.soft_delete_policy.is_soft_delete_enabled
            else None,
            tags=gallery.tags or None,
            opts=within(group, self, protect=protect, holds_others=True),
        )
        self.id = resource.id
        order = order or Order()
        self.images = {
            image_name: ImageDefinition(
                f"{name}/{image_name}",
                image,
                image_name=image_name,
                gallery_name=name_of(resource, gallery_name),
                resource_group_name=resource_group_name,
                gallery=resource,
                order=order,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for image_name, image in gallery.images.items()
        }
        access(name, resource, gallery, parent=self, protect=protect, after=list(self.images.values()))
        pulumi.Output.from_input(given(gallery.resource_group.name)).apply(
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


def _identity(identity: config.Identity | None) -> compute.GalleryIdentityArgs | None:
    if identity is None:
        return None
    return compute.GalleryIdentityArgs(
        type=compute.ResourceIdentityType(identity.type),
        user_assigned_identities=[given(id) for id in identity.user_assigned_identities] or None,
    )


def _sharing_profile(profile: config.SharingProfile) -> compute.SharingProfileArgs | None:
    """Whom a gallery is shared with (`groups`) is no part of it: Azure takes that from its share action alone."""
    if profile.permissions == "Private":
        return None
    community = profile.community_gallery_info
    return compute.SharingProfileArgs(
        permissions=profile.permissions,
        community_gallery_info=compute.CommunityGalleryInfoArgs(
            publisher_uri=community.publisher_uri,
            publisher_contact=community.publisher_contact,
            eula=community.eula,
            public_name_prefix=community.public_name_prefix,
        )
        if community
        else None,
    )
