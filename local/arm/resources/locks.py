"""Management locks, on a subscription, a group or a resource."""

from typing import ClassVar

from ..errors import invalid
from ..ids import LOCK_TYPE
from ..resource import Change, ExtensionType, Plan
from ..shapes import anything, choice, items, text
from ..store import Row

_LONGEST_NOTES = 512  # [S]


class Locks(ExtensionType):
    """A lock; what it forbids is the engine's to check. Both members can be changed [I]."""

    type = LOCK_TYPE
    noun = "lock"
    members: ClassVar = {"level": choice("CanNotDelete", "ReadOnly"), "notes": text, "owners": items(anything)}

    def required(self, row: Row | None) -> tuple[str, ...]:
        """The level [S]."""
        return ("level",)

    def plan(self, change: Change) -> Plan:
        """Notes of limited length [S]; text [I]."""
        if len(change.properties.get("notes", "")) > _LONGEST_NOTES:
            raise invalid(f"The notes of a lock can have at most {_LONGEST_NOTES} characters.", "lock.properties.notes")
        return super().plan(change)


TYPE = Locks()
