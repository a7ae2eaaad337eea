"""The article's gallery through the life of an infrastructure: created, changed, drifted, adopted, destroyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import SUBSCRIPTION, Project, version_id

MakeProject = Callable[..., Project]

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/myGalleryRG"
GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/myGallery"
DEFINITION = f"{GALLERY}/images/myImageDefinition"
VERSION = "myGallery/myImageDefinition/1.0.0"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MyResourceGroup/providers/Microsoft.Compute/virtualMachines/myVM"
)


def article_version(data: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"]["1.0.0"]
    return version


def regions(body: dict[str, Any]) -> dict[str, tuple[int, str]]:
    targets = body["properties"]["publishingProfile"]["targetRegions"]
    return {t["name"]: (t["regionalReplicaCount"], t["storageAccountType"]) for t in targets}


def test_up_builds_the_articles_gallery_and_a_second_one_changes_nothing(project: MakeProject) -> None:
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
    assert dev.preview() == {}


CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a replica count": (
        {"replication": {"replicas": 2, "regions": ["westcentralus", "southcentralus=3", "eastus=1=standard_zrs"]}},
        ["publishingProfile.targetRegions[1].regionalReplicaCount"],
    ),
    "a region": (
        {
            "replication": {
                "replicas": 2,
                "regions": ["westcentralus", "westeurope=1", "southcentralus=1", "eastus=1=standard_zrs"],
            }
        },
        ["publishingProfile.targetRegions[1]"],
    ),
    "exclude from latest": ({"excludeFromLatest": True}, ["publishingProfile.excludeFromLatest"]),
    "end of life": ({"endOfLifeDate": "2040-06-30"}, ["publishingProfile.endOfLifeDate"]),
    "tags": ({"tags": {"team": "images"}}, ["tags.team"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_azure_takes_in_place_moves_nothing_else(project: MakeProject, change: str) -> None:
    dev = project()
    same = dev.up()["create"] - 1
    settings, paths = CHANGES[change]
    ids = (GROUP, GALLERY, DEFINITION)
    before = [dev.get(id) for id in ids]

    dev.edit(lambda data: article_version(data).update(settings))

    assert dev.preview() == {VERSION: ("update", paths)}
    assert dev.up() == {"same": same, "update": 1}
    assert [dev.get(id) for id in ids] == before
    assert dev.preview() == {}


def test_region_spelling_and_order_change_nothing(project: MakeProject) -> None:
    dev = project()
    dev.up()

    def respell(data: dict[str, Any]) -> None:
        data["location"] = "West Central US"
        article_version(data)["replication"]["regions"] = {
            "East US": {"replicas": 1, "storageAccountType": "Standard_ZRS"},
            "South Central US": {"replicas": 1},
        }

    dev.edit(respell)

    assert dev.preview() == {}


def test_versions_come_and_go_without_touching_each_other(project: MakeProject) -> None:
    dev = project()
    dev.up()
    first = dev.get(version_id("1.0.0"))

    def publish(data: dict[str, Any]) -> None:
        versions = data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"]
        versions["1.1.0"] = {"source": {"virtualMachine": MACHINE}}

    dev.edit(publish)
    assert dev.preview() == {"myGallery/myImageDefinition/1.1.0": ("create", [])}
    assert dev.up()["create"] == 1
    assert dev.get(version_id("1.0.0")) == first
    assert dev.get(version_id("1.1.0"))["properties"]["provisioningState"] == "Succeeded"

    dev.edit(lambda data: data["galleries"]["myGallery"]["images"]["myImageDefinition"]["versions"].pop("1.0.0"))
    assert dev.preview() == {VERSION: ("delete", [])}
    assert dev.up()["delete"] == 1
    assert dev.get(version_id("1.0.0")) is None
    assert dev.get(version_id("1.1.0")) is not None


def test_refresh_shows_what_was_changed_behind_the_engines_back(project: MakeProject) -> None:
    dev = project()
    dev.up()
    body = dev.get(version_id("1.0.0"))
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    dev.cloud(("PUT", version_id("1.0.0"), body))

    assert dev.run("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev").returncode != 0
    dev.pulumi("refresh", "--yes", "--stack", "dev")

    assert dev.preview() == {VERSION: ("update", ["publishingProfile.targetRegions[1].regionalReplicaCount"])}
    dev.up()
    assert regions(dev.get(version_id("1.0.0")))["South Central US"] == (1, "Standard_LRS")
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


def test_what_vanished_from_azure_is_made_again(project: MakeProject) -> None:
    dev = project()
    dev.up()
    dev.cloud(("DELETE", version_id("1.0.0"), None))

    dev.pulumi("refresh", "--yes", "--stack", "dev")

    assert dev.preview() == {VERSION: ("create", [])}
    dev.up()
    assert dev.get(version_id("1.0.0")) is not None


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


def test_destroy_leaves_the_cloud_empty(project: MakeProject) -> None:
    dev = project()
    dev.up()

    dev.pulumi("destroy", "--yes", "--stack", "dev")

    assert [dev.get(id) for id in (version_id("1.0.0"), DEFINITION, GALLERY, GROUP)] == [None] * 4
    assert dev.resources() == {}
    assert dev.get(MACHINE) is not None


def test_every_property_goes_up_and_comes_back_the_same(project: MakeProject) -> None:
    dev = project("../components/cases/everything")
    dev.up()

    assert dev.preview() == {}
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")


MOVES: dict[str, Callable[[dict[str, Any]], None]] = {
    "the resource group's location": lambda data: data["resourceGroup"].update(location="eastus"),
    "the resource group's name": lambda data: data["resourceGroup"].update(name="otherRG"),
    "the definition's location": lambda data: data["galleries"]["myGallery"]["images"]["myImageDefinition"].update(
        location="eastus", versions={"1.0.0": article_version(data) | {"location": "westcentralus"}}
    ),
}


@pytest.mark.parametrize("move", MOVES)
def test_what_lies_inside_is_replaced_with_what_holds_it_and_the_preview_says_so(
    project: MakeProject, move: str
) -> None:
    """Azure would delete it with its resource group, or refuse to delete what holds it."""
    dev = project()
    dev.up()
    inside = [name for name in dev.resources() if name != "default_3_29_0"]
    inside = inside[inside.index("myGallery/myImageDefinition" if "definition" in move else "myGallery") :]

    dev.edit(MOVES[move])

    steps = dev.preview()
    assert all(steps[name][0] == "replace" for name in inside), steps
    dev.up()
    assert dev.preview() == {}
    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    group = "otherRG" if "name" in move else "myGalleryRG"
    assert dev.get(version_id("1.0.0").replace("myGalleryRG", group)) is not None


def test_a_move_that_failed_half_way_is_taken_back(project: MakeProject) -> None:
    dev = project()
    dev.up()
    dev.edit(lambda data: data.update(location="eastus"))  # where the version's machine isn't
    assert dev.run("up", "--yes", "--skip-preview", "--stack", "dev").returncode != 0

    dev.edit(lambda data: data.update(location="westcentralus"))
    dev.up()

    dev.pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    assert dev.get(version_id("1.0.0"))["location"] == "westcentralus"
    assert dev.preview() == {}
