"""What `commands.inventory` reads of galleries that have grown over the years (tests/cases/adopt), at local Azure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from commands.azure_client import Unreachable, connection
from commands.common import CommandError
from commands.inventory import Place, read
from commands.resource_manager import ResourceManager
from config.azure.inventory import Held, Inventory
from tests.azure import SUBSCRIPTION, Azure, azure
from tests.commands import ROOT

GROWN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Old.Images/providers/Microsoft.Compute/galleries/grown"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with azure(tmp_path_factory.mktemp("azure"), speed=1e4) as served:
        served.fill(ROOT / "tests/components/cases/everything/sources.yaml")
        served.fill(ROOT / "tests/cases/adopt/azure.yaml")
        groups = {"type": "Subscriptions", "ids": ["33333333-3333-3333-3333-333333333333"]}
        served.share(GROWN.replace("grown", "shared"), {"operationType": "Add", "groups": [groups]})
        yield served


class Reading:
    """One reading, with all that was told meanwhile."""

    def __init__(self, cloud: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            monkeypatch.delenv(name)
        for name, value in {**cloud.environment, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}.items():
            monkeypatch.setenv(name, value)
        self.told: list[str] = []

    def __call__(self, *arguments: Any, **options: Any) -> Inventory:
        manager = ResourceManager(connection("dev", ROOT / "tests"), self.told.append)
        return read(manager, *arguments, progress=self.told.append, **options)


@pytest.fixture
def reading(cloud: Azure, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    yield Reading(cloud, monkeypatch)
    (cloud.home / "faults.yaml").unlink(missing_ok=True)


def test_all_of_a_subscription(reading: Reading) -> None:
    found = reading()

    assert [each.name for each in found.galleries] == ["bin", "grown", "open", "shared"]
    assert {each.group for each in found.galleries} == {"Old.Images"}
    grown = found.gallery("GROWN")
    assert grown
    assert [name for name, _ in grown.resources] == [
        "grown",
        *("grown/golden", "grown/golden/2024.02.20"),
        *(f"grown/golden/2024.2.{patch}" for patch in (21, 22, 23)),
        *("grown/new", "grown/new/1.0.0", "grown/web", *(f"grown/web/1.{minor}.0" for minor in range(6))),
    ]
    resources = dict(grown.resources)
    assert resources["grown/golden/2024.02.20"].view["securityProfile.uefiSettings"]["additionalSignatures"]["pk"]
    assert resources["grown/new"].view["hyperVGeneration"] == "V2"
    assert [*map(str, grown.unmanaged)] == [
        "grown: the VM application tool",
        "grown: the script cleanup",
        "grown: the access control profile metadata",
        "grown: the role assignment 7d6b5c5e-4a6f-4e57-9d8f-000000000002, for its property condition",
    ]
    assert [each.name[-1] for each in grown.access(grown.gallery).role_assignments] == ["1", "2"], (
        "none of the group's own"
    )
    web = next(each for each in grown.images if each.name == "web")
    assert [each.name for each in grown.access(web.definition).locks] == ["golden images"]
    bin = found.gallery("bin")
    assert bin and [(each.number, each.deleted[:2]) for each in bin.images[0].soft_deleted] == [("0.8.0", "20")]
    assert [*map(str, bin.unmanaged)] == ["bin: the property softDeletePolicy.retentionPeriodInDays"]
    shared = found.gallery("shared")
    assert shared and shared.sharing
    assert shared.sharing.view["subscriptions"] == ["33333333-3333-3333-3333-333333333333"]
    assert "image 4 of 4" in reading.told[-2] + reading.told[-1] + "".join(reading.told)
    # Lists of galleries, of what lies in each, in their group and in each image, and what only a GET shows.
    galleries, images, with_keys = 4, 4, 5
    assert found.requests == 1 + 3 + galleries * (1 + 1 + 3) + images + 1 + with_keys


def test_some_galleries(reading: Reading) -> None:
    found = reading([Place("old.images", "OPEN"), Place("Old.Images", "nothing")], firmware=False)

    assert [(each.name, each.group) for each in found.galleries] == [("open", "Old.Images")]
    assert [each.name for each in reading(group="OLD.images").galleries] == ["bin", "grown", "open", "shared"]
    with pytest.raises(CommandError, match="there is no resource group 'nowhere' in the subscription"):
        reading(group="nowhere")


def test_azure_that_is_busy_is_waited_for(cloud: Azure, reading: Reading) -> None:
    cloud.fail({"method": "GET", "path": "*/versions", "status": 429, "times": 2, "retry": 1})

    assert len(reading([Place("Old.Images", "grown")], firmware=False).galleries[0].images) == 3

    assert reading.told.count("Azure is throttling: waiting 1 s") == 2


def test_what_may_not_be_read(cloud: Azure, reading: Reading) -> None:
    refused = {"method": "GET", "status": 403, "code": "AuthorizationFailed", "message": "You may not."}
    cloud.fail({**refused, "path": "*/Microsoft.Authorization/*"})

    found = reading([Place("Old.Images", "grown")], firmware=False)

    assert found.unread == (
        "the locks in Old.Images: Azure refuses to answer: You may not",
        "the role assignments in Old.Images: Azure refuses to answer: You may not",
    )
    assert found.galleries[0].group == "Old.Images"
    cloud.fail({**refused, "path": "*/images"})
    with pytest.raises(CommandError, match=r"Azure refuses to answer: .*You may not"):
        reading([Place("Old.Images", "grown")])
    cloud.fail({"method": "GET", "path": "*/images", "drop": "request"})
    with pytest.raises(Unreachable):
        reading([Place("Old.Images", "grown")])


def test_properties_that_nobody_knows() -> None:
    answer = {
        "id": "/x",
        "location": "eastus",
        "newEnvelope": 1,
        "properties": {
            "publishingProfile": {"targetRegions": [{"name": "East US", "colour": "red"}], "publishedDate": "today"},
            "newPolicy": {"days": 3},
            "safetyProfile": {"newFlag": False},
            "storageProfile": {"source": {"id": "y"}},
        },
    }
    assert Held("version", "/x", answer).unknown == (
        "newEnvelope",
        "newPolicy",
        "publishingProfile.targetRegions[].colour",
        "safetyProfile.newFlag",
    )
