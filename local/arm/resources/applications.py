"""VM applications, beside a gallery's images."""

from typing import ClassVar

from ..dates import check_end_of_life, date, kept_date
from ..errors import unchangeable
from ..ids import ResourceId
from ..resource import Change, Plan, ResourceType, View
from ..shapes import Json, anything, choice, items, text
from ..store import Row


class Applications(ResourceType):
    """Answered at once, and without a provisioningState [W: azure-cli's test_gallery_application,
    azure-sdk-for-python's test_compute_galleries]. That the OS type stays is [I]."""

    type = "Microsoft.Compute/galleries/applications"
    noun = "galleryApplication"
    asynchronous = False
    change_seconds = 0.0
    delete_seconds = 0.0
    members: ClassVar = {
        "supportedOSType": choice("Windows", "Linux"),
        "description": text,
        "eula": text,
        "privacyStatementUri": text,
        "releaseNoteUri": text,
        "endOfLifeDate": date,
        "customActions": items(anything),
    }

    def required(self, row: Row | None) -> tuple[str, ...]:
        """The OS type [S]."""
        return ("supportedOSType",)

    def plan(self, change: Change) -> Plan:
        """An end of life in the future."""
        if change.row and change.old["supportedOSType"] != change.properties["supportedOSType"]:
            raise unchangeable("galleryApplication.properties.supportedOSType")
        properties = {**kept_date(change.old), **change.properties}
        check_end_of_life(properties, change.old, change.now, "galleryApplication.properties")
        return Plan(properties, change.now)

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """What it says, and nothing of how it came about."""
        return {**super().render(id_, row, view), "properties": row.properties}


TYPE = Applications()
