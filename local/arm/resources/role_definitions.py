"""Azure's built-in roles, those that make sense on a gallery: names and ids [D]; what they permit is not checked."""

from ..filters import Filter
from ..ids import ResourceId
from ..resource import ExtensionType
from ..store import Row, Transaction
from ..timeline import Timeline

_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c": "Virtual Machine Contributor",
    "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab": "Compute Gallery Artifacts Publisher",
    "cf7c76d2-98a3-4358-a134-615aa78bf44d": "Compute Gallery Image Reader",
    "1ef6a3be-d0ac-425d-8c01-acb62866290b": "Compute Gallery Sharing Admin",
}


class RoleDefinitions(ExtensionType):
    """The same roles at every scope; roles of one's own are not kept."""

    type = "Microsoft.Authorization/roleDefinitions"
    verbs = frozenset({"GET"})
    filters = frozenset({"rolename", "atscope"})

    def find(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The role of that GUID."""
        guid = id_.name.lower()
        return _role(id_.subscription, guid, _ROLES[guid]) if guid in _ROLES else None

    def listed(self, id_: ResourceId, tx: Transaction, terms: Filter, after: str, most: int) -> list[Row]:
        """All of them, or the one of that name; in one page."""
        wanted = terms.get("rolename")
        return [
            _role(id_.subscription, guid, name)
            for guid, name in _ROLES.items()
            if wanted is None or name.lower() == wanted.lower()
        ]


def _role(subscription: str, guid: str, name: str) -> Row:
    properties = {"roleName": name, "type": "BuiltInRole", "assignableScopes": ["/"]}
    id_ = f"/subscriptions/{subscription}/providers/{RoleDefinitions.type}/{guid}"
    return Row(id_, RoleDefinitions.type, {"properties": properties}, Timeline("Creating", 0.0))


TYPE = RoleDefinitions()
