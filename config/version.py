"""An image version."""

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import cast

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from config.access import Locks, RoleAssignments
from config.azure.properties import default
from config.edge_zones import EdgeZone, storage_at_the_edge
from config.encryption import each_at_home, fits_source, in_every_place, never_shallow
from config.latest import eligible
from config.model import Model, refuse
from config.regions import Region
from config.replication import (
    Replication,
    TargetRegion,
    encryption_places,
    shallow_is_small,
    where_written,
    zones_suffice,
)
from config.security import SecurityProfile
from config.source import Source
from config.types import Date, Location, ReplicationMode, Tags


class SafetyProfile(Model):
    """What a version is protected against."""

    allow_deletion_of_replicated_locations: bool = default("SafetyProfile.allowDeletionOfReplicatedLocations")
    """Whether the version may be removed from regions."""
    block_deletion_before_end_of_life: bool | None = None
    """Whether Azure refuses to delete the version before its end of life."""


class Version(Model):
    """One version of an image. What it inherits is part of it."""

    # Before `replication`, whose rules look at them.
    location: Location = Field(examples=["westcentralus"])
    """Azure region of the version and of its source."""
    replication_mode: ReplicationMode | None = None
    """Full, or Shallow for a quick test image: one region, one replica."""
    source: Source = Field(examples=["{virtualMachine: <id>}"])
    """What the version is made from."""
    replication: Replication = Replication()
    """Regions, replicas, storage."""
    verify_sources: bool = True
    """Whether a preview looks up the source while the version is to be made."""
    exclude_from_latest: bool = default("Version.excludeFromLatest")
    """Whether `latest` skips this version; true once it is retired."""
    end_of_life_date: Date | None = None
    """When people should have stopped using it: a date (midnight UTC) or a date with time and offset. It can be moved,
    not removed.
    """
    safety_profile: SafetyProfile = SafetyProfile()
    """Protection in Azure."""
    security_profile: SecurityProfile | None = None
    """UEFI keys."""
    tags: Tags = Field(default={})
    """Tags, added to the image's, at most 50."""
    own_tags: Tags | None = None
    """Tags in the place of `tags`, inherited ones included."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the version; false once it is retired."""
    retired: bool = False
    """First step of retirement: nobody gets it as `latest`, and it is no longer protected, so that a later change can
    remove it.
    """

    locks: Locks = Field(default={})
    """Locks of the version alone, by name."""
    role_assignments: RoleAssignments = Field(default={})
    """Who has which role on the version alone, by a name of one's own."""

    @cached_property
    def target_regions(self) -> tuple[TargetRegion, ...]:
        """The regions it is replicated to, its own first, each with its effective settings."""
        targets = self.replication.targets(self.location)
        return tuple(replace(each, exclude_from_latest=True) for each in targets) if self.retired else targets

    @cached_property
    def edge_zones(self) -> tuple[EdgeZone, ...]:
        """The edge zones it is replicated to, each with its effective settings."""
        return self.replication.at_the_edge()

    def deletion_blocked(self, now: datetime) -> bool:
        """Whether it can't be deleted: it is protected, or Azure keeps it to its end of life, which is ahead."""
        blocked = self.safety_profile.block_deletion_before_end_of_life and self.end_of_life_date
        return self.protect or bool(blocked and blocked > now)

    def eligible(self, region: Region | None) -> bool:
        """Whether `latest` considers it, overall or in a region, where the region's flag wins over the version's."""
        by_region = {each.region: each.exclude_from_latest for each in self.target_regions}
        return eligible(self.exclude_from_latest, by_region, region)

    @field_validator("replication", mode="wrap")
    @classmethod
    def fits_its_regions(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Replication:
        replication = cast(Replication, handler(value))
        home = info.data.get("location")
        if home is None or not isinstance(value, dict):
            return replication
        written = where_written(replication, value)
        targets, edge_zones = replication.targets(home), replication.at_the_edge()
        places = encryption_places(targets, edge_zones, written)
        found = [*zones_suffice(targets, written), *storage_at_the_edge(edge_zones)]
        found += [*in_every_place(places), *each_at_home(places)]
        if source := info.data.get("source"):
            found += fits_source(places, source)
        if info.data.get("replication_mode") == "Shallow":
            found += [*shallow_is_small(targets, edge_zones, written), *never_shallow(places)]
        refuse(found)
        return replication
