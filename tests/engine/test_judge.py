"""The change as a whole is judged before any resource is registered, and as the engine would make it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import config
from commands.preview import read
from config.azure.plan import Plan, wanted
from config.azure.view import View

from .conftest import Project

MakeProject = Callable[..., Project]
Edit = Callable[[dict[str, Any]], None]
IMAGE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/sources/providers/Microsoft.Compute/images"


def images(data: dict[str, Any], gallery: str) -> dict[str, Any]:
    found: dict[str, Any] = data["galleries"][gallery]["images"]
    return found


def all_wrong(data: dict[str, Any]) -> None:
    """One change of each kind that is judged, and two that checks of single resources refuse."""
    versions = images(data, "versions")["web"]["versions"]
    del versions["1.1.0"], versions["1.2.0"]
    versions["2.0.0"] = {"source": {"managedImage": f"{IMAGE}/gone"}, "excludeFromLatest": True}
    images(data, "versions")["web"]["protect"] = True
    images(data, "versions")["web"]["osType"] = "Windows"
    identifiers = images(data, "identifiers")
    identifiers["new"] = {**identifiers.pop("old"), "endOfLifeDate": "2020-01-01"}
    identifiers["spelt"] = identifiers.pop("Spelt")
    data["galleries"]["moving"]["location"] = "westus2"
    data["galleries"]["grouped"]["resourceGroup"]["location"] = "westus2"
    images(data, "locked")["web"]["versions"].clear()


TOLD = [
    "versions/web/1.2.0: it leaves the file, and latest would go back to 1.0.0 overall, in eastus; it is protected:"
    " write allowLosses: {versions/web/1.2.0: [latest]} if that is meant",
    "versions/web/1.2.0: it leaves the file, and latest would mean no version in westus2; it is protected",
    "versions/web/1.1.0: it would be deleted, with 1 replica in 1 region; if that is meant, retire it first"
    " (retired: true), or write allowDeletion: [versions/web/1.1.0]",
    "versions/web/1.2.0: it would be deleted, with 2 replicas in 2 regions; if that is meant",
    "versions/web: osType would change from Linux to Windows, which Azure refuses",
    "versions/web/2.0.0: the source /subscriptions",
    "identifiers/old: it would be deleted, with 1 version, 1 replica in 1 region; if that is meant, write"
    " allowDeletion: [identifiers/old]",
    "identifiers/new: it takes p/o/shared from identifiers/old, which this change deletes after it",
    "identifiers/new: its end of life, 2020-01-01, is past, and Azure makes nothing with such a date: write a later",
    "identifiers/spelt: Azure has it as identifiers/Spelt, and takes names in other capitals for the same",
    "moving: it would be replaced, with 1 version, 1 replica in 1 region, because location would change from eastus to"
    " westus2: deleted, then made anew, each version from what its source is today; if that is meant, write"
    " allowDeletion: [moving]",
    "the resource group moving: it would be replaced, because location would change from eastus to westus2: deleted,"
    " then made anew; if that is meant, write allowResourceGroupDeletion: [moving]",
    "locked/web/1.0.0: the lock golden on locked/web forbids its deletion: take the lock out of the data file, too",
]


def test_the_change_as_a_whole(project: MakeProject) -> None:
    dev = project("judged")
    dev.up()
    file, untouched = dev.directory / "galleries/dev.yaml", dev.resources()
    start = file.read_text()

    dev.edit(all_wrong)
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        refused = dev.run(*command, "--stack", "dev")
        said = refused.stdout.partition("Diagnostics:")[2]
        assert refused.returncode != 0 and "Traceback" not in said and "unhandled" not in said
        assert [(sentence, said.count(sentence)) for sentence in TOLD if said.count(sentence) != 1] == [], said
    assert dev.resources() == untouched

    for edit, sentence in LOCKED.items():
        file.write_text(start)
        dev.edit(edit)
        refused = dev.run("preview", "--stack", "dev")
        assert refused.returncode != 0 and sentence in refused.stdout, refused.stdout

    file.write_text(start)
    dev.edit(declared)
    shown = read(dev.pulumi("preview", "--json", "--show-sames", "--stack", "dev"))
    plan = planned(dev)
    assert {(step.kind, step.name.casefold()) for step in shown.destroyed} == {*plan.destroyed}
    assert {(step.kind, step.name.casefold()) for step in shown.steps if step.operation == "create"} == {*plan.created}
    updated = {(step.kind, step.name.casefold()) for step in shown.steps if step.operation == "update"}
    assert updated == {*plan.updated}

    file.write_text(start)
    dev.edit(lambda data: images(data, "versions")["web"]["versions"]["1.1.0"].update(retired=True))
    dev.edit(lambda data: data["galleries"]["grouped"].update(location="westus2"))
    dev.edit(lambda data: data.update(allowDeletion=["grouped"]))
    assert dev.up()["update"] == 1  # the gallery moved, and its group stayed where it is
    dev.edit(lambda data: images(data, "versions")["web"]["versions"].pop("1.1.0"))
    assert dev.up()["delete"] == 1


LOCKED: dict[Edit, str] = {
    lambda data: data["galleries"]["locked"].update(
        tags={"a": "b"}
    ): "locked: the lock readonly on locked forbids this",
    lambda data: data["galleries"]["locked"].update(
        locks={}, tags={"a": "b"}
    ): "locked: the lock readonly on locked forbids",
}


def declared(data: dict[str, Any]) -> None:
    """Changes of many kinds, each declared."""
    versions = images(data, "versions")["web"]["versions"]
    del versions["1.1.0"]
    versions["2.0.0"] = dict(versions["1.0.0"])
    versions["1.0.0"] = versions["1.0.0"] | {"tags": {"a": "b"}}
    del images(data, "identifiers")["Spelt"]
    data["galleries"]["moving"]["location"] = "westus2"
    data["galleries"]["grouped"]["resourceGroup"]["location"] = "westus2"
    data["allowDeletion"] = ["versions/web/1.1.0", "identifiers/Spelt", "moving"]
    data["allowResourceGroupDeletion"] = ["moving"]


def planned(dev: Project) -> Plan:
    """What the program makes of the same state and data file."""
    state = json.loads(dev.pulumi("stack", "export", "--stack", "dev"))["deployment"]["resources"]
    views = [View.of_outputs(resource["type"], resource.get("outputs") or {}) for resource in state]
    held = {(view.kind, view.name.casefold()): view for view in views if view and view.name}
    return Plan(held, wanted(config.load("dev", dev.directory), held))
