"""Every property that Azure can't change in place is refused with its name, both values and the way out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import config
from components.guard import losses, refusals
from config.azure.properties import Kind
from config.azure.view import View, differences, latest

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
            {
                "name": "West US 2",
                "regionalReplicaCount": 2,
                "storageAccountType": "Standard_ZRS",
                "additionalReplicaSets": [{"storageAccountType": "PremiumV2_LRS", "regionalReplicaCount": 3}],
            },
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


def judged(kind: Kind, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = View(kind, old), View(kind, new)
    return list(refusals(differences(before, after), after))


def lost(old: dict[str, Any], new: dict[str, Any], image: config.Image, number: str = "2.0.0") -> list[str]:
    before = latest({number: View("version", old), "0.9.0": View("version", VERSION)})
    return [loss.sentence for loss in losses(number, View("version", old), View("version", new), image, before)]


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
        ("purchasePlan", None, "purchasePlan would change from {name: n, product: r, publisher: p} to nothing"),
        ("eula", "text", "eula would change from nothing to text"),
        ("privacyStatementUri", "uri", "privacyStatementUri would change from nothing to uri"),
        ("disallowed", {"diskTypes": ["Premium_LRS"]}, "disallowedDiskTypes would change from [] to [Premium_LRS]"),
        ("features.0.value", "Standard", "the feature SecurityType would change from TrustedLaunch to nothing"),
        (
            "features.0.startsAtVersion",
            "2.0.0",
            "startsAtVersion of the feature SecurityType would change from nothing",
        ),
        ("endOfLifeDate", None, "endOfLifeDate would be removed (it is 2040-01-01T00:00:00+00:00)"),
    ],
)
def test_a_definition(path: str, value: Any, told: str) -> None:
    [sentence] = judged("image", DEFINITION, changed(DEFINITION, path, value))

    assert sentence.startswith(told)
    assert ": describe another image" in sentence or "or describe another image" in sentence or "later date" in sentence


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("storageProfile.osDiskImage.source.id", "/other", "the OS disk would change from /os to /other"),
        ("storageProfile.dataDiskImages.0.source.id", "/x", "the data disk at LUN 0 would change from /data to /x"),
        ("publishingProfile.replicationMode", "Shallow", "replicationMode would change from Full to Shallow"),
        (
            "storageProfile.dataDiskImages.0.hostCaching",
            "ReadOnly",
            "hostCaching of the data disk at LUN 0 would change",
        ),
        ("publishingProfile.targetExtendedLocations.0.encryption", None, "encryption in losangeles would change"),
        (
            "publishingProfile.targetExtendedLocations.0.name",
            "East US",
            "region of the edge zone losangeles would change from West US to East US",
        ),
        (
            "publishingProfile.targetRegions.0.encryption",
            {"osDiskImage": {"diskEncryptionSetId": "/set"}},
            "encryption in eastus would change from nothing to {osDiskImage: {diskEncryptionSetId: /set}}",
        ),
        ("publishingProfile.endOfLifeDate", None, "endOfLifeDate would be removed"),
        ("securityProfile", None, "securityProfile would change"),
        (
            "publishingProfile.targetRegions.1.additionalReplicaSets.0.storageAccountType",
            "Standard_LRS",
            "it would lose the PremiumV2_LRS replica set in westus2, which Azure refuses without safetyProfile",
        ),
    ],
)
def test_a_version(path: str, value: Any, told: str) -> None:
    [sentence] = judged("version", VERSION, changed(VERSION, path, value))

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
    [sentence] = judged("version", VERSION, changed(VERSION, f"publishingProfile.{path}", value))

    assert sentence.startswith(told)


def test_one_sentence_for_a_storage_type_that_changes_in_many_places() -> None:
    old = changed(VERSION, "publishingProfile.targetRegions.1.storageAccountType", "Standard_LRS")
    new = changed(old, "publishingProfile.storageAccountType", "Premium_LRS")
    for index in range(2):
        new = changed(new, f"publishingProfile.targetRegions.{index}.storageAccountType", "Premium_LRS")

    [sentence] = judged("version", old, new)

    assert sentence.startswith(
        "storageAccountType in eastus and westus2 would change from Standard_LRS to Premium_LRS, which Azure refuses"
    )


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("permissions", "Community", "sharingProfile.permissions would change from Private to Community"),
        (
            "communityGalleryInfo",
            {"eula": "x"},
            "sharingProfile.communityGalleryInfo.eula would change from nothing to x, which Azure refuses on an "
            "existing gallery: make another gallery",
        ),
    ],
)
def test_a_gallery(path: str, value: Any, told: str) -> None:
    [sentence] = judged("gallery", {"location": "eastus"}, {"location": "East US", "sharingProfile": {path: value}})

    assert sentence.startswith(told)


def test_what_is_missing_in_the_file_is_to_be_written_as_azure_has_it() -> None:
    """An adopted definition says more in Azure than in its file (terraform-provider-azurerm issue 16792)."""
    adopted = DEFINITION | {"eula": "https://example.com/eula"}

    [sentence] = judged("image", adopted, DEFINITION)

    assert "write eula: https://example.com/eula, as Azure has it" in sentence


def test_of_two_ids_only_what_differs_is_told() -> None:
    machines = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines"
    old, new = ({"storageProfile": {"source": {"virtualMachineId": f"{machines}/{name}"}}} for name in ("a", "b"))

    [sentence] = judged("version", old, new)

    assert sentence.startswith("source would change from …/virtualMachines/a to …/virtualMachines/b, which Azure")


def test_a_moved_lun_is_a_disk_less_and_a_disk_more() -> None:
    moved = changed(VERSION, "storageProfile.dataDiskImages.0.lun", 5)

    assert [sentence.split(" would")[0] for sentence in judged("version", VERSION, moved)] == [
        "the data disk at LUN 0",
        "the data disk at LUN 5",
    ]


def test_what_azure_changes_in_place_passes() -> None:
    new = changed(VERSION, "publishingProfile.excludeFromLatest", True)
    new = changed(new, "publishingProfile.endOfLifeDate", "2041-01-01T00:00:00+00:00")
    new["publishingProfile"]["targetRegions"].append({"name": "UK South", "regionalReplicaCount": 1})
    new["publishingProfile"]["targetRegions"].reverse()

    assert judged("version", VERSION, new) == []
    assert judged("image", DEFINITION, changed(DEFINITION, "description", "new")) == []
    allowed = changed(changed(DEFINITION, "features.0.value", "Standard"), "allowUpdateImage", True)
    assert judged("image", DEFINITION, allowed) == []


@pytest.mark.parametrize(
    ("kind", "base", "path", "value"),
    [
        ("version", VERSION, "publishingProfile.replicationMode", None),
        ("version", VERSION, "publishingProfile.targetRegions.0.excludeFromLatest", False),
        ("version", VERSION, "publishingProfile.targetRegions.0.regionalReplicaCount", 2.0),
        ("version", VERSION, "publishingProfile.targetRegions.0.name", "eastus"),
        ("version", VERSION, "publishingProfile.endOfLifeDate", "2040-01-01T01:00:00+01:00"),
        ("version", VERSION, "storageProfile.dataDiskImages.0.hostCaching", None),
        ("version", VERSION, "storageProfile.osDiskImage.source.id", "/OS"),
        ("version", VERSION, "safetyProfile", {"blockDeletionBeforeEndOfLife": False}),
        ("image", DEFINITION, "allowUpdateImage", False),
        ("image", DEFINITION, "hyperVGeneration", None),
        ("image", DEFINITION, "features", [{"name": "SecurityType", "value": "trustedlaunch"}]),
        ("gallery", {"location": "eastus"}, "sharingProfile", {"permissions": "Private"}),
        ("gallery", {"location": "eastus"}, "softDeletePolicy", {"isSoftDeleteEnabled": False}),
    ],
)
def test_what_is_unset_and_what_azure_fills_in_for_it_are_the_same(
    kind: Kind, base: dict[str, Any], path: str, value: Any
) -> None:
    other = changed(base, path, value)

    assert list(differences(View(kind, base), View(kind, other))) == []
    assert list(differences(View(kind, other), View(kind, base))) == []


def test_the_same_machine_by_another_property_is_no_change() -> None:
    """az puts a machine's id in `source.id`, the program in `source.virtualMachineId`; Azure fills in the disks."""
    old = {"storageProfile": {"source": {"id": "/VM"}, "osDiskImage": {"hostCaching": "None", "source": {}}}}
    old["storageProfile"]["dataDiskImages"] = [{"lun": 0, "sizeInGB": 8, "hostCaching": "None"}]

    assert judged("version", old, {"storageProfile": {"source": {"virtualMachineId": "/vm"}}}) == []


