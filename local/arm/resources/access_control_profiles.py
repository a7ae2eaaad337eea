"""In-VM access control profiles: who in a machine may talk to the host's endpoints."""

from typing import ClassVar

from ..resource import ResourceType
from ..shapes import choice, read_only, text
from ..store import Row


class AccessControlProfiles(ResourceType):
    """A profile of a gallery; which of its members can change is not known, so all can [I]."""

    type = "Microsoft.Compute/galleries/inVMAccessControlProfiles"
    noun = "galleryInVMAccessControlProfile"
    members: ClassVar = {
        "description": text,
        "osType": choice("Windows", "Linux"),
        "applicableHostEndpoint": choice("WireServer", "IMDS"),
        "provisioningState": read_only,
    }

    def required(self, row: Row | None) -> tuple[str, ...]:
        """An operating system and an endpoint [S]."""
        return ("osType", "applicableHostEndpoint")


TYPE = AccessControlProfiles()
