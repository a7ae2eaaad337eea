"""Image versions that were deleted in a gallery with soft deletion, and can be brought back for a while."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..dates import stamp
from ..ids import ResourceId, parse
from ..resource import ResourceType, View
from ..shapes import Json, without
from ..store import Row, Transaction
from ..timeline import Timeline

RETENTION_DAYS = 7  # where nothing is said [D]; in simulated time
_DAY = 86400.0
_HIDDEN = ("kept", "regions", "retained", "provisioningState")


class SoftDeletedVersions(ResourceType):
    """A list, and a DELETE that leaves nothing [D]. The entries hold the versions, unseen."""

    type = "Microsoft.Compute/galleries/softDeletedArtifactTypes/artifacts/versions"
    verbs = frozenset({"DELETE"})
    # [W: azure-cli's test_gallery_soft_delete_policy_and_recycle_bin]
    since: ClassVar = dict.fromkeys(("consumptionEndTime", "hardDeletionTargetTime"), "2026-03-03")

    def owner(self, id_: ResourceId) -> ResourceId | None:
        """The definition."""
        return replace(id_, types=("galleries", "images"), names=(id_.names[0], id_.names[2]))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """An entry of the list [W: the same]."""
        shown = super().render(id_, row, view)
        return {**shown, "properties": without(shown["properties"], *_HIDDEN)}


def keep(version: Row, tx: Transaction, ends: float, speed: float, days: int, grace: int) -> None:
    """List a version whose deletion ends then: for so many days it can be used, and for those of grace restored; both
    are counted from the deletion's begin [W: azure-cli's test_gallery_soft_delete_policy_and_recycle_bin].
    """
    retained, expires = (tx.now + each * _DAY / speed for each in (days, days + grace))
    properties: dict[str, Any] = {
        "resourceArmId": version.id,
        "softDeletedArtifactType": "Images",
        "softDeletedTime": stamp(tx.now),
        "consumptionEndTime": stamp(retained),
        "hardDeletionTargetTime": stamp(expires),
        "kept": version.body,
        "regions": version.timeline.regions,
        "retained": retained,
    }
    id_ = _id(version.id)
    body = {"location": version.body["location"], "properties": properties}
    tx.save(Row(id_.text, SoftDeletedVersions.type, body, Timeline("Creating", ends)), expires, expires)


def deleted(version: str, tx: Transaction) -> Row | None:
    """The entry of the version with that id."""
    return tx.find(_id(version).key)


def retained(version: str, tx: Transaction) -> Row | None:
    """The deleted version with that id, while it can be used [D, S]."""
    entry = deleted(version, tx)
    return restored(entry) if entry and tx.now < entry.properties["retained"] else None


def restored(entry: Row) -> Row:
    """The version of an entry, as it was."""
    properties, timeline = entry.properties, Timeline("Updating", 0.0, None, entry.properties["regions"])
    return Row(properties["resourceArmId"], "Microsoft.Compute/galleries/images/versions", properties["kept"], timeline)


def entries(definition: str, tx: Transaction) -> list[Row]:
    """The entries of a definition's versions."""
    parent = _id(f"{definition}/versions/any").parent
    assert parent, "an entry is nested in a definition's name"
    return tx.below(parent.key)


def _id(version: str) -> ResourceId:
    id_ = parse(version)
    assert id_, "ids are parsed before they are stored"
    gallery, image, name = id_.names
    types = ("galleries", "softDeletedArtifactTypes", "artifacts", "versions")
    return replace(id_, types=types, names=(gallery, "Images", image, name))


TYPE = SoftDeletedVersions()
