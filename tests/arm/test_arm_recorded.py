"""What Azure was recorded to answer, where local Azure once said something else; each test names its recording."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import COMPUTE, DEV, GROUP, Azure, preset
from .test_arm_sharing import DIRECT, PUBLIC, profile, share

GALLERY = f"{COMPUTE}/galleries/gal"
DEFINITION = f"{GALLERY}/images/img"
VERSION = f"{DEFINITION}/versions/1.0.0"
GROUPS = {"permissions": "Groups"}
STAGING = "00000000-0000-0000-0000-000000000002"


def put(azure: Azure, path: str, properties: Any, location: str = "eastus", **beside: Any) -> Any:
    """What a PUT is answered; a sentence about it where it is refused."""
    got = azure.call("PUT", path, {"location": location, **beside, "properties": properties})
    assert got.status < 300, got.body
    return got.body


def shown(azure: Azure, path: str, **options: Any) -> Any:
    return azure.call("GET", path, **options).body["properties"]


def built(azure: Azure, path: str, properties: Any) -> Any:
    """The storage profile of a version that has been built."""
    put(azure, path, properties)
    azure.clock.simulate(3600)
    return shown(azure, path)["storageProfile"]


def test_regions_of_a_replication_status(azure: Azure) -> None:
    """azure-sdk-for-net: GalleryImageVersion_CRUD_Tests, GalleryApplicationVersion_CRUD_Tests."""
    azure.given("group", "gallery", "definition", "image", "version", "application", "application-version")
    done = {"state": "Completed", "progress": 100}
    application = preset("application-version")[0]
    for path, regions in ((VERSION, ["eastus", "eastus2"]), (application, ["eastus", "westus"])):
        found = shown(azure, path, expand="ReplicationStatus")["replicationStatus"]
        summary = [{"region": region, **done} for region in regions]
        assert found == {"aggregatedState": "Completed", "summary": summary}


def test_regions_in_addresses_of_operations(azure: Azure) -> None:
    """azure-sdk-for-net: Gallery_CRUD_Tests; azure-cli: test_gallery_e2e (early regions: test_arm_api_versions.py)."""
    azure.given("group")
    address = azure.put("gallery").headers["Azure-AsyncOperation"]
    assert f"/subscriptions/{DEV}/providers/Microsoft.Compute/locations/eastus/capsOperations/" in address
    assert address.endswith("?api-version=2024-03-03")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_changes_of_what_is_there(azure: Azure, method: str) -> None:
    """azure-cli: test_gallery_soft_delete, test_gallery_image_definition_update_features,
    test_image_version_end_of_life_date (2026); azure-powershell: TestDisableGalleryIdentities (PATCH, 2026). Until 2023
    a gallery had changed when that was answered."""
    azure.given("group", "gallery", "definition", "image", "version")
    for name in ("gallery", "definition", "version"):
        path, body = preset(name)
        if method == "PATCH":
            body = {"properties": {"osType": "Linux"}} if name == "definition" else {}
        got = azure.call(method, path, {**body, "tags": {"by": "me"}})
        assert (got.status, got.body["properties"]["provisioningState"]) == (200, "Updating")
        assert got.body["tags"] == {"by": "me"} and "Location" not in got.headers
        assert "validationsProfile" not in got.body["properties"]
        operation = got.headers["Azure-AsyncOperation"]
        azure.clock.simulate(3600)
        ended = azure.call("GET", operation).body
        assert set(ended) == {"startTime", "endTime", "status", "name"} and ended["status"] == "Succeeded"
        assert shown(azure, path)["provisioningState"] == "Succeeded"
    assert shown(azure, VERSION)["validationsProfile"] == {"validationOperationStatus": "NotExecuted"}


def test_what_a_version_of_a_marketplace_machine_tells(azure: Azure) -> None:
    """azure-cli: test_gallery_soft_delete_policy_and_recycle_bin."""
    azure.given("group", "gallery", "definition")
    image = {"publisher": "Canonical", "offer": "UbuntuServer", "sku": "16.04-LTS", "version": "latest"}
    disk = {"osType": "Linux", "diskSizeGB": 30}
    statuses = [{"code": "OSState/generalized"}]
    storage = {"imageReference": image, "osDisk": disk}
    put(azure, f"{COMPUTE}/virtualMachines/m", {"storageProfile": storage, "instanceView": {"statuses": statuses}})
    source = {"virtualMachineId": f"{COMPUTE}/virtualMachines/m"}
    made = put(azure, VERSION, {"storageProfile": {"source": source}})["properties"]
    assert made["validationsProfile"] == {"validationOperationStatus": "NotExecuted"}
    azure.clock.simulate(3600)
    told = [{"name": f"source_image_{part}", "value": image[part]} for part in ("publisher", "offer", "sku")]
    whole = {"validationOperationStatus": "NotExecuted", "platformAttributes": told}
    assert shown(azure, VERSION)["validationsProfile"] == whole
    put(azure, VERSION, {}, tags={"a": "b"})
    azure.clock.simulate(3600)
    assert shown(azure, VERSION)["validationsProfile"] == whole


@pytest.mark.parametrize(
    ("mode", "least", "most"),
    [("Full", 360, 440), ("Shallow", 45, 46)],
)
def test_how_long_a_build_takes_in_one_region(azure: Azure, mode: str, least: float, most: float) -> None:
    """azure-cli: test_image_version_end_of_life_date, test_gallery_soft_delete_policy_and_recycle_bin,
    test_replication_mode; the update: 150 s."""
    azure.given("group", "gallery", "definition", "image")
    source = {"source": {"id": preset("image")[0]}}
    profile_: Any = {"replicationMode": mode, "targetRegions": [{"name": "eastus"}]}
    put(azure, VERSION, {"publishingProfile": profile_, "storageProfile": source})
    azure.clock.simulate(least - 1)
    assert shown(azure, VERSION)["provisioningState"] == "Creating"
    azure.clock.simulate(most - least + 1)
    assert shown(azure, VERSION)["provisioningState"] == "Succeeded"
    put(azure, VERSION, {"publishingProfile": {"replicationMode": mode}}, tags={"a": "b"})
    azure.clock.simulate(149)
    assert shown(azure, VERSION)["provisioningState"] == "Updating"
    azure.clock.simulate(2)
    assert shown(azure, VERSION)["provisioningState"] == "Succeeded"


def test_deletions(azure: Azure) -> None:
    """azure-cli: test_gallery_e2e; azure-sdk-for-python: test_compute_galleries."""
    azure.given("group", "gallery", "definition", "image", "version")
    for path in (VERSION, DEFINITION, GALLERY):
        got = azure.call("DELETE", path)
        assert (got.status, got.body) == (202, None)
        assert azure.call("GET", got.headers["Location"]).status == 202
        azure.clock.simulate(3600)
        assert azure.call("GET", got.headers["Azure-AsyncOperation"]).body["status"] == "Succeeded"
        ended = azure.call("GET", got.headers["Location"])
        assert (ended.status, ended.body) == (200, None)
        assert azure.call("GET", path).status == 404


def test_galleries_in_the_list_of_a_group(azure: Azure) -> None:
    """azure-cli: test_gallery_e2e; azure-sdk-for-net: Gallery_CRUD_Tests."""
    azure.given("group", "gallery")
    [found] = azure.call("GET", f"{COMPUTE}/galleries").body["value"]
    assert found["id"] == GALLERY.replace("/rg/", "/RG/")


def test_a_definition_that_says_no_os_state(azure: Azure) -> None:
    """azure-sdk-for-net: GalleryImageOperationsTests/Update (2022-03-03)."""
    azure.given("group", "gallery")
    path, body = preset("definition")
    del body["properties"]["osState"]
    assert azure.call("PUT", path, body).body["properties"]["osState"] == "Generalized"


def test_a_security_type_in_another_case(azure: Azure) -> None:
    """azure-cli: test_create_image_version_with_region_cvm_encryption."""
    azure.given("group", "gallery")
    path, body = preset("definition-confidential")
    [feature] = body["properties"]["features"]
    feature["value"] = "ConfidentialVm"
    [kept] = azure.call("PUT", path, body).body["properties"]["features"]
    assert kept["value"] == "ConfidentialVM"


def test_a_disk_without_an_os_is_of_any_generation(azure: Azure) -> None:
    """azure-cli: test_gallery_specialized."""
    azure.given("group", "gallery")
    path, body = preset("definition")
    body["properties"]["hyperVGeneration"] = "V2"
    azure.call("PUT", path, body)
    azure.clock.simulate(10)
    put(azure, f"{COMPUTE}/snapshots/s", {"hyperVGeneration": "V1", "diskSizeGB": 10})
    source = {"id": f"{COMPUTE}/snapshots/s"}
    found = built(azure, VERSION, {"storageProfile": {"osDiskImage": {"source": source}}})
    assert found == {"osDiskImage": {"sizeInGB": 10, "hostCaching": "ReadWrite", "source": source}}
    put(azure, f"{COMPUTE}/snapshots/os", {"hyperVGeneration": "V1", "osType": "Linux"})
    bootable = {"storageProfile": {"osDiskImage": {"source": {"id": f"{COMPUTE}/snapshots/os"}}}}
    refused = azure.call("PUT", VERSION.replace("1.0.0", "1.0.1"), {"location": "eastus", "properties": bootable}).body[
        "error"
    ]["message"]
    assert "has a different Hypervisor generation ['V1']" in refused


def test_a_blob_whose_account_is_named_by_id(azure: Azure) -> None:
    """azure-cli: test_gallery_image_version_vhd."""
    azure.given("group", "gallery", "definition", "account", "disk")
    blob = {"id": preset("account")[0], "uri": "https://vhds.blob.core.windows.net/c/data.vhd"}
    other = {**blob, "uri": "https://vhds.blob.core.windows.net/c/more.vhd"}
    disks = [{"lun": 0, "source": blob}, {"lun": 1, "source": other}]
    wanted = {"osDiskImage": {"source": {"id": f"{COMPUTE}/disks/os"}}, "dataDiskImages": disks}
    found = built(azure, VERSION, {"storageProfile": wanted})
    assert [disk["source"] for disk in found["dataDiskImages"]] == [blob, other]


def test_encryption_where_there_are_no_data_disks(azure: Azure) -> None:
    """azure-cli: test_create_image_version_with_region_cvm_encryption, test_gallery_e2e (the empty profile)."""
    azure.given("group", "gallery", "definition", "disk", "set")
    key = preset("set")[0]
    encryption = {
        "osDiskImage": {"diskEncryptionSetId": key},
        "dataDiskImages": [{"lun": 0, "diskEncryptionSetId": key}],
    }
    regions = [{"name": "eastus", "encryption": encryption}]
    source = {"osDiskImage": {"source": {"id": f"{COMPUTE}/disks/os"}}}
    put(azure, VERSION, {"publishingProfile": {"targetRegions": regions}, "storageProfile": source})
    [kept] = shown(azure, VERSION)["publishingProfile"]["targetRegions"]
    os_disk = {"securityProfile": {}, "diskEncryptionSetId": key}
    assert kept["encryption"] == {"osDiskImage": os_disk, "dataDiskImages": encryption["dataDiskImages"]}


def test_keys_of_a_firmware_are_in_the_answer_to_a_put(azure: Azure) -> None:
    """azure-sdk-for-net: GalleryImageVersion_TrustedLaunchSupported_CRUD_Tests."""
    azure.given("group", "gallery", "definition-supported", "image-second")
    path, body = preset("version-supported")
    keys = {"uefiSettings": {"signatureTemplateNames": ["NoSignatureTemplate"]}}
    body["properties"]["securityProfile"] = keys
    assert azure.call("PUT", path, body).body["properties"]["securityProfile"] == keys
    assert "securityProfile" not in shown(azure, path)
    assert shown(azure, path, expand="UefiSettings")["securityProfile"] == keys


def test_an_image_of_a_machine_has_the_machines_disks(azure: Azure) -> None:
    """azure-cli: test_gallery_e2e; refusal: ansible#37158."""
    azure.given("group", "gallery", "definition")
    disks = {name: f"{COMPUTE}/disks/{name}" for name in ("os", "data")}
    put(azure, disks["os"], {"diskSizeGB": 30, "osType": "Linux"})
    storage = {
        "osDisk": {"osType": "Linux", "caching": "ReadWrite", "managedDisk": {"id": disks["os"]}},
        "dataDisks": [{"lun": 3, "caching": "None", "diskSizeGB": 10, "managedDisk": {"id": disks["data"]}}],
    }
    machine = f"{COMPUTE}/virtualMachines/m"
    put(azure, machine, {"storageProfile": storage})
    image = {"sourceVirtualMachine": {"id": machine}, "hyperVGeneration": "V1"}
    refused = azure.call("PUT", f"{COMPUTE}/images/i", {"location": "eastus", "properties": image})
    text = "The operation 'Create Image' requires the Virtual Machine 'm' to be Generalized."
    assert refused.body["error"] == {"code": "OperationNotAllowed", "message": text}
    azure.call("POST", f"{machine}/generalize")
    put(azure, f"{COMPUTE}/images/i", image)
    assert shown(azure, f"{COMPUTE}/images/i")["storageProfile"] == {
        "osDisk": {
            "osType": "Linux",
            "osState": "Generalized",
            "diskSizeGB": 30,
            "managedDisk": {"id": disks["os"]},
            "caching": "ReadWrite",
        },
        "dataDisks": [{"lun": 3, "diskSizeGB": 10, "managedDisk": {"id": disks["data"]}, "caching": "None"}],
    }
    found = built(azure, VERSION, {"storageProfile": {"source": {"id": f"{COMPUTE}/images/i"}}})
    assert found["osDiskImage"]["sizeInGB"] == 30
    assert found["dataDiskImages"] == [{"lun": 3, "sizeInGB": 10, "hostCaching": "None"}]


