"""Resource groups."""

import re

from ..errors import AzureError, invalid
from ..ids import GROUP_TYPE, ResourceId
from ..resource import ResourceType

_NAME = re.compile(r"[-\w.()]{1,90}(?<!\.)")  # [S]


class ResourceGroups(ResourceType):
    """Answered at once; deletion takes what is inside with it."""

    type = GROUP_TYPE
    oldest_api = "2015-11-01"  # older than any that clients use [C]
    asynchronous = False
    change_seconds = 0.0
    delete_seconds = 30.0

    def check_name(self, id_: ResourceId) -> None:
        """1-90 letters, digits, `-_.()`, no period at the end [S]; text and code [I]."""
        if not _NAME.fullmatch(id_.name):
            text = f"The provided resource group name '{id_.name}' has invalid characters or an invalid length."
            raise invalid(text, "resourceGroupName")

    def refuse_deleting(self, id_: ResourceId) -> AzureError:
        """Nothing is written into a group on its way out; ARM's well-known text [I]."""
        text = f"The resource group '{id_.name}' is in deprovisioning state and cannot perform this operation."
        return AzureError(409, "ResourceGroupBeingDeleted", text)


TYPE = ResourceGroups()
