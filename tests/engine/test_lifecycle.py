"""The article's gallery through the life of an infrastructure: created, changed, drifted, adopted, destroyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import SUBSCRIPTION, Project, version_id

MakeProject = Callable[..., Project]

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/myGalleryRG"
GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/myGallery"
DEFINITION = f"{GALLERY}/images/myImageDefinition"
VERSION = "myGallery/myImageDefinition/1.0.0"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Compute/virtualMachines/myVM"
)


def versions(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"]
    return found


def article_version(data: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = versions(data)["1.0.0"]
    return version


def regions(body: dict[str, Any]) -> dict[str, tuple[int, str]]:
    targets = body["properties"]["publishingProfile"]["targetRegions"]
    return {t["name"]: (t["regionalReplicaCount"], t["storageAccountType"]) for t in targets}


def test_the_articles_gallery_through_its_life(project: MakeProject) -> None:
    dev = project()
    created = dev.up()["create"]

    definition, version = dev.get(DEFINITION), dev.get(version_id("1.0.0"))
    assert definition["properties"] | {"provisioningState": ""} == {
        "osType": "Linux",
        "osState": "Specialized",
        "hyperVGeneration": "V1",
        "architecture": "x64",
        "identifier": {"publisher": "myPublisher", "offer": "myOffer", "sku": "mySKU"},
        "provisioningState": "",
    }
    assert regions(version) == {
        "West Central US": (2, "Standard_LRS"),
        "South Central US": (1, "Standard_LRS"),
        "East US": (1, "Standard_ZRS"),
    }
    assert version["properties"]["storageProfile"]["source"] == {"virtualMachineId": MACHINE}
    assert version["properties"]["provisioningState"] == "Succeeded"
    assert dev.outputs() == {
        "galleries": {"myGallery": GALLERY},
        "images": {"myGallery/myImageDefinition": DEFINITION},
        "versions": {VERSION: version_id("1.0.0")},
        "latest": {"myGallery/myImageDefinition": "1.0.0"},
        "latestByRegion": {
            "myGallery/myImageDefinition/westcentralus": "1.0.0",
            "myGallery/myImageDefinition/southcentralus": "1.0.0",
            "myGallery/myImageDefinition/eastus": "1.0.0",
        },
    }
    assert dev.up() == {"same": created}

    dev.edit(respell)
    assert dev.preview() == {}, "the spelling and the order of regions"

    others = (GROUP, GALLERY, DEFINITION)
    before = [dev.get(id) for id in others]
    dev.edit(lambda data: article_version(data).update(IN_PLACE))
    assert dev.preview() == {VERSION: ("update", PATHS)}
    assert dev.up() == {"same": created - 1, "update": 1}
    assert [dev.get(id) for id in others] == before

    first = dev.get(version_id("1.0.0"))
    dev.edit(lambda data: versions(data).update({"1.1.0": {"source": {"virtualMachine": MACHINE}}}))
    assert dev.preview() == {"myGallery/myImageDefinition/1.1.0": ("create", [])}
    assert dev.up()["create"] == 1
    assert dev.get(version_id("1.0.0")) == first
    assert dev.get(version_id("1.1.0"))["properties"]["provisioningState"] == "Succeeded"

    changed = dev.get(version_id("1.0.0"))
    changed["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    dev.cloud(("PUT", version_id("1.0.0"), changed), ("DELETE", version_id("1.1.0"), None))
    assert dev.run("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev").returncode != 0
    dev.pulumi("refresh", "--yes", "--stack", "dev")
    assert dev.preview() == {
        VERSION: ("update", ["publishingProfile.targetRegions[1].regionalReplicaCount"]),
        "myGallery/myImageDefinition/1.1.0": ("create", []),
    }
    dev.up()
    assert regions(dev.get(version_id("1.0.0"))) == regions(first)
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")

    dev.edit(lambda data: versions(data).pop("1.0.0") and data.update(allowDeletion=[VERSION]))
    assert dev.preview() == {VERSION: ("delete", [])}
    assert dev.up()["delete"] == 1
    assert [dev.get(version_id(number)) is None for number in ("1.0.0", "1.1.0")] == [True, False]

    dev.pulumi("destroy", "--yes", "--stack", "dev")
    assert [dev.get(id) for id in (version_id("1.1.0"), DEFINITION, GALLERY, GROUP)] == [None] * 4
    assert dev.resources() == {}
    assert dev.get(MACHINE) is not None


def respell(data: dict[str, Any]) -> None:
    data["location"] = "West Central US"
    article_version(data)["replication"]["regions"] = {
        "East US": {"replicas": 1, "storageAccountType": "Standard_ZRS"},
        "South Central US": {"replicas": 1},
    }


IN_PLACE = {
    "replication": {"replicas": 2, "regions": ["westeurope=1", "southcentralus=3", "eastus=1=standard_zrs"]},
    "excludeFromLatest": True,
    "endOfLifeDate": "2040-06-30",
    "tags": {"team": "images"},
}
PATHS = [
    "publishingProfile.endOfLifeDate",
    "publishingProfile.excludeFromLatest",
    "publishingProfile.targetRegions[1]",
    "publishingProfile.targetRegions[2].regionalReplicaCount",
    "tags.team",
]


def test_what_others_have_made_is_taken_over_as_it_is(project: MakeProject) -> None:
    dev = project()
    # As `az` makes them, in a spelling of its own and with defaults left out.
    definition = {
        "location": "West Central US",
        "properties": {
            "osType": "Linux",
            "osState": "Specialized",
            "identifier": {"publisher": "myPublisher", "offer": "myOffer", "sku": "mySKU"},
        },
    }
    targets = [{"name": "westcentralus"}, {"name": "southcentralus", "regionalReplicaCount": 1}]
    targets.append({"name": "eastus", "regionalReplicaCount": 1, "storageAccountType": "Standard_ZRS"})
    version = {
        "location": "westcentralus",
        "properties": {
            "publishingProfile": {"replicaCount": 2, "targetRegions": targets},
            "storageProfile": {"source": {"virtualMachineId": MACHINE}},
        },
    }
    dev.cloud(
        ("PUT", GROUP, {"location": "westcentralus"}),
        ("PUT", GALLERY, {"location": "westcentralus"}),
        ("PUT", DEFINITION, definition),
        ("PUT", version_id("1.0.0"), version),
    )

    # The tags are dev's own: nothing is taken over that would be changed at once.
    code, printed, _ = dev.at_azure("import", "dev")
    assert code == 1 and dev.resources() == {}
    whole = "tags: Azure has nothing, the data file {environment: dev}"
    assert printed.splitlines()[:4] == [
        f"{name}: {whole}" for name in ("myGalleryRG", "myGallery", "myGallery/myImageDefinition", VERSION)
    ]
    dev.edit(lambda data: data.pop("tags"))

    assert "taken over: 1 resource group, 1 gallery, 1 image, 1 version\n" in dev.take_over()

    assert dev.preview() == {} and "nothing to take over" in dev.take_over()
    dev.edit(lambda data: data.update(tags={"environment": "dev"}))
    assert dev.up()["update"] == 4


def test_every_property_goes_up_and_comes_back_the_same(project: MakeProject) -> None:
    dev = project("../components/cases/everything")
    dev.up()

    assert dev.preview() == {}
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


def location_of_group(data: dict[str, Any]) -> None:
    data["resourceGroup"].update(location="eastus")
    data.update(allowResourceGroupDeletion=["myGalleryRG"], allowDeletion=["myGallery"])


def location_of_definition(data: dict[str, Any]) -> None:
    image = data["galleries"]["myGallery"]["images"]["myImageDefinition"]
    image.update(location="eastus", versions={"1.0.0": article_version(data) | {"location": "westcentralus"}})


def name_of_group(data: dict[str, Any]) -> None:
    data["resourceGroup"].update(name="otherRG")


def test_what_lies_inside_is_replaced_with_what_holds_it_and_the_preview_says_so(project: MakeProject) -> None:
    """Azure would delete it with its resource group, or refuse to delete what holds it."""
    dev = project()
    dev.up()
    inside = [name for name in dev.resources() if name != "default_3_29_0"]

    for move, first in (
        (location_of_group, "myGallery"),
        (location_of_definition, "myGallery/myImageDefinition"),
        (name_of_group, "myGallery"),
    ):
        dev.edit(move)
        steps = dev.preview()
        assert all(steps[name][0] == "replace" for name in inside[inside.index(first) :]), steps
        dev.up()
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    assert dev.get(version_id("1.0.0").replace("myGalleryRG", "otherRG")) is not None


def test_a_move_that_failed_half_way_is_taken_back(project: MakeProject) -> None:
    dev = project()
    dev.up()
    # Where the version's machine isn't.
    dev.edit(lambda data: data.update(location="eastus", verifySources=False, allowDeletion=["myGallery"]))
    assert "is in the same region as gallery image version" in dev.run("up", "--yes", "--stack", "dev").stdout

    dev.edit(lambda data: data.update(location="westcentralus"))
    dev.up()

    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    assert dev.get(version_id("1.0.0"))["location"] == "westcentralus"
    assert dev.preview() == {}