def test_a_copy_of_a_disk_is_like_it(azure: Azure) -> None:
    """azure-cli: test_specialized_image."""
    azure.given("group")
    about = {"osType": "Linux", "diskSizeGB": 30, "supportedCapabilities": {"architecture": "Arm64"}}
    put(azure, f"{COMPUTE}/disks/d", {**about, "hyperVGeneration": "V2"})
    creation = {"createOption": "Copy", "sourceResourceId": f"{COMPUTE}/disks/d"}
    put(azure, f"{COMPUTE}/snapshots/s", {"creationData": creation, "diskSizeGB": 32})
    found = shown(azure, f"{COMPUTE}/snapshots/s")
    assert found.items() >= {**about, "hyperVGeneration": "V2", "diskSizeGB": 32, "creationData": creation}.items()
    assert (
        "osType"
        not in put(
            azure, f"{COMPUTE}/snapshots/t", {"creationData": {**creation, "sourceResourceId": f"{COMPUTE}/disks/none"}}
        )["properties"]
    )


@pytest.mark.parametrize("kind", ["SharedGalleries", "CommunityGalleries"])
def test_images_by_the_names_of_those_they_are_shared_with(azure: Azure, kind: str) -> None:
    """azure-cli: test_create_vm_with_shared_gallery_image, test_create_vm_with_community_gallery_image,
    test_create_disk_from_diff_gallery_image_version."""
    shared = kind == "SharedGalleries"
    gallery, path = ("direct", DIRECT) if shared else ("public", PUBLIC)
    azure.given("group", f"gallery-{gallery}", f"definition-{gallery}", "image")
    source = {"storageProfile": {"source": {"id": preset("image")[0]}}}
    built(azure, f"{path}/images/img/versions/1.0.0", source)
    name = f"{DEV}-DIRECT" if shared else profile(azure, PUBLIC)["communityGalleryInfo"]["publicNames"][0]
    member = "sharedGalleryImageId" if shared else "communityGalleryImageId"
    theirs = f"/subscriptions/{STAGING}/resourceGroups/theirs"
    assert azure.call("PUT", theirs, {"location": "eastus"}).status == 201
    machine, image = f"{theirs}/providers/Microsoft.Compute/virtualMachines/m", f"/{kind}/{name}/Images/img"
    body: Any = {"location": "eastus", "properties": {"storageProfile": {"imageReference": {member: image}}}}
    refused = azure.call("PUT", machine, body)
    assert (refused.status, refused.code) == (404, "GalleryImageNotFound"), "they don't see it yet"
    share(azure, path, *(("Add", ("Subscriptions", [STAGING])) if shared else ("EnableCommunity",)))
    for said in (image, f"{image}/Versions/latest", f"{image}/Versions/1.0.0"):
        body["properties"]["storageProfile"]["imageReference"] = {member: said}
        azure.call("DELETE", machine)
        made = azure.call("PUT", machine, body).body["properties"]["storageProfile"]["imageReference"]
        assert made == {member: said, "exactVersion": "1.0.0"}

    scale_set = machine.replace("virtualMachines/m", "virtualMachineScaleSets/s")
    model = {"virtualMachineProfile": body["properties"]}
    azure.call("PUT", scale_set, {"location": "eastus", "sku": {"capacity": 1}, "properties": model})
    assert shown(azure, scale_set)["virtualMachineProfile"] == body["properties"], "the model tells no exact version"
    [instance] = azure.call("GET", f"{scale_set}/virtualMachines").body["value"]
    assert instance["properties"]["storageProfile"]["imageReference"]["exactVersion"] == "1.0.0"

    disk = machine.replace("virtualMachines/m", "disks/d")
    reference = {member: f"{image}/Versions/1.0.0"}
    creation = {"createOption": "FromImage", "galleryImageReference": reference}
    azure.call("PUT", disk, {"location": "eastus", "properties": {"creationData": creation}})
    found = shown(azure, disk)
    assert found["creationData"] == {**creation, "imageReference": {"id": f"{image}/Versions/1.0.0"}}
    assert (found["osType"], found["diskSizeGB"], found["hyperVGeneration"]) == ("Linux", 30, "V1")
    assert found["supportedCapabilities"] == {"architecture": "x64"}
    data: Any = {**creation, "galleryImageReference": {**reference, "lun": 0}}
    azure.call(
        "PUT", disk.replace("/disks/d", "/disks/data"), {"location": "eastus", "properties": {"creationData": data}}
    )
    found = shown(azure, disk.replace("/disks/d", "/disks/data"))
    assert found["diskSizeGB"] == 8 and "osType" not in found
    data["galleryImageReference"]["lun"] = 9
    refused = azure.call(
        "PUT", disk.replace("/disks/d", "/disks/x"), {"location": "eastus", "properties": {"creationData": data}}
    )
    assert refused.code == "InvalidParameter"


