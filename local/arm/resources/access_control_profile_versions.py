"""Versions of in-VM access control profiles: the rules themselves, and where they are."""

from typing import ClassVar

from .. import replication
from ..dates import stamp
from ..ids import ResourceId
from ..resource import Change, Plan, ResourceType, View
from ..shapes import Json, choice, flag, items, read_only, record, text, texts
from ..store import Row
from . import image_versions

_PATH = "galleryInVMAccessControlProfileVersion.properties"
_IDENTITY = dict.fromkeys(("name", "userName", "groupName", "exePath", "processName"), text)
_RULES = record(
    {
        "privileges": items(record({"name": text, "path": text, "queryParameters": texts})),
        "roles": items(record({"name": text, "privileges": items(text)})),
        "identities": items(record(_IDENTITY)),
        "roleAssignments": items(record({"role": text, "identities": items(text)})),
    }
)


class AccessControlProfileVersions(ResourceType):
    """Named, placed and dated as image versions are; what it says can change [S], except when it was published."""

    type = "Microsoft.Compute/galleries/inVMAccessControlProfiles/versions"
    noun = "galleryInVMAccessControlProfileVersion"
    change_seconds = delete_seconds = 45.0  # [W: azure-cli's test_gallery_in_vm_access_control_profile]
    members: ClassVar = {
        "mode": choice("Audit", "Enforce", "Disabled"),
        "defaultAccess": choice("Allow", "Deny"),
        "excludeFromLatest": flag,
        "rules": _RULES,
        "targetLocations": items(image_versions.TARGET_REGION),
        **dict.fromkeys(("publishedDate", "provisioningState", "replicationStatus"), read_only),
    }

    def check_name(self, id_: ResourceId) -> None:
        """As that of an image version [S]; text [I]."""
        image_versions.TYPE.check_name(id_)

    def required(self, row: Row | None) -> tuple[str, ...]:
        """A mode and a default [S]."""
        return ("mode", "defaultAccess")

    def plan(self, change: Change) -> Plan:
        """Regions by their names, the version's own one first [W: azure-powershell's
        TestInVMAccessControlProfileVersion], and alone where none is named [I].
        """
        targets = change.properties.get("targetLocations", [{"name": change.location.name}])
        named = [{**t, "name": replication.known_region(t, f"{_PATH}.targetLocations").name} for t in targets]
        named.sort(key=lambda target: target["name"] != change.location.name)
        published = change.old.get("publishedDate", stamp(change.now))
        kept = {"excludeFromLatest": False, **change.properties, "targetLocations": named, "publishedDate": published}
        return Plan(kept, change.at(self.change_seconds))

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """Under the profile's type, and with its replication once that is done [W: the same]."""
        shown = {**super().render(id_, row, view), "type": self.type.rpartition("/")[0]}
        if not (view.written or row.timeline.busy(view.now)):
            regions = [target["name"] for target in row.properties["targetLocations"]]
            summary = [{"region": region, "state": "Completed", "progress": 100} for region in regions]
            shown["properties"]["replicationStatus"] = {"aggregatedState": "Completed", "summary": summary}
        return shown


TYPE = AccessControlProfileVersions()
