"""What is around galleries: access control profiles, lists across types, providers, roles, filters."""

from __future__ import annotations

import pytest

from .conftest import COMPUTE, GROUP, Azure

SUBSCRIPTION = "/".join(GROUP.split("/")[:3])
PROFILE = f"{COMPUTE}/galleries/gal/inVMAccessControlProfiles/p"
ROLES = "providers/Microsoft.Authorization"


def test_an_access_control_profile_and_its_versions(azure: Azure) -> None:
    """Paths and required members as in the API description (GalleryRP 2024-03-03) [S]."""
    azure.given("group", "gallery")
    body = {"location": "eastus", "properties": {"osType": "Linux", "applicableHostEndpoint": "IMDS"}}
    missing = azure.call("PUT", PROFILE, {"location": "eastus", "properties": {"osType": "Linux"}})
    assert missing.status == 400 and "applicableHostEndpoint" in missing.body["error"]["message"]
    assert azure.call("PUT", PROFILE, body).status == 201
    azure.clock.simulate(60)
    version = {"location": "eastus", "properties": {"mode": "Audit", "defaultAccess": "Deny"}}
    assert azure.call("PUT", f"{PROFILE}/versions/latest", version).status == 400
    assert azure.call("PUT", f"{PROFILE}/versions/1.0.0", {"location": "eastus", "properties": {}}).status == 400
    assert azure.call("PUT", f"{PROFILE}/versions/1.0.0", version).status == 201
    azure.clock.simulate(600)
    shown = azure.call("GET", f"{PROFILE}/versions/1.0.0").body["properties"]
    assert shown["provisioningState"] == "Succeeded"
    assert [target["name"] for target in shown["targetLocations"]] == ["eastus"]
    assert azure.call("DELETE", PROFILE).code == "CannotDeleteResource"
    assert azure.call("DELETE", f"{PROFILE}/versions/1.0.0").status == 202
    azure.clock.simulate(600)
    assert azure.call("DELETE", PROFILE).status == 202
    azure.clock.simulate(600)
    assert azure.call("GET", PROFILE).status == 404


def test_the_resources_of_a_group_are_listed_across_types_and_narrowed(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")

    def listed(terms: str) -> list[str]:
        return [each["name"] for each in azure.call("GET", f"{GROUP}/resources", narrowed=terms).body["value"]]

    assert listed("") == ["gal", "gal/img", "src"]
    assert listed("resourceType eq 'Microsoft.Compute/images'") == ["src"]
    assert listed("name eq 'gal' and resourceType eq 'Microsoft.Compute/galleries'") == ["gal"]
    assert azure.call("GET", f"{GROUP}/resources", narrowed="tagName eq 'a'").code == "NotSupportedByLocalAzure"
    assert azure.call("GET", f"{GROUP}x/resources").code == "ResourceGroupNotFound"


@pytest.mark.parametrize("path", [f"{SUBSCRIPTION}/providers/Microsoft.Compute", f"{SUBSCRIPTION}/providers"])
def test_providers_are_registered(azure: Azure, path: str) -> None:
    body = azure.call("GET", path).body
    compute = (
        next((each for each in body["value"] if each["namespace"] == "Microsoft.Compute"), None)
        if ("value" in body)
        else body
    )
    assert compute and compute["registrationState"] == "Registered"
    assert "galleries/images/versions" in [each["resourceType"] for each in compute["resourceTypes"]]


def test_roles_by_name_and_assignments_by_principal(azure: Azure) -> None:
    azure.given("group", "gallery")
    gallery = f"{COMPUTE}/galleries/gal"
    [role] = azure.call("GET", f"{gallery}/{ROLES}/roleDefinitions", narrowed="roleName eq 'Reader'").body["value"]
    assert role["properties"]["roleName"] == "Reader"
    principals = ["11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"]
    for scope, principal in zip((GROUP, gallery), principals, strict=True):
        properties = {"roleDefinitionId": role["id"], "principalId": principal, "principalType": "Group"}
        path = f"{scope}/{ROLES}/roleAssignments/{principal}"
        assert azure.call("PUT", path, {"properties": properties}).status == 201

    def assigned(scope: str, terms: str) -> list[str]:
        found = azure.call("GET", f"{scope}/{ROLES}/roleAssignments", narrowed=terms).body["value"]
        return [each["name"] for each in found]

    assert assigned(gallery, "atScope()") == principals, "those above count, too"
    assert assigned(GROUP, "atScope()") == principals[:1]
    assert assigned(GROUP, "") == principals
    assert assigned(gallery, f"principalId eq '{principals[1]}'") == principals[1:]
