"""Role assignments, on a subscription, a group or a resource."""

import uuid
from typing import ClassVar

from ..errors import AzureError
from ..filters import Filter
from ..ids import ResourceId
from ..resource import Change, ExtensionType, Plan, View
from ..shapes import Json, choice, read_only, text
from ..store import Row, Transaction

_FIXED = ("principalId", "principalType", "roleDefinitionId")


class RoleAssignments(ExtensionType):
    """Who has which role; that principal and role exist is not looked up, since neither is kept here."""

    type = "Microsoft.Authorization/roleAssignments"
    noun = "roleAssignment"
    shows_deleted = True  # [S]; az can't do without [C]
    filters = frozenset({"atscope", "principalid", "assignedto"})
    members: ClassVar = {
        "roleDefinitionId": text,
        "principalId": text,
        "principalType": choice("User", "Group", "ServicePrincipal", "ForeignGroup", "Device"),
        "description": text,
        "condition": text,
        "conditionVersion": text,
        "delegatedManagedIdentityResourceId": text,
        **dict.fromkeys(("scope", "createdOn", "updatedOn", "createdBy", "updatedBy"), read_only),
    }

    def check_name(self, id_: ResourceId) -> None:
        """A GUID; ARM's well-known text [I]."""
        if not _is_guid(id_.name):
            text_ = f"The role assignment ID '{id_.name}' is not valid. The role assignment ID must be a GUID."
            raise AzureError(400, "InvalidRoleAssignmentId", text_)

    def required(self, row: Row | None) -> tuple[str, ...]:
        """Who, and which role [S]."""
        return ("roleDefinitionId", "principalId")

    def plan(self, change: Change) -> Plan:
        """A principal and a role that stay, and that are assigned once to a scope; well-known texts [I]."""
        sent = {"principalType": "User", **change.properties}
        if not _is_guid(sent["principalId"]):
            text_ = f"A principal ID that is not valid was used: '{sent['principalId']}'. It must be a GUID."
            raise AzureError(400, "InvalidPrincipalId", text_)
        if not _is_guid(_role(sent)):
            text_ = f"The specified role definition with ID '{sent['roleDefinitionId']}' does not exist."
            raise AzureError(400, "RoleDefinitionDoesNotExist", text_)
        if change.row and any(str(change.old[name]).lower() != sent[name].lower() for name in _FIXED):
            text_ = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."  # [G]
            raise AzureError(400, "RoleAssignmentUpdateNotPermitted", text_)
        check_unique(change, sent)
        return Plan(sent, change.now)

    def listed(self, id_: ResourceId, tx: Transaction, terms: Filter, after: str, most: int) -> list[Row]:
        """Those at a scope, above it, and below it unless it is `atScope()` [D]; groups have no members here [I]."""
        scope = id_.scope.lower()
        above = [row for each in id_.scopes for row in tx.below(f"{each}/providers/{self.type}".lower())]
        below = [] if "atscope" in terms else tx.of_type(scope, self.type)
        rows = {row.id.lower(): row for row in (*above, *below)}
        who = terms.get("principalid") or terms.get("assignedto")
        found = [
            row for key, row in sorted(rows.items()) if key > after and who in (None, row.properties["principalId"])
        ]
        return found[:most]

    def render(self, id_: ResourceId, row: Row, view: View) -> Json:
        """With its scope [S]."""
        shown = super().render(id_, row, view)
        return {**shown, "properties": {**shown["properties"], "scope": id_.scope}}


def check_unique(change: Change, sent: Json) -> None:
    """A role is assigned to a principal once in a scope; code, status and text [G]."""
    for row in change.tx.below(f"{change.id.scope}/providers/{RoleAssignments.type}".lower()):
        same = row.properties["principalId"].lower() == sent["principalId"].lower()
        if same and _role(row.properties) == _role(sent) and row.id.lower() != change.id.key:
            existing = row.id.rpartition("/")[2].replace("-", "")
            text_ = f"The role assignment already exists. The ID of the existing role assignment is {existing}."
            raise AzureError(409, "RoleAssignmentExists", text_)


def _role(properties: Json) -> str:
    """The role's GUID: the last part of its id, which is written with a subscription or without."""
    found: str = properties["roleDefinitionId"].rpartition("/")[2].lower()
    return found


def _is_guid(text_: str) -> bool:
    try:
        return str(uuid.UUID(text_)) == text_.lower()
    except ValueError:
        return False


TYPE = RoleAssignments()
