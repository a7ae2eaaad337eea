"""Sharing: by roles, directly, with everybody; and the identity that a gallery acts as."""

from __future__ import annotations

from typing import Any

from .conftest import COMPUTE, Azure, Response, preset
from .test_arm_door import check_answer, oddities

DIRECT = f"{COMPUTE}/galleries/direct"
PUBLIC = f"{COMPUTE}/galleries/public"


def share(azure: Azure, gallery: str, operation: str, *groups: tuple[str, list[str]]) -> Response:
    listed = [{"type": type_, "ids": ids} for type_, ids in groups]
    got = azure.call("POST", f"{gallery}/share", {"operationType": operation, "groups": listed}, api="2023-07-03")
    azure.clock.simulate(1)
    return got


def profile(azure: Azure, gallery: str, expand: str | None = "sharingProfile/Groups") -> Any:
    return azure.call("GET", gallery, expand=expand).body["properties"]["sharingProfile"]


def test_groups_come_and_go_by_the_share_action(azure: Azure) -> None:
    azure.given("group", "gallery-direct")
    added = share(azure, DIRECT, "Add", ("Subscriptions", ["s1", "s2"]), ("AADTenants", ["t1"]))
    assert (added.status, added.body) == (202, None), "[W: azure-cli-extensions' test_shared_gallery_community]"
    ended = [azure.call("GET", added.headers[name]) for name in ("Azure-AsyncOperation", "Location")]
    assert (ended[0].body["status"], ended[1].status, ended[1].body) == ("Succeeded", 200, None)
    share(azure, DIRECT, "Add", ("Subscriptions", ["s2", "s3"]))
    share(azure, DIRECT, "Remove", ("Subscriptions", ["s1"]), ("AADTenants", ["t1"]))
    groups = [{"type": "Subscriptions", "ids": ["s2", "s3"]}]
    assert profile(azure, DIRECT) == {"permissions": "Groups", "groups": groups}
    assert profile(azure, DIRECT, None) == {"permissions": "Groups"}, "only where they are asked for"
    assert (
        azure.call("GET", DIRECT, select="Permissions").body["properties"]["sharingProfile"]["permissions"] == "Groups"
    )
    shown = azure.call("GET", DIRECT, expand="SharingProfile/Groups").body
    shown["properties"]["sharingProfile"]["groups"] = []
    assert azure.call("PUT", DIRECT, shown).status == 200
    azure.clock.simulate(1)
    assert profile(azure, DIRECT)["groups"] == groups, "a PUT neither adds nor removes groups"
    share(azure, DIRECT, "Reset")
    assert profile(azure, DIRECT) == {"permissions": "Private"}


def test_odd_updates_never_break_it(azure: Azure) -> None:
    azure.given("group", "gallery-direct")
    for changed in oddities({"operationType": "Add", "groups": [{"type": "AADTenants", "ids": ["t1", "t2"]}]}):
        check_answer(azure.call("POST", f"{DIRECT}/share", changed))
        assert profile(azure, DIRECT)["permissions"] == "Groups"
        azure.clock.simulate(1)


def test_private_is_the_same_as_nothing(azure: Azure) -> None:
    azure.given("group", "gallery")
    path, body = preset("gallery")
    body["properties"] = {"sharingProfile": {"permissions": "private"}}
    assert azure.call("PUT", path, body).status == 200
    azure.clock.simulate(1)
    assert profile(azure, path) == {"permissions": "Private"}
    assert azure.put("gallery").status == 200