def test_instances_are_brought_up_to_the_model(azure: Azure) -> None:
    """What an instance shows: azure-sdk-for-python's test_compute_vmss_vm. No recording of `manualupgrade` was found:
    [S], refusals [I]."""
    azure.given("group", "gallery", "definition", "image", "version")
    path, body = preset("scale-set")
    profile_ = body["properties"]["virtualMachineProfile"]["storageProfile"]
    profile_["imageReference"] = {"id": DEFINITION}
    azure.call("PUT", path, body)
    newer = preset("version")
    azure.call("PUT", newer[0].replace("1.0.0", "1.0.1"), newer[1])
    azure.clock.simulate(3600)
    profile_["imageReference"] = {"id": f"{DEFINITION}/versions/1.0.1"}
    azure.call("PUT", path, body)

    def versions() -> list[tuple[str, bool]]:
        found = [each["properties"] for each in azure.call("GET", f"{path}/virtualMachines").body["value"]]
        return [
            (each["storageProfile"]["imageReference"]["exactVersion"], each["latestModelApplied"]) for each in found
        ]

    assert versions() == [("1.0.0", False), ("1.0.0", False)]
    assert azure.call("POST", f"{path}/manualupgrade", {"instanceIds": ["1"]}).status == 200
    assert versions() == [("1.0.0", False), ("1.0.1", True)]
    wrongs: list[Any] = [{}, {"instanceIds": []}, {"instanceIds": ["7"]}, {"instanceIds": "1"}]
    for wrong in wrongs:
        assert azure.call("POST", f"{path}/manualupgrade", wrong).code == "InvalidParameter"
    azure.call("POST", f"{path}/manualupgrade", {"instanceIds": ["*"]})
    assert versions() == [("1.0.1", True), ("1.0.1", True)]
    one = azure.call("GET", f"{path}/virtualMachines/1").body
    assert (one["instanceId"], one["sku"]) == ("1", {"name": "Standard_D2s_v5"})
    assert one["properties"]["modelDefinitionApplied"] == "VirtualMachineScaleSet"
    assert azure.call("GET", f"{path}/virtualMachines/1/instanceView").body["statuses"]


