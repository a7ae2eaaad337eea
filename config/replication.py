"""Where an image version is replicated to: settings that cascade, and the places that they amount to."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field, PlainValidator, Strict, ValidationError

from config.azure.properties import default
from config.diagnostics import At, Path, quoted, wrong_kind
from config.edge_zones import EdgeZone, EdgeZones
from config.encryption import Encryption, Place
from config.model import Model, Raw, Violation, is_forgiving, reach, refusal, violations
from config.regions import Region, normalised, region
from config.types import Replicas, StorageAccountType


class AdditionalReplicaSet(Model):
    """Replicas on another kind of storage, in a region that has replicas already."""

    storage_account_type: StorageAccountType = Field(examples=["PremiumV2_LRS"])
    """Storage of these replicas."""
    replicas: Replicas = default("AdditionalReplicaSet.replicas")
    """Number of these replicas, 1 to 100."""


class RegionSettings(Model):
    """What a single region does differently."""

    replicas: Replicas | None = None
    """Replicas in this region, 1 to 100."""
    storage_account_type: StorageAccountType | None = None
    """Storage of the replicas in this region."""
    exclude_from_latest: bool | None = None
    """Whether `latest` skips this version in this region; wins over the version's own flag."""
    encryption: Encryption | None = None
    """Keys of one's own for the disks."""
    # Strict lists are no tuples; the items stay strict.
    additional_replica_sets: Annotated[tuple[AdditionalReplicaSet, ...], Strict(False)] = ()
    """Replicas on other kinds of storage."""


NOTHING_ELSE = RegionSettings()


@lru_cache(maxsize=4096)  # the same few texts come back in every version
def target_region(text: str, forgiving: bool = False) -> tuple[str, RegionSettings]:
    """A region in the notation of `az sig image-version create --target-regions`: region[=replicas][=storage].

    It is a name yet: which regions there are depends on the stack. `forgiving` keeps apart what no rule has seen.
    """
    name, *rest = _split(text)
    raw: Raw = {}
    if rest and rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 10:
        raw["replicas"] = int(rest.pop(0))
    if rest:
        raw["storageAccountType"] = rest.pop(0)
    if rest:
        expected = "region[=replicas][=storage], for example eastus=1=standard_zrs"
        raise ValueError(f"{quoted(text)} is no target region: expected {expected}")
    return name, RegionSettings.model_validate(raw) if raw else NOTHING_ELSE


def target_regions(value: object) -> dict[Region, RegionSettings]:
    """Regions from a map of settings or from a list in az's notation; each region once, however it is spelt."""
    if not isinstance(value, dict | list):
        raise ValueError(wrong_kind(value, "a list such as [eastus=1] or a mapping such as {eastus: {replicas: 1}}"))
    found: list[Violation] = []
    regions: dict[Region, RegionSettings] = {}
    at: At = "key" if isinstance(value, dict) else "value"
    for key, entry in written_regions(value):
        try:
            place, settings = _entry(key, entry)
        except ValidationError as error:
            inside = violations(error)
            found += [Violation((key, *(each.path if at == "key" else ())), each.message, each.at) for each in inside]
            continue
        except ValueError as error:
            found.append(Violation((key,), str(error), at))
            continue
        if place in regions:
            found.append(Violation((key,), f"{place.name} is here twice: name each region once", at))
        regions[place] = settings
    if found:
        raise refusal(found)
    return regions


def written_regions(value: Raw | list[object]) -> Iterable[tuple[str | int, object]]:
    """What is written about each region, by the key or the index where it is written."""
    return value.items() if isinstance(value, dict) else enumerate(value)


def region_name(key: str | int, entry: object) -> str:
    """The name of the region that an entry is about, be it a key of a mapping or an item of a list."""
    return normalised(key if isinstance(key, str) else _split(str(entry))[0])


def _split(text: str) -> list[str]:
    """The parts of az's notation: region[=replicas][=storage]."""
    return [part.strip() for part in text.split("=")]


def _entry(key: str | int, entry: object) -> tuple[Region, RegionSettings]:
    if isinstance(key, str):
        return region(key), NOTHING_ELSE if entry is None else RegionSettings.model_validate(entry)
    if not isinstance(entry, str):
        raise ValueError(wrong_kind(entry, "a region as text, for example eastus=1=standard_zrs"))
    name, settings = target_region(entry, is_forgiving())
    return region(name), settings


Regions = Annotated[
    dict[Region, RegionSettings],
    PlainValidator(target_regions, json_schema_input_type=dict[str, RegionSettings | None] | list[str]),
]


