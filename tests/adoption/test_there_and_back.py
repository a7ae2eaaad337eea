"""What is adopted builds the same again: an empty cloud answers as the first one did, for whatever a stack holds.

Without the engine; tests/engine/test_adoption.py shows the same with it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, event, given, settings

import config
from commands.__main__ import main
from local.provider.client import AzureError
from tests.adoption.answers import answers
from tests.azure import SUBSCRIPTION, Azure, azure
from tests.checkout import ROOT
from tests.components.resources import registered
from tests.components.test_accepts import SOURCES, stacks

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/galleries"


def sensible(data: dict[str, Any]) -> dict[str, Any]:
    """The same without UEFI keys for machines that have no firmware of their own."""
    for gallery in data["galleries"].values():
        for image in gallery["images"].values():
            kind = image.get("features", {}).get("SecurityType", "Standard")
            if image.get("hyperVGeneration") != "V2" or kind == "Standard":
                for version in image["versions"].values():
                    version.pop("securityProfile", None)
    return data


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with azure(tmp_path_factory.mktemp("azure")) as served, pytest.MonkeyPatch.context() as patch:
        for file in SOURCES:
            served.fill(file)
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            patch.delenv(name)
        for name, value in {**served.environment, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}.items():
            patch.setenv(name, value)
        yield served


def build(cloud: Azure, stack: config.Stack) -> None:
    """What the program would make of a stack, in its order."""
    for resource in registered(stack):
        cloud.put({resource.id: resource.body})


def clear(cloud: Azure) -> None:
    locks = cloud.get(f"{GROUP}/providers/Microsoft.Authorization/locks") or {"value": []}
    cloud.delete(*(each["id"] for each in locks["value"]), GROUP)


# An example takes a second: none is made smaller.
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=stacks)
def test_generated_stacks(cloud: Azure, tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    (first / "galleries").mkdir()
    (first / "galleries/dev.yaml").write_text(yaml.safe_dump(sensible(data)))
    stack = config.check("dev", first).stack
    assume(stack)
    assert stack
    clear(cloud)
    try:
        build(cloud, stack)
    except AzureError as refused:
        event(str(refused)[:60])
        assume(False)
    before = answers(cloud, GROUP)

    assert main(["adopt", "dev", "--resource-group", "galleries"], second) == 0

    text = (second / "galleries/dev.yaml").read_text()
    adopted = config.load("dev", second)
    clear(cloud)
    cloud.put({GROUP: {"location": "eastus"}}, "2024-03-01")
    build(cloud, adopted)
    assert differing(before, answers(cloud, GROUP)) == {}, text
    for directory in (first, second):
        shutil.rmtree(directory)


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two clouds answer differently, with both answers."""
    return {id: (one.get(id), other.get(id)) for id in one | other if one.get(id) != other.get(id)}


def test_galleries_that_others_have_made(cloud: Azure, tmp_path: Path) -> None:
    """By Azure CLI, by hand, by newer api-versions: tests/cases/adopt."""
    old = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Old.Images"
    cloud.fill(ROOT / "tests/cases/adopt/azure.yaml")
    before = answers(cloud, old)

    assert main(["adopt", "prod", "--resource-group", "Old.Images"], tmp_path) == 0

    # To be built in an empty cloud: under other names, since a version is made from another one.
    adopted = config.load("prod", tmp_path)
    locks = cloud.get(f"{old}/providers/Microsoft.Authorization/locks")["value"]
    cloud.delete(*(each["id"] for each in locks), old)
    cloud.put({old: {"location": "eastus"}}, "2024-03-01")
    resources = {each.id: each.body for each in registered(adopted)}
    later = [id for id in resources if "/galleries/bin" in id]
    cloud.put({id: body for id, body in resources.items() if id not in later})
    cloud.put({id: resources[id] for id in later})
    after = answers(cloud, old)
    only_there = set(before.keys() - after.keys())
    assert {id.rpartition("/")[2] for id in only_there} == {
        "keep",  # the group's own lock
        "Old.Images: acdd72a7-3385-48ef-bd42-f606fba81ae7 for 44444444-4444-4444-4444-444444444444",  # and role
        "grown: acdd72a7-3385-48ef-bd42-f606fba81ae7 for 22222222-2222-2222-2222-222222222222",  # with a condition
    }
    assert differing({id: each for id, each in before.items() if id not in only_there}, after) == {}