def test_a_private_gallery_is_opened_to_the_community(azure: Azure) -> None:
    """azure-cli: test_update_gallery_permissions."""
    azure.given("group", "gallery-public")
    before = profile(azure, PUBLIC)
    share(azure, PUBLIC, "Reset")
    assert profile(azure, PUBLIC, None) == {"permissions": "Private"}
    path, body = preset("gallery-public")
    got = azure.call("PUT", path, body)
    assert (got.status, got.body["properties"]["provisioningState"]) == (200, "Updating")
    azure.clock.simulate(10)
    after = got.body["properties"]["sharingProfile"]
    [old], [new] = (each["communityGalleryInfo"].pop("publicNames") for each in (before, after))
    assert before == after and old != new and after["communityGalleryInfo"]["communityGalleryEnabled"] is False
    body["properties"]["sharingProfile"] = {"permissions": "Private"}
    assert azure.call("PUT", path, body).code == "PropertyChangeNotAllowed"


def test_a_gallery_that_was_reset_is_shared_with_groups_again(azure: Azure) -> None:
    """azure-powershell: TestGalleryDirectSharing (2020-09-30)."""
    azure.given("group", "gallery", "gallery-direct")
    path, body = preset("gallery-direct")
    assert azure.call("PUT", path, {**body, "properties": {}}).body["properties"]["sharingProfile"] == GROUPS
    azure.clock.simulate(10)
    share(azure, DIRECT, "Reset")
    assert azure.call("PUT", path, body).body["properties"]["sharingProfile"] == GROUPS
    azure.clock.simulate(10)
    share(azure, DIRECT, "Add", ("Subscriptions", ["s"]))
    assert profile(azure, DIRECT) == {**GROUPS, "groups": [{"type": "Subscriptions", "ids": ["s"]}]}
    never = azure.call("PUT", GALLERY, body)
    assert never.code == "PropertyChangeNotAllowed", "it was never shared: [D]"


