"""Simulated time: what takes how long, at what speed, and what is seen of it on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import COMPUTE, SPEED, Azure, preset

DEFINITION = f"{COMPUTE}/galleries/gal/images/img"
VERSION = f"{DEFINITION}/versions/1.0.0"


def progress(azure: Azure, version: str = VERSION) -> dict[str, int]:
    """How far each region is, in percent."""
    shown = azure.call("GET", version, expand="ReplicationStatus").body["properties"]["replicationStatus"]
    return {region["region"]: region["progress"] for region in shown["summary"]}


def seconds(azure: Azure, version: str, profile: Any, gigabytes: int) -> float:
    """Real seconds that a version takes to be built and replicated, from a disk of that size."""
    azure.call("PUT", f"{COMPUTE}/disks/os", {"location": "eastus", "properties": {"diskSizeGB": gigabytes}})
    storage = {"osDiskImage": {"source": {"id": f"{COMPUTE}/disks/os"}}}
    body = {"location": "eastus", "properties": {"publishingProfile": profile, "storageProfile": storage}}
    begun = azure.clock.now
    assert azure.call("PUT", f"{DEFINITION}/versions/{version}", body).status == 201
    return ended(azure, f"{DEFINITION}/versions/{version}") - begun


def ended(azure: Azure, version: str) -> float:
    """Let time pass until a version is no longer under way, in steps of twenty simulated seconds."""
    while azure.call("GET", version).body["properties"]["provisioningState"] in ("Creating", "Updating"):
        azure.clock.now += 20 / azure.speed
    return azure.clock.now


@pytest.fixture
def servers(azure: Azure) -> Iterator[list[Azure]]:
    """The same cloud served at two speeds, the second one ten times as fast."""
    fast = Azure(azure.home, azure.loop, azure.clock, speed=10 * SPEED).start()
    yield [azure, fast]
    fast.stop()


def test_size_replicas_regions_and_distance_take_time(azure: Azure) -> None:
    azure.given("group", "gallery", "definition")
    home = {"targetRegions": [{"name": "eastus"}]}
    near = {"targetRegions": [{"name": "eastus"}, {"name": "eastus2"}]}
    many = {"targetRegions": [{"name": "eastus"}, {"name": "eastus2", "regionalReplicaCount": 50}]}
    further = {"storageAccountType": "Premium_LRS", "regionalReplicaCount": 49}
    sets = {"targetRegions": [{"name": "eastus"}, {"name": "eastus2", "additionalReplicaSets": [further]}]}
    far = {"targetRegions": [{"name": "eastus"}, {"name": "japaneast"}]}
    took = {
        name: seconds(azure, f"{number}.0.0", profile, gigabytes)
        for number, (name, profile, gigabytes) in enumerate(
            [
                ("home", home, 30),
                ("near", near, 30),
                ("many", many, 30),
                ("sets", sets, 30),
                ("far", far, 30),
                ("big", near, 300),
            ]
        )
    }
    assert took["home"] < took["near"] < took["far"]
    assert took["near"] < took["many"]
    assert took["near"] < took["sets"]
    assert took["near"] < took["big"]
    assert 6 * 60 / SPEED <= took["near"] <= 8 * 60 / SPEED, "about 7 minutes for 30 GB, as recorded"


def test_the_speed_is_a_factor(servers: list[Azure]) -> None:
    servers[0].given("group", "gallery", "definition", "image")
    took = []
    for azure in servers:
        begun = azure.clock.now
        azure.put("version")
        took.append(ended(azure, VERSION) - begun)
        azure.call("DELETE", VERSION)
        azure.clock.simulate(3600)
    assert took[0] == pytest.approx(10 * took[1], rel=0.1)


def test_servers_of_different_speeds_see_the_same(servers: list[Azure]) -> None:
    slow, fast = servers
    slow.given("group", "gallery", "definition", "image")
    slow.put("version")
    for _ in range(10):
        assert progress(slow) == progress(fast)
        slow.clock.simulate(50)


def test_time_passes_when_nobody_serves(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    azure.put("version")
    azure.clock.simulate(200)
    before = progress(azure)
    assert before["eastus"] == 100 and 0 < before["eastus2"] < 100
    azure.stop()
    azure.clock.simulate(3600)
    azure.start()
    assert progress(azure) == {"eastus": 100, "eastus2": 100}


def test_a_region_with_more_replicas_copies_again_and_the_others_are_done(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 5
    azure.call("PUT", path, body)
    seen = []
    for _ in range(5):
        found = progress(azure)
        assert found["eastus"] == 100
        seen.append(found["eastus2"])
        azure.clock.simulate(50)
    assert seen == sorted(set(seen)) and seen[0] == 0 and seen[-1] < 100
    azure.clock.simulate(600)
    body["properties"]["publishingProfile"]["targetRegions"][1]["regionalReplicaCount"] = 1
    azure.call("PUT", path, body)
    assert progress(azure) == {"eastus": 100, "eastus2": 100}, "fewer replicas copy nothing"


@pytest.mark.parametrize(("lag", "answers"), [(0.0, [202]), (15.0, [409, 409, 202])])
def test_parents_lag_as_long_as_they_are_told_to(azure: Azure, lag: float, answers: list[int]) -> None:
    azure.stop()
    azure.lag = lag
    azure.start()
    azure.given("group", "gallery", "definition", "image", "version")
    azure.call("DELETE", VERSION)
    azure.clock.simulate(91)
    for expected in answers:
        assert azure.call("DELETE", DEFINITION).status == expected
        azure.clock.simulate(8)
