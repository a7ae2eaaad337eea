"""Every property that Azure can't change in place is refused with its name, both values and the way out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import config
from components.guard import (
    definition_changes,
    latest_losses,
    storage_changes,
    version_changes,
    version_losses,
)

DEFINITION: dict[str, Any] = {
    "osType": "Linux",
    "osState": "Generalized",
    "hyperVGeneration": "V1",
    "architecture": "x64",
    "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
    "purchasePlan": {"name": "n", "publisher": "p", "product": "r"},
    "features": [{"name": "SecurityType", "value": "TrustedLaunch"}],
    "endOfLifeDate": "2040-01-01T00:00:00+00:00",
    "description": "what it is",
    "tags": {"team": "images"},
}
VERSION: dict[str, Any] = {
    "storageProfile": {
        "osDiskImage": {"source": {"id": "/os"}},
        "dataDiskImages": [{"lun": 0, "hostCaching": "None", "source": {"id": "/data"}}],
    },
    "publishingProfile": {
        "replicationMode": "Full",
        "storageAccountType": "Standard_LRS",
        "replicaCount": 2,
        "endOfLifeDate": "2040-01-01T00:00:00+00:00",
        "targetRegions": [
            {"name": "East US", "regionalReplicaCount": 2, "storageAccountType": "Standard_LRS"},
            {"name": "West US 2", "regionalReplicaCount": 2, "storageAccountType": "Standard_ZRS"},
        ],
        "targetExtendedLocations": [
            {
                "name": "West US",
                "extendedLocation": {"name": "losangeles", "type": "EdgeZone"},
                "extendedLocationReplicaCount": 2,
                "storageAccountType": "Premium_LRS",
                "encryption": {"osDiskImage": {"diskEncryptionSetId": "/set"}},
            }
        ],
    },
    "securityProfile": {"uefiSettings": {"signatureTemplateNames": ["NoSignatureTemplate"]}},
}


def changed(inputs: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one property set, or taken away where the value is None."""
    inputs = copy.deepcopy(inputs)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    node: Any = inputs
    for part in parents:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return inputs


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("osType", "Windows", "osType would change from Linux to Windows"),
        ("osState", "Specialized", "osState would change from Generalized to Specialized"),
        ("hyperVGeneration", "V2", "hyperVGeneration would change from V1 to V2"),
        ("architecture", "Arm64", "architecture would change from x64 to Arm64"),
        ("identifier.publisher", "q", "identifier.publisher would change from p to q"),
        ("identifier.offer", "q", "identifier.offer would change from o to q"),
        ("identifier.sku", "q", "identifier.sku would change from s to q"),
        ("purchasePlan", None, "purchasePlan would change from {'name': 'n'"),
        ("eula", "text", "eula would change from nothing to text"),
        ("privacyStatementUri", "uri", "privacyStatementUri would change from nothing to uri"),
        ("disallowed", {"diskTypes": ["Premium_LRS"]}, "disallowed would change from nothing"),
        ("features.0.value", "Standard", "the feature SecurityType would change from TrustedLaunch to Standard"),
        ("endOfLifeDate", None, "endOfLifeDate would be removed (it is 2040-01-01T00:00:00+00:00)"),
    ],
)
def test_a_definition(path: str, value: Any, told: str) -> None:
    [sentence] = definition_changes(DEFINITION, changed(DEFINITION, path, value))

    assert sentence.startswith(told)
    assert ": describe another image" in sentence or "or describe another image" in sentence or "later date" in sentence


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("storageProfile.osDiskImage.source.id", "/other", "the OS disk would change from /os to /other"),
        ("storageProfile.dataDiskImages.0.source.id", "/x", "the data disk at LUN 0 would change from /data to /x"),
        ("publishingProfile.replicationMode", "Shallow", "publishingProfile.replicationMode would change from Full"),
        (
            "storageProfile.dataDiskImages.0.hostCaching",
            "ReadOnly",
            "hostCaching of the data disk at LUN 0 would change",
        ),
        ("publishingProfile.targetExtendedLocations.0.encryption", None, "the encryption in losangeles would change"),
        ("publishingProfile.targetRegions.0.encryption", {"osDiskImage": {}}, "the encryption in eastus would change"),
        ("publishingProfile.endOfLifeDate", None, "publishingProfile.endOfLifeDate would be removed"),
        ("securityProfile", None, "securityProfile would change"),
    ],
)
def test_a_version(path: str, value: Any, told: str) -> None:
    [sentence] = version_changes(VERSION, changed(VERSION, path, value))

    assert sentence.startswith(told)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("storageAccountType", "Premium_LRS", "storageAccountType would change from Standard_LRS to Premium_LRS"),
        ("targetRegions.1.storageAccountType", "Premium_LRS", "storageAccountType in westus2 would change from"),
        ("targetExtendedLocations.0.storageAccountType", "Standard_LRS", "storageAccountType in losangeles would"),
    ],
)
def test_a_storage_type(path: str, value: str, told: str) -> None:
    [sentence] = storage_changes(VERSION, changed(VERSION, f"publishingProfile.{path}", value))

    assert sentence.startswith(told)


