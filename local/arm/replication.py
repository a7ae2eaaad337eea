"""Target regions of an image version: the rules they obey, and how long copying takes."""

from __future__ import annotations

import zlib

from .errors import AzureError, invalid, out_of_range, unchangeable
from .regions import Region, find
from .resource import Change
from .shapes import Json

PATH = "galleryImageVersion.properties.publishingProfile"
_REGIONS = f"{PATH}.targetRegions"
_EDGE_ZONES = f"{PATH}.targetExtendedLocations"
_SETS = "additionalReplicaSets"
_MAX_REPLICAS = 100  # [D]; for each region [I]
DEFAULT_STORAGE = "Standard_LRS"
_UPDATE_SECONDS = 150.0  # an update that copies nothing [W: azure-cli's test_image_version_end_of_life_date]
_BUILD_SECONDS = {"Full": 360.0, "Shallow": 45.0}  # at least [W: 371 to 440 s, the same; test_replication_mode]


def target_regions(profile: Json, home: Region, strategy: str | None = None) -> list[Json]:
    """The regions as the service echoes them: display names, counts and storage types filled in [W].

    Without any, the version's own region is the only one [I]. By a strategy, zones decide about storage types [S].
    """
    count, storage = profile.get("replicaCount", 1), profile.get("storageAccountType", DEFAULT_STORAGE)
    filled = []
    for target in profile.get("targetRegions") or [{"name": home.name}]:
        region = known_region(target)
        zoned = strategy == "PreferStandard_ZRS" and region.zones
        defaults = {"regionalReplicaCount": count, "storageAccountType": "Standard_ZRS" if zoned else storage}
        filled.append({**defaults, **target, "name": region.display})
    order = ("name", "regionalReplicaCount", "storageAccountType")
    return [{name: region[name] for name in (*order, *(set(region) - set(order)))} for region in filled]


def edge_zones(profile: Json) -> list[Json]:
    """The edge zones as the service echoes them: as target regions, but on standard SSDs where nothing is said [W:
    azure-cli's test_image_version_with_target_extended_locations; the count: I]."""
    filled = []
    for target in profile.get("targetExtendedLocations", []):
        defaults = {"extendedLocationReplicaCount": 1, "storageAccountType": "StandardSSD_LRS"}
        filled.append({**defaults, **target, "name": known_region(target, _EDGE_ZONES).display})
    return filled


def known_region(target: Json, path: str = _REGIONS) -> Region:
    """The region that a target names; text of the refusal [I]."""
    region = find(target["name"])
    if region is None:
        text = f"The target region '{target['name']}' is not available for gallery image versions."
        raise invalid(text, path)
    return region


def check_replica_counts(profile: Json) -> None:
    """1 to 100, for the version, each region and each edge zone [D; edge zones I]; which path the text names is [I]."""
    counts = [(profile.get("replicaCount"), f"{PATH}.replicaCount")]
    for target in profile.get("targetRegions", []):
        counts.append((target.get("regionalReplicaCount"), f"{_REGIONS}.regionalReplicaCount"))
        for extra in target.get(_SETS, []):
            path = f"{_REGIONS}.additionalReplicaSets.regionalReplicaCount"
            counts.append((extra.get("regionalReplicaCount"), path))
    for zone in profile.get("targetExtendedLocations", []):
        counts.append((zone.get("extendedLocationReplicaCount"), f"{_EDGE_ZONES}.extendedLocationReplicaCount"))
    for count, path in counts:
        if count is not None and not 1 <= count <= _MAX_REPLICAS:
            raise out_of_range(count, path, 1, _MAX_REPLICAS)


def check_distinct(profile: Json) -> None:
    """No region twice, in whatever spelling [G], and no edge zone [I]."""
    regions, zones = _names(profile), [_zone(target) for target in profile.get("targetExtendedLocations", [])]
    if len(set(regions)) < len(regions):
        raise invalid("Duplicate regions are not allowed in target publishing regions.", _REGIONS)
    if len(set(zones)) < len(zones):
        raise invalid("Duplicate extended locations are not allowed in target publishing regions.", _EDGE_ZONES)


def check_home(regions: list[Json], home: Region) -> None:
    """The version's own region is a target [G, D]."""
    listed = [known_region(region) for region in regions]
    if home not in listed:
        names = ",".join(region.name for region in listed)
        text = (
            f"Gallery image version publishing profile regions '{names}' must contain "
            f"the location of image version '{home.display}'."
        )
        raise invalid(text, _REGIONS)


def check_zones(regions: list[Json]) -> None:
    """Zone-redundant storage only where there are zones [D]."""
    for region in regions:
        if region["storageAccountType"] == "Standard_ZRS" and not known_region(region).zones:
            raise invalid("ZRS storage account type is not supported in this region.", _REGIONS)


def check_shallow(regions: list[Json], home: Region) -> None:
    """A shallow version lives in its own region with one replica [C]; text [I]."""
    if len(regions) > 1 or regions[0]["regionalReplicaCount"] != 1:
        text = f"With replication mode 'Shallow' there can be one replica only, in '{home.display}'."
        raise invalid(text, f"{PATH}.replicationMode")


