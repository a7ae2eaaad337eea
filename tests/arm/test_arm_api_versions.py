"""What depends on the api-version of a request: members, and what is filled in for a new resource."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from .conftest import COMPUTE, Azure, preset

GALLERY = f"{COMPUTE}/galleries/gal"
DEFINITION = f"{GALLERY}/images/img"
VERSION = f"{DEFINITION}/versions/1.0.0"


def properties(azure: Azure, path: str, api: str = "2026-03-03") -> Any:
    return azure.call("GET", path, api=api).body["properties"]


@pytest.mark.parametrize(
    ("api", "said", "generation", "security"),
    [
        ("2024-03-03", {}, "V1", None),
        ("2025-03-03", {}, "V2", "TrustedLaunchSupported"),
        ("2026-03-03", {}, "V2", "TrustedLaunchSupported"),
        ("2025-03-03", {"hyperVGeneration": "V1"}, "V1", None),
        ("2025-03-03", {"features": [{"name": "SecurityType", "value": "Standard"}]}, "V2", "Standard"),
        (
            "2025-03-03",
            {"features": [{"name": "IsHibernateSupported", "value": "True"}]},
            "V2",
            "TrustedLaunchSupported",
        ),
    ],
)
def test_a_new_definition(azure: Azure, api: str, said: Any, generation: str, security: str | None) -> None:
    """Generation 2 and Trusted Launch where nothing is said, from 2025-03-03 on [D: shared-image-galleries]."""
    azure.given("group", "gallery")
    path, body = preset("definition")
    body["properties"] |= said
    assert azure.call("PUT", path, body, api=api).status == 201
    azure.clock.simulate(1)
    shown = properties(azure, path)
    assert shown["hyperVGeneration"] == generation
    assert {each["name"]: each["value"] for each in shown.get("features", [])}.get("SecurityType") == security
    body["properties"]["description"] = "changed"
    assert azure.call("PUT", path, body, api=api).status == 200, "the same again is no change of what was filled in"


def test_the_security_type_that_says_nothing_comes_and_goes(azure: Azure) -> None:
    """Standard is the same as none; what was sent is echoed, what wasn't is not."""
    azure.given("group", "gallery", "definition-controllers")
    path, body = preset("definition-controllers")
    controllers = {"name": "DiskControllerTypes", "value": "SCSI, NVMe"}
    for features in ([controllers, {"name": "SecurityType", "value": "Standard"}], [controllers]):
        body["properties"]["features"] = features
        assert azure.call("PUT", path, body).body["properties"]["features"] == features
        azure.clock.simulate(1)


def test_a_definition_of_before_is_left_alone(azure: Azure) -> None:
    """By clients that speak a later api-version and send back what they got."""
    azure.given("group", "gallery", "definition-controllers")
    path, _ = preset("definition-controllers")
    shown = azure.call("GET", path, api="2026-03-03").body
    shown["properties"]["description"] = "changed"
    changed = azure.call("PUT", path, shown, api="2026-03-03")
    assert changed.status == 200
    assert [each["name"] for each in changed.body["properties"]["features"]] == ["DiskControllerTypes"]


@pytest.mark.parametrize(
    ("api", "said", "types"),
    [
        ("2024-03-03", {}, ["Standard_LRS", "Standard_LRS"]),
        ("2025-03-03", {}, ["Standard_ZRS", "Standard_LRS"]),
        ("2025-03-03", {"storageAccountStrategy": "DefaultStandard_LRS"}, ["Standard_LRS", "Standard_LRS"]),
        ("2025-03-03", {"storageAccountType": "Premium_LRS"}, ["Premium_LRS", "Premium_LRS"]),
    ],
)
def test_where_the_replicas_of_a_new_version_are_stored(azure: Azure, api: str, said: Any, types: list[str]) -> None:
    """Zone-redundant where there are zones [S: GalleryRP 2025-03-03]; East US has some, West US none."""
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    regions = [{"name": "eastus"}, {"name": "westus"}]
    body["properties"]["publishingProfile"] = {"targetRegions": regions, **said}
    assert azure.call("PUT", path, body, api=api).status == 201
    azure.clock.simulate(3600)
    shown = properties(azure, path)["publishingProfile"]
    assert [region["storageAccountType"] for region in shown["targetRegions"]] == types
    assert ("storageAccountStrategy" in shown) != ("storageAccountType" in shown)
    assert "storageAccountStrategy" not in properties(azure, path, "2024-03-03")["publishingProfile"]
    again = {"location": "eastus", "properties": {"publishingProfile": shown, "storageProfile": {}}}
    assert azure.call("PUT", path, again, api="2025-03-03").status == 200
    azure.clock.simulate(3600)
    body["properties"]["publishingProfile"]["targetRegions"].append({"name": "westus2"})
    assert azure.call("PUT", path, body, api=api).status == 200
    if "storageAccountStrategy" in said:
        said["storageAccountStrategy"] = "PreferStandard_ZRS"
        azure.clock.simulate(3600)
        body["properties"]["publishingProfile"] |= said
        assert azure.call("PUT", path, body, api=api).status in (400, 409)


