"""Which cloud a stack is in: its regions are all of one, and not every cloud has everything.

Sources: "Store and share images in an Azure Compute Gallery" (images aren't replicated across clouds), "Share a gallery
with all users in a subscription or tenant" and "Share images by using a community gallery" (neither is available in
government clouds).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from config.cascade import nodes
from config.diagnostics import Path
from config.model import Raw, Violation, reach
from config.regions import CLOUDS, Region, known_region
from config.replication import region_name, written_regions


def one_cloud(galleries: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: told once, at the first region of another cloud than that of the first region."""
    first: Region | None = None
    for path, name in _regions(galleries):
        place = known_region(name)
        if place is None or place.cloud is None:
            continue
        first = first or place
        if place.cloud != first.cloud:
            found = f"found {place.name}, a region of {CLOUDS[place.cloud or '']}"
            other = f"{first.name} is one of {CLOUDS[first.cloud or '']}"
            yield Violation(path, f"{found}, but {other}: expected a stack for each cloud, images don't cross over")
            return


def has_its_sharing(gallery: Raw) -> Iterable[Violation]:
    """A rule for `checked_by`: how galleries can be shared in the cloud of this one."""
    permissions, location = reach(gallery, "sharingProfile", "permissions"), gallery.get("location")
    place = known_region(location) if isinstance(location, str) else None
    if place and place.cloud == "usgovernment" and str(permissions).casefold() in ("groups", "community"):
        found = f"found permissions: {permissions} in {place.name}, but {CLOUDS[place.cloud]} shares by roles alone"
        expected = "expected permissions: Private, and roleAssignments"
        yield Violation(("sharingProfile", "permissions"), f"{found}: {expected}")


def _regions(galleries: Raw) -> Iterator[tuple[Path, str]]:
    """All regions that galleries name, each once, with the first place where it is named."""
    seen: set[object] = set()  # texts, and by identity the settings that many inherit
    for (_, *path), node in list(nodes({"galleries": galleries}))[1:]:
        inside: list[tuple[Path, Any]] = [
            (("location",), node.get("location")),
            (("resourceGroup", "location"), reach(node, "resourceGroup", "location")),
        ]
        replication = node.get("replication")
        if isinstance(replication, dict) and id(replication) not in seen:
            seen.add(id(replication))
            inside += _replicated(replication)
        for inner, name in inside:
            if isinstance(name, str) and name not in seen:
                seen.add(name)
                yield (*path, *inner), name


def _replicated(replication: Raw) -> list[tuple[Path, Any]]:
    regions, zones = replication.get("regions"), replication.get("edgeZones")
    named: list[tuple[Path, Any]] = [
        (("replication", "regions", key), region_name(key, entry))
        for key, entry in (written_regions(regions) if isinstance(regions, dict | list) else ())
    ]
    if isinstance(zones, dict):
        named += [(("replication", "edgeZones", name, "region"), reach(zone, "region")) for name, zone in zones.items()]
    return named
