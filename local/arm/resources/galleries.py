"""Galleries."""

import re
from typing import ClassVar

from ..errors import invalid
from ..ids import ResourceId, parse
from ..resource import Change, Plan, ResourceType
from ..shapes import read_only, text, unsupported

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?")  # [D]


class Galleries(ResourceType):
    """A gallery: a description and a name."""

    type = "Microsoft.Compute/galleries"
    noun = "gallery"
    members: ClassVar = {
        "description": text,
        "identifier": read_only,
        "provisioningState": read_only,
        "sharingStatus": read_only,
        "sharingProfile": unsupported,
        "softDeletePolicy": unsupported,
    }

    def check_name(self, id_: ResourceId) -> None:
        """Letters and digits, `_` and `.` in the middle, up to 80 [D]."""
        if not _NAME.fullmatch(id_.name):
            text_ = (
                "Gallery name is invalid. Allowed characters are English alphanumeric characters, with underscores, "
                "and periods allowed in the middle, up to 80 characters total. All other special characters, including "
                "dashes, are disallowed."
            )
            raise invalid(text_, "galleryName")

    def plan(self, change: Change) -> Plan:
        """Names are unique within the subscription; `uniqueName` is made from both [W]."""
        if change.row is None:
            check_unique(change)
        name = f"{change.id.subscription}-{change.id.name.upper()}"
        properties = {**change.properties, "identifier": {"uniqueName": name}}
        return Plan(properties, change.at(self.change_seconds))


def check_unique(change: Change) -> None:
    """No other gallery of that name in any group of the subscription [D]."""
    subscription = f"/subscriptions/{change.id.subscription}"
    for row in change.tx.of_type(subscription.lower(), Galleries.type):
        other = parse(row.id)
        if other and other.name.lower() == change.id.name.lower():
            text_ = (
                f"The gallery name {change.id.name} is not unique within the subscription {change.id.subscription}. "
                "Please pick another gallery name"
            )
            raise invalid(text_, "galleryName")


TYPE = Galleries()
