"""The service, as the engine sees it: through a channel, with local Azure behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from local.provider.properties import UNKNOWN, marshal

from .conftest import API, COMPUTE, DEV, GALLERY, GROUP, GROUP_ID, IMAGE, SOURCE, VERSION, Plugin, Refused, urn

GALLERY_ID = f"{COMPUTE}/galleries/gal"
VERSION_ID = f"{GALLERY_ID}/images/img/versions/1.0.0"
GUID = "00000000-0000-0000-0000-0000000000f1"


def refusal(plugin: Plugin, method: str, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        getattr(plugin, method)(*arguments, **options)
    return refused.value


def test_life_of_every_type(plugin: Plugin) -> None:
    """Created, checked, refreshed without drift, updated, imported and deleted."""
    scope = {"scope": GALLERY_ID}
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    here = {"resourceGroupName": "rg", "location": "eastus"}
    types: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "resources:ResourceGroup": (GROUP, {"tags": {"a": "b"}}),
        "compute:Gallery": (GALLERY, {"description": "d"}),
        "compute:GalleryImage": (IMAGE, {"description": "d"}),
        "compute:Image": (SOURCE, {"tags": {"a": "b"}}),
        "compute:GalleryImageVersion": (VERSION, {"publishingProfile": {"replicaCount": 1, "excludeFromLatest": True}}),
        "compute:VirtualMachine": (here | {"vmName": "m"}, {"tags": {"a": "b"}}),
        "compute:Disk": (here | {"diskName": "d", "creationData": {"createOption": "Empty"}}, {"diskSizeGB": 4}),
        "compute:Snapshot": (here | {"snapshotName": "s", "creationData": {"createOption": "Copy"}}, {"diskSizeGB": 4}),
        "compute:DiskEncryptionSet": (
            here | {"diskEncryptionSetName": "k", "identity": {"type": "SystemAssigned"}},
            {"rotationToLatestKeyVersionEnabled": True},
        ),
        "authorization:RoleAssignment": (
            scope
            | {"roleAssignmentName": GUID, "principalId": GUID, "roleDefinitionId": role, "principalType": "Group"},
            {"description": "d"},
        ),
        "authorization:ManagementLockByScope": (scope | {"lockName": "l", "level": "CanNotDelete"}, {"notes": "n"}),
    }
    made = {}
    for type_, (inputs, change) in types.items():
        checked, failures = plugin.check(type_, inputs)
        assert failures == [] and checked["azureApiVersion"]
        id, outputs = plugin.create(type_, checked)
        assert plugin.read(type_, id, checked, outputs)[1] == checked, "no drift"
        assert plugin.diff(type_, checked, checked | change).changes == proto.DiffResponse.DIFF_SOME
        after = plugin.update(type_, id, outputs, checked | change)
        assert plugin.read(type_, id, checked | change, after)[1] == checked | change
        imported = plugin.read(type_, id)[1]
        assert set(imported) >= set(inputs)
        made[type_] = id
    for type_, id in reversed(made.items()):
        plugin.delete(type_, id)
        assert plugin.read(type_, id)[0] == ""


def test_import_takes_the_inputs_from_azure(plugin: Plugin) -> None:
    plugin.given("version")
    id, inputs, outputs = plugin.read("compute:GalleryImageVersion", VERSION_ID.replace("galleries", "GALLERIES"))
    assert id == VERSION_ID, "Azure's own spelling"
    assert inputs["publishingProfile"]["targetRegions"][0]["name"] == "East US"
    assert "publishedDate" not in inputs["publishingProfile"] and "provisioningState" not in inputs
    assert inputs.items() >= {"galleryName": "gal", "galleryImageVersionName": "1.0.0", "azureApiVersion": API}.items()
    assert outputs["provisioningState"] == "Succeeded"


def test_import_of_a_wrong_id_and_of_nothing(plugin: Plugin) -> None:
    plugin.given()
    said = str(refusal(plugin, "read", "compute:Gallery", "gal"))
    assert said.startswith("'gal' is no id of azure-native:compute:Gallery: expected /subscriptions/")
    assert plugin.read("compute:Gallery", GALLERY_ID + "x")[0] == ""


def test_refresh_takes_over_what_others_changed(plugin: Plugin) -> None:
    plugin.given()
    inputs = VERSION | {"publishingProfile": {"targetRegions": [{"name": "eastus"}]}}
    id, outputs = plugin.create("compute:GalleryImageVersion", inputs)
    regions = [{"name": "eastus", "regionalReplicaCount": 4}, {"name": "westus"}]
    plugin.update(
        "compute:GalleryImageVersion", id, outputs, VERSION | {"publishingProfile": {"targetRegions": regions}}
    )
    _, refreshed, _ = plugin.read("compute:GalleryImageVersion", id, inputs, outputs)
    assert refreshed["publishingProfile"]["targetRegions"] == [
        {"name": "eastus", "regionalReplicaCount": 4},
        {"name": "West US", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"},
    ]


def test_check_says_what_is_missing_or_of_a_wrong_type(plugin: Plugin) -> None:
    inputs = VERSION | {
        "location": 5,
        "publishingProfile": {
            "targetRegions": [{"name": "a", "regionalReplicaCount": "2"}, {"n": 1}],
            "replicaCount": "x",
        },
        "tags": "t",
        "safetyProfile": [],
    }
    del inputs["galleryName"], inputs["storageProfile"]
    assert sorted(plugin.check("compute:GalleryImageVersion", inputs)[1]) == [
        ("galleryName", "missing required property 'galleryName'"),
        ("location", "'location' should be of type 'string' but got a number"),
        (
            "publishingProfile.replicaCount",
            "'publishingProfile.replicaCount' should be of type 'number' but got a string",
        ),
        (
            "publishingProfile.targetRegions[0].regionalReplicaCount",
            "'publishingProfile.targetRegions[0].regionalReplicaCount' should be of type 'number' but got a string",
        ),
        ("safetyProfile", "'safetyProfile' should be of type 'object' but got a array"),
        ("storageProfile", "missing required property 'storageProfile'"),
    ]


def test_check_leaves_what_is_unknown(plugin: Plugin) -> None:
    inputs = VERSION | {"storageProfile": {"source": UNKNOWN}, "location": UNKNOWN}
    checked, failures = plugin.check("compute:GalleryImageVersion", inputs)
    assert (checked, failures) == (inputs | {"azureApiVersion": API}, [])


def test_default_location(plugin: Plugin, tmp_path: Path) -> None:
    bare = {"resourceGroupName": "rg", "galleryName": "gal"}
    assert "location" not in plugin.check("compute:Gallery", bare)[0], "no such group"
    plugin.create("resources:ResourceGroup", GROUP)
    assert plugin.check("compute:Gallery", bare)[0]["location"] == "eastus", "the group's"
    assert "location" not in plugin.check("compute:Gallery", bare | {"resourceGroupName": UNKNOWN})[0]
    assert "location" not in plugin.check("compute:Gallery", {"galleryName": "gal"})[0]
    lock = {"scope": GROUP_ID, "lockName": "l", "level": "ReadOnly"}
    assert "location" not in plugin.check("authorization:ManagementLockByScope", lock)[0]
    plugin.configure(location="westus")
    assert plugin.check("compute:Gallery", bare)[0]["location"] == "westus", "the provider's"


def test_preview_asks_azure_for_nothing(plugin: Plugin) -> None:
    assert plugin.create("compute:Gallery", GALLERY, preview=True) == ("", GALLERY)
    olds = {"name": "gal", "location": "eastus", "description": "d"}
    assert plugin.update("compute:Gallery", GALLERY_ID, olds, GALLERY, preview=True) == {
        "name": "gal",
        "location": "eastus",
    }


def test_create_refuses_what_exists(plugin: Plugin) -> None:
    plugin.given()
    assert str(refusal(plugin, "create", "compute:Gallery", GALLERY)) == (
        f"cannot create already existing resource '{GALLERY_ID}'"
    )


def test_azures_refusals_in_azure_natives_words(plugin: Plugin) -> None:
    plugin.given()
    changed = IMAGE | {"osType": "Windows"}
    refused = refusal(plugin, "update", "compute:GalleryImage", f"{GALLERY_ID}/images/img", IMAGE, changed)
    text = "Changing property 'galleryImage.properties.osType' is not allowed."
    assert str(refused) == f'Status=409 Code="PropertyChangeNotAllowed" Message="{text}"'
    assert (refused.code, refused.failed) == (grpc.StatusCode.UNKNOWN, None)


def test_accepted_and_then_failed_keeps_the_resource(plugin: Plugin) -> None:
    plugin.given()
    big = {"storageProfile": {"osDisk": {"diskSizeGB": 9999, "osState": "Generalized", "osType": "Linux"}}}
    plugin.create("compute:Image", SOURCE | {"imageName": "big"} | big)
    inputs = VERSION | {"storageProfile": {"source": {"id": f"{COMPUTE}/images/big"}}}
    refused = refusal(plugin, "create", "compute:GalleryImageVersion", inputs)
    assert refused.failed and refused.failed.id == VERSION_ID
    assert dict(refused.failed.inputs)["galleryName"] == "gal"
    assert dict(refused.failed.properties)["provisioningState"] == "Failed"
    text = "The GalleryImageVersion source resource size 9999 exceeds the max size 2048 supported."
    reason = f'Status=200 Code="GallerySourceResourceExceedsMaxSize" Message="{text}"'
    assert list(refused.failed.reasons) == [reason]
    assert str(refused) == reason


@pytest.fixture
def slow(plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The same cloud, in which operations now take their real time."""
    plugin.given()
    monkeypatch.setenv("LOCAL_AZURE_SPEED", "1")
    plugin.configure()
    return plugin


