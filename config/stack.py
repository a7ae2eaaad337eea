"""A stack: all galleries of an environment."""

from typing import Annotated, NamedTuple

from pydantic import Field, PrivateAttr, Strict, field_validator

from config.diagnostics import Diagnostic, quoted
from config.gallery import Galleries, ResourceGroup
from config.ids import same_id
from config.model import Model, Violation, refuse
from config.regions import Region, normalised
from config.replication import Replication
from config.types import (
    Location,
    LossKind,
    PathName,
    RegionName,
    ResourceGroupName,
    StackName,
    Tags,
    Text,
    Zone,
    at_least_one,
)
from config.version import SafetyProfile


def contains(holder: str, name: str) -> bool:
    """Whether `name` (gallery, gallery/image or gallery/image/version) is `holder`, or is held by it."""
    return f"{name}/".casefold().startswith(f"{holder}/".casefold())


class NewResourceGroup(NamedTuple):
    """A resource group that the stack creates."""

    name: str
    location: Region | None
    """Where it is written to lie."""
    default: Region
    """Where it lies otherwise, unless it is there already."""
    tags: dict[str, str]
    protect: bool


class AdditionalRegion(Model):
    """A region that this program doesn't know yet, or that is different by now."""

    display_name: Text = Field(examples=["Taiwan North"])
    """Name as Azure shows it: the region's name with capitals and spaces."""
    # Strict lists are no tuples; the items stay strict.
    zones: Annotated[tuple[Zone, ...], Strict(False)] = ()
    """Its availability zones."""


Losses = Annotated[tuple[LossKind, ...], Strict(False), at_least_one("losses", "[replicas]")]


class Stack(Model):
    """What a stack's file holds, with everything inherited."""

    location: Location | None = None
    """Azure region of all that doesn't name its own."""
    resource_group: ResourceGroup | None = None
    """Resource group of galleries that don't name their own."""
    tags: Tags = Field(default={})
    """Tags of everything, at most 50."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace anything; true for production."""
    verify_sources: bool = True
    """Whether a preview looks up the sources of versions that are to be made; it takes the right to read them."""
    others_publish: bool = False
    """Whether others may publish into the galleries, such as Packer or Image Builder: what Azure has there and no
    data file knows is no fault then.
    """
    replication: Replication = Replication()
    """What the galleries inherit."""
    safety_profile: SafetyProfile = SafetyProfile()
    """What all versions inherit."""
    galleries: Galleries = Field(default={})
    """Galleries by name; one can be removed once its images are."""
    # Strict lists are no tuples; the items stay strict.
    allow_resource_group_deletion: Annotated[tuple[ResourceGroupName, ...], Strict(False)] = ()
    """Resource groups that a change may delete or replace, by name, each with all that anybody has put into it. To be
    taken out once it has been applied.
    """
    # Strict lists are no tuples; the items stay strict.
    deploy_after: Annotated[tuple[StackName, ...], Strict(False)] = ()
    """Stacks that are deployed before this one, by name: where versions are made or tried first."""
    # Strict lists are no tuples; the items stay strict.
    allow_deletion: Annotated[tuple[PathName, ...], Strict(False)] = ()
    """What a change may delete or replace, by name: a gallery, gallery/image or gallery/image/version, each with all
    that is in it; a retired version may go without. The rest stops a preview. To be taken out once it has been applied.
    """
    allow_losses: dict[
        PathName, Annotated[tuple[LossKind, ...], Strict(False), at_least_one("losses", "[replicas]")]
    ] = Field(default={})
    """What may be lost of what is protected. By the name of a version, or of an image or a gallery for all in it:
    regions, replicas, or being latest; locks, and access, of those who have a role on it or whom a gallery is shared
    with. To be taken out once it has been applied.
    """
    allow_as_in_azure: Annotated[tuple[Text, ...], Strict(False)] = ()
    """What Azure has although rules about its names or values refuse it, by name as in `allowDeletion`: there they only
    warn. `gallery adopt` writes it.
    """
    additional_regions: dict[RegionName, AdditionalRegion] = Field(default={})
    """Azure regions beside those that this program knows, by name: usable everywhere in the stack."""

    _warnings: tuple[Diagnostic, ...] = PrivateAttr(default=())

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was found when the stack was loaded, and doesn't stop anybody."""
        return self._warnings

    def allows_deletion(self, name: str) -> bool:
        """Whether the deletion of a gallery, gallery/image or gallery/image/version is declared, alone or with what
        holds it."""
        return any(contains(allowed, name) for allowed in self.allow_deletion)

    def allows_loss(self, name: str, kind: str) -> bool:
        """Whether that kind of loss is declared for a version or a gallery, alone or with what holds it."""
        return any(kind in kinds and contains(allowed, name) for allowed, kinds in self.allow_losses.items())

    @field_validator("additional_regions")
    @classmethod
    def named_as_shown(cls, regions: dict[str, AdditionalRegion]) -> dict[str, AdditionalRegion]:
        """Azure answers with display names, and reads them without spaces and capitals."""
        expected = "expected the same letters with capitals and spaces, for example Taiwan North"
        found = [
            Violation((name, "displayName"), f"{quoted(each.display_name)} is not how Azure shows {name}: {expected}")
            for name, each in regions.items()
            if normalised(each.display_name) != name
        ]
        refuse(found)
        return regions

    @property
    def resource_groups(self) -> tuple[NewResourceGroup, ...]:
        """The resource groups to create, each once; protected where any of its galleries is."""
        groups: dict[str, NewResourceGroup] = {}
        shared = self.resource_group
        for gallery in self.galleries.values():
            group = gallery.resource_group
            if group.create:
                name = str(group.name)
                place = self.location if shared and same_id(shared.name, name) else None
                new = NewResourceGroup(name, None, place or gallery.location, self.tags, False)
                known = groups.get(name.casefold(), new)
                groups[name.casefold()] = known._replace(
                    location=known.location or group.location, protect=known.protect or gallery.protect
                )
        return tuple(groups.values())
