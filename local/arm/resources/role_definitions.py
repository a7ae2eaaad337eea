"""Role definitions: built-in ones that make sense on a gallery, with what they permit here [D], and a tenant's own."""

import uuid
from typing import Any, ClassVar

from ..errors import AzureError, invalid
from ..filters import Filter
from ..ids import ResourceId
from ..resource import Change, ExtensionType, Plan
from ..shapes import Json, items, read_only, record, text
from ..store import Row, Transaction
from ..timeline import Timeline

_ROLES: dict[str, tuple[str, list[str], list[str]]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", ["*"], []),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": (
        "Contributor",
        ["*"],
        [
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Compute/galleries/share/action",
        ],
    ),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", ["*/read"], []),
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": (
        "User Access Administrator",
        ["*/read", "Microsoft.Authorization/*"],
        [],
    ),
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": (
        "Role Based Access Control Administrator",
        ["*/read", "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"],
        [],
    ),
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c": (
        "Virtual Machine Contributor",
        [
            "Microsoft.Authorization/*/read",
            "Microsoft.Compute/disks/write",
            "Microsoft.Compute/disks/read",
            "Microsoft.Compute/disks/delete",
            "Microsoft.Compute/virtualMachines/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        [],
    ),
    "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab": (
        "Compute Gallery Artifacts Publisher",
        [
            "Microsoft.Compute/galleries/*",
            "Microsoft.Compute/locations/capsOperations/read",
            "Microsoft.Compute/images/*",
            "Microsoft.Compute/virtualMachines/write",
            "Microsoft.Compute/disks/write",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        ["Microsoft.Compute/galleries/share/action"],
    ),
    "cf7c76d2-98a3-4358-a134-615aa78bf44d": (
        "Compute Gallery Image Reader",
        ["Microsoft.Compute/galleries/images/read", "Microsoft.Compute/galleries/images/versions/read"],
        [],
    ),
    "1ef6a3be-d0ac-425d-8c01-acb62866290b": (
        "Compute Gallery Sharing Admin",
        ["Microsoft.Compute/galleries/share/action"],
        [],
    ),
}
_PERMISSIONS = record(
    {name: items(text) for name in ("actions", "notActions", "dataActions", "notDataActions")}
    | {"condition": text, "conditionVersion": text}
)


def _custom(value: Any, path: str) -> Any:
    """Roles of one's own are custom ones; code and text [I]."""
    if text(value, path) != "CustomRole":
        raise invalid(f"The value '{value}' of parameter {path} is not CustomRole.", path)
    return value


class RoleDefinitions(ExtensionType):
    """The built-in roles are there at every scope; those of a tenant are kept where they were made [I]."""

    type = "Microsoft.Authorization/roleDefinitions"
    noun = "roleDefinition"
    shows_deleted = True  # [S]
    filters = frozenset({"rolename", "atscope", "type"})
    members: ClassVar = {
        "roleName": text,
        "description": text,
        "type": _custom,
        "permissions": items(_PERMISSIONS),
        "assignableScopes": items(text),
        **dict.fromkeys(("createdOn", "updatedOn", "createdBy", "updatedBy"), read_only),
    }

    def check_name(self, id_: ResourceId) -> None:
        """A GUID that is no built-in role's; texts [I]."""
        try:
            uuid.UUID(id_.name)
        except ValueError:
            text_ = f"The role definition ID '{id_.name}' is not valid. The role definition ID must be a GUID."
            raise AzureError(400, "InvalidRoleDefinitionId", text_) from None
        if id_.name.lower() in _ROLES:
            text_ = f"The role definition '{id_.name}' is built in and cannot be changed."
            raise AzureError(403, "RoleDefinitionCannotBeModified", text_)

    def required(self, row: Row | None) -> tuple[str, ...]:
        """Name, permissions and scopes [S]."""
        return ("roleName", "permissions", "assignableScopes")

    def plan(self, change: Change) -> Plan:
        """A name that no other role has [D]; code and text [I]."""
        sent = {"type": "CustomRole", "description": "", **change.properties}
        for other in [*_built_in(""), *change.tx.of_type("/subscriptions", self.type)]:
            same = other.properties["roleName"].lower() == sent["roleName"].lower()
            if same and not other.id.lower().endswith(change.id.name.lower()):
                text_ = f"A custom role with the same name already exists in this directory. '{sent['roleName']}'"
                raise AzureError(409, "RoleDefinitionWithSameNameExists", text_)
        return Plan(sent, change.now)

    def find(self, id_: ResourceId, tx: Transaction) -> Row | None:
        """The role of that GUID."""
        return role(id_.name.lower(), tx, id_.subscription)

    def listed(self, id_: ResourceId, tx: Transaction, terms: Filter, after: str, most: int) -> list[Row]:
        """All of them, or the one of that name, or of one type; in one page."""
        known = [*_built_in(id_.subscription), *tx.of_type("/subscriptions", self.type)]
        wanted = {"roleName": terms.get("rolename"), "type": terms.get("type")}
        return [
            row
            for row in known
            if all(value is None or row.properties[key].lower() == value.lower() for key, value in wanted.items())
        ]


def role(guid: str, tx: Transaction, subscription: str = "") -> Row | None:
    """The role of that GUID, wherever it was made."""
    known = [*_built_in(subscription), *tx.of_type("/subscriptions", RoleDefinitions.type)]
    return next((row for row in known if row.id.lower().endswith(f"/{guid}")), None)


def _built_in(subscription: str) -> list[Row]:
    rows = []
    for guid, (name, actions, excluded) in _ROLES.items():
        permissions: Json = {"actions": actions, "notActions": excluded, "dataActions": [], "notDataActions": []}
        properties = {"roleName": name, "type": "BuiltInRole", "assignableScopes": ["/"], "permissions": [permissions]}
        id_ = f"/subscriptions/{subscription}/providers/{RoleDefinitions.type}/{guid}"
        rows.append(Row(id_, RoleDefinitions.type, {"properties": properties}, Timeline("Creating", 0.0)))
    return rows


TYPE = RoleDefinitions()
