"""The service, as the engine sees it: through a channel, with local Azure behind it.

What azure-native does is known from its source; the docstrings and cases name its files below `provider/pkg`.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from local.provider.properties import UNKNOWN, marshal
from local.provider.schema import TYPES

from .conftest import (
    API,
    COMPUTE,
    DEV,
    GALLERY,
    GROUP,
    GROUP_ID,
    IMAGE,
    SOURCE,
    VERSION,
    Cloud,
    Engine,
    Plugin,
    Refused,
    cases,
    urn,
)

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
        "storage:StorageAccount": (
            here | {"accountName": "acc", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
            {"tags": {"a": "b"}},
        ),
        "authorization:RoleAssignment": (
            scope
            | {"roleAssignmentName": GUID, "principalId": GUID, "roleDefinitionId": role, "principalType": "Group"},
            {"description": "d"},
        ),
        "authorization:ManagementLockByScope": (scope | {"lockName": "l", "level": "CanNotDelete"}, {"notes": "n"}),
    }
    assert {f"azure-native:{type_}" for type_ in types} == set(TYPES)
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
    """`provider.go` Read: the id stays as it was given; `convert/responseToSdkInputs.go`: nothing empty, and no
    api-version."""
    plugin.given("version")
    given = VERSION_ID.replace("galleries", "GALLERIES")
    id, inputs, outputs = plugin.read("compute:GalleryImageVersion", given)
    assert id == given
    assert inputs["publishingProfile"]["targetRegions"][0]["name"] == "East US"
    assert "publishedDate" not in inputs["publishingProfile"] and "provisioningState" not in inputs
    assert inputs["storageProfile"]["osDiskImage"] == {"hostCaching": "ReadWrite"}, "its empty source is left out"
    assert inputs.items() >= {"galleryName": "gal", "galleryImageVersionName": "1.0.0"}.items()
    assert "azureApiVersion" not in inputs
    assert (outputs["provisioningState"], outputs["azureApiVersion"]) == ("Succeeded", API)


def test_import_of_a_wrong_id_and_of_nothing(plugin: Plugin) -> None:
    """`provider.go` Read: Azure is asked first, whatever the id is."""
    plugin.given()
    said = str(refusal(plugin, "read", "compute:Gallery", f"{GALLERY_ID}/images/img"))
    assert said.startswith(
        f"'{GALLERY_ID}/images/img' is no id of azure-native:compute:Gallery: expected /subscriptions/"
    )
    for id in (f"{GALLERY_ID}x", "gal"):
        assert plugin.read("compute:Gallery", id)[0] == ""


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


def test_refresh_across_api_versions_keeps_the_inputs(plugin: Plugin) -> None:
    """`provider.go` Read, step 5."""
    plugin.given()
    inputs, old = GALLERY | {"azureApiVersion": "2023-07-03"}, {"description": "old", "azureApiVersion": "2023-07-03"}
    _, refreshed, outputs = plugin.read("compute:Gallery", GALLERY_ID, inputs, old)
    assert (refreshed, outputs["azureApiVersion"]) == (inputs, API)


@pytest.mark.parametrize("case", cases("check.json"))
def test_check(plugin: Plugin, case: dict[str, Any]) -> None:
    checked, failures = plugin.check(case["type"], case["inputs"])
    assert sorted(failures) == case["failures"]
    version = TYPES[f"azure-native:{case['type']}"].api_version
    assert checked == {**case["inputs"], "azureApiVersion": version}


def test_default_location(plugin: Plugin, cloud: Cloud) -> None:
    """`provider.go` getDefaultLocation: what it had, the provider's, the group's, which is asked for once."""
    bare = {"resourceGroupName": "rg", "galleryName": "gal"}
    assert "location" not in plugin.check("compute:Gallery", bare)[0], "no such group"
    plugin.create("resources:ResourceGroup", GROUP)
    assert plugin.check("compute:Gallery", bare)[0]["location"] == "eastus", "the group's"
    plugin.delete("resources:ResourceGroup", GROUP_ID)
    assert plugin.check("compute:Gallery", bare)[0]["location"] == "eastus", "the group's, as it was"
    later = plugin.check("compute:Gallery", bare | {"resourceGroupName": UNKNOWN})
    assert (later[0]["location"], later[1]) == (UNKNOWN, [])
    assert "location" not in plugin.check("compute:Gallery", {"galleryName": "gal"})[0]
    lock = {"scope": GROUP_ID, "lockName": "l", "level": "ReadOnly"}
    assert "location" not in plugin.check("authorization:ManagementLockByScope", lock)[0]
    plugin.configure(location="westus")
    assert plugin.check("compute:Gallery", bare)[0]["location"] == "westus", "the provider's"
    assert plugin.check("compute:Gallery", bare, {"location": "uksouth"})[0]["location"] == "uksouth", "the old one"


@pytest.mark.parametrize("case", cases("preview.json"))
def test_preview(plugin: Plugin, case: dict[str, Any]) -> None:
    inputs, outputs = (
        json.loads(json.dumps(case[part]).replace('"?"', f'"{UNKNOWN}"')) for part in ("inputs", "outputs")
    )
    assert plugin.create(case["type"], inputs, preview=True) == ("", outputs)
    stable = {"name": "n", "location": "l"}
    olds = stable | {"description": "d", "type": "t"}
    assert plugin.update(case["type"], "id", olds, inputs, preview=True) == outputs | stable


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
    """`crud.go` HandleErrorWithCheckpoint."""
    plugin.given()
    big = {"storageProfile": {"osDisk": {"diskSizeGB": 9999, "osState": "Generalized", "osType": "Linux"}}}
    plugin.create("compute:Image", SOURCE | {"imageName": "big"} | big)
    inputs = VERSION | {"storageProfile": {"source": {"id": f"{COMPUTE}/images/big"}}}
    refused = refusal(plugin, "create", "compute:GalleryImageVersion", inputs)
    assert refused.failed and refused.failed.id == VERSION_ID
    assert dict(refused.failed.inputs)["galleryName"] == "gal"
    assert dict(refused.failed.properties)["provisioningState"] == "Failed"
    assert "azureApiVersion" not in refused.failed.properties
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
    """`azure.go` AzureError; `crud.go` HandleErrorWithCheckpoint, whose look at Azure is out of time, too."""
    refused = refusal(slow, "create", "compute:GalleryImageVersion", VERSION, timeout=0.15)
    assert refused.failed and refused.failed.id == VERSION_ID and not refused.failed.properties
    assert list(refused.failed.reasons) == ["operation timed out"] and str(refused) == "operation timed out"


def test_a_deletion_that_takes_too_long(slow: Plugin) -> None:
    refusal(slow, "create", "compute:GalleryImageVersion", VERSION, timeout=0.15)
    refused = refusal(slow, "delete", "compute:GalleryImageVersion", VERSION_ID, timeout=0.15)
    assert (str(refused), refused.failed) == ("operation timed out", None)


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
    assert str(created) == "resource created but read failed context canceled: context canceled"
    delete = proto.DeleteRequest(urn=urn("compute:GalleryImageVersion"), id=VERSION_ID)
    assert str(slow.run(cancelled("Delete", delete))) == "context canceled"


GONE = {"error": {"code": "C", "message": "m"}}
OPERATION = {"Azure-AsyncOperation": "@cloud/op"}


def test_accepted_failed_and_out_of_sight(plugin: Plugin, cloud: Cloud) -> None:
    """`crud.go` HandleErrorWithCheckpoint: the resource is kept all the same, and both reasons are told."""
    cloud.answers = [(404, {}, GONE), (201, OPERATION, {}), (200, {}, {"status": "Failed", **GONE}), (403, {}, GONE)]
    with cloud.serving(plugin):
        refused = refusal(plugin, "create", "compute:Gallery", GALLERY)
    assert refused.failed and refused.failed.id == GALLERY_ID and not refused.failed.properties
    failed, unread = 'Status=200 Code="C" Message="m"', 'Status=403 Code="C" Message="m"'
    assert str(refused) == f"resource created but read failed {unread}: {failed}"


def test_accepted_failed_and_out_of_time(plugin: Plugin, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """`crud.go` HandleErrorWithCheckpoint."""

    async def pause(seconds: float) -> None:
        await asyncio.sleep(60 if seconds else 0)

    monkeypatch.setattr("local.provider.client.pause", pause)
    cloud.answers = [(404, {}, GONE), (201, OPERATION, {}), (200, {}, {"status": "Failed", **GONE}), (503, {}, GONE)]
    with cloud.serving(plugin):
        refused = refusal(plugin, "create", "compute:Gallery", GALLERY, timeout=1)
    assert refused.failed and refused.failed.id == GALLERY_ID
    failed = 'Status=200 Code="C" Message="m"'
    assert str(refused) == f"resource created but read failed context deadline exceeded: {failed}"


def test_what_reads_otherwise_than_it_was_written(plugin: Plugin, cloud: Cloud) -> None:
    """`provider.go` readAfterWrite; what the schema doesn't know is left out (`responseBodyToSdkOutputs.go`)."""
    body = {"id": GALLERY_ID, "properties": {"description": "d", "unheardOf": 1}}
    cloud.answers = [(404, {}, GONE), (200, {}, {"id": GALLERY_ID, "properties": {}}), (200, {}, body)]
    with cloud.serving(plugin):
        created = plugin.create("compute:Gallery", GALLERY)
    assert cloud.asked == [f"GET {GALLERY_ID}", f"PUT {GALLERY_ID}", f"GET {GALLERY_ID}"]
    assert created == (GALLERY_ID, {"id": GALLERY_ID, "description": "d", "azureApiVersion": API})