def test_one_sentence_for_a_storage_type_that_changes_in_many_places() -> None:
    new = changed(VERSION, "publishingProfile.storageAccountType", "Premium_LRS")
    new = changed(new, "publishingProfile.targetRegions.0.storageAccountType", "Premium_LRS")

    [sentence] = storage_changes(VERSION, new)

    assert sentence.startswith("storageAccountType in eastus would change from Standard_LRS to Premium_LRS")


def test_a_moved_lun_is_a_disk_less_and_a_disk_more() -> None:
    moved = changed(VERSION, "storageProfile.dataDiskImages.0.lun", 5)

    assert [sentence.split(" would")[0] for sentence in version_changes(VERSION, moved)] == [
        "the data disk at LUN 0",
        "the data disk at LUN 5",
    ]


def test_what_azure_changes_in_place_passes() -> None:
    new = changed(VERSION, "publishingProfile.excludeFromLatest", True)
    new = changed(new, "publishingProfile.endOfLifeDate", "2041-01-01T00:00:00+00:00")
    new["publishingProfile"]["targetRegions"].append({"name": "UK South", "regionalReplicaCount": 1})
    new["publishingProfile"]["targetRegions"].reverse()

    assert list(version_changes(VERSION, new)) == list(version_losses(VERSION, new)) == []
    assert list(definition_changes(DEFINITION, changed(DEFINITION, "description", "new"))) == []
    allowed = changed(changed(DEFINITION, "features.0.value", "Standard"), "allowUpdateImage", True)
    assert list(definition_changes(DEFINITION, allowed)) == []


def test_the_same_machine_by_another_property_is_no_change() -> None:
    """az puts a machine's id in `source.id`, the program in `source.virtualMachineId`; Azure fills in the disks."""
    old = {"storageProfile": {"source": {"id": "/VM"}, "osDiskImage": {"hostCaching": "None", "source": {}}}}

    assert list(version_changes(old, {"storageProfile": {"source": {"virtualMachineId": "/vm"}}})) == []


def test_losses() -> None:
    fewer = changed(VERSION, "publishingProfile.targetRegions.0.regionalReplicaCount", 1)
    gone = changed(VERSION, "publishingProfile.targetRegions.1", None)

    assert list(version_losses(VERSION, fewer)) == ["it would keep 1 of its 2 replicas in eastus"]
    [sentence] = version_losses(VERSION, gone)
    assert sentence.startswith("it would be removed from westus2")
    permitted = changed(gone, "safetyProfile", {"allowDeletionOfReplicatedLocations": True})
    assert list(version_losses(VERSION, permitted)) == []


def image(**versions: dict[str, Any]) -> config.Image:
    """A definition with these versions in eastus and westus2, by major number."""
    source = {"imageVersion": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/"}
    source["imageVersion"] += "Microsoft.Compute/galleries/g/images/i/versions/1.0.0"
    settings = {
        "location": "eastus",
        "osType": "Linux",
        "osState": "Generalized",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
        "replication": {"regions": ["westus2"]},
        "versions": {f"{name[1:]}.0.0": {"source": source, **own} for name, own in versions.items()},
    }
    return config.image("i", settings)[0]


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ({"v1": {}, "v2": {}}, []),
        (
            {"v1": {}, "v2": {"excludeFromLatest": True}},
            ["latest would go back to 1.0.0 overall, in eastus, in westus2"],
        ),
        ({"v1": {}, "v2": {"excludeFromLatest": True}, "v3": {}}, []),
        ({"v2": {"retired": True}}, ["latest would go back to no version overall, in eastus, in westus2"]),
        (
            {"v1": {}, "v2": {"replication": {"regions": {"eastus": {"excludeFromLatest": True}, "westus2": {}}}}},
            ["latest would go back to 1.0.0 in eastus"],
        ),
        ({"v1": {}, "v2": {"replication": {"regions": []}}}, ["latest would go back to 1.0.0 in westus2"]),
    ],
)
def test_latest_going_backwards(versions: dict[str, dict[str, Any]], told: list[str]) -> None:
    assert list(latest_losses("2.0.0", VERSION, image(**versions))) == told


def test_latest_does_not_go_back_from_what_was_excluded_already() -> None:
    """A region's flag wins over the version's."""
    old = changed(VERSION, "publishingProfile.excludeFromLatest", True)
    new = image(v1={}, v2={"excludeFromLatest": True})

    assert list(latest_losses("2.0.0", old, new)) == []
    old = changed(old, "publishingProfile.targetRegions.0.excludeFromLatest", False)
    assert list(latest_losses("2.0.0", old, new)) == ["latest would go back to 1.0.0 in eastus"]