def test_a_creation_that_takes_too_long(slow: Plugin) -> None:
    refused = refusal(slow, "create", "compute:GalleryImageVersion", VERSION, timeout=0.15)
    assert refused.failed and refused.failed.id == VERSION_ID
    assert str(refused) == "the operation was cancelled or timed out; Azure goes on with it"


def test_a_deletion_that_takes_too_long(slow: Plugin) -> None:
    refusal(slow, "create", "compute:GalleryImageVersion", VERSION, timeout=0.15)
    refused = refusal(slow, "delete", "compute:GalleryImageVersion", VERSION_ID, timeout=0.15)
    assert (str(refused), refused.failed) == ("the operation timed out", None)


def test_cancel(slow: Plugin) -> None:
    """A creation keeps what Azure has accepted; a deletion ends with a sentence."""

    async def cancelled(method: str, request: Any) -> Refused:
        working = asyncio.ensure_future(slow.ask(method, request))
        await asyncio.sleep(0.15)
        await slow.cancel()
        with pytest.raises(Refused) as refused:
            await working
        return refused.value

    create = proto.CreateRequest(urn=urn("compute:GalleryImageVersion"), properties=marshal(VERSION))
    created = slow.run(cancelled("Create", create))
    assert created.failed and created.failed.id == VERSION_ID
    delete = proto.DeleteRequest(urn=urn("compute:GalleryImageVersion"), id=VERSION_ID)
    assert str(slow.run(cancelled("Delete", delete))) == "the operation was cancelled"


