"""What consumers read: shared and community galleries; and who uses a version: machines, scale sets, disks."""

from __future__ import annotations

from typing import Any

from .conftest import COMPUTE, DEV, GROUP, Azure, preset
from .test_arm_sharing import DIRECT, PUBLIC, profile, share

STAGING = "00000000-0000-0000-0000-000000000002"
IMAGE = f"{COMPUTE}/galleries/gal/images/img"


def there(subscription: str, *path: str, location: str = "eastus") -> str:
    return "/".join([f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}", *path])


def listed(azure: Azure, path: str, **options: Any) -> list[Any]:
    found: list[Any] = azure.call("GET", path, **options).body["value"]
    return found


def test_a_community_gallery(azure: Azure) -> None:
    """Bodies as recorded [W: azure-cli-extensions' test_community_gallery_operations, 2021-07-01; of 2022: azure-cli's,
    and its test_create_vm_with_community_gallery_image]."""
    azure.given("group", "gallery-public", "definition-public", "image", "version-public")
    [name] = profile(azure, PUBLIC)["communityGalleryInfo"]["publicNames"]
    gallery = there(STAGING, "communityGalleries", name)
    assert azure.call("GET", gallery).code == "GalleryNotFound", "it isn't open yet"
    share(azure, PUBLIC, "EnableCommunity")
    metadata = {
        "publisherUri": "https://example.com",
        "publisherContact": "images@example.com",
        "eula": "e",
        "publicNames": [name],
    }
    unique = f"/CommunityGalleries/{name}"
    about = {"name": name, "location": "eastus", "identifier": {"uniqueId": unique}}
    for old in ("2021-07-01", "2022-01-03"):
        assert azure.call("GET", gallery, api=old).body == {**about, "communityMetadata": metadata}
    assert azure.call("GET", gallery).body == {**about, "properties": {"communityMetadata": metadata}}
    image: dict[str, Any] = {
        "name": "img",
        "location": "eastus",
        "identifier": {"uniqueId": f"{unique}/Images/img"},
        "properties": {
            "osType": "Linux",
            "osState": "Generalized",
            "identifier": {},
            "disclaimer": "https://aka.ms/community-gallery-disclaimer",
            "recommended": {},
            "hyperVGeneration": "V1",
            "architecture": "x64",
        },
    }
    assert azure.call("GET", f"{gallery}/images/IMG").body == image
    assert listed(azure, f"{gallery}/images") == [image]
    image["properties"] |= {"identifier": {"publisher": "p", "offer": "o", "sku": "s"}}
    del image["properties"]["disclaimer"]
    assert azure.call("GET", f"{gallery}/images/img", api="2021-07-01").body == image
    [version] = listed(azure, f"{gallery}/images/img/versions")
    assert azure.call("GET", f"{gallery}/images/img/versions/1.0.0").body == version
    assert version.pop("properties").pop("publishedDate")
    assert version == {
        "name": "1.0.0",
        "location": "eastus",
        "identifier": {"uniqueId": f"{unique}/Images/img/Versions/1.0.0"},
    }
    elsewhere = there(STAGING, "communityGalleries", name, location="westus")
    assert azure.call("GET", f"{elsewhere}/images/img/versions/1.0.0").code == "NotFound"
    share(azure, PUBLIC, "Reset")
    assert azure.call("GET", gallery).code == "GalleryNotFound"


def test_what_a_version_tells_its_consumers(azure: Azure) -> None:
    azure.given("group", "gallery-public", "definition-public", "image", "version-public")
    share(azure, PUBLIC, "EnableCommunity")
    [name] = profile(azure, PUBLIC)["communityGalleryInfo"]["publicNames"]
    shown = azure.call("GET", there(DEV, "communityGalleries", name, "images/img/versions/1.0.0")).body["properties"]
    assert shown.pop("publishedDate")
    assert shown == {
        "disclaimer": "https://aka.ms/community-gallery-disclaimer",
        "excludeFromLatest": False,
        "storageProfile": {
            "osDiskImage": {"diskSizeGB": 30, "hostCaching": "ReadWrite"},
            "dataDiskImages": [{"lun": 0, "diskSizeGB": 8, "hostCaching": "None"}],
        },
    }


def test_shared_galleries_are_seen_by_whom_they_are_shared_with(azure: Azure) -> None:
    azure.given("group", "gallery-direct", "definition-direct")
    shared, unique = "sharedGalleries", f"{DEV}-DIRECT"
    assert listed(azure, there(STAGING, shared)) == []
    share(azure, DIRECT, "Add", ("Subscriptions", [STAGING]))
    about = {"name": unique, "location": "eastus", "identifier": {"uniqueId": f"/SharedGalleries/{unique}"}}
    assert listed(azure, there(STAGING, shared)) == [about]
    # The empty member is in no list [W: azure-cli's test_shared_gallery].
    assert azure.call("GET", there(STAGING, shared, unique.lower())).body == {**about, "properties": {}}
    assert listed(azure, there(DEV, shared)) == []
    assert [each["name"] for each in listed(azure, there(STAGING, shared, unique, "images"))] == ["img"]
    tenant = "00000000-0000-0000-0000-0000000000aa"
    share(azure, DIRECT, "Add", ("AADTenants", [tenant]))
    by_tenant = azure.address + there(DEV, shared) + "?api-version=2024-03-03&sharedTo=tenant"
    assert listed(azure, by_tenant) == [about]
    share(azure, DIRECT, "Remove", ("Subscriptions", [STAGING]))
    assert listed(azure, there(STAGING, shared)) == []


def test_machines_scale_sets_and_disks_tell_what_they_are_made_from(azure: Azure) -> None:
    azure.given("group", "group2", "gallery", "definition", "image", "version")
    reference = {"imageReference": {"id": IMAGE}}
    machine = {"location": "eastus", "properties": {"storageProfile": reference}}
    for number in range(101):
        assert azure.call("PUT", f"{COMPUTE}/virtualMachines/m{number:03}", machine).status < 300
    disk = {"createOption": "FromImage", "galleryImageReference": {"id": f"{IMAGE}/versions/1.0.0"}}
    azure.call("PUT", f"{COMPUTE}/disks/d", {"location": "eastus", "properties": {"creationData": disk}})
    azure.call("PUT", f"{GROUP}2/providers/Microsoft.Compute/virtualMachines/other", machine)
    subscription = f"/subscriptions/{DEV}/providers/Microsoft.Compute"
    first = azure.call("GET", f"{subscription}/virtualMachines").body
    rest = azure.call("GET", first["nextLink"]).body
    assert (len(first["value"]), len(rest["value"]), "nextLink" in rest) == (100, 2, False)
    assert len(listed(azure, f"{GROUP}2/providers/Microsoft.Compute/virtualMachines")) == 1
    images = {each["properties"]["storageProfile"]["imageReference"]["exactVersion"] for each in first["value"]}
    assert images == {"1.0.0"}
    [found] = listed(azure, f"{subscription}/disks")
    assert found["properties"]["creationData"].items() >= disk.items()


def test_a_scale_set_and_its_instances(azure: Azure) -> None:
    """New instances are made from the latest version; older ones stay what they are [D]."""
    azure.given("group", "gallery", "definition", "image", "version")
    path = f"{COMPUTE}/virtualMachineScaleSets/web"
    profile_: dict[str, Any] = {"storageProfile": {"imageReference": {"id": IMAGE}}}
    body: dict[str, Any] = {
        "location": "eastus",
        "sku": {"name": "Standard_D2s_v5", "capacity": 2},
        "properties": {"virtualMachineProfile": profile_},
    }
    created = azure.call("PUT", path, body).body
    assert created["sku"]["capacity"] == 2 and "instances" not in created["properties"]
    newer = preset("version")
    azure.call("PUT", newer[0].replace("1.0.0", "1.0.1"), newer[1])
    azure.clock.simulate(3600)
    body["sku"]["capacity"] = 3
    azure.call("PUT", path, body)
    machines = listed(azure, f"{path}/virtualMachines")
    assert [each["name"] for each in machines] == ["web_0", "web_1", "web_2"]
    used = [each["properties"]["storageProfile"]["imageReference"]["exactVersion"] for each in machines]
    assert used == ["1.0.0", "1.0.0", "1.0.1"]
    assert azure.call("GET", f"{path}/virtualMachines/2").body["instanceId"] == "2"
    assert "instanceView" in azure.call("GET", f"{path}/virtualMachines/2", expand="instanceView").body["properties"]
    assert azure.call("GET", f"{path}/virtualMachines/3").code == "ResourceNotFound"
    body["sku"]["capacity"] = 1
    profile_["storageProfile"]["imageReference"] = {"id": f"{IMAGE}/versions/1.0.1"}
    azure.call("PUT", path, body)
    [left] = listed(azure, f"{path}/virtualMachines")
    assert (left["instanceId"], left["properties"]["latestModelApplied"]) == ("0", False)
    assert azure.call("PUT", path, body | {"sku": {"capacity": 5000}}).code == "InvalidParameter"
    subscription = f"/subscriptions/{DEV}/providers/Microsoft.Compute/virtualMachineScaleSets"
    assert [each["name"] for each in listed(azure, subscription)] == ["web"]


def test_groups_are_in_upper_case_in_lists_of_a_subscription(azure: Azure) -> None:
    """[W: azure-cli's test_gallery_e2e]"""
    azure.given("group", "gallery")
    [found] = listed(azure, f"/subscriptions/{DEV}/providers/Microsoft.Compute/galleries")
    assert found["id"] == f"{COMPUTE}/galleries/gal".replace("/rg/", "/RG/")
    machine = f"{COMPUTE}/virtualMachines/vm"
    azure.given("vm")
    [found] = listed(azure, f"/subscriptions/{DEV}/providers/Microsoft.Compute/virtualMachines")
    assert found["id"] == machine.replace("/rg/", "/RG/")
    assert [each["id"] for each in listed(azure, f"{COMPUTE}/virtualMachines")] == [machine], "but a group's"
