"""Edge zones that an image version is replicated to: Azure calls them target extended locations."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, get_args

from pydantic import Field

from config.encryption import Encryption
from config.model import Model, Violation, checked_by
from config.regions import Region
from config.types import EdgeZoneName, EdgeZoneStorageType, Location, Replicas, distinct


class EdgeZoneSettings(Model):
    """An edge zone that versions are replicated to."""

    region: Location = Field(examples=["westus"])
    """Azure region that the edge zone belongs to."""
    replicas: Replicas | None = None
    """Replicas in this edge zone, 1 to 100."""
    storage_account_type: EdgeZoneStorageType | None = None
    """Storage of the replicas in this edge zone."""
    encryption: Encryption | None = None
    """Keys of one's own for the disks."""


EdgeZones = Annotated[dict[EdgeZoneName, EdgeZoneSettings], checked_by(distinct(str.casefold, "edge zone"))]


@dataclass(frozen=True, slots=True)
class EdgeZone:
    """An edge zone that a version is replicated to, with its effective settings; `region` is the one it belongs to."""

    name: str
    region: Region
    replicas: int
    storage_account_type: str
    encryption: Encryption | None


def storage_at_the_edge(edge_zones: tuple[EdgeZone, ...]) -> Iterable[Violation]:
    """Edge zones have storage of their own; what they inherit from regions may not be among it."""
    for each in edge_zones:
        if each.storage_account_type not in _AT_THE_EDGE:
            found = f"found {each.storage_account_type}, the version's storage, for the edge zone {each.name}"
            expected = f"expected a storageAccountType of its own, one of {', '.join(_AT_THE_EDGE)}"
            yield Violation(("edgeZones", each.name), f"{found}: {expected}")


_AT_THE_EDGE = get_args(get_args(EdgeZoneStorageType)[0])
