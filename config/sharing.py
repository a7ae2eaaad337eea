"""With whom a gallery is shared, beside those who have a role on it."""

from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from config.azure.properties import default
from config.ids import Guid
from config.model import Model, refuse
from config.types import Permissions, PublicNamePrefix, Text, at_most, once_each


class SharingGroups(Model):
    """Whom a gallery is shared with directly."""

    # Strict lists are no tuples; the items stay strict.
    subscriptions: Annotated[
        tuple[Guid, ...], Strict(False), at_most(30, "subscriptions to share with"), once_each("subscription")
    ] = ()
    """Ids of subscriptions, at most 30. Who is taken off the list loses access, by what `allowLosses` says."""
    tenants: Annotated[tuple[Guid, ...], Strict(False), at_most(5, "tenants to share with"), once_each("tenant")] = ()
    """Ids of tenants, at most 5; all subscriptions of a tenant have access then. As for subscriptions otherwise."""


class CommunityGalleryInfo(Model):
    """What the public reads about a community gallery."""

    publisher_uri: Text = Field(examples=["https://example.com"])
    """URI of the publisher."""
    publisher_contact: Text = Field(examples=["images@example.com"])
    """Mail address for questions about the images."""
    eula: Text = Field(examples=["https://example.com/eula"])
    """URI of the license agreement for those who use the images; no shared access signature in it."""
    public_name_prefix: PublicNamePrefix = Field(examples=["contoso"])
    """Start of the public name, 5 to 16 letters and digits; Azure appends a GUID."""


class SharingProfile(Model):
    """How a gallery is shared: by roles alone, directly with subscriptions and tenants, or with everybody."""

    permissions: Permissions = default("SharingProfile.permissions")
    """Private (by roles), Groups (with subscriptions and tenants, too) or Community (with everybody)."""
    groups: SharingGroups | None = None
    """Whom a gallery with the permissions Groups is shared with."""
    community_gallery_info: CommunityGalleryInfo | None = Field(default=None, validate_default=True)
    """What the public reads; with the permissions Community, and only with them."""

    @field_validator("groups")
    @classmethod
    def only_with_groups(cls, groups: SharingGroups | None, info: ValidationInfo) -> SharingGroups | None:
        if groups and (permissions := info.data.get("permissions", "Groups")) != "Groups":
            refuse(f"found groups with permissions: {permissions}: expected permissions: Groups, or no groups")
        return groups

    @field_validator("community_gallery_info")
    @classmethod
    def with_community_only(
        cls, public: CommunityGalleryInfo | None, info: ValidationInfo
    ) -> CommunityGalleryInfo | None:
        permissions = info.data.get("permissions")
        if permissions == "Community" and public is None:
            keys = ", ".join(str(field.alias) for field in CommunityGalleryInfo.model_fields.values())
            refuse(f"found permissions: Community without communityGalleryInfo: expected a mapping of {keys}")
        if public and permissions in ("Private", "Groups"):
            found = f"found communityGalleryInfo with permissions: {permissions}"
            refuse(f"{found}: expected permissions: Community, or no communityGalleryInfo")
        return public


PRIVATE = SharingProfile()
