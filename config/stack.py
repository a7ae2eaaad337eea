"""A stack: all galleries of an environment."""

from typing import Annotated, NamedTuple

from pydantic import Field, PrivateAttr, Strict, field_validator

from config.gallery import Galleries, ResourceGroup
from config.mistakes import Mistake, quoted
from config.model import Finding, Model, refusal
from config.regions import Region, normalised
from config.replication import Replication
from config.types import Location, PathName, RegionName, StackName, Tags, Text, Zone


def covers(holder: str, name: str) -> bool:
    """Whether `name` (gallery, gallery/image or gallery/image/version) is `holder`, or is held by it."""
    return f"{name}/".casefold().startswith(f"{holder}/".casefold())


class NewResourceGroup(NamedTuple):
    """A resource group that the stack creates."""

    name: str
    location: Region
    tags: dict[str, str]
    protect: bool


class AdditionalRegion(Model):
    """A region that is not in the table of the public cloud, or is different there by now."""

    display_name: Text = Field(examples=["US Gov Virginia"])
    """Name as Azure shows it: the region's name with capitals and spaces. Can be changed in place."""
    # Strict lists are no tuples; the items stay strict.
    zones: Annotated[tuple[Zone, ...], Strict(False)] = ()
    """Its availability zones. Default: none. Can be changed in place."""


class Stack(Model):
    """What a stack's file holds, with everything inherited."""

    location: Location | None = None
    """Azure region of all that doesn't name its own. Default: unset. A change means a new gallery in its place."""
    resource_group: ResourceGroup | None = None
    """Resource group of galleries that don't name their own. Default: unset. A change means a new gallery in its place.
    """
    tags: Tags = Field(default={})
    """Tags of everything, at most 50. Default: none. Can be changed in place."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace anything; true for production. Default: false. Can be changed in
    place.
    """
    verify_sources: bool = True
    """Whether a preview looks up the sources of versions that are to be made; it takes the right to read them. Default:
    true. Can be changed in place.
    """
    replication: Replication = Replication()
    """What the galleries inherit. Default: one replica, Standard_LRS, no more regions. Can be changed in place."""
    galleries: Galleries = Field(default={})
    """Galleries by name; one can be removed once its images are. Default: none. Can be changed in place."""
    # Strict lists are no tuples; the items stay strict.
    deploy_after: Annotated[tuple[StackName, ...], Strict(False)] = ()
    """Stacks that are deployed before this one, by name: where versions are made or tried first. Default: none. Can be
    changed in place.
    """
    # Strict lists are no tuples; the items stay strict.
    allow_deletion: Annotated[tuple[PathName, ...], Strict(False)] = ()
    """What a change may delete or replace, by name: a gallery, gallery/image or gallery/image/version, each with all
    that is in it. `gallery report --guard` refuses the rest. To be taken out once it has been applied. Default:
    nothing. Can be changed in place.
    """
    additional_regions: dict[RegionName, AdditionalRegion] = Field(default={})
    """Azure regions beside those of the public cloud, by name: usable everywhere in the stack. Default: none. Can be
    changed in place.
    """

    _warnings: tuple[Mistake, ...] = PrivateAttr(default=())

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """What was found when the stack was loaded, and doesn't stop anybody."""
        return self._warnings

    def allows_deletion(self, name: str) -> bool:
        """Whether the deletion of a gallery, gallery/image or gallery/image/version is declared, alone or with what
        holds it."""
        return any(covers(allowed, name) for allowed in self.allow_deletion)

    @field_validator("additional_regions")
    @classmethod
    def named_as_shown(cls, regions: dict[str, AdditionalRegion]) -> dict[str, AdditionalRegion]:
        """Azure answers with display names, and reads them without spaces and capitals."""
        expected = "expected the same letters with capitals and spaces, for example US Gov Virginia"
        found = [
            Finding((name, "displayName"), f"{quoted(each.display_name)} is not how Azure shows {name}: {expected}")
            for name, each in regions.items()
            if normalised(each.display_name) != name
        ]
        if found:
            raise refusal(found)
        return regions

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
