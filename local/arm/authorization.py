"""Who may do what: the roles that are assigned to whoever asks, and Azure Resource Manager's refusals.

Nobody has to set roles up to try a gallery: who has none may do everything. A client whose id is a GUID is a service
principal: once a role is assigned to it, it has its roles and nothing else. An assignment names its object id, as its
token says it, or its client id [I: on Azure the object id alone].
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .errors import AzureError
from .ids import GROUP_TYPE, ResourceId, parse
from .resource import ResourceType
from .resources import role_definitions
from .resources.role_assignments import RoleAssignments
from .shapes import Json, dig
from .store import Row, Transaction

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
# What Azure wants of the source of an image version: the role "Compute Gallery Artifacts Publisher" holds the same, and
# "Troubleshoot shared images" says so of virtual machines, disks and snapshots [D].
_OF_SOURCES = {
    "microsoft.compute/virtualmachines": "Microsoft.Compute/virtualMachines/write",
    "microsoft.compute/images": "Microsoft.Compute/images/read",
    "microsoft.compute/galleries/images/versions": "Microsoft.Compute/galleries/images/versions/read",
    "microsoft.compute/disks": "Microsoft.Compute/disks/write",
    "microsoft.compute/snapshots": "Microsoft.Compute/snapshots/write",
    "microsoft.storage/storageaccounts": "Microsoft.Storage/storageAccounts/listKeys/action",
    "microsoft.compute/diskencryptionsets": "Microsoft.Compute/diskEncryptionSets/read",
}
_VERSION = "microsoft.compute/galleries/images/versions"

Linked = tuple[str, str]
"""An action, and the id of another resource on which it is needed."""


def check(header: str, method: str, path: str, body: bytes, tx: Transaction, kinds: Mapping[str, ResourceType]) -> None:
    """Raise AzureError, 403, where the roles of whoever asks don't hold what the request does [texts seen: C, D]."""
    who = _who(header)
    if not who:
        return
    assignments = [row for row in tx.of_type("/subscriptions", RoleAssignments.type) if _names(row, who)]
    if not assignments:
        return
    client, principal = who
    action, scope = _action(method, path, kinds)
    if not _holds(assignments, action, scope, tx):
        text = (
            f"The client '{client}' with object id '{principal}' does not have authorization to perform action "
            f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
            "your credentials."
        )
        raise AzureError(403, "AuthorizationFailed", text)
    lacking = [each for each in _linked(method, path, body) if not _holds(assignments, *each, tx)]
    if lacking:
        actions, scopes = (",".join(each) for each in zip(*lacking, strict=True))
        text = (
            f"The client '{client}' with object id '{principal}' has permission to perform action '{action}' on scope "
            f"'{scope}'; however, it does not have permission to perform action(s) '{actions}' on the linked scope(s) "
            f"'{scopes}' (respectively) or the linked scope(s) are invalid."
        )
        raise AzureError(403, "LinkedAuthorizationFailed", text)


def _who(header: str) -> tuple[str, str] | None:
    """Client id and object id that a token names; None where the client is no service principal."""
    try:
        part = header.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        client, principal = str(claims["appid"]), str(claims["oid"])
        uuid.UUID(client)
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return client, principal


def _names(assignment: Row, who: Iterable[str]) -> bool:
    return str(assignment.properties["principalId"]).lower() in map(str.lower, who)


def _action(method: str, path: str, kinds: Mapping[str, ResourceType]) -> tuple[str, str]:
    """What a request does in the words of a role, and where."""
    found = parse(path)
    if found is None:
        parts = path.strip("/").split("/")
        return f"{_GROUP if len(parts) > 3 else 'Microsoft.Resources/subscriptions'}/resources/read", path
    above = found.parent if found.is_collection else None
    owner = kinds.get(above.type.lower()) if above else None
    if method == "POST":
        return f"{_type(above or found, kinds)}/{found.types[-1]}/action", (above or found).text
    if above and owner and found.types[-1].lower() in owner.views:
        return f"{_type(above, kinds)}/{found.types[-1]}/read", above.text
    scope = (above.text if above else found.scope) if found.is_collection else found.text
    return f"{_type(found, kinds)}/{_VERBS.get(method, 'action')}", scope


def _type(id_: ResourceId, kinds: Mapping[str, ResourceType]) -> str:
    kind = kinds.get(id_.type.lower())
    return _GROUP if id_.type.lower() == GROUP_TYPE.lower() else kind.type if kind else id_.type


def _linked(method: str, path: str, body: bytes) -> Iterator[Linked]:
    """What a change needs on other resources: the sources and the keys that a version names."""
    found = parse(path)
    if found is None or method not in ("PUT", "PATCH") or found.type.lower() != _VERSION or found.is_collection:
        return
    try:
        properties = dig(json.loads(body), "properties")
    except ValueError:
        return
    for text in dict.fromkeys(_texts(properties)):
        named = parse(text) if text.startswith("/") else None
        if named and not named.is_collection and (action := _OF_SOURCES.get(named.type.lower())):
            yield action, text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _holds(assignments: Iterable[Row], action: str, scope: str, tx: Transaction) -> bool:
    """Whether one of the roles, each at its scope, permits an action."""
    for row in assignments:
        assigned = parse(row.id)
        assert assigned, "ids are parsed before they are stored"
        if f"{scope}/".lower().startswith(f"{assigned.scope}/".lower()):
            for permissions in _permissions(row.properties["roleDefinitionId"], tx):
                if _fits(action, permissions.get("actions")) and not _fits(action, permissions.get("notActions")):
                    return True
    return False


def _permissions(role: str, tx: Transaction) -> list[Json]:
    found = role_definitions.role(role.rpartition("/")[2].lower(), tx)
    return found.properties["permissions"] if found else []


def _fits(action: str, patterns: Any) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns or ())
