"""azure-mgmt-compute with azure-identity, unpatched, pollers included."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient

from .conftest import Served

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sdk/providers/Microsoft.Compute"


@pytest.fixture(scope="module")
def client(served: Served) -> ComputeManagementClient:
    """Made by the very lines that `python -m local serve` prints."""
    lines = served.printed.partition("Azure's SDK for Python:")[2].partition("Everything else")[0]
    names: dict[str, object] = {
        "ClientSecretCredential": ClientSecretCredential,
        "ComputeManagementClient": ComputeManagementClient,
    }
    exec(lines, names)
    made = names["client"]
    assert isinstance(made, ComputeManagementClient)
    return made


def test_a_gallery_through_its_life(client: ComputeManagementClient, served: Served) -> None:
    groups = f"{served.address}/subscriptions/{SUBSCRIPTION}/resourcegroups/sdk?api-version=2024-11-01"
    client._client.send_request(HttpRequest("PUT", groups, json={"location": "eastus"}))
    # Bodies are plain JSON, which the SDK takes and its types don't know.
    disk = {"osType": "Linux", "diskSizeGB": 30, "creationData": {"createOption": "Empty"}}
    body: Any = {"location": "eastus", "properties": disk}
    client.disks.begin_create_or_update("sdk", "os", body).result()

    body = {"location": "eastus"}
    gallery = client.galleries.begin_create_or_update("sdk", "gal", body).result()
    assert gallery.identifier.unique_name == f"{SUBSCRIPTION}-GAL"
    image = {
        "osType": "Linux",
        "osState": "Generalized",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
        "features": [{"name": "SecurityType", "value": "Standard"}],  # or no disk could be a source
    }
    body = {"location": "eastus", "properties": image}
    definition = client.gallery_images.begin_create_or_update("sdk", "gal", "img", body).result()
    assert (definition.provisioning_state, definition.hyper_v_generation) == ("Succeeded", "V2")
    regions = [{"name": "eastus"}, {"name": "westus2", "regionalReplicaCount": 2}]
    body = {
        "location": "eastus",
        "properties": {
            "storageProfile": {"osDiskImage": {"source": {"id": f"{COMPUTE}/disks/os"}}},
            "publishingProfile": {"targetRegions": regions},
        },
    }
    version = client.gallery_image_versions.begin_create_or_update("sdk", "gal", "img", "1.0.0", body).result()
    profile = version.publishing_profile
    assert [region.name for region in profile.target_regions] == ["East US", "West US 2"]
    assert {region.storage_account_type for region in profile.target_regions} == {"Standard_ZRS"}
    months = (profile.end_of_life_date.year - profile.published_date.year) * 12
    assert months + profile.end_of_life_date.month - profile.published_date.month == 6
    with pytest.raises(HttpResponseError, match="DeleteGalleryImageVersionBlockedBeforeEndOfLife"):
        client.gallery_image_versions.begin_delete("sdk", "gal", "img", "1.0.0").result()
    body["properties"]["safetyProfile"] = {"blockDeletionBeforeEndOfLife": False}
    client.gallery_image_versions.begin_create_or_update("sdk", "gal", "img", "1.0.0", body).result()
    shown = client.gallery_image_versions.get("sdk", "gal", "img", "1.0.0", expand="ReplicationStatus")
    assert {each.region: each.state for each in shown.replication_status.summary} == {
        "eastus": "Completed",
        "westus2": "Completed",
    }
    assert [each.name for each in client.gallery_image_versions.list_by_gallery_image("sdk", "gal", "img")] == ["1.0.0"]
    with pytest.raises(HttpResponseError, match="CannotDeleteResource"):
        client.gallery_images.begin_delete("sdk", "gal", "img").result()

    client.gallery_image_versions.begin_delete("sdk", "gal", "img", "1.0.0").result()
    client.gallery_images.begin_delete("sdk", "gal", "img").result()
    client.galleries.begin_delete("sdk", "gal").result()
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        client.galleries.get("sdk", "gal")