def test_a_type_and_a_strategy_contradict_each_other(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    both = {"storageAccountType": "Standard_LRS", "storageAccountStrategy": "DefaultStandard_LRS"}
    body["properties"]["publishingProfile"] |= both
    assert azure.call("PUT", path, body, api="2025-03-03").code == "InvalidParameter"
    assert azure.call("PUT", path, body, api="2024-03-03").code == "InvalidParameter", "nobody knew the strategy then"


@pytest.mark.parametrize(
    ("api", "said", "protected"),
    [
        ("2025-03-03", {}, False),
        ("2026-03-03", {}, True),
        ("2026-03-03", {"safetyProfile": {"blockDeletionBeforeEndOfLife": False}}, False),
        ("2026-03-03", {"publishingProfile": {"endOfLifeDate": "2040-01-01"}}, False),
    ],
)
def test_how_long_a_new_version_lives(azure: Azure, api: str, said: Any, protected: bool) -> None:
    """Six months, and it isn't deleted before, where neither is said, from 2026-03-03 on [D: azure-cli#32375]."""
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    body["properties"] |= said
    assert azure.call("PUT", path, body, api=api).status == 201
    azure.clock.simulate(3600)
    shown = properties(azure, path)
    assert shown["safetyProfile"].get("blockDeletionBeforeEndOfLife", False) == protected
    if protected:
        published, ends = (
            datetime.fromisoformat(shown["publishingProfile"][name]) for name in ("publishedDate", "endOfLifeDate")
        )
        assert 180 <= (ends - published).days <= 184
        assert azure.call("DELETE", path).code == "DeleteGalleryImageVersionBlockedBeforeEndOfLife"
        body["properties"]["safetyProfile"] = {"blockDeletionBeforeEndOfLife": False}
        assert azure.call("PUT", path, body, api=api).status == 200
        azure.clock.simulate(3600)
        assert properties(azure, path)["publishingProfile"]["endOfLifeDate"] == ends.isoformat(), "it is kept"
    assert azure.call("DELETE", path).status == 202


@pytest.mark.parametrize(
    ("given", "path", "api", "lacking"),
    [
        ("gallery-direct", f"{COMPUTE}/galleries/direct", "2019-12-01", "sharingProfile"),
        ("gallery-soft", f"{COMPUTE}/galleries/soft", "2020-09-30", "softDeletePolicy"),
        ("definition", DEFINITION, "2020-09-30", "architecture"),
        ("version", VERSION, "2021-07-01", "safetyProfile"),
        ("version", VERSION, "2021-07-01", "validationsProfile"),
    ],
)
def test_what_came_later_is_not_shown_before(azure: Azure, given: str, path: str, api: str, lacking: str) -> None:
    """[W: azure-cli-extensions' test_community_gallery_operations and azure-cli's test_gallery_specialized, of 2021]"""
    azure.given("group", "gallery", *(("definition", "image") if given == "version" else ()), given)
    assert lacking in properties(azure, path)
    assert lacking not in properties(azure, path, api)


def test_one_api_version_tells_of_soft_deletion_that_is_off(azure: Azure) -> None:
    """[W: azure-sdk-for-python's test_compute_galleries, 2021-07-01]"""
    azure.given("group", "gallery")
    assert properties(azure, GALLERY, "2021-07-01")["softDeletePolicy"] == {"isSoftDeleteEnabled": False}
    assert "softDeletePolicy" not in properties(azure, GALLERY, "2021-10-01")


def test_periods_of_soft_deletion(azure: Azure) -> None:
    """[W: azure-cli's test_gallery_soft_delete_policy_and_recycle_bin (2026-03-03), test_gallery_soft_delete]"""
    azure.given("group", "gallery-soft")
    path, body = preset("gallery-soft")
    assert properties(azure, path, "2025-03-03")["softDeletePolicy"]["retentionPeriodInDays"] == 7
    policy = {"isSoftDeleteEnabled": True, "retentionPeriodInDays": 30, "gracePeriodInDays": 7}
    body["properties"] = {"softDeletePolicy": policy}
    assert azure.call("PUT", path, body, api="2026-03-03").body["properties"]["softDeletePolicy"] == policy
    azure.clock.simulate(1)
    older = properties(azure, path, "2025-03-03")["softDeletePolicy"]
    assert older == {"isSoftDeleteEnabled": True, "retentionPeriodInDays": 30}
    body["properties"] = {"softDeletePolicy": {"isSoftDeleteEnabled": True, "retentionPeriodInDays": 3}}
    assert azure.call("PUT", path, body, api="2025-03-03").status == 200
    azure.clock.simulate(1)
    assert properties(azure, path)["softDeletePolicy"] == policy, "an older api-version has no say in it"


def test_the_region_of_an_early_one_in_addresses(azure: Azure) -> None:
    """[W: azure-cli's test_gallery_image_definition_update_features] against all others."""
    azure.given("group")
    for name, location, spelt in (("a", "eastus2euap", "EastUS2EUAP"), ("b", "East US 2", "eastus2")):
        accepted = azure.call("PUT", f"{COMPUTE}/galleries/{name}", {"location": location})
        assert f"/locations/{spelt}/capsOperations/" in accepted.headers["Azure-AsyncOperation"]
        assert accepted.headers["Azure-AsyncNotification"] == "Enabled"