def test_identities_are_patched(azure: Azure) -> None:
    """azure-powershell: TestUpdateGalleryWithSystemAndUserAssignedIdentity, TestDisableGalleryIdentities."""
    azure.given("group", "gallery")
    ids = [f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}" for name in "ab"]

    def patch(type_: str, **assigned: Any) -> Any:
        got = azure.call("PATCH", GALLERY, {"identity": {"type": type_, **assigned}})
        assert got.status == 200, got.body
        azure.clock.simulate(10)
        found = azure.call("GET", GALLERY).body.get("identity")
        return found and (found["type"], "principalId" in found, list(found.get("userAssignedIdentities", {})))

    assert patch("SystemAssigned") == ("SystemAssigned", True, [])
    both = "SystemAssigned, UserAssigned"
    assert patch(both, userAssignedIdentities={ids[0]: {}}) == (both, True, ids[:1])
    assert patch(both, userAssignedIdentities={ids[1]: {}}) == (both, True, ids)
    assert patch("UserAssigned") == ("UserAssigned", False, ids)
    assert patch("UserAssigned", userAssignedIdentities={ids[0]: None}) == ("UserAssigned", False, ids[1:])
    assert patch("SystemAssigned") == ("SystemAssigned", True, [])
    assert patch("None") is None
    odd = azure.call("PATCH", GALLERY, {"identity": ["SystemAssigned"]})
    assert odd.code == "InvalidParameter"


