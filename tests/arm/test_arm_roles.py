"""Roles: what whoever asks may do. Who has none may do everything; who has some, nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .conftest import COMPUTE, DEV, GROUP, Azure

CLIENT = "6f9e0000-0000-4000-8000-000000000001"
OBJECT = "6f9e0000-0000-4000-8000-0000000000aa"
ROLE = "6f9e0000-0000-4000-8000-000000000002"
ASSIGNMENT = "6f9e0000-0000-4000-8000-000000000003"
AUTHORIZATION = "providers/Microsoft.Authorization"
GALLERY = f"{COMPUTE}/galleries/gal"
IMAGE = f"{GALLERY}/images/img"
VERSION = f"{IMAGE}/versions/1.0.0"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def token(client: str = CLIENT, principal: str = OBJECT) -> str:
    """As Azure's tokens are: three parts, the claims in the middle."""
    claims = base64.urlsafe_b64encode(json.dumps({"appid": client, "oid": principal}).encode()).decode().rstrip("=")
    return f"e30.{claims}.e30"


def assign(azure: Azure, *actions: str, excluded: tuple[str, ...] = (), scope: str = f"/subscriptions/{DEV}") -> None:
    """Gives the client a role with these actions, in the place of any that it had."""
    permissions = [{"actions": [*actions], "notActions": [*excluded]}]
    properties = {"roleName": "mine", "permissions": permissions, "assignableScopes": [f"/subscriptions/{DEV}"]}
    role = f"/subscriptions/{DEV}/{AUTHORIZATION}/roleDefinitions/{ROLE}"
    assert azure.call("PUT", role, {"properties": properties}, api="2022-04-01").status in (200, 201)
    _assign(azure, ROLE, scope)


def _assign(azure: Azure, role: str, scope: str) -> None:
    definition = f"/subscriptions/{DEV}/{AUTHORIZATION}/roleDefinitions/{role}"
    body = {"properties": {"roleDefinitionId": definition, "principalId": OBJECT, "principalType": "ServicePrincipal"}}
    done = azure.call("PUT", f"{scope}/{AUTHORIZATION}/roleAssignments/{ASSIGNMENT}", body, api="2022-04-01")
    assert done.status in (200, 201), done


def refused(client: str, action: str, scope: str) -> str:
    return (
        f"The client '{client}' with object id '{OBJECT}' does not have authorization to perform action '{action}' "
        f"over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )


def test_who_has_no_role_may_do_everything(azure: Azure) -> None:
    azure.given("group", "gallery")
    for asking in (token(), token("local"), "anything", "a.b.c"):
        assert azure.call("GET", GALLERY, token=asking).status == 200
    assign(azure, "Microsoft.Compute/images/read")
    assert azure.call("GET", GALLERY, token=token()).code == "AuthorizationFailed"
    assert azure.call("GET", GALLERY, token=token("local", "local")).status == 200
    assert azure.call("GET", GALLERY, token=token("6f9e0000-0000-4000-8000-00000000000b", "other")).status == 200


REQUESTS: list[tuple[str, str, Any, str, str]] = [
    ("GET", GALLERY, None, "Microsoft.Compute/galleries/read", GALLERY),
    ("GET", f"{GROUP}/providers/Microsoft.Compute/galleries", None, "Microsoft.Compute/galleries/read", GROUP),
    ("PUT", GALLERY, {"location": "westus"}, "Microsoft.Compute/galleries/write", GALLERY),
    ("PATCH", GALLERY, {"tags": {"a": "b"}}, "Microsoft.Compute/galleries/write", GALLERY),
    ("DELETE", VERSION, None, "Microsoft.Compute/galleries/images/versions/delete", VERSION),
    ("GET", f"{IMAGE}/versions", None, "Microsoft.Compute/galleries/images/versions/read", IMAGE),
    ("POST", f"{GALLERY}/share", {"operationType": "Reset"}, "Microsoft.Compute/galleries/share/action", GALLERY),
    ("HEAD", GROUP, None, "Microsoft.Resources/subscriptions/resourceGroups/read", GROUP),
    (
        "GET",
        f"{GROUP}/resources",
        None,
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        f"{GROUP}/resources",
    ),
    (
        "GET",
        f"{GALLERY}/{AUTHORIZATION}/locks",
        None,
        "Microsoft.Authorization/locks/read",
        GALLERY,
    ),
    (
        "GET",
        f"{COMPUTE}/virtualMachines/vm/instanceView",
        None,
        "Microsoft.Compute/virtualMachines/instanceView/read",
        f"{COMPUTE}/virtualMachines/vm",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "action", "scope"), REQUESTS)
def test_one_action_is_needed_and_suffices(
    azure: Azure, method: str, path: str, body: Any, action: str, scope: str
) -> None:
    azure.given("group")
    assign(azure, "*", excluded=(action,))
    answer = azure.call(method, path, body, token=token())
    assert answer.status == 403
    if method != "HEAD":
        assert (answer.code, answer.body["error"]["message"]) == ("AuthorizationFailed", refused(CLIENT, action, scope))
    assign(azure, action.upper())
    assert azure.call(method, path, body, token=token()).status != 403


def test_a_role_holds_at_its_scope_and_below(azure: Azure) -> None:
    azure.given("group", "gallery", "definition")
    assign(azure, "*/read", scope=GALLERY)
    assert azure.call("GET", GALLERY.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), token=token()).status == 200
    assert azure.call("GET", IMAGE, token=token()).status == 200
    for outside in (GROUP, f"{GALLERY}2", f"{COMPUTE}/galleries"):
        assert azure.call("GET", outside, token=token()).status == 403, outside