def test_what_can_not_be_read_after_a_write(plugin: Plugin, cloud: Cloud, engine: Engine) -> None:
    """`provider.go` readAfterWrite: no more than a warning, and the answer to the write is kept."""
    plugin.handshake(engine)
    written = {"id": GALLERY_ID.upper(), "properties": {"description": "d"}}
    cloud.answers = [(404, {}, GONE), (200, {}, written), (403, {}, GONE), (200, {}, written), (404, {}, GONE)]
    with cloud.serving(plugin):
        created = plugin.create("compute:Gallery", GALLERY)
        plugin.update("compute:Gallery", created[0], {}, GALLERY)
    assert created == (GALLERY_ID.upper(), {"id": GALLERY_ID.upper(), "description": "d", "azureApiVersion": API})
    assert [text.partition(".")[0] for _, text in engine.warnings] == [
        "Failed to read resource after Create",
        "Failed to read resource after Update",
    ]


def test_no_read_after_a_write_where_that_is_off(plugin: Plugin, cloud: Cloud) -> None:
    """`provider.go` skipReadOnUpdate."""
    cloud.answers = [(404, {}, GONE), (200, {}, {"id": GALLERY_ID})]
    with cloud.serving(plugin, skipReadOnUpdate="true"):
        plugin.create("compute:Gallery", GALLERY)
    assert cloud.asked == [f"GET {GALLERY_ID}", f"PUT {GALLERY_ID}"]


