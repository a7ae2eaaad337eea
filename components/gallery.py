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
from .options import component_options, name_of, within


class ComputeGallery(pulumi.ComponentResource):
    """A Compute Gallery as `config` describes it; `name` is its name in Azure, too.

    `group` is its resource group where the same program makes it.
    """

    id: pulumi.Output[str]
    """The gallery's ARM id."""

    images: dict[str, ImageDefinition]
    """The gallery's image definitions, by name."""

    def __init__(
        self,
        name: str,
        gallery: config.Gallery,
        *,
        group: resources.ResourceGroup | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("compute-gallery:index:ComputeGallery", name, None, component_options(opts))
        resource = compute.Gallery(
            name,
            gallery_name=name,
            resource_group_name=name_of(group, gallery.resource_group.name),
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
            opts=within(group, self, protect=gallery.protect, holds_others=True),
        )
        self.id = resource.id
        self.images = {
            image_name: ImageDefinition(
                f"{name}/{image_name}",
                image,
                image_name=image_name,
                gallery_name=name_of(resource, name),
                resource_group_name=name_of(group, gallery.resource_group.name),
                gallery=resource,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for image_name, image in gallery.images.items()
        }
        access(name, resource, gallery, parent=self, after=list(self.images.values()))
        if command := share_command(name, gallery):
            pulumi.log.info(
                f"Azure shares a gallery by an action that is no resource; after this, once: {command}", self
            )
        self.register_outputs({"id": self.id})


def share_command(name: str, gallery: config.Gallery) -> str | None:
    """The command that shares a gallery as its configuration says, beyond what azure-native can express."""
    profile, where = gallery.sharing_profile, f"--gallery-name {name} --resource-group {gallery.resource_group.name}"
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
        user_assigned_identities=list(identity.user_assigned_identities) or None,
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
