"""A gallery that Azure CLI and azure-mgmt-compute built becomes data files that build the same again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient

import config
from commands.__main__ import main
from tests.adoption.answers import answers
from tests.adoption.test_there_and_back import build, differing
from tests.azure import SUBSCRIPTION, Azure, azure
from tests.components.test_accepts import SOURCES

from .conftest import AzureCLI, Served

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/built"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sources/providers/Microsoft.Compute"
IN = "--resource-group built --gallery-name byOthers"
BUILT = (
    "group create --name built --location westeurope",
    f"sig create {IN} --tags owner=images --description 'Made by hand'",
    f"sig image-definition create {IN} --gallery-image-definition web --publisher p --offer o --sku web --os-type Linux"
    " --os-state Generalized --hyper-v-generation V1 --features IsAcceleratedNetworkSupported=true"
    " --minimum-cpu-core 2 --maximum-memory 32 --end-of-life-date 2040-01-01",
    f"sig image-version create {IN} --gallery-image-definition web --gallery-image-version 1.0.0 --location eastus"
    f" --managed-image {COMPUTE}/images/image --target-regions eastus westus2=2=standard_zrs --replica-count 3"
    " --block-deletion-before-end-of-life false --tags build=1",
    f"sig image-definition create {IN} --gallery-image-definition disk --publisher p --offer o --sku disk"
    " --os-type Linux --os-state Specialized --architecture x64 --features SecurityType=Standard",
    f"sig image-version create {IN} --gallery-image-definition disk --gallery-image-version 2024.02.20"
    f" --location eastus --os-snapshot {COMPUTE}/snapshots/os --data-snapshots {COMPUTE}/snapshots/data"
    " --data-snapshot-luns 3 --target-regions eastus --exclude-from-latest --end-of-life-date 2040-06-01",
)


def test_what_others_built_is_built_again(
    served: Served, az: AzureCLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with azure(served.home, speed=1e4) as cloud:
        cloud.fill(SOURCES[0])
        for command in BUILT:
            az(command)
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            monkeypatch.delenv(name)
        for name, value in {**cloud.environment, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}.items():
            monkeypatch.setenv(name, value)
        build_by_sdk(cloud)
        before = answers(cloud, GROUP)

        assert main(["adopt", "prod", "--resource-group", "built"], tmp_path) == 0

    text = (tmp_path / "galleries/prod.yaml").read_text()
    with azure(tmp_path / "empty") as empty:
        empty.fill(SOURCES[0])
        empty.put({GROUP: {"location": "westeurope"}}, "2024-03-01")
        build(empty, config.load("prod", tmp_path))
        assert len(before) == 6 and differing(before, answers(empty, GROUP)) == {}, text


def build_by_sdk(cloud: Azure) -> None:
    """A version with what the newest api-version does by itself."""
    tenant, client, secret = (
        cloud.environment[f"AZURE_{each}"] for each in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")
    )
    identity = ClientSecretCredential(tenant, client, secret, authority=cloud.address, disable_instance_discovery=True)
    made = ComputeManagementClient(
        identity, SUBSCRIPTION, cloud.address, credential_scopes=[f"{cloud.address}/.default"]
    )
    body: Any = {
        "location": "eastus",
        "properties": {
            "storageProfile": {"source": {"id": f"{COMPUTE}/images/image"}},
            "publishingProfile": {"targetRegions": [{"name": "East US"}, {"name": "northeurope"}]},
        },
    }
    made.gallery_image_versions.begin_create_or_update("built", "byOthers", "web", "1.1.0", body).result()