def test_an_update_sends_the_whole_resource(plugin: Plugin, cloud: Cloud) -> None:
    """`provider.go` Update: without a look before, and without what the program dropped."""
    cloud.answers = [(200, {}, {}), (200, {}, {})]
    with cloud.serving(plugin):
        plugin.update(
            "compute:Gallery", GALLERY_ID, {}, GALLERY | {"tags": {"a": "b"}}, old_inputs={"description": "d"}
        )
    assert cloud.asked == [f"PUT {GALLERY_ID}", f"GET {GALLERY_ID}"]
    assert cloud.bodies[0] == {"location": "eastus", "tags": {"a": "b"}, "properties": {}}


def test_an_identity_that_goes_is_taken_away_by_name(plugin: Plugin, cloud: Cloud) -> None:
    """`crud.go` CreateOrUpdate (pull request 4640): told as null, which only a PATCH may hold."""
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/a"]}
    before = {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/a", "/b"]}}
    cloud.answers = [(200, {}, {}), (200, {}, {})]
    with cloud.serving(plugin):
        plugin.update("compute:Gallery", GALLERY_ID, {}, GALLERY | {"identity": identity}, old_inputs=before)
    assert cloud.asked == [f"PATCH {GALLERY_ID}", f"GET {GALLERY_ID}"]
    assert cloud.bodies[0]["identity"]["userAssignedIdentities"] == {"/a": {}, "/b": None}


def test_an_identity_that_goes_is_gone_from_local_azure(plugin: Plugin) -> None:
    plugin.create("resources:ResourceGroup", GROUP)
    one, two = ({"type": "UserAssigned", "userAssignedIdentities": names} for names in (["/a"], ["/a", "/b"]))
    id, outputs = plugin.create("compute:Gallery", GALLERY | {"identity": two})
    assert set(outputs["identity"]["userAssignedIdentities"]) == {"/a", "/b"}
    news, old = GALLERY | {"identity": one}, GALLERY | {"identity": two}
    after = plugin.update("compute:Gallery", id, outputs, news, old_inputs=old)
    assert set(after["identity"]["userAssignedIdentities"]) == {"/a"}


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


def test_a_cloud_that_is_not_there(plugin: Plugin, cloud: Cloud) -> None:
    """`provider.go` getDefaultLocation: a group that can't be read tells no location, and that is all."""
    plugin.configure(metadataHost="127.0.0.1:1")
    said = str(refusal(plugin, "read", "compute:Gallery", GALLERY_ID))
    assert said.startswith('Get "https://127.0.0.1:1/') and said.endswith(
        '": dial tcp 127.0.0.1:1: connect: connection refused'
    )
    assert cloud.waits == [20.0, 60.0, 120.0]
    assert "location" not in plugin.check("compute:Gallery", {"resourceGroupName": "rg", "galleryName": "gal"})[0]


def test_a_change_of_the_providers_settings_is_the_engines_to_compare(plugin: Plugin) -> None:
    """`provider.go` DiffConfig."""
    answer = plugin.call("DiffConfig", proto.DiffRequest())
    assert (answer.changes, list(answer.replaces)) == (proto.DiffResponse.DIFF_UNKNOWN, [])


def test_settings(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugin.call("GetPluginInfo", empty_pb2.Empty()).version == "3.29.0"
    with pytest.raises(Refused, match="no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID"):
        plugin.configure(subscriptionId=None)
    monkeypatch.setenv("LOCAL_AZURE_SPEED", "fast")
    with pytest.raises(Refused, match="LOCAL_AZURE_SPEED"):
        plugin.configure(subscriptionId=DEV)
    monkeypatch.setenv("LOCAL_AZURE_RETRY_SECONDS", "soon")
    with pytest.raises(Refused, match="LOCAL_AZURE_RETRY_SECONDS of local Azure must be a number of 0 or more"):
        plugin.configure(subscriptionId=DEV)


def test_a_bad_fault_file_is_told_before_anything_is_asked(plugin: Plugin) -> None:
    plugin.home.mkdir(parents=True, exist_ok=True)
    (plugin.home / "faults.yaml").write_text("- {status: 429, tiems: 2}")
    with pytest.raises(Refused, match=r"An error in fault 1 of \S+faults\.yaml: Could not find member 'tiems'"):
        plugin.configure(subscriptionId=DEV)