def test_built_in_roles_hold_what_azure_says(azure: Azure) -> None:
    azure.given("group", "gallery")
    _assign(azure, READER, GROUP)
    assert azure.call("GET", GALLERY, token=token()).status == 200
    assert azure.call("PATCH", GALLERY, {"tags": {}}, token=token()).code == "AuthorizationFailed"


@pytest.mark.parametrize(
    ("source", "kind", "action"),
    [
        ("source", "virtualMachines/vm", "Microsoft.Compute/virtualMachines/write"),
        ("source", "images/managed", "Microsoft.Compute/images/read"),
        ("source", "galleries/other/images/img/versions/1.0.0", "Microsoft.Compute/galleries/images/versions/read"),
        ("osDiskImage", "disks/os", "Microsoft.Compute/disks/write"),
        ("osDiskImage", "snapshots/os", "Microsoft.Compute/snapshots/write"),
    ],
)
def test_a_version_takes_rights_on_its_source(azure: Azure, source: str, kind: str, action: str) -> None:
    azure.given("group", "gallery", "definition")
    id = f"{COMPUTE}/{kind}"
    profile = {"source": {"id": id}} if source == "source" else {source: {"source": {"id": id}}}
    body = {"location": "westus", "properties": {"storageProfile": profile}}
    mine = "Microsoft.Compute/galleries/images/versions/write"
    assign(azure, mine)
    answer = azure.call("PUT", VERSION, body, token=token())
    assert (answer.status, answer.code) == (403, "LinkedAuthorizationFailed")
    assert f"does not have permission to perform action(s) '{action}' on the linked scope(s) '{id}'" in str(answer.body)
    assign(azure, mine, action)
    assert azure.call("PUT", VERSION, body, token=token()).status != 403


def test_a_role_of_ones_own(azure: Azure) -> None:
    """Kept, shown, listed by name, and deleted; a built-in one is nobody's to change."""
    assign(azure, "Microsoft.Compute/galleries/read")
    roles = f"/subscriptions/{DEV}/{AUTHORIZATION}/roleDefinitions"
    shown = azure.call("GET", f"{roles}/{ROLE}", api="2022-04-01").body
    assert (shown["properties"]["roleName"], shown["properties"]["type"]) == ("mine", "CustomRole")
    listed = azure.call("GET", roles, api="2022-04-01", narrowed="roleName eq 'Mine'").body["value"]
    assert [role["name"] for role in listed] == [ROLE]
    body = {"properties": shown["properties"]}
    again = azure.call("PUT", f"{roles}/6f9e0000-0000-4000-8000-0000000000ff", body, api="2022-04-01")
    assert again.code == "RoleDefinitionWithSameNameExists"
    assert azure.call("PUT", f"{roles}/{READER}", body, api="2022-04-01").code == "RoleDefinitionCannotBeModified"
    assert azure.call("PUT", f"{roles}/mine", body, api="2022-04-01").code == "InvalidRoleDefinitionId"
    assert azure.call("DELETE", f"{roles}/{ROLE}", api="2022-04-01").status == 200
    assert azure.call("GET", f"{roles}/{ROLE}", api="2022-04-01").status == 404