def test_a_community_gallery_is_opened_used_and_closed(azure: Azure) -> None:
    azure.given("group", "gallery-public", "definition-public", "image", "version-public", "gallery", "definition")
    info = profile(azure, PUBLIC)["communityGalleryInfo"]
    (name,) = info["publicNames"]
    assert name.startswith("contoso-") and info["communityGalleryEnabled"] is False, "[W: the same]"
    share(azure, PUBLIC, "EnableCommunity")
    assert profile(azure, PUBLIC)["communityGalleryInfo"] == {**info, "communityGalleryEnabled": True}
    share(azure, PUBLIC, "EnableCommunity")
    assert azure.put("gallery-public").status == 200
    azure.clock.simulate(1)
    assert profile(azure, PUBLIC)["communityGalleryInfo"]["publicNames"] == [name], "it keeps its name"

    path, body = preset("version")
    source = {"communityGalleryImageId": f"/communityGalleries/{name}/images/img/versions/1.0.0"}
    body["properties"] = {"storageProfile": {"source": source}}
    assert azure.call("PUT", path, body).status == 201
    azure.clock.simulate(3600)
    assert azure.call("GET", path).body["properties"]["storageProfile"]["source"] == source

    for version in (f"{PUBLIC}/images/img/versions/1.0.0", f"{PUBLIC}/images/img"):
        azure.call("DELETE", version)
        azure.clock.simulate(200)
    assert azure.call("DELETE", PUBLIC).body["error"] == {
        "code": "OperationNotAllowed",
        "message": "The gallery is shared with the community. Reset its sharing profile before deleting it.",
    }
    share(azure, PUBLIC, "Reset")
    assert profile(azure, PUBLIC) == {"permissions": "Private"}, "[W: test_community_gallery_operations]"
    assert azure.call("DELETE", PUBLIC).status == 202


def test_identity(azure: Azure) -> None:
    azure.given("group")
    path, body = preset("gallery")
    own = f"{COMPUTE.replace('Compute', 'ManagedIdentity')}/userAssignedIdentities/me"
    body["identity"] = {"type": "systemassigned, userassigned", "userAssignedIdentities": {own: {}}}
    azure.call("PUT", path, body)
    azure.clock.simulate(1)
    shown = azure.call("GET", path).body
    identity = shown["identity"]
    assert identity["type"] == "SystemAssigned, UserAssigned"
    assert set(identity) == {"type", "userAssignedIdentities", "principalId", "tenantId"}
    assert set(identity["userAssignedIdentities"][own]) == {"principalId", "clientId"}
    assert azure.call("PUT", path, shown).body["identity"] == identity
    azure.clock.simulate(1)
    body["identity"] = {"type": "None"}
    assert "identity" not in azure.call("PUT", path, body).body, "[W: azure-powershell's TestDisableGalleryIdentities]"


def status(azure: Azure, gallery: str) -> Any:
    shown = azure.call("GET", gallery, expand="SharingProfile/Groups").body["properties"].get("sharingStatus", {})
    return shown.get("aggregatedState"), {each["region"]: each["state"] for each in shown.get("summary", [])}


def test_how_far_an_action_is_in_each_region(azure: Azure) -> None:
    """Shape [S]; where, how long, and that the operation succeeds where a region fails: [I]."""
    azure.given("group", "gallery-public", "definition-public", "image")
    assert status(azure, PUBLIC) == (None, {})
    path, body = preset("version-public")
    body["properties"]["publishingProfile"] = {"targetRegions": [{"name": "eastus"}, {"name": "westus"}]}
    assert azure.call("PUT", path, body).status == 201
    azure.clock.simulate(3600)

    (azure.home / "faults.yaml").write_text("[{method: POST, path: '*/share', failing: [westus], times: 1}]")
    accepted = share(azure, PUBLIC, "EnableCommunity")

    assert azure.call("GET", accepted.headers["Azure-AsyncOperation"]).body["status"] == "Succeeded"
    assert status(azure, PUBLIC) == ("InProgress", {"East US": "InProgress", "West US": "InProgress"})
    azure.clock.simulate(10)
    assert status(azure, PUBLIC) == ("Failed", {"East US": "Succeeded", "West US": "Failed"})
    assert azure.put("gallery-public").status == 200
    azure.clock.simulate(1)
    assert status(azure, PUBLIC) == ("Failed", {"East US": "Succeeded", "West US": "Failed"}), "a PUT doesn't mend it"
    share(azure, PUBLIC, "EnableCommunity")
    azure.clock.simulate(10)
    assert status(azure, PUBLIC) == ("Succeeded", {"East US": "Succeeded", "West US": "Succeeded"})
    share(azure, PUBLIC, "Reset")
    assert status(azure, PUBLIC) == (None, {})


def test_its_own_subscription_is_one_like_others_and_the_case_of_an_id_does_not_matter(azure: Azure) -> None:
    azure.given("group", "gallery-direct")
    own = PUBLIC.split("/")[2]
    share(azure, DIRECT, "Add", ("Subscriptions", [own, "ABC"]))
    share(azure, DIRECT, "Remove", ("Subscriptions", ["abc"]))
    assert profile(azure, DIRECT)["groups"] == [{"type": "Subscriptions", "ids": [own]}]
