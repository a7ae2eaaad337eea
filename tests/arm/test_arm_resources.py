"""What Azure shows of a resource, and when: bodies, operations, progress, deletion."""

from __future__ import annotations

from typing import Any

import pytest

from local.arm.resources import KINDS

from .conftest import COMPUTE, DEV, GROUP, Azure, Response, preset

GALLERY = f"{COMPUTE}/galleries/gal"
DEFINITION = f"{GALLERY}/images/img"
VERSION = f"{DEFINITION}/versions/1.0.0"


def status(azure: Azure, accepted: Response) -> str:
    found: str = azure.call("GET", accepted.headers["Azure-AsyncOperation"]).body["status"]
    return found


def test_gallery(azure: Azure) -> None:
    azure.given("group")
    assert azure.put("gallery").body["properties"]["provisioningState"] == "Creating"
    azure.clock.simulate(1)
    assert azure.call("GET", GALLERY.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).body == {
        "name": "gal",
        "id": GALLERY,
        "type": "Microsoft.Compute/galleries",
        "location": "eastus",
        "properties": {"identifier": {"uniqueName": f"{DEV}-GAL"}, "provisioningState": "Succeeded"},
    }


def test_definition_defaults_and_what_is_empty(azure: Azure) -> None:
    azure.given("group", "gallery")
    path, body = preset("definition")
    body["properties"].update({"features": [], "disallowed": {}, "description": None, "osType": "linux"})
    body["tags"] = {}
    azure.call("PUT", path, body)
    azure.clock.simulate(1)
    shown = azure.call("GET", DEFINITION).body
    assert shown["tags"] == {}
    assert shown["properties"] == {
        "hyperVGeneration": "V1",
        "architecture": "x64",
        "osType": "Linux",
        "osState": "Generalized",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
        "eula": "e",
        "recommended": {"vCPUs": {"min": 1, "max": 4}},
        "provisioningState": "Succeeded",
    }