def check_unchanged(old: Json, new: Json) -> None:
    """Replication mode and storage types stay [S].

    Compared is the type that each region ends up with; the text is one that was seen for a changed default [G], its
    code is [I]. A changed default that changes no region is refused as a property [I].
    """
    if old.get("replicationMode", "Full") != new.get("replicationMode", "Full"):
        raise unchangeable(f"{PATH}.replicationMode")
    before = {region["name"]: region["storageAccountType"] for region in old["targetRegions"]}
    for region in new["targetRegions"]:
        stored = before.get(region["name"], region["storageAccountType"])
        if stored != region["storageAccountType"]:
            text = (
                "Global storage account type does not match the storage account type in the existing TargetRegion: "
                f"'{region['name']}'. Please specify '{stored}' as the storage account type for this region."
            )
            raise invalid(text, _REGIONS)
    for member in ("storageAccountType", "storageAccountStrategy"):
        if old.get(member) != new.get(member):
            raise unchangeable(f"{PATH}.{member}")
    places = {_zone(target)[1]: target for target in old.get("targetExtendedLocations", [])}
    for target in new.get("targetExtendedLocations", []):
        before_ = places.get(_zone(target)[1], target)
        for member in ("name", "storageAccountType"):
            if before_[member] != target[member]:
                raise unchangeable(f"{_EDGE_ZONES}.{member}")  # [I]


def check_removal(change: Change, old: Json, new: Json) -> None:
    """What holds replicas is given up only with `allowDeletionOfReplicatedLocations`.

    Text and code [G: terraform-provider-azurerm#21999], seen for a VM application; that edge zones, additional replica
    sets and regions whose replication failed are no exceptions is [I]. What counts is the flag of the request: unset
    and false are alike, since both are echoed as false [W].
    """
    gone = [name for name in _held(old) if name not in _held(new)]
    allowed = change.properties.get("safetyProfile", {}).get("allowDeletionOfReplicatedLocations", False)
    if gone and not allowed and change.api_version >= "2022-03-03":  # the flag's first one [S]; before it: [I]
        raise incomplete(change, "GalleryImageVersion")


def incomplete(change: Change, noun: str) -> AzureError:
    """An update of a version of an image or an application that doesn't name all places that hold replicas [G]."""
    text = (
        f"Complete set of target locations not specified while updating gallery artifact '{change.id.name}' and type "
        f"'{noun}'. Deletion of previously replicated locations is not allowed, and you need to specify a complete set "
        "of target locations in the update request or specify null or empty set for target regions in the update "
        "request or set allow deletion of replicated locations under safety profile property. To figure out complete "
        "set of target locations, you can perform a get first on gallery artifact"
    )
    return AzureError(400, "BadRequest", text)


def schedule(change: Change, new: Json, gigabytes: int, rebuild: bool) -> tuple[float, dict[str, list[float]]]:
    """When each region begins and ends, in real time, and when all is done.

    The build takes place in the home region; from there all others copy at the same time. A region that has what it
    needs keeps its old times; one whose replication failed begins anew. An image of 30 GB takes about 7 simulated
    minutes to build and copy [W], as does a further region [W]; how it depends on size, distance and replicas is
    invention [I].
    """
    before = [] if rebuild else change.old["publishingProfile"]["targetRegions"]
    old = {region["name"]: _replicas(region) for region in before}
    kept, failed = (change.row.timeline.regions, change.row.timeline.failing) if change.row else ({}, [])
    least = _BUILD_SECONDS[new.get("replicationMode", "Full")] if rebuild else _UPDATE_SECONDS
    built = min(least, 90.0 + gigabytes) if rebuild else 0.0
    times = {}
    for index, target in enumerate(new["targetRegions"]):
        name, region, replicas = target["name"], known_region(target), _replicas(target)
        if replicas <= old.get(name, 0) and name not in failed:
            times[name] = kept[name]
        elif region == change.location and rebuild:
            times[name] = [change.now, change.at(built)]
        else:
            start = built + 5.0 * index
            times[name] = [change.at(start), change.at(start + copy_seconds(change, region, gigabytes, replicas))]
    ends = max(change.at(least), *(end for _, end in times.values()))
    return ends, times


def copy_seconds(change: Change, region: Region, gigabytes: int, replicas: int) -> float:
    """Simulated seconds until a region has its replicas; the same for the same version and region, every time."""
    distance = 1.0 if region.geography == change.location.geography else 1.3
    jitter = zlib.crc32(f"{change.id.key} {region.name}".encode()) % 30
    return (180.0 + 2.0 * gigabytes + 5.0 * (replicas - 1)) * distance + jitter


def _replicas(target: Json) -> int:
    """All the replicas that a region holds."""
    further = target.get(_SETS, [])
    return sum(each.get("regionalReplicaCount", 0) for each in (target, *further))


def _zone(target: Json) -> tuple[str, str]:
    return (target["name"], target["extendedLocation"]["name"].lower())


def _held(profile: Json) -> list[tuple[str, ...]]:
    """Everything that holds replicas: regions, their additional replica sets, edge zones."""
    regions = profile["targetRegions"]
    sets = [(r["name"], each.get("storageAccountType", "")) for r in regions for each in r.get(_SETS, [])]
    return [*((region["name"],) for region in regions), *sets, *map(_zone, profile.get("targetExtendedLocations", []))]


def _names(profile: Json) -> list[str]:
    return [region["name"] for region in profile["targetRegions"]]