def test_a_version_of_an_access_control_profile(azure: Azure) -> None:
    """azure-powershell: TestInVMAccessControlProfileVersion."""
    azure.given("group", "gallery")
    path = f"{GALLERY}/inVMAccessControlProfiles/p"
    put(azure, path, {"osType": "Linux", "applicableHostEndpoint": "WireServer"})
    azure.clock.simulate(10)
    wanted = {"mode": "Audit", "defaultAccess": "Allow", "targetLocations": [{"name": "EastUS2"}, {"name": "East US"}]}
    made = put(azure, f"{path}/versions/1.0.0", wanted)
    assert made["type"] == "Microsoft.Compute/galleries/inVMAccessControlProfiles"
    assert made["properties"]["targetLocations"] == [{"name": "eastus"}, {"name": "eastus2"}]
    assert "replicationStatus" not in made["properties"]
    azure.clock.simulate(60)
    found = shown(azure, f"{path}/versions/1.0.0")["replicationStatus"]
    summary = [{"region": region, "state": "Completed", "progress": 100} for region in ("eastus", "eastus2")]
    assert found == {"aggregatedState": "Completed", "summary": summary}


def test_groups_are_told_in_azures_order(azure: Azure) -> None:
    """azure-sdk-for-net: Gallery_SharingToSubscriptionAndTenant_CRUD_Tests."""
    azure.given("group", "gallery-direct")
    share(azure, DIRECT, "Add", ("AADTenants", ["t"]), ("Subscriptions", ["s"]))
    assert [group["type"] for group in profile(azure, DIRECT)["groups"]] == ["Subscriptions", "AADTenants"]


