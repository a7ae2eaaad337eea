"""Roles of Azure's by their names: those that make sense on a gallery ("Azure built-in roles")."""

import re
from typing import Annotated

from config.diagnostics import quoted
from config.ids import GUID
from config.model import nearest
from config.types import Rule

ROLES = {
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
    "Compute Gallery Artifacts Publisher": "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab",
    "Compute Gallery Image Reader": "cf7c76d2-98a3-4358-a134-615aa78bf44d",
    "Compute Gallery Sharing Admin": "1ef6a3be-d0ac-425d-8c01-acb62866290b",
}
_GUIDS = {name.casefold(): guid for name, guid in ROLES.items()}
_NAMES = {guid: name for name, guid in ROLES.items()}
_scope = f"(/subscriptions/{GUID})?/providers/Microsoft.Authorization/roleDefinitions/"
_id = re.compile(f"({_scope})?(?P<guid>{GUID})", re.IGNORECASE).fullmatch


def role(text: str) -> str:
    """The GUID of the role definition that `text` means: the name of a well-known one, a GUID or an id."""
    if text.casefold() in _GUIDS:
        return _GUIDS[text.casefold()]
    if match := _id(text):
        return match["guid"].lower()
    meant = nearest(text, ROLES)
    hint = f"did you mean {meant}?" if meant else f"expected one of {', '.join(ROLES)}, or the GUID or id of another"
    raise ValueError(f"{quoted(text)} is no role: {hint}")


def role_name(id: str) -> str:
    """The name of a well-known role by the id or the GUID of its definition; of another role, the GUID."""
    guid = id.rpartition("/")[2]
    return _NAMES.get(guid.lower(), guid)


Role = Annotated[str, Rule(role, {"title": "role", "examples": [*ROLES]})]
