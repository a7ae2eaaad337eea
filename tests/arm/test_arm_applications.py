"""VM applications and their versions, beside images; and tags as a resource of their own."""

from __future__ import annotations

from typing import Any

from .conftest import COMPUTE, GROUP, Azure

APPLICATION = f"{COMPUTE}/galleries/gal/applications/app"
VERSION = f"{APPLICATION}/versions/1.0.0"
TAGS = "providers/Microsoft.Resources/tags/default"
BODY: dict[str, Any] = {
    "location": "eastus",
    "properties": {
        "publishingProfile": {
            "source": {"mediaLink": "https://account.blob.core.windows.net/packages/app.zip"},
            "manageActions": {"install": "install.sh", "remove": "remove.sh"},
            "targetRegions": [{"name": "eastus"}, {"name": "westus"}],
        }
    },
}


def test_an_application(azure: Azure) -> None:
    """At once, and without a provisioningState [W: azure-cli's test_gallery_application; PATCH and DELETE: azure-sdk-
    for-python's test_compute_galleries]."""
    azure.given("group", "gallery")
    made = azure.call("PUT", APPLICATION, {"location": "eastus", "properties": {"supportedOSType": "Windows"}})
    assert (made.status, made.body["properties"]) == (201, {"supportedOSType": "Windows"})
    assert "Azure-AsyncOperation" not in made.headers
    changed = azure.call("PATCH", APPLICATION, {"tags": {"a": "b"}, "properties": {"description": "d"}})
    assert (changed.status, changed.body["tags"], changed.body["properties"]["description"]) == (200, {"a": "b"}, "d")
    assert [each["name"] for each in azure.call("GET", f"{APPLICATION}/..".rpartition("/app")[0]).body["value"]] == [
        "app"
    ]
    other = {"location": "eastus", "properties": {"supportedOSType": "Linux"}}
    assert azure.call("PUT", APPLICATION, other).code == "PropertyChangeNotAllowed"
    assert azure.call("DELETE", f"{COMPUTE}/galleries/gal").code == "CannotDeleteResource"
    deleted = azure.call("DELETE", APPLICATION)
    assert (deleted.status, deleted.body) == (200, None)
    assert azure.call("GET", APPLICATION).status == 404


def test_a_version_of_an_application(azure: Azure) -> None:
    azure.given("group", "gallery")
    assert azure.call("PUT", VERSION, BODY).code == "ParentResourceNotFound"
    azure.call("PUT", APPLICATION, {"location": "eastus", "properties": {"supportedOSType": "Linux"}})
    bad = {"location": "eastus", "properties": {"publishingProfile": {"source": {}, "manageActions": {}}}}
    assert azure.call("PUT", VERSION, bad).code == "InvalidParameter"
    accepted = azure.call("PUT", VERSION, BODY)
    assert (accepted.status, accepted.body["properties"]["provisioningState"]) == (201, "Creating")
    azure.clock.simulate(300)
    shown = azure.call("GET", VERSION, expand="ReplicationStatus").body["properties"]
    assert shown["replicationStatus"]["aggregatedState"] == "Completed"
    profile = shown["publishingProfile"]
    assert [region["name"] for region in profile["targetRegions"]] == ["East US", "West US"]
    assert azure.call("PUT", VERSION, BODY).status == 200
    azure.clock.simulate(300)
    fewer: dict[str, Any] = {
        "location": "eastus",
        "properties": {"publishingProfile": {**profile, "targetRegions": [{"name": "eastus"}]}},
    }
    refused = azure.call("PUT", VERSION, fewer)
    assert (refused.status, refused.code) == (400, "BadRequest"), "[G: terraform-provider-azurerm#21999]"
    assert "gallery artifact '1.0.0' and type 'GalleryApplicationVersion'" in refused.body["error"]["message"]
    none = {"location": "eastus", "properties": {"publishingProfile": {**profile, "targetRegions": []}}}
    assert azure.call("PUT", VERSION, none).status == 200
    azure.clock.simulate(300)
    fewer["properties"]["safetyProfile"] = {"allowDeletionOfReplicatedLocations": True}
    assert azure.call("PUT", VERSION, fewer).status == 200
    azure.clock.simulate(300)
    many = {"publishingProfile": {**profile, "targetRegions": [{"name": "eastus", "regionalReplicaCount": 11}]}}
    assert azure.call("PUT", VERSION, {"location": "eastus", "properties": many}).code == "InvalidParameter"
    assert azure.call("DELETE", APPLICATION).code == "CannotDeleteResource"
    assert azure.call("DELETE", VERSION).status == 202
    azure.clock.simulate(300)
    assert azure.call("DELETE", APPLICATION).status == 200


def test_tags_as_a_resource(azure: Azure) -> None:
    """[S: Microsoft.Resources tags 2021-04-01]; names in any case are the same [D: tag-resources]."""
    azure.given("group", "gallery")
    gallery = f"{COMPUTE}/galleries/gal"
    path = f"{gallery}/{TAGS}"

    def sent(method: str, tags: dict[str, str], operation: str | None = None) -> Any:
        body = {"properties": {"tags": tags}} | ({"operation": operation} if operation else {})
        return azure.call(method, path, body, api="2021-04-01").body["properties"]["tags"]

    assert azure.call("GET", path).body == {
        "id": path,
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": {}},
    }
    assert sent("PUT", {"Team": "images", "cost": "1"}) == {"Team": "images", "cost": "1"}
    assert azure.call("GET", gallery).body["tags"] == {"Team": "images", "cost": "1"}
    assert sent("PATCH", {"team": "platform"}, "Merge") == {"cost": "1", "team": "platform"}
    assert sent("PATCH", {"COST": "1", "team": "other"}, "Delete") == {"team": "platform"}
    assert sent("PATCH", {"a": "b"}, "Replace") == {"a": "b"}
    assert azure.call("PATCH", path, {"operation": "Merge", "properties": {"tags": {"a/b": ""}}}).status == 400
    assert azure.call("DELETE", path).status == 200
    assert azure.call("GET", gallery).body["tags"] == {}
    assert azure.call("PUT", f"{GROUP}/{TAGS}", {"properties": {"tags": {"x": "y"}}}).status == 200
    assert azure.call("GET", GROUP).body["tags"] == {"x": "y"}
    assert azure.call("GET", f"{gallery}/providers/Microsoft.Resources/tags/mine").status == 404