def test_unknown_type_and_function(plugin: Plugin) -> None:
    said = str(refusal(plugin, "create", "network:VirtualNetwork", {}))
    assert said.startswith("local Azure doesn't know azure-native:network:VirtualNetwork; it knows azure-native:auth")
    said = str(refusal(plugin, "look_up", "network:getVirtualNetwork"))
    assert said.startswith("local Azure doesn't know azure-native:network:getVirtualNetwork; it knows azure-native:")


def test_a_look_up_gives_what_a_resource_shows(plugin: Plugin) -> None:
    plugin.given("version")
    names = {name: VERSION[name] for name in ("resourceGroupName", "galleryName", "galleryImageName")}
    version = names | {"galleryImageVersionName": "1.0.0"}
    found = plugin.look_up("compute:getGalleryImageVersion", **version)
    assert found == plugin.read("compute:GalleryImageVersion", VERSION_ID)[2]
    assert found["azureApiVersion"] == API and "replicationStatus" not in found
    with_status = plugin.look_up("compute:getGalleryImageVersion", **version, expand="ReplicationStatus")
    assert with_status["replicationStatus"]["aggregatedState"] == "Completed"
    machine = {"resourceGroupName": "rg", "vmName": "m"}
    plugin.create("compute:VirtualMachine", machine | {"location": "eastus"})
    assert "instanceView" not in plugin.look_up("compute:getVirtualMachine", **machine)
    statuses = plugin.look_up("compute:getVirtualMachine", **machine, expand="instanceView")["instanceView"]["statuses"]
    assert [status["code"] for status in statuses] == ["ProvisioningState/succeeded", "PowerState/running"]


def test_a_look_up_that_fails(plugin: Plugin) -> None:
    plugin.given()
    id = f"{COMPUTE}/images/none"
    text = (
        "The Resource 'Microsoft.Compute/images/none' under resource group 'rg' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    refused = refusal(plugin, "look_up", "compute:getImage", resourceGroupName="rg", imageName="none")
    assert str(refused) == f'request failed {id}: Status=404 Code="ResourceNotFound" Message="{text}"'
    assert (refused.code, refused.failed) == (grpc.StatusCode.UNKNOWN, None)


def test_a_look_up_in_another_subscription(plugin: Plugin) -> None:
    plugin.given()
    image = {"resourceGroupName": "rg", "imageName": "src"}
    other = DEV[:-1] + "2"
    elsewhere = refusal(plugin, "look_up", "compute:getImage", **image, subscriptionId=other)
    assert str(elsewhere).startswith(f"request failed {COMPUTE.replace(DEV, other)}/images/src: Status=404 ")
    plugin.configure(subscriptionId=other)
    assert "Status=404" in str(refusal(plugin, "look_up", "compute:getImage", **image))
    assert plugin.look_up("compute:getImage", **image, subscriptionId=DEV)["id"] == f"{COMPUTE}/images/src"


def test_a_cloud_that_is_not_there(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.provider.client.RETRY_SECONDS", (0.0, 0.0))
    plugin.configure(metadataHost="127.0.0.1:1")
    assert str(refusal(plugin, "read", "compute:Gallery", GALLERY_ID)).startswith("Azure can't be reached: ")
    bare = {"resourceGroupName": "rg", "galleryName": "gal"}
    assert str(refusal(plugin, "check", "compute:Gallery", bare)).startswith("Azure can't be reached: ")


def test_settings(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugin.call("GetPluginInfo", empty_pb2.Empty()).version == "3.29.0"
    with pytest.raises(Refused, match="no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID"):
        plugin.configure(subscriptionId=None)
    monkeypatch.setenv("LOCAL_AZURE_SPEED", "fast")
    with pytest.raises(Refused, match="LOCAL_AZURE_SPEED"):
        plugin.configure(subscriptionId=DEV)
