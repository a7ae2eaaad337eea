"""Locks and role assignments, which extend what they are about."""

from __future__ import annotations

import pytest

from .conftest import COMPUTE, DEV, GROUP, Azure, preset

GALLERY = f"{COMPUTE}/galleries/gal"
LOCK = preset("lock")[0]
ROLE = preset("role")[0]
SCOPES = (f"/subscriptions/{DEV}", GROUP, GALLERY, f"{GALLERY}/images/img", f"{GALLERY}/images/img/versions/1.0.0")


def test_bodies(azure: Azure) -> None:
    azure.given("group", "gallery", "lock", "role")
    lock, role = azure.call("GET", LOCK).body, azure.call("GET", ROLE.upper().replace("SUBSCRIPTIONS", "subscriptions"))
    assert lock == {
        "name": "keep",
        "id": LOCK,
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": "CanNotDelete", "notes": "n"},
    }
    sent = preset("role")[1]["properties"]
    assert role.body["properties"] == {**sent, "scope": GALLERY}


@pytest.mark.parametrize("scope", SCOPES)
def test_on_any_scope(azure: Azure, scope: str) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    for name, status in (("role", 200), ("lock", 200)):
        path, body = preset(name)
        path = path.replace(GALLERY, scope)
        assert azure.call("PUT", path, body).status == 201
        assert azure.call("PUT", path, body).status == 200, "again, with the same body"
        collection = path.rpartition("/")[0]
        assert [entry["id"] for entry in azure.call("GET", collection).body["value"]] == [path]
        assert azure.call("DELETE", path).status == status
        assert azure.call("DELETE", path).status == 204
        assert azure.call("GET", path).code == "ResourceNotFound"


def test_a_role_is_assigned_once_to_a_scope(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "role")
    path, body = preset("role")
    body["properties"]["description"] = "changed"
    assert azure.call("PUT", path, body).body["properties"]["description"] == "changed"
    assert azure.call("PUT", path.replace(GALLERY, f"{GALLERY}/images/img"), body).status == 201, "another scope"
    body["properties"]["roleDefinitionId"] = body["properties"]["roleDefinitionId"][:-1] + "8"
    assert azure.call("PUT", f"{path[:-1]}2", body).status == 201, "another role"


def test_a_lock_stands_until_it_is_deleted(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "lock")
    assert azure.call("PATCH", GALLERY, {"tags": {"a": "b"}}).status == 200, "changes are free"
    azure.clock.simulate(1)
    assert azure.call("DELETE", f"{GALLERY}/images/img").code == "ScopeLocked"
    path, body = preset("lock")
    body["properties"]["level"] = "ReadOnly"
    assert azure.call("PUT", path, body).status == 200
    assert azure.call("PATCH", GALLERY, {"tags": {}}).code == "ScopeLocked"
    assert azure.call("POST", f"{GALLERY}/share", {"operationType": "Reset"}).code == "ScopeLocked"
    assert azure.call("DELETE", path).status == 200
    assert azure.call("DELETE", f"{GALLERY}/images/img").status == 202


def test_what_extends_a_resource_goes_with_it(azure: Azure) -> None:
    azure.given("group", "gallery", "role")
    assert azure.call("DELETE", GALLERY).status == 202, "it is not nested in the gallery"
    azure.clock.simulate(1)
    assert azure.call("GET", ROLE).status == 404
    azure.given("gallery")
    assert azure.call("GET", ROLE).code == "ResourceNotFound"