@dataclass(frozen=True, slots=True)
class TargetRegion:
    """A region that a version is replicated to, with its effective settings."""

    region: Region
    replicas: int
    storage_account_type: str
    exclude_from_latest: bool | None
    """Whether `latest` skips the version in this region; None where the version's own flag decides."""
    encryption: Encryption | None
    additional_replica_sets: tuple[AdditionalReplicaSet, ...]


class Replication(Model):
    """How a version is replicated. Each setting is inherited from the level above unless it is written."""

    replicas: Replicas = default("Replication.replicas")
    """Replicas in each region, 1 to 100."""
    storage_account_type: StorageAccountType = default("Replication.storageAccountType")
    """Storage of the replicas; Standard_ZRS wants regions with availability zones."""
    regions: Regions = Field(default={})
    """Regions beside the version's own. Replaces inherited regions as a whole."""
    edge_zones: EdgeZones = Field(default={})
    """Edge zones by name. Replaces inherited edge zones as a whole."""

    def targets(self, home: Region) -> tuple[TargetRegion, ...]:
        """The target regions of a version that lies in `home`, which Azure wants among them; it comes first."""
        regions = {home: self.regions.get(home, NOTHING_ELSE)} | self.regions
        return tuple(
            TargetRegion(
                place,
                settings.replicas or self.replicas,
                settings.storage_account_type or self.storage_account_type,
                settings.exclude_from_latest,
                settings.encryption,
                settings.additional_replica_sets,
            )
            for place, settings in regions.items()
        )

    def at_the_edge(self) -> tuple[EdgeZone, ...]:
        """The edge zones of a version."""
        return tuple(
            EdgeZone(
                name,
                settings.region,
                settings.replicas or self.replicas,
                settings.storage_account_type or self.storage_account_type,
                settings.encryption,
            )
            for name, settings in self.edge_zones.items()
        )


def where_written(replication: Replication, raw: object) -> dict[Region, Path]:
    """For each region, its path in the raw replication settings: a key or an index."""
    # In the order in which they are written, which is that of the validated regions.
    keys = (key for key, _ in written_regions(reach(raw, "regions") or {}))
    return {place: ("regions", key) for place, key in zip(replication.regions, keys, strict=True)}


def encryption_places(
    targets: tuple[TargetRegion, ...], edge_zones: tuple[EdgeZone, ...], written: dict[Region, Path]
) -> list[Place]:
    """All places of a version with their keys, or none where none is encrypted."""
    if not any(each.encryption for each in targets) and not any(each.encryption for each in edge_zones):
        return []
    where = [
        (each.region.name, each.region, written.get(each.region, ("regions",)), each.encryption) for each in targets
    ]
    where += [(each.name, each.region, ("edgeZones", each.name), each.encryption) for each in edge_zones]
    return [
        Place(name, place, path, found.sets, found.confidential) if found else Place(name, place, path, {})
        for name, place, path, found in where
    ]


def zones_suffice(targets: tuple[TargetRegion, ...], written: dict[Region, Path]) -> Iterable[Violation]:
    """Azure offers zone-redundant storage only where there are availability zones."""
    for target in targets:
        if target.region.zones:
            continue
        name = target.region.name
        found = f"found Standard_ZRS for {name}, a region without availability zones"
        if target.storage_account_type == "Standard_ZRS":
            way_out = f"write Standard_LRS for it, for example {name}={target.replicas}=standard_lrs"
            yield Violation(written.get(target.region, ("storageAccountType",)), f"{found}: {way_out}")
        for index, each in enumerate(target.additional_replica_sets):
            if each.storage_account_type == "Standard_ZRS":
                path = (*written[target.region], "additionalReplicaSets", index, "storageAccountType")
                yield Violation(path, f"{found}: expected another storage, for example PremiumV2_LRS")


def shallow_is_small(
    targets: tuple[TargetRegion, ...], edge_zones: tuple[EdgeZone, ...], written: dict[Region, Path]
) -> Iterable[Violation]:
    """Shallow replication keeps one replica in the version's own region (documentation of Packer's Azure builder)."""
    home = targets[0]
    replicas = home.replicas + sum(each.replicas for each in home.additional_replica_sets)
    if len(targets) > 1:
        found = f"found Shallow replication to {len(targets)} regions, {', '.join(t.region.name for t in targets)}"
        yield Violation(("regions",), f"{found}: expected {home.region.name} alone, or replicationMode: Full")
    elif replicas > 1:
        found = f"found Shallow replication with {replicas} replicas"
        place = written.get(home.region, ("replicas",))
        yield Violation(place, f"{found}: expected replicas: 1, or replicationMode: Full")
    if edge_zones:
        found = f"found Shallow replication to {', '.join(each.name for each in edge_zones)}"
        yield Violation(("edgeZones",), f"{found}: expected no edge zones, or replicationMode: Full")
