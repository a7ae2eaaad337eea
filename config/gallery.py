"""A gallery and the resource group that holds it."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from config.image import Images
from config.mistakes import describe
from config.model import Finding, Model, Raw, also
from config.regions import normalised
from config.replication import Replication
from config.types import GalleryName, Location, ResourceGroupName, Tags, Text, distinct


class ResourceGroup(Model):
    """The resource group of a gallery."""

    name: ResourceGroupName = Field(examples=["myGalleryRG"])
    """Name of the resource group. A change means new galleries in their place."""
    create: bool = False
    """Whether the stack creates the group, or it is there already. Can be changed in place."""
    location: Location | None = None
    """Azure region of a group that the stack creates. Default: the location of the stack or the gallery that names the
    group. A change means a new group in its place.
    """


class Gallery(Model):
    """A gallery with its image definitions. What it inherits is part of it."""

    location: Location = Field(examples=["westcentralus"])
    """Azure region. Default: the stack's. A change means a new gallery in its place."""
    resource_group: ResourceGroup = Field(examples=["{name: myGalleryRG}"])
    """The resource group. Default: the stack's. A change means a new gallery in its place."""
    description: Text | None = None
    """What the gallery is for. Can be changed in place."""
    tags: Tags = Field(default={})
    """Tags, added to the stack's. At most 50. Can be changed in place."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the gallery and all in it. Default: the stack's. Can be changed in
    place.
    """
    replication: Replication = Replication()
    """What the images inherit, key by key. Default: the stack's. Can be changed in place."""
    images: Images = Field(default={})
    """Image definitions by name. Can be added, and removed without their versions."""


def groups_agree(raw: Raw) -> Iterable[Finding]:
    """A rule for `also`: galleries in one resource group say the same about it."""
    seen: dict[str, tuple[str, bool, str | None]] = {}
    for name, gallery in raw.items():
        group = gallery.get("resourceGroup") if isinstance(gallery, dict) else None
        if not isinstance(group, dict) or not isinstance(group.get("name"), str):
            continue
        create, place = group.get("create") is True, group.get("location")
        place = normalised(place) if isinstance(place, str) and create else None
        first, first_create, first_place = seen.setdefault(group["name"].casefold(), (name, create, place))
        if create != first_create:
            found = f"found create: {describe(create)}, but gallery {first} says {describe(first_create)}"
            yield Finding((name, "resourceGroup"), f"{found} of the same group: expected the same in both")
        elif place != first_place:
            found = f"found the group in {place}, but gallery {first} puts it in {first_place}"
            yield Finding((name, "resourceGroup"), f"{found}: expected the same location in both")


Galleries = Annotated[dict[GalleryName, Gallery], also(distinct(str.casefold, "gallery name"), groups_agree)]
