"""Versions of VM applications: a package, how it is installed and removed, and where it is."""

from typing import ClassVar

from .. import replication
from ..dates import check_end_of_life, date, kept_date, stamp
from ..errors import out_of_range, unchangeable
from ..ids import ResourceId
from ..resource import Change, Plan, ResourceType, View
from ..shapes import Json, anything, choice, flag, integer, items, read_only, record, require, text, texts
from ..store import Row
from . import image_versions

_NOUN = "galleryApplicationVersion"
_PATH = f"{_NOUN}.properties.publishingProfile"
_MOST_REPLICAS = 10  # [C: azurerm]
_COPY_SECONDS = 120.0  # three minutes or so [W: azure-cli's test_gallery_application_version]
_PUBLISHING = record(
    {
        "source": record({"mediaLink": text, "defaultConfigurationLink": text}, "mediaLink"),
        "manageActions": record({"install": text, "remove": text, "update": text}, "install", "remove"),
        "settings": anything,
        "advancedSettings": texts,
        "enableHealthCheck": flag,
        "customActions": items(anything),
        "targetRegions": items(image_versions.TARGET_REGION),
        "replicaCount": integer,
        "excludeFromLatest": flag,
        "endOfLifeDate": date,
        "storageAccountType": image_versions.STORAGE,
        "replicationMode": choice("Full", "Shallow"),
        "publishedDate": read_only,
    },
    "source",
)


class ApplicationVersions(ResourceType):
    """Replicated as image versions are. The package isn't looked for; that source and actions stay is [I]."""

    type = "Microsoft.Compute/galleries/applications/versions"
    noun = _NOUN
    delete_seconds = 180.0  # [W: test_gallery_application_version]
    members: ClassVar = {
        "publishingProfile": _PUBLISHING,
        "safetyProfile": record({"allowDeletionOfReplicatedLocations": flag}),
        "provisioningState": read_only,
        "replicationStatus": read_only,
    }
    since: ClassVar = image_versions.TYPE.since

    def check_name(self, id_: ResourceId) -> None:
        """As that of an image version [S]; text [I]."""
        image_versions.TYPE.check_name(id_)

    def required(self, row: Row | None) -> tuple[str, ...]:
        """A package, and what is done with it [S]."""
        return ("publishingProfile",)

    def plan(self, change: Change) -> Plan:
        """Regions filled in as those of image versions [I]; none goes without permission [G]."""
        sent, old = change.properties["publishingProfile"], change.old.get("publishingProfile", {})
        if change.row and not sent.get("targetRegions"):
            sent = {**sent, "targetRegions": old["targetRegions"]}
        if change.row is None:
            require(sent, _PATH, "manageActions")
        # What an update doesn't say of the package stays [W: test_gallery_application_version].
        kept_ = {name: old[name] for name in ("manageActions", "settings", "advancedSettings") if name in old}
        filled = {
            **kept_,
            "enableHealthCheck": False,  # [W: the same]
            "replicaCount": 1,
            "excludeFromLatest": False,
            "storageAccountType": replication.DEFAULT_STORAGE,
        }
        published = {"publishedDate": old.get("publishedDate", stamp(change.now))}
        regions = replication.target_regions(sent, change.location)
        new = {**filled, **kept_date(old), **sent, "targetRegions": regions, **published}
        for region in regions:
            if not 1 <= region["regionalReplicaCount"] <= _MOST_REPLICAS:
                path = f"{_PATH}.targetRegions.regionalReplicaCount"
                raise out_of_range(region["regionalReplicaCount"], path, 1, _MOST_REPLICAS)
        replication.check_distinct(new)
        replication.check_home(regions, change.location)
        check_end_of_life(new, old, change.now, _PATH)
        safety = {"allowDeletionOfReplicatedLocations": False, **change.properties.get("safetyProfile", {})}
        if change.row:
            for member in ("source", "manageActions"):
                if old[member] != new[member]:
                    raise unchangeable(f"{_PATH}.{member}")
            names, kept = ([region["name"] for region in each["targetRegions"]] for each in (old, new))
            if set(names) - set(kept) and not safety["allowDeletionOfReplicatedLocations"]:
                raise replication.incomplete(change, "GalleryApplicationVersion")
        ends = change.at(_COPY_SECONDS)
        before = change.row.timeline.regions if change.row else {}
        times = {region["name"]: before.get(region["name"], [change.now, ends]) for region in regions}
        return Plan({"publishingProfile": new, "safetyProfile": safety}, ends, None, times)

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With the replication where it is asked for."""
        shown = super().render(id_, row, view)
        if "replicationstatus" in view.expand:
            names = [region["name"] for region in row.properties["publishingProfile"]["targetRegions"]]
            shown["properties"]["replicationStatus"] = row.timeline.replication_status(names, view.now)
        return shown


TYPE = ApplicationVersions()
