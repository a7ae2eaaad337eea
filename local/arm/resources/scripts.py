"""Scripts of a gallery, beside its images and applications."""

from typing import ClassVar

from ..dates import date
from ..resource import ResourceType
from ..shapes import choice, read_only, text
from ..store import Row


class Scripts(ResourceType):
    """A script's definition; its versions aren't kept, and which of its members can change is not known [I]."""

    type = "Microsoft.Compute/galleries/scripts"
    noun = "galleryScript"
    oldest_api = "2025-03-03"  # [S]
    members: ClassVar = {
        "supportedOSType": choice("Windows", "Linux"),
        "description": text,
        "eula": text,
        "privacyStatementUri": text,
        "releaseNoteUri": text,
        "endOfLifeDate": date,
        "provisioningState": read_only,
    }

    def required(self, row: Row | None) -> tuple[str, ...]:
        """The OS type [S]."""
        return ("supportedOSType",)


TYPE = Scripts()
