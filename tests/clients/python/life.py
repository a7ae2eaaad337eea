"""A gallery through its life, with Azure's identity library and SDK for Python: its settings are the environment's."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient

GROUP, NAME, LOCATION = "clients", "python", "eastus"


def main(subscription: str) -> None:
    host = f"https://{os.environ['ARM_METADATA_HOSTNAME']}"
    asked = HttpRequest("GET", f"{host}/metadata/endpoints?api-version=2022-09-01")
    cloud: Any = PipelineClient[Any, Any](host).send_request(asked).json()
    credential = ClientSecretCredential(
        os.environ["ARM_TENANT_ID"],
        os.environ["ARM_CLIENT_ID"],
        os.environ["ARM_CLIENT_SECRET"],
        authority=cloud["authentication"]["loginEndpoint"],
        disable_instance_discovery=os.environ["ARM_DISABLE_INSTANCE_DISCOVERY"] == "true",
    )
    scopes = [f"{cloud['authentication']['audiences'][0]}/.default"]
    compute = ComputeManagementClient(credential, subscription, cloud["resourceManager"], credential_scopes=scopes)
    galleries, images, versions = compute.galleries, compute.gallery_images, compute.gallery_image_versions

    body: Any = {"location": LOCATION}  # plain JSON, which the SDK takes and its types don't know
    gallery = galleries.begin_create_or_update(GROUP, NAME, body).result()
    identifier = {"publisher": "p", "offer": "o", "sku": "s"}
    image = {"osType": "Linux", "osState": "Generalized", "identifier": identifier}
    body = {"location": LOCATION, "properties": image}
    definition = images.begin_create_or_update(GROUP, NAME, "img", body).result()
    source = f"/subscriptions/{subscription}/resourceGroups/{GROUP}/providers/Microsoft.Compute/images/golden"
    body = {
        "location": LOCATION,
        "properties": {
            "storageProfile": {"source": {"id": source}},
            "safetyProfile": {"blockDeletionBeforeEndOfLife": False},
            "publishingProfile": {
                "targetRegions": [{"name": LOCATION}, {"name": "westus2", "regionalReplicaCount": 2}]
            },
        },
    }
    version = versions.begin_create_or_update(GROUP, NAME, "img", "1.0.0", body).result()
    pages = [len(list(page)) for page in compute.disks.list().by_page()]
    refused = code(lambda: images.begin_delete(GROUP, NAME, "img").result())
    versions.begin_delete(GROUP, NAME, "img", "1.0.0").result()
    images.begin_delete(GROUP, NAME, "img").result()
    galleries.begin_delete(GROUP, NAME).result()
    seen = {
        "unique": gallery.identifier.unique_name,
        "generation": definition.hyper_v_generation,
        "regions": [region.name for region in version.publishing_profile.target_regions],
        "disks": sum(pages),
        "pages": len(pages),
        "refused": refused,
        "gone": code(lambda: galleries.get(GROUP, NAME)),
    }
    print(json.dumps(seen))


def code(work: Callable[[], object]) -> str:
    """The code of Azure's refusal."""
    try:
        work()
    except HttpResponseError as error:
        return str(error.error and error.error.code)
    return ""


main(sys.argv[1])