def test_version_from_request_to_steady_state(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    accepted = azure.put("version")
    assert accepted.status == 201
    assert "Location" not in accepted.headers
    assert accepted.body["properties"]["provisioningState"] == "Creating"
    source = {"source": {"id": f"{COMPUTE}/images/src"}}
    assert accepted.body["properties"]["storageProfile"] == source
    azure.clock.simulate(3600)
    shown = azure.call("GET", VERSION).body["properties"]
    published = shown["publishingProfile"].pop("publishedDate")
    assert published.endswith("+00:00")
    assert shown == {
        "publishingProfile": {
            "targetRegions": [
                {"name": "East US", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"},
                {"name": "East US 2", "regionalReplicaCount": 2, "storageAccountType": "Standard_LRS"},
            ],
            "replicaCount": 1,
            "excludeFromLatest": False,
            "storageAccountType": "Standard_LRS",
        },
        "storageProfile": {
            **source,
            "osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadWrite", "source": {}},
            "dataDiskImages": [{"lun": 0, "sizeInGB": 8, "hostCaching": "None"}],
        },
        "safetyProfile": {"reportedForPolicyViolation": False, "allowDeletionOfReplicatedLocations": False},
        "validationsProfile": {"validationOperationStatus": "NotExecuted"},
        "provisioningState": "Succeeded",
    }


def test_replication_progresses_region_by_region(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    accepted = azure.put("version")
    seen: dict[str, list[int]] = {"eastus": [], "eastus2": []}
    ends = None
    for elapsed in range(0, 1200, 20):
        shown = azure.call("GET", VERSION, expand="ReplicationStatus").body["properties"]
        done = shown["provisioningState"] == "Succeeded"
        assert status(azure, accepted) == ("Succeeded" if done else "InProgress")
        assert (shown["replicationStatus"]["aggregatedState"] == "Completed") == done
        for region in shown["replicationStatus"]["summary"]:
            seen[region["region"]].append(region["progress"])
            assert (region["state"] == "Completed") == (region["progress"] == 100)
        ends = ends or (elapsed if done else None)
        azure.clock.simulate(20)
    assert ends and 300 <= ends <= 540  # about 7 minutes
    for progress in seen.values():
        assert progress == sorted(progress) and progress[0] == 0 and progress[-1] == 100
    assert seen["eastus"].index(100) < seen["eastus2"].index(100)
    assert len(set(seen["eastus2"])) > 5
    assert "replicationStatus" not in azure.call("GET", VERSION).body["properties"]


def test_new_region_copies_and_the_others_stay_complete(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")
    body["properties"]["publishingProfile"]["targetRegions"].append({"name": "westeurope"})
    body["properties"]["storageProfile"] = {}
    accepted = azure.call("PUT", path, body)
    assert (accepted.status, accepted.body["properties"]["provisioningState"]) == (200, "Updating")
    azure.clock.simulate(200)
    shown = azure.call("GET", VERSION, expand="ReplicationStatus").body["properties"]
    assert [region["state"] for region in shown["replicationStatus"]["summary"]] == [
        "Completed",
        "Completed",
        "Replicating",
    ]
    assert shown["storageProfile"]["source"] == {"id": f"{COMPUTE}/images/src"}, (
        "an update that omits the source keeps it"
    )
    azure.clock.simulate(600)
    assert status(azure, accepted) == "Succeeded"


def test_removing_a_region(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")
    body["properties"]["publishingProfile"]["targetRegions"].pop()
    assert azure.call("PUT", path, body).code == "BadRequest"
    body["properties"]["safetyProfile"] = {"allowDeletionOfReplicatedLocations": True}
    assert azure.call("PUT", path, body).status == 200
    names = [r["name"] for r in azure.call("GET", path).body["properties"]["publishingProfile"]["targetRegions"]]
    assert names == ["East US"]


def test_removing_a_region_was_free_before_there_was_a_safety_profile(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")
    body["properties"]["publishingProfile"]["targetRegions"].pop()
    assert azure.call("PUT", path, body, api="2021-10-01").status == 200


@pytest.mark.parametrize("regions", [None, []])
def test_an_update_without_regions_keeps_them(azure: Azure, regions: Any) -> None:
    """As the text says that refuses an incomplete set [G: terraform-provider-azurerm#21999]."""
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")
    before = azure.call("GET", path).body["properties"]["publishingProfile"]
    body["properties"]["publishingProfile"] = {"targetRegions": regions, "excludeFromLatest": True}
    assert azure.call("PUT", path, body).status == 200
    azure.clock.simulate(600)
    assert azure.call("GET", path).body["properties"]["publishingProfile"] == {**before, "excludeFromLatest": True}


def test_article_example_keeps_its_own_storage_types(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    profile = body["properties"]["publishingProfile"]
    profile["storageAccountType"] = "standard_zrs"
    profile["targetRegions"] = [{"name": "eastus", "storageAccountType": "Standard_LRS"}, {"name": "westus2"}]
    assert azure.call("PUT", path, body).status == 201
    azure.clock.simulate(3600)
    shown = azure.call("PUT", path, body).body["properties"]["publishingProfile"]
    assert [region["storageAccountType"] for region in shown["targetRegions"]] == ["Standard_LRS", "Standard_ZRS"]


def test_what_get_returns_can_be_put_back(azure: Azure) -> None:
    """Read-only members are tolerated, and nothing changes."""
    azure.given("group", "gallery", "definition", "image", "version", "disk", "snapshot", "version-from-disks")
    for path in (GALLERY, DEFINITION, VERSION, f"{DEFINITION}/versions/2.0.0"):
        before = azure.call("GET", path, expand="ReplicationStatus").body
        assert azure.call("PUT", path, before).status == 200
        azure.clock.simulate(200)
        assert azure.call("GET", path, expand="ReplicationStatus").body == before


def test_version_from_disks(azure: Azure) -> None:
    """The caching is filled in at once, the size by the build [W: azure-cli's test_gallery_specialized]."""
    azure.given("group", "gallery", "definition", "disk", "snapshot")
    sources: dict[str, Any] = {
        "osDiskImage": {"source": {"id": f"{COMPUTE}/disks/os"}},
        "dataDiskImages": [{"lun": 3, "source": {"id": f"{COMPUTE}/snapshots/data"}}],
    }
    sources["osDiskImage"]["hostCaching"], sources["dataDiskImages"][0]["hostCaching"] = "ReadWrite", "ReadOnly"
    assert azure.put("version-from-disks").body["properties"]["storageProfile"] == sources
    azure.clock.simulate(3600)
    shown = azure.call("GET", f"{DEFINITION}/versions/2.0.0").body["properties"]
    assert shown["storageProfile"] == {
        "osDiskImage": {"sizeInGB": 40, **sources["osDiskImage"]},
        "dataDiskImages": [{"sizeInGB": 16, **sources["dataDiskImages"][0]}],
    }
    assert [region["name"] for region in shown["publishingProfile"]["targetRegions"]] == ["East US"]


def test_version_from_vhd(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "account")
    assert azure.put("version-from-vhd").status == 201


@pytest.mark.parametrize("member", ["id", "virtualMachineId"])
def test_version_from_virtual_machine(azure: Azure, member: str) -> None:
    azure.given("group", "gallery", "definition", "vm-generalized")
    path, body = preset("version")
    body["properties"]["storageProfile"]["source"] = {member: f"{COMPUTE}/virtualMachines/gvm"}
    assert azure.call("PUT", path, body).status == 201
    azure.clock.simulate(3600)
    shown = azure.call("GET", path).body["properties"]["storageProfile"]
    assert (shown["source"], shown["osDiskImage"]["sizeInGB"]) == (body["properties"]["storageProfile"]["source"], 64)


def test_a_machines_state_is_shown_when_it_is_asked_for(azure: Azure) -> None:
    """Without `$expand` there is no instance view [S]; that it changes by actions alone, and runs at first [D]."""
    azure.given("group", "vm", "vm-generalized")
    machine = f"{COMPUTE}/virtualMachines/vm"

    def codes(name: str) -> list[str]:
        whole = azure.call("GET", f"{COMPUTE}/virtualMachines/{name}", expand="instanceView").body["properties"]
        part = azure.call("GET", f"{COMPUTE}/virtualMachines/{name}/instanceView").body
        assert part == whole["instanceView"]
        return [status["code"] for status in part["statuses"]]

    assert "instanceView" not in azure.call("GET", machine).body["properties"]
    assert codes("vm") == ["ProvisioningState/succeeded", "PowerState/running"]
    assert codes("gvm") == ["ProvisioningState/succeeded", "OSState/generalized", "PowerState/running"]
    for action, state in (("powerOff", "stopped"), ("deallocate", "deallocated"), ("start", "running")):
        done = azure.call("POST", f"{machine}/{action}")
        assert (done.status, done.body, codes("vm")[-1]) == (200, None, f"PowerState/{state}")
    azure.call("POST", f"{machine}/generalize")
    assert codes("vm") == codes("gvm")
    told = {"instanceView": {"statuses": [{"code": "PowerState/stopped"}]}}
    azure.call("PUT", machine, {"location": "eastus", "tags": {"a": "b"}, "properties": told})
    assert codes("vm") == codes("gvm"), "an update says nothing about it"
    made = {"location": "eastus", "properties": {"instanceView": {"statuses": [{"code": "powerstate/DEALLOCATED"}]}}}
    azure.call("PUT", f"{COMPUTE}/virtualMachines/off", made)
    assert codes("off") == ["ProvisioningState/succeeded", "PowerState/deallocated"]
    assert azure.call("GET", f"{COMPUTE}/virtualMachines/none/instanceView").code == "ResourceNotFound"


def test_version_from_version_needs_it_in_the_region(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    azure.put("version")
    path, body = preset("version")
    body["properties"] = {"storageProfile": {"source": {"id": VERSION}}}
    copy = path.replace("1.0.0", "1.0.1")
    assert azure.call("PUT", copy, body).code == "NotFound", "not replicated yet"
    azure.clock.simulate(3600)
    body["location"] = "westus"
    assert azure.call("PUT", copy, body).code == "NotFound", "replicated elsewhere"
    body["location"] = "eastus2"
    assert azure.call("PUT", copy, body).status == 201


def test_source_too_big_fails_in_the_operation(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image-big")
    path, body = preset("version")
    body["properties"]["storageProfile"]["source"]["id"] = f"{COMPUTE}/images/big"
    accepted = azure.call("PUT", path, body)
    assert accepted.status == 201
    azure.clock.simulate(36000)
    assert status(azure, accepted) == "Failed"
    shown = azure.call("GET", path, expand="ReplicationStatus").body["properties"]
    assert shown["provisioningState"] == shown["replicationStatus"]["aggregatedState"] == "Failed"
    text = "The GalleryImageVersion source resource size 2520 exceeds the max size 2048 supported"
    told = {(region["state"], region["details"]) for region in shown["replicationStatus"]["summary"]}
    assert told == {("Failed", f"Replication failed in this region due to '{text}'")}
    assert list(shown["storageProfile"]) == ["source"], "nothing was built"
    assert azure.call("PUT", path, body).status == 200, "a failed version can be tried again"
    assert azure.call("DELETE", path).status == 202


def test_shallow_takes_bigger_disks(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image-big")
    path, body = preset("version")
    body["properties"]["storageProfile"]["source"]["id"] = f"{COMPUTE}/images/big"
    body["properties"]["publishingProfile"] = {"replicationMode": "Shallow"}
    azure.call("PUT", path, body)
    azure.clock.simulate(36000)
    assert azure.call("GET", path).body["properties"]["provisioningState"] == "Succeeded"


def test_end_of_life_date(azure: Azure) -> None:
    """Normalised; kept when it is omitted or past; refused when changed to the past."""
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("version")

    def dated(date: str | None) -> Response:
        body["properties"]["publishingProfile"]["endOfLifeDate"] = date
        got = azure.call("PUT", path, body)
        azure.clock.simulate(200)
        return got

    def shown() -> str:
        found: str = azure.call("GET", path).body["properties"]["publishingProfile"]["endOfLifeDate"]
        return found

    for sent, kept in [
        ("2027-12-31T12:59:59Z", "2027-12-31T12:59:59+00:00"),
        ("2027-12-31", "2027-12-31T00:00:00+00:00"),
        ("2027-12-31T02:00:00+02:00", "2027-12-31T00:00:00+00:00"),
        (None, "2027-12-31T00:00:00+00:00"),
    ]:
        assert dated(sent).status == 200
        assert shown() == kept
    azure.clock.now += 400 * 86400
    assert dated("2027-12-31").status == 200, "an unchanged date may be past"
    assert dated("2027-12-30").code == "InvalidParameter"


def test_operation_tells_when_to_ask_again(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    accepted = azure.put("version", api="2022-03-03")
    url = accepted.headers["Azure-AsyncOperation"]
    assert url.endswith("?api-version=2022-03-03") and "/locations/eastus/capsOperations/" in url
    waits = []
    for _ in range(40):
        polled = azure.call("GET", url)
        assert polled.status == 200 and "Retry-After" not in polled.headers
        if polled.body["status"] == "Succeeded":
            break
        wait = int(polled.headers["x-ms-retry-after-ms"])
        waits.append(wait)
        azure.clock.now += wait / 1000
    assert polled.body["status"] == "Succeeded" and polled.body["endTime"] > polled.body["startTime"]
    assert all(20 <= wait <= 500 for wait in waits)


def test_who_is_in_the_way_of_another_operation_is_told_to_come_back_when_it_is_over(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    azure.put("version")
    refused = azure.put("version")
    assert refused.code == "AnotherOperationInProgress"
    azure.clock.now += int(refused.headers["x-ms-retry-after-ms"]) / 1000
    assert azure.put("version").status == 200


def test_deleting_a_version(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    accepted = azure.call("DELETE", VERSION)
    assert (accepted.status, accepted.body) == (202, None)
    assert azure.call("GET", VERSION).body["properties"]["provisioningState"] == "Deleting"
    assert azure.call("DELETE", VERSION).status == 202
    assert status(azure, accepted) == "InProgress", "asking twice takes nothing from who asked first"
    assert azure.call("GET", accepted.headers["Location"]).status == 202
    assert azure.call("DELETE", DEFINITION).code == "CannotDeleteResource"
    azure.clock.simulate(91)
    assert azure.call("GET", VERSION).code == "ResourceNotFound"
    assert azure.call("GET", accepted.headers["Location"]).status == 200
    assert azure.call("DELETE", VERSION).status == 204


def test_a_parent_notices_late_that_its_child_is_gone(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    azure.call("DELETE", VERSION)
    azure.clock.simulate(91)
    assert azure.call("GET", VERSION).status == 404
    assert azure.call("DELETE", DEFINITION).code == "CannotDeleteResource"
    azure.clock.simulate(15)
    assert azure.call("DELETE", DEFINITION).status == 202


def test_deletion_during_creation_ends_the_creation(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    accepted = azure.put("version")
    azure.clock.simulate(10)
    assert azure.call("DELETE", VERSION).status == 202
    assert status(azure, accepted) == "Failed"


def test_name_can_be_used_again_after_deletion(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    azure.call("DELETE", VERSION)
    azure.clock.simulate(91)
    assert azure.put("version").status == 201
    azure.clock.simulate(3600)
    assert azure.call("GET", VERSION).body["properties"]["provisioningState"] == "Succeeded"


def test_deleting_a_group_takes_everything_along(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    accepted = azure.call("DELETE", GROUP)
    assert accepted.status == 202
    assert azure.put("gallery").code == "ResourceGroupBeingDeleted"
    assert azure.call("HEAD", GROUP).status == 204
    azure.clock.simulate(31)
    assert azure.call("GET", accepted.headers["Location"]).status == 200
    assert azure.call("HEAD", GROUP).status == 404
    azure.given("group")
    assert azure.call("GET", f"{COMPUTE}/galleries").body == {"value": []}
    assert azure.call("GET", f"{COMPUTE}/images").body == {"value": []}


def test_patch_merges(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version")
    change = {"osType": "Linux", "description": "d", "recommended": None}
    got = azure.call("PATCH", DEFINITION, {"tags": {"a": "b"}, "properties": change})
    assert (got.status, got.body["tags"]) == (200, {"a": "b"})
    assert got.body["properties"]["description"] == "d" and "recommended" not in got.body["properties"]
    assert got.body["properties"]["eula"] == "e"
    got = azure.call("PATCH", VERSION, {"properties": {"publishingProfile": {"excludeFromLatest": True}}})
    profile = got.body["properties"]["publishingProfile"]
    assert profile["excludeFromLatest"] is True and len(profile["targetRegions"]) == 2


def test_features_change_where_updates_are_allowed(azure: Azure) -> None:
    """And the permission isn't kept [W: azure-cli's test_gallery_image_definition_update_features]."""
    azure.given("group", "gallery", "definition-controllers")
    path, body = preset("definition-controllers")
    features = [
        {"name": "DiskControllerTypes", "value": "SCSI", "startsAtVersion": "2.0.0"},
        {"name": "SecurityType", "value": "TrustedLaunch", "startsAtVersion": "2.0.0"},
    ]
    body["properties"]["features"] = features
    assert azure.call("PUT", path, body).code == "PropertyChangeNotAllowed"
    body["properties"]["allowUpdateImage"] = True
    changed = azure.call("PUT", path, body).body["properties"]
    assert changed["features"] == features and "allowUpdateImage" not in changed


def test_lists(azure: Azure) -> None:
    azure.given("group", "group2", "gallery", "definition", "image", "version")
    subscription = f"/subscriptions/{DEV}"

    def names(path: str) -> list[str]:
        return [entry["name"] for entry in azure.call("GET", path).body["value"]]

    assert names(f"{subscription}/resourcegroups") == ["rg", "rg2"]
    assert names(f"{subscription}/providers/Microsoft.Compute/galleries") == ["gal"]
    assert names(f"{COMPUTE}/galleries") == ["gal"]
    assert names(f"{GROUP}2/providers/Microsoft.Compute/galleries") == []
    assert names(f"{GALLERY}/images") == ["img"]
    assert names(f"{DEFINITION}/versions") == ["1.0.0"]
    assert names(f"{COMPUTE}/images") == ["src"]


def test_names_keep_their_creators_case(azure: Azure) -> None:
    azure.call("PUT", f"/subscriptions/{DEV}/resourcegroups/MyGroup", {"location": "eastus"})
    path = f"/subscriptions/{DEV}/resourceGroups/mygroup/providers/microsoft.compute/Galleries/"
    azure.call("PUT", f"{path}MyGal", {"location": "East US"})
    azure.clock.simulate(1)
    shown = azure.call("PUT", f"{path}mygal", {"location": "eastus"})
    assert shown.status == 200
    identity = f"/subscriptions/{DEV}/resourceGroups/mygroup/providers/Microsoft.Compute/galleries/MyGal"
    assert (shown.body["id"], shown.body["name"]) == (identity, "MyGal")
    group = azure.call("GET", f"/subscriptions/{DEV}/resourceGroups/MYGROUP").body
    assert group == {
        "id": f"/subscriptions/{DEV}/resourceGroups/MyGroup",
        "name": "MyGroup",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus",
        "properties": {"provisioningState": "Succeeded"},
    }


def test_sources_are_kept_as_sent(azure: Azure) -> None:
    azure.given("group")
    body = {"location": "East US", "plan": {"name": "n"}, "zones": ["1"], "properties": {"anything": [1, {"x": None}]}}
    made = azure.call("PUT", f"{COMPUTE}/virtualMachines/m", body)
    assert made.status == 201 and "Azure-AsyncOperation" not in made.headers
    assert made.body["properties"] == {"anything": [1, {"x": None}], "provisioningState": "Succeeded"}
    assert (made.body["plan"], made.body["zones"], made.body["location"]) == ({"name": "n"}, ["1"], "eastus")
    assert azure.call("DELETE", f"{COMPUTE}/virtualMachines/m").status == 200
    assert azure.call("DELETE", f"{COMPUTE}/virtualMachines/m").status == 204


def test_lists_come_in_pages(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.arm.engine.PAGE", 2)
    azure.given("group", "gallery", "gallery-direct", "gallery-soft", "gallery-public", "definition", "definition-west")
    pages, names = 0, []
    url: str | None = f"{COMPUTE}/galleries"
    while url:
        listed = azure.call("GET", url, api="2021-10-01").body
        names += [entry["name"] for entry in listed["value"]]
        url, pages = listed.get("nextLink"), pages + 1
        assert url is None or (url.startswith(azure.address) and "api-version=2021-10-01" in url)
    assert (names, pages) == (["direct", "gal", "public", "soft"], 2)
    assert "nextLink" not in azure.call("GET", f"{GALLERY}/images").body, "a full page that is the last one"
    assert azure.call("GET", f"{COMPUTE}/galleries?$skiptoken=%2F&api-version=2021-10-01", api=None).status == 200


def test_quotas_count_by_region_and_subscription(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KINDS["microsoft.compute/galleries"], "quota", 1)
    azure.given("group", "gallery")
    assert azure.put("gallery").status == 200, "an update takes nothing"
    azure.clock.simulate(1)
    assert azure.call("PUT", f"{COMPUTE}/galleries/west", {"location": "westus"}).status == 201
    prod = GROUP.replace(DEV, DEV[:-1] + "3")
    azure.call("PUT", prod, {"location": "eastus"})
    gallery = f"{prod}/providers/Microsoft.Compute/galleries/gal"
    assert azure.call("PUT", gallery, {"location": "eastus"}).status == 201
    azure.call("DELETE", GALLERY)
    azure.clock.simulate(1)
    assert azure.put("gallery-soft").status == 201


def test_encryption_is_echoed_and_can_be_put_back(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "set", "set2", "version-encrypted")
    path, body = preset("version-encrypted")
    shown = azure.call("GET", path).body
    sent = body["properties"]["publishingProfile"]["targetRegions"]
    kept = shown["properties"]["publishingProfile"]["targetRegions"]
    for region in sent:  # [W: azure-cli's test_gallery_e2e]
        if disk := region["encryption"].get("osDiskImage"):
            disk.setdefault("securityProfile", {})
    assert [region["encryption"] for region in kept] == [region["encryption"] for region in sent]
    kept[0]["encryption"]["osDiskImage"]["diskEncryptionSetId"] = f"{COMPUTE}/DISKENCRYPTIONSETS/east"
    kept[0]["regionalReplicaCount"] = 3
    assert azure.call("PUT", path, shown).status == 200, "ids are the same in any case"


def test_confidential_disk_with_its_own_key(azure: Azure) -> None:
    azure.given("group", "gallery", "definition-confidential", "vm-confidential", "set")
    path, body = preset("version-confidential")
    key = {"confidentialVMEncryptionType": "EncryptedWithCmk", "secureVMDiskEncryptionSetId": preset("set")[0]}
    encryption = {"osDiskImage": {"securityProfile": key}}
    body["properties"]["publishingProfile"] = {"targetRegions": [{"name": "eastus", "encryption": encryption}]}
    assert azure.call("PUT", path, body).status == 201


def test_edge_zones_and_further_replicas(azure: Azure) -> None:
    """Storage where nothing is said [W: azure-cli's test_image_version_with_target_extended_locations]."""
    azure.given("group", "gallery", "definition", "image", "version-at-the-edge")
    profile = azure.call("GET", f"{DEFINITION}/versions/6.0.0").body["properties"]["publishingProfile"]
    assert profile["targetExtendedLocations"] == [
        {
            "name": "West US",
            "extendedLocation": {"name": "losangeles", "type": "EdgeZone"},
            "extendedLocationReplicaCount": 1,
            "storageAccountType": "StandardSSD_LRS",
        }
    ]
    further = [{"storageAccountType": "PremiumV2_LRS", "regionalReplicaCount": 2}]
    assert profile["targetRegions"][0]["additionalReplicaSets"] == further


def test_uefi_settings_show_when_they_are_asked_for(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image", "version-at-the-edge")
    path, body = preset("version-at-the-edge")
    shown = azure.call("GET", path).body
    assert "securityProfile" not in shown["properties"]
    assert azure.call("PUT", path, shown).status == 200, "left out, they stay"
    with_settings = azure.call("GET", path, expand="UefiSettings").body["properties"]
    assert with_settings["securityProfile"] == body["properties"]["securityProfile"]


def test_a_disk_encryption_set_has_a_principal(azure: Azure) -> None:
    azure.given("group", "set")
    identity = azure.call("GET", preset("set")[0]).body["identity"]
    assert set(identity) == {"type", "principalId", "tenantId"}
    assert azure.put("set").body["identity"] == identity


def test_a_machine_gets_the_latest_version_of_its_region(azure: Azure) -> None:
    """The highest number, not the last in the alphabet; what a region says of itself goes before the version's word."""
    azure.given("group", "gallery", "definition", "image")
    everywhere = {"targetRegions": [{"name": "eastus"}, {"name": "eastus2"}]}
    here_alone = {"targetRegions": [{"name": "eastus", "excludeFromLatest": False}, {"name": "eastus2"}]}
    for number, profile in (
        ("2.0.0", everywhere),
        ("10.0.0", everywhere),
        ("11.0.0", {**here_alone, "excludeFromLatest": True}),
        ("12.0.0", {**everywhere, "excludeFromLatest": True}),
    ):
        path, body = preset("version")
        body["properties"]["publishingProfile"] = profile
        assert azure.call("PUT", path.replace("1.0.0", number), body).status == 201
        azure.clock.simulate(3600)
    listed = azure.call("GET", f"{DEFINITION}/versions").body["value"]
    flags = {each["name"]: each["properties"]["publishingProfile"]["excludeFromLatest"] for each in listed}
    assert flags == {"2.0.0": False, "10.0.0": False, "11.0.0": True, "12.0.0": True}

    def version_of_machine(location: str, image: str) -> str:
        path, body = preset("vm")
        body["location"] = location
        body["properties"]["storageProfile"]["imageReference"] = {"id": image}
        made = azure.call("PUT", f"{path}-{location}", body)
        azure.call("DELETE", f"{path}-{location}")
        found: str = made.body["properties"]["storageProfile"]["imageReference"]["exactVersion"]
        return found

    assert version_of_machine("eastus", DEFINITION) == "11.0.0"
    assert version_of_machine("eastus2", DEFINITION) == "10.0.0"
    assert version_of_machine("eastus2", f"{DEFINITION}/versions/12.0.0") == "12.0.0", "it can be asked for by number"


@pytest.mark.parametrize(
    "default",
    [
        {"publishingProfile": {"replicationMode": "Full"}},
        {"publishingProfile": {"replicaCount": 1, "excludeFromLatest": False, "storageAccountType": "Standard_LRS"}},
        {"publishingProfile": {"targetRegions": [{"name": "East US", "excludeFromLatest": False}]}},
        {"safetyProfile": {"blockDeletionBeforeEndOfLife": False, "allowDeletionOfReplicatedLocations": False}},
        {"storageProfile": {"osDiskImage": {"hostCaching": "ReadWrite"}}},
    ],
    ids=str,
)
def test_what_is_filled_in_can_be_said_and_left_out(azure: Azure, default: dict[str, Any]) -> None:
    """A default that is written, and taken away again, is no change of what Azure keeps."""
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    body["properties"]["publishingProfile"] = {}
    said = {**body, "properties": body["properties"] | default}
    said["properties"]["storageProfile"] = body["properties"]["storageProfile"] | default.get("storageProfile", {})
    for number, each in enumerate((body, said, body)):
        assert azure.call("PUT", path, each).status == (200 if number else 201)
        azure.clock.simulate(3600)
        shown = azure.call("GET", path).body["properties"]
        assert shown["provisioningState"] == "Succeeded"
        mode = default.get("publishingProfile", {}).get("replicationMode")
        assert shown["publishingProfile"].get("replicationMode") == (mode if number == 1 else None), "echoed as sent"
