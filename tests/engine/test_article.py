"""The article's other examples, and a version from every kind of source that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import SUBSCRIPTION, Project, version_id

MakeProject = Callable[..., Project]

COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Compute"
STORAGE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Storage"
ACCOUNT = f"{STORAGE}/storageAccounts/mystorageaccount"
MACHINES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/machines/providers/Microsoft.Compute/virtualMachines"


def published(body: dict[str, Any]) -> dict[str, Any]:
    """What was asked for of a version, without what Azure adds."""
    profile = body["properties"]["publishingProfile"]
    return {k: v for k, v in profile.items() if k != "publishedDate"}


def test_the_powershell_and_rest_examples(project: MakeProject) -> None:
    dev = project("article")
    dev.up()

    powershell, rest = (dev.get(version_id("1.0.0", gallery=name)) for name in ("powershell", "rest"))

    assert powershell["location"] == "southcentralus"
    assert published(powershell) == {
        "targetRegions": [
            {"name": "South Central US", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"},
            {"name": "East US", "regionalReplicaCount": 2, "storageAccountType": "Standard_LRS"},
        ],
        "replicaCount": 1,
        "excludeFromLatest": False,
        "endOfLifeDate": "2040-12-01T00:00:00+00:00",
        "storageAccountType": "Standard_LRS",
    }
    assert powershell["properties"]["storageProfile"]["source"] == {"virtualMachineId": f"{MACHINES}/windows"}
    assert published(rest) == {
        "targetRegions": [
            {"name": "East US", "regionalReplicaCount": 2, "storageAccountType": "Standard_LRS"},
            {"name": "West US 2", "regionalReplicaCount": 1, "storageAccountType": "Standard_ZRS"},
        ],
        "replicaCount": 1,
        "excludeFromLatest": False,
        "endOfLifeDate": "2044-12-02T00:00:00+00:00",
        "storageAccountType": "Standard_ZRS",
    }
    definitions = [
        dev.get(version_id("1.0.0", gallery=name).rsplit("/versions/")[0]) for name in ("powershell", "rest")
    ]
    assert [(d["properties"]["osType"], d["properties"]["osState"]) for d in definitions] == [
        ("Windows", "Specialized"),
        ("Linux", "Specialized"),
    ]
    assert dev.preview() == {}


def test_versions_from_every_kind_of_source(project: MakeProject) -> None:
    dev = project("sources")
    dev.up()

    def storage(image: str, version: str) -> Any:
        return dev.get(version_id(version, image))["properties"]["storageProfile"]

    shared = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sharedRG/providers/Microsoft.Compute/galleries/shared"
    vhd = "https://mystorageaccount.blob.core.windows.net/vhds"
    assert storage("specialized", "1.0.0")["source"] == {"virtualMachineId": f"{COMPUTE}/virtualMachines/myVM"}
    assert storage("specialized", "1.1.0")["source"] == {"id": f"{shared}/images/base/versions/3.2.1"}
    assert storage("generalized", "2.0.0")["source"] == {"id": f"{COMPUTE}/images/myImage"}
    assert storage("generalized", "2.1.0")["osDiskImage"]["source"] == {"id": f"{COMPUTE}/disks/myOSDisk"}

    snapshots = storage("generalized", "2.2.0")
    assert snapshots["osDiskImage"]["source"] == {"id": f"{COMPUTE}/snapshots/myOSSnapshot"}
    assert snapshots["osDiskImage"]["hostCaching"] == "ReadOnly"
    assert {d["lun"]: d["source"] for d in snapshots["dataDiskImages"]} == {
        0: {"id": f"{COMPUTE}/snapshots/myDataSnapshot"}
    }

    blob = storage("generalized", "2.3.0")["osDiskImage"]["source"]
    assert blob == {"uri": f"{vhd}/os.vhd", "storageAccountId": ACCOUNT}

    mixed = storage("generalized", "2.4.0")
    assert mixed["osDiskImage"]["source"] == {"id": f"{COMPUTE}/snapshots/myOSSnapshot"}
    assert {d["lun"]: d["source"] for d in mixed["dataDiskImages"]} == {
        0: {"id": f"{COMPUTE}/disks/myDataDisk"},
        3: {"id": f"{COMPUTE}/snapshots/myDataSnapshot"},
        7: {"uri": f"{vhd}/data.vhd", "storageAccountId": ACCOUNT},
    }
    assert [d["sizeInGB"] for d in mixed["dataDiskImages"]][:2] == [128, 64]
    assert dev.preview() == {}
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


def test_a_version_goes_from_dev_to_staging_and_prod_by_its_id(project: MakeProject) -> None:
    dev = project()
    dev.up()
    stacks = {name: Project(dev.directory, name) for name in ("staging", "prod")}
    for name, stack in stacks.items():
        stack.pulumi("stack", "init", name)
        stack.up()

    counts = []
    for number, name in (("2", "staging"), ("3", "prod")):
        body = dev.get(version_id("1.0.0", subscription=SUBSCRIPTION[:-1] + number))
        targets = body["properties"]["publishingProfile"]["targetRegions"]
        assert body["properties"]["storageProfile"]["source"] == {"id": version_id("1.0.0")}, name
        zones = {t["name"]: t["storageAccountType"] for t in targets}
        assert zones.pop("West Central US") == "Standard_LRS", "a region without zones"
        assert set(zones.values()) == {"Standard_ZRS"}
        counts.append((len(targets), sum(t["regionalReplicaCount"] for t in targets)))
    assert (3, 4) < counts[0] < counts[1], "more regions and replicas from stack to stack"

    protected = {name: r.get("protect", False) for name, r in stacks["prod"].resources().items()}
    assert set(protected.values()) == {True}
    assert not any(r.get("protect") for r in stacks["staging"].resources().values())
    refused = stacks["prod"].run("destroy", "--yes", "--stack", "prod")
    assert refused.returncode != 0
    assert "protect" in refused.stdout + refused.stderr
    assert stacks["prod"].preview() == {}


def test_promoted_versions_outlive_their_source(project: MakeProject) -> None:
    dev = project()
    dev.up()
    staging = Project(dev.directory, "staging")
    staging.pulumi("stack", "init", "staging")
    staging.up()

    dev.pulumi("destroy", "--yes", "--stack", "dev")

    assert staging.preview() == {}
    staging.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "staging")
