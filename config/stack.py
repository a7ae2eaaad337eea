"""A stack: all galleries of an environment."""

from typing import NamedTuple

from pydantic import Field

from config.gallery import Galleries, ResourceGroup
from config.model import Model
from config.regions import Region
from config.replication import Replication
from config.types import Location, Tags


class NewResourceGroup(NamedTuple):
    """A resource group that the stack creates."""

    name: str
    location: Region
    tags: dict[str, str]
    protect: bool


class Stack(Model):
    """What a stack's file holds, with everything inherited."""

    location: Location | None = None
    """Azure region of everything that doesn't name its own. A change replaces what uses it."""
    resource_group: ResourceGroup | None = None
    """Resource group of the galleries that don't name their own. A change replaces what uses it."""
    tags: Tags = Field(default={})
    """Tags of everything. At most 50. Can be changed in place."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace anything; true for production. Can be changed in place."""
    replication: Replication = Replication()
    """What the galleries inherit, key by key. Can be changed in place."""
    galleries: Galleries = Field(default={})
    """Galleries by name. Can be added, and removed without their images."""

    @property
    def resource_groups(self) -> tuple[NewResourceGroup, ...]:
        """The resource groups to create, each once; protected where any of its galleries is."""
        groups: dict[str, NewResourceGroup] = {}
        for gallery in self.galleries.values():
            group = gallery.resource_group
            if group.create:
                known = groups.get(group.name.casefold())
                protect = gallery.protect or (known.protect if known else False)
                new = known or NewResourceGroup(group.name, group.location or gallery.location, self.tags, protect)
                groups[group.name.casefold()] = new._replace(protect=protect)
        return tuple(groups.values())