def test_sharing_of_2020(azure: Azure) -> None:
    """azure-sdk-for-net: Gallery_WithSharingProfile_CRUD_Tests (2020-09-30)."""
    azure.given("group")
    made = azure.put("gallery-direct", api="2020-09-30").body["properties"]
    assert made["sharingProfile"] == {"permissions": "Groups"}
    azure.clock.simulate(1)
    assert "sharingProfile" not in shown(azure, DIRECT, api="2020-09-30")
    selected = shown(azure, DIRECT, api="2020-09-30", select="Permissions")
    assert selected["sharingProfile"] == {"permissions": "Groups"}
    reset = azure.call("POST", f"{DIRECT}/share", {"operationType": "ResetToPrivate"}, api="2020-09-30")
    assert (reset.status, reset.body) == (202, None)
    azure.clock.simulate(1)
    assert profile(azure, DIRECT) == {"permissions": "Private"}


def test_an_update_of_an_application_version_keeps_what_it_does_not_say(azure: Azure) -> None:
    """azure-cli: test_gallery_application_version."""
    azure.given("group", "gallery", "application", "application-version")
    path, body = preset("application-version")
    before = shown(azure, path)["publishingProfile"]
    assert before["enableHealthCheck"] is False
    source = {"source": body["properties"]["publishingProfile"]["source"]}
    after = put(azure, path, {"publishingProfile": source}, tags={"t": "1"})["properties"]["publishingProfile"]
    assert after == before


def test_tags_of_a_subscription(azure: Azure) -> None:
    """azure-cli: test_tag_update_subscription."""
    path = f"/subscriptions/{DEV}/providers/Microsoft.Resources/tags/default"
    azure.given("group")
    assert shown(azure, path) == {"tags": {}}
    azure.call("PUT", path, {"properties": {"tags": {"a": "1", "b": "2"}}})
    azure.call("PATCH", path, {"operation": "Merge", "properties": {"tags": {"c": "3"}}})
    got = azure.call("PATCH", path, {"operation": "Delete", "properties": {"tags": {"a": "1"}}})
    assert got.body == {
        "id": path,
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": {"b": "2", "c": "3"}},
    }
    deleted = azure.call("DELETE", path)
    assert (deleted.status, deleted.body, shown(azure, path)) == (200, None, {"tags": {}})
    assert [each["name"] for each in azure.call("GET", f"/subscriptions/{DEV}/resourceGroups").body["value"]] == ["rg"]


def test_a_resource_group_by_an_old_api_version(azure: Azure) -> None:
    """azure-cli: test_gallery_image (2019-10-01); azure-sdk-for-net (2017-05-10)."""
    azure.given("group")
    for version in ("2017-05-10", "2019-10-01"):
        assert azure.call("GET", GROUP, api=version).status == 200
