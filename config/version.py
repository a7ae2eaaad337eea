"""An image version."""

from functools import cached_property
from typing import cast

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from config.mistakes import Path
from config.model import Model, refusal
from config.regions import Region
from config.replication import Replication, TargetRegion, shallow_is_small, written_regions, zones_suffice
from config.source import Source
from config.types import Date, Location, ReplicationMode, Tags


class SafetyProfile(Model):
    """What a version is protected against."""

    allow_deletion_of_replicated_locations: bool = False
    """Whether the version may be removed from regions. Can be changed in place."""
    block_deletion_before_end_of_life: bool | None = None
    """Whether Azure refuses to delete the version before its end of life. Default: unset, which is no. Can be changed
    in place.
    """


class Version(Model):
    """One version of an image. What it inherits is part of it."""

    # Before `replication`, whose rules look at them.
    location: Location = Field(examples=["westcentralus"])
    """Azure region of the version and of its source. Default: the image's. A change means a new version in its place.
    """
    replication_mode: ReplicationMode | None = None
    """Full, or Shallow for a quick test image: one region, one replica. Default: unset, which is Full. Can't be
    changed.
    """
    exclude_from_latest: bool = False
    """Whether `latest` skips this version. Can be changed in place."""
    replication: Replication = Replication()
    """Regions, replicas, storage. Inherited key by key. Regions and replicas can be changed in place."""
    source: Source = Field(examples=["{virtualMachine: <id>}"])
    """What the version is made from. Can't be changed."""
    end_of_life_date: Date | None = None
    """When people should have stopped using it: a date (midnight UTC) or a date with time and offset. Can be changed in
    place, not removed.
    """
    safety_profile: SafetyProfile = SafetyProfile()
    """Protection in Azure. Can be changed in place."""
    tags: Tags = Field(default={})
    """Tags, added to the image's. At most 50. Can be changed in place."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace the version. Default: the image's. Can be changed in place."""

    @cached_property
    def target_regions(self) -> tuple[TargetRegion, ...]:
        """The regions it is replicated to, its own first, each with its effective settings."""
        return self.replication.targets(self.location)

    @field_validator("replication", mode="wrap")
    @classmethod
    def fits_its_regions(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Replication:
        replication = cast(Replication, handler(value))
        home = info.data.get("location")
        if home is None or not isinstance(value, dict):
            return replication
        # In the order in which they are written, which is that of the validated regions.
        keys = (key for key, _ in written_regions(value.get("regions", {})))
        written: dict[Region, Path] = {
            place: ("regions", key) for place, key in zip(replication.regions, keys, strict=True)
        }
        targets = replication.targets(home)
        found = [*zones_suffice(targets, written)]
        if info.data.get("replication_mode") == "Shallow":
            found += shallow_is_small(targets, written)
        if found:
            raise refusal(found)
        return replication