def test_losses() -> None:
    fewer = changed(VERSION, "publishingProfile.targetRegions.0.regionalReplicaCount", 1)
    gone = changed(VERSION, "publishingProfile.targetRegions.1", None)
    permitted = changed(gone, "safetyProfile", {"allowDeletionOfReplicatedLocations": True})
    everywhere = image(v2={})

    assert lost(VERSION, fewer, everywhere) == ["it would keep 1 of its 2 replicas in eastus"]
    set_gone = changed(VERSION, "publishingProfile.targetRegions.1.additionalReplicaSets", None)
    assert lost(VERSION, set_gone, everywhere) == ["it would keep 2 of its 5 replicas in westus2"]
    [sentence] = judged("version", VERSION, gone)
    assert sentence == (
        "it would lose the region westus2, which Azure refuses without safetyProfile: "
        "{allowDeletionOfReplicatedLocations: true} on the version"
    )
    assert judged("version", VERSION, permitted) == []
    assert lost(VERSION, permitted, everywhere) == ["it would leave westus2"]


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
        ({"v2": {"retired": True}}, ["latest would mean no version overall, in eastus, in westus2"]),
        (
            {"v1": {}, "v2": {"replication": {"regions": {"eastus": {"excludeFromLatest": True}, "westus2": {}}}}},
            ["latest would go back to 1.0.0 in eastus"],
        ),
        ({"v1": {}, "v2": {"replication": {"regions": []}}}, ["latest would go back to 1.0.0 in westus2"]),
    ],
)
def test_latest_going_backwards(versions: dict[str, dict[str, Any]], told: list[str]) -> None:
    assert lost(VERSION, VERSION, image(**versions)) == told


def test_latest_does_not_go_back_from_what_was_excluded_already() -> None:
    """A region's flag wins over the version's."""
    old = changed(VERSION, "publishingProfile.excludeFromLatest", True)
    new = image(v1={}, v2={"excludeFromLatest": True})

    assert lost(old, old, new) == []
    old = changed(old, "publishingProfile.targetRegions.0.excludeFromLatest", False)
    assert lost(old, old, new) == ["latest would go back to 1.0.0 in eastus"]
