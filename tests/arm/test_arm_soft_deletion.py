"""Soft deletion: what is deleted can be brought back for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from .conftest import COMPUTE, SPEED, Azure, preset

GALLERY = f"{COMPUTE}/galleries/soft"
DEFINITION = f"{GALLERY}/images/img"
VERSION = f"{DEFINITION}/versions/1.0.0"
DELETED = f"{GALLERY}/softDeletedArtifactTypes/Images/artifacts/img/versions"
ALL = ("group", "gallery-soft", "definition-soft", "image", "version-soft")


def delete(azure: Azure, path: str) -> None:
    accepted = azure.call("DELETE", path)
    assert accepted.status == 202, accepted
    azure.clock.simulate(200)
    assert azure.call("GET", accepted.headers["Azure-AsyncOperation"]).body["status"] == "Succeeded"


def deleted(azure: Azure) -> list[Any]:
    found: list[Any] = azure.call("GET", DELETED.replace("Images", "images")).body["value"]
    return found


def test_policy_is_echoed(azure: Azure) -> None:
    azure.given("group", "gallery-soft")
    policy = {"isSoftDeleteEnabled": True, "retentionPeriodInDays": 7}
    shown = azure.call("GET", GALLERY).body
    assert shown["properties"]["softDeletePolicy"] == policy
    assert azure.call("PUT", GALLERY, shown).body["properties"]["softDeletePolicy"] == policy


def test_a_deleted_version_is_listed_until_it_expires(azure: Azure) -> None:
    """[W: azure-cli's test_gallery_soft_delete_policy_and_recycle_bin]"""
    azure.given(*ALL)
    began = azure.clock.now
    delete(azure, VERSION)
    assert azure.call("GET", VERSION).code == "ResourceNotFound"
    (entry,) = azure.call("GET", DELETED, api="2026-03-03").body["value"]
    times = [
        datetime.fromisoformat(entry["properties"][name]).timestamp() - began
        for name in ("softDeletedTime", "consumptionEndTime", "hardDeletionTargetTime")
    ]
    assert times == pytest.approx([0, 7 * 86400 / SPEED, 7 * 86400 / SPEED], abs=1e-3), "no days of grace"
    (entry,) = deleted(azure)
    assert entry["properties"].pop("softDeletedTime").endswith("+00:00")
    assert entry == {
        "name": "1.0.0",
        "id": f"{DELETED}/1.0.0",
        "type": "Microsoft.Compute/galleries/softDeletedArtifactTypes/artifacts/versions",
        "location": "eastus",
        "properties": {"resourceArmId": VERSION, "softDeletedArtifactType": "Images"},
    }
    azure.clock.simulate(7 * 86400)
    assert deleted(azure) == []
    assert azure.put("version-soft").status == 201


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PUT", {"location": "eastus"}),
        ("PUT", {"location": "East US", "properties": {"storageProfile": None, "publishingProfile": None}}),
        ("PUT", {"location": "eastus", "properties": {"restore": True, "storageProfile": {"source": {"id": "/x"}}}}),
        ("PATCH", {"properties": {"restore": True, "storageProfile": {}}}),
    ],
)
def test_restored_as_it_was(azure: Azure, method: str, body: Any) -> None:
    azure.given(*ALL)
    before = azure.call("GET", VERSION, expand="ReplicationStatus").body
    delete(azure, VERSION)
    accepted = azure.call(method, VERSION, body)
    assert (accepted.status, accepted.body["properties"]["provisioningState"]) == (200, "Updating")
    azure.clock.simulate(200)
    assert azure.call("GET", accepted.headers["Azure-AsyncOperation"]).body["status"] == "Succeeded"
    assert azure.call("GET", VERSION, expand="ReplicationStatus").body == before
    assert deleted(azure) == []


