"""Ids, bodies and the shapes of inputs."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

from local.provider.schema import TYPES, ResourceType

from .conftest import COMPUTE, DEV, GROUP_ID

GUID = "00000000-0000-0000-0000-0000000000f1"


def type_of(name: str) -> ResourceType:
    return TYPES[f"azure-native:{name}"]


@pytest.mark.parametrize(
    ("name", "id", "inputs"),
    [
        ("resources:ResourceGroup", GROUP_ID, {"resourceGroupName": "rg"}),
        ("compute:Gallery", f"{COMPUTE}/galleries/g", {"resourceGroupName": "rg", "galleryName": "g"}),
        ("compute:VirtualMachine", f"{COMPUTE}/virtualMachines/m", {"resourceGroupName": "rg", "vmName": "m"}),
        ("compute:Image", f"{COMPUTE}/images/i", {"resourceGroupName": "rg", "imageName": "i"}),
        ("compute:Disk", f"{COMPUTE}/disks/d", {"resourceGroupName": "rg", "diskName": "d"}),
        ("compute:Snapshot", f"{COMPUTE}/snapshots/s", {"resourceGroupName": "rg", "snapshotName": "s"}),
        (
            "compute:DiskEncryptionSet",
            f"{COMPUTE}/diskEncryptionSets/k",
            {"resourceGroupName": "rg", "diskEncryptionSetName": "k"},
        ),
        (
            "authorization:RoleAssignment",
            f"{COMPUTE}/galleries/g/providers/Microsoft.Authorization/roleAssignments/{GUID}",
            {"scope": f"{COMPUTE}/galleries/g", "roleAssignmentName": GUID},
        ),
        (
            "authorization:ManagementLockByScope",
            f"{GROUP_ID}/providers/Microsoft.Authorization/locks/l",
            {"scope": GROUP_ID, "lockName": "l"},
        ),
    ],
)
def test_an_id_and_the_inputs_that_make_it(name: str, id: str, inputs: dict[str, Any]) -> None:
    assert type_of(name).id(DEV, inputs) == id
    assert type_of(name).parse(id) == inputs
    assert type_of(name).replace_keys >= {*inputs, "location"}


@pytest.mark.parametrize("type_", TYPES.values(), ids=lambda type_: type_.token)
def test_the_sdk_says_the_same(type_: ResourceType) -> None:
    """The SDK's function for a type has its default api-version and takes the parameters of its path."""
    _, module, name = type_.token.split(":")
    sdk = importlib.import_module(f"pulumi_azure_native.{module}")
    function = getattr(sdk, f"get{snake(name)}")
    assert f"Uses Azure REST API version {type_.api_version}." in function.__doc__
    options = {"expand", "select", "tenant_id", "opts"}
    assert set(inspect.signature(function).parameters) - options == {snake(each) for each in type_.parameters}
    assert type_.getter == f"azure-native:{module}:get{name}"


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def test_an_id_in_odd_casing_keeps_its_names() -> None:
    id = f"/SUBSCRIPTIONS/{DEV}/resourcegroups/My.RG/PROVIDERS/microsoft.compute/Galleries/MyGal/IMAGES/Img"
    found = type_of("compute:GalleryImage").parse(id)
    assert found == {"resourceGroupName": "My.RG", "galleryName": "MyGal", "galleryImageName": "Img"}


@pytest.mark.parametrize(
    "id",
    [
        "",
        "gal",
        GROUP_ID,
        f"{COMPUTE}/galleries",
        f"{COMPUTE}/galleries/",
        f"{COMPUTE}/galleries/g/",
        f"{COMPUTE}/galleries/g/images/i",
        f"{COMPUTE}/gallerys/g",
        f"{GROUP_ID}/providers/MicrosoftXCompute/galleries/g",
    ],
)
def test_an_id_of_something_else_is_refused_in_words(id: str) -> None:
    with pytest.raises(ValueError, match="is no id of azure-native:compute:Gallery: expected /subscriptions/"):
        type_of("compute:Gallery").parse(id)


def test_body_and_outputs() -> None:
    machine = type_of("compute:VirtualMachine")
    inputs = {"resourceGroupName": "rg", "vmName": "m", "location": "l", "zones": ["1"], "plan": {}, "priority": "Low"}
    body = machine.body(inputs | {"azureApiVersion": "x"})
    assert body == {"location": "l", "zones": ["1"], "plan": {}, "properties": {"priority": "Low"}}
    answer = body | {"id": "i", "name": "m"}
    assert machine.project(machine.outputs(answer)) == {k: v for k, v in inputs.items() if k not in machine.parameters}


def test_user_assigned_identities_are_keys_in_azure() -> None:
    gallery = type_of("compute:Gallery")
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/a", "/b"]}
    body = gallery.body({"galleryName": "g", "resourceGroupName": "rg", "identity": identity})
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/a": {}, "/b": {}}}
    body["identity"] |= {"principalId": "p"}
    assert gallery.project(gallery.outputs(body)) == {"identity": identity}


def test_no_identity_is_an_object_without_keys() -> None:
    identity = {"type": "SystemAssigned", "userAssignedIdentities": []}
    body = type_of("compute:Gallery").body({"identity": identity})
    assert body["identity"] == {"type": "SystemAssigned", "userAssignedIdentities": {}}


def test_what_the_schema_does_not_know_is_not_sent() -> None:
    """`convert/sdkInputsToRequestBody.go`: only known properties are looked for, at every level."""
    version = type_of("compute:GalleryImageVersion")
    sent = {"location": "l", "color": "red", "publishingProfile": {"replicaCount": 1, "storageAccountStrategy": "x"}}
    assert version.body(sent) == {"location": "l", "properties": {"publishingProfile": {"replicaCount": 1}}}


def test_null_in_a_list_passes() -> None:
    """`provider.go` validateProperty has no case for it."""
    inputs = {
        "galleryName": "g",
        "resourceGroupName": "rg",
        "galleryImageName": "i",
        "galleryImageVersionName": "1.0.0",
    }
    profile = {"publishingProfile": {"targetRegions": [None]}, "storageProfile": {}, "location": "l"}
    assert type_of("compute:GalleryImageVersion").failures(inputs | profile) == []


def test_what_only_azure_sets_is_no_input() -> None:
    version = type_of("compute:GalleryImageVersion")
    disk = {"sizeInGB": 30, "hostCaching": "None", "source": {}}
    properties = {"storageProfile": {"osDiskImage": disk, "dataDiskImages": [{"lun": 0, "sizeInGB": 1}]}}
    projected = version.project(version.outputs({"name": "1.0.0", "properties": properties}))
    kept = {"osDiskImage": {"hostCaching": "None", "source": {}}, "dataDiskImages": [{"lun": 0}]}
    assert projected == {"storageProfile": kept}