def test_restored_in_its_own_region_only_and_never_overwritten(azure: Azure) -> None:
    azure.given(*ALL)
    delete(azure, VERSION)
    assert azure.call("PUT", VERSION, {"location": "westus"}).code == "InvalidResourceLocation"
    assert azure.put("version-soft").code == "Conflict"


def test_parents_wait_for_a_purge(azure: Azure) -> None:
    azure.given(*ALL)
    delete(azure, VERSION)
    azure.clock.simulate(200)
    for parent in (DEFINITION, GALLERY):
        assert azure.call("DELETE", parent).code == "CannotDeleteResource"
    delete(azure, f"{DELETED}/1.0.0")
    assert deleted(azure) == []
    assert azure.call("DELETE", f"{DELETED}/1.0.0").status == 204
    for parent in (DEFINITION, GALLERY):
        delete(azure, parent)


def test_without_the_policy_what_was_deleted_is_given_up(azure: Azure) -> None:
    azure.given(*ALL)
    delete(azure, VERSION)
    path, body = preset("gallery-soft")
    body["properties"]["softDeletePolicy"]["isSoftDeleteEnabled"] = False
    assert azure.call("PUT", path, body).status == 200
    azure.clock.simulate(200)
    for parent in (DEFINITION, GALLERY):
        delete(azure, parent)


def test_an_unfinished_version_is_just_gone(azure: Azure) -> None:
    azure.given("group", "gallery-soft", "definition-soft", "image")
    azure.put("version-soft")
    delete(azure, VERSION)
    assert deleted(azure) == []


def test_a_group_takes_everything_along(azure: Azure) -> None:
    azure.given(*ALL)
    delete(azure, VERSION)
    azure.call("DELETE", preset("group")[0])
    azure.clock.simulate(200)
    azure.given(*ALL)
    assert deleted(azure) == []


def test_a_deleted_version_is_used_by_its_number_and_never_latest(azure: Azure) -> None:
    """While it is retained; in the days of grace after that it can only be brought back [D, S]."""
    azure.given("group", "gallery-soft", "gallery", "definition-soft", "definition", "image", "version-soft")
    path, body = preset("gallery-soft")
    body["properties"] = {"softDeletePolicy": {"isSoftDeleteEnabled": True, "gracePeriodInDays": 2}}
    assert azure.call("PUT", path, body, api="2026-03-03").status == 200
    azure.clock.simulate(60)
    delete(azure, VERSION)

    def machine(name: str, image: str) -> str | None:
        storage = {"storageProfile": {"imageReference": {"id": image}}}
        body = {"location": "eastus", "properties": storage}
        return azure.call("PUT", f"{COMPUTE}/virtualMachines/{name}", body).code

    assert machine("by-number", VERSION) is None
    assert machine("by-latest", DEFINITION) == "GalleryImageNotFound"
    _, copy = preset("version")
    copy["properties"] = {"storageProfile": {"source": {"id": VERSION}}}
    assert azure.call("PUT", f"{COMPUTE}/galleries/gal/images/img/versions/2.0.0", copy).status == 201
    azure.clock.simulate(7 * 86400)
    assert machine("too-late", VERSION) == "GalleryImageNotFound"
    assert len(deleted(azure)) == 1
    assert azure.call("PUT", VERSION, {"location": "eastus"}).status == 200
    azure.clock.simulate(60)
    assert machine("again", DEFINITION) is None


def test_soft_deletion_can_be_bypassed(azure: Azure) -> None:
    """[S: GalleryRP 2026-03-03], and no earlier one knows of it."""
    for api, left in (("2025-03-03", 1), ("2026-03-03", 0)):
        azure.given(*ALL)
        url = f"{azure.address}{VERSION}?api-version={api}&bypassSoftDelete=true"
        assert azure.call("DELETE", url).status == 202
        azure.clock.simulate(200)
        assert len(deleted(azure)) == left
        azure.call("DELETE", f"{DELETED}/1.0.0")
        azure.clock.simulate(200)
