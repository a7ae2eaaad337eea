"""What azure-native knows of its resource types: paths, api-versions, and the shape of their inputs.

The shapes are read from the installed azure-native SDK, which is generated from the same schema as the real plugin;
the paths and api-versions are those of its version 3.29.0.
"""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import re
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from pulumi import _types

from .properties import UNKNOWN, Properties, Value

ENVELOPE = frozenset({"location", "tags", "identity", "sku", "kind", "plan", "zones", "extendedLocation", "managedBy"})
"""Members of a body that stand beside its `properties`; azure-native flattens all others out of them."""

KEYED_ARRAYS: dict[str, tuple[str, ...]] = {
    "targetRegions": ("name",),
    "features": ("name",),
    "dataDiskImages": ("lun",),
    "targetExtendedLocations": ("name", "extendedLocation.name"),
}
"""Arrays that the API marks with x-ms-identifiers: they are sets with these keys, whatever their order."""

STRING_SET = "userAssignedIdentities"
"""A list of strings in Pulumi, and in Azure an object with these keys."""

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_EXTENSION = "/{scope}/providers/Microsoft.Authorization"
_COMPUTE = _GROUP + "/providers/Microsoft.Compute"
_GALLERY = _COMPUTE + "/galleries/{galleryName}"
_IMAGE = _GALLERY + "/images/{galleryImageName}"


@dataclass(frozen=True)
class ResourceType:
    """One resource type: its token, the template of its ids, and its default api-version."""

    token: str
    path: str
    api_version: str
    flat: bool = True
    """Whether the body's `properties` are flattened into the resource's."""
    force_new: frozenset[str] = frozenset()
    """Inputs beside those of the id and the location whose change replaces the resource, by azure-native's own list."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The inputs that make up the id; a change of one replaces the resource."""
        return tuple(name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId")

    @property
    def replace_keys(self) -> frozenset[str]:
        """Inputs whose change replaces the resource; azure-native's own list holds nothing for Compute."""
        return frozenset({*self.parameters, "location"}) | self.force_new

    @property
    def located(self) -> bool:
        """Whether the resource has a location."""
        return "location" in _members(_arguments(self.token))

    @property
    def getter(self) -> str:
        """The token of the function that looks such a resource up."""
        package, module, name = self.token.split(":")
        return f"{package}:{module}:get{name}"

    def id(self, subscription: str, inputs: Properties) -> str:
        """The ARM id that inputs name; a subscription among them goes before that of the provider."""
        named = {"subscriptionId": subscription, **inputs}
        return re.sub(r"{(\w+)}", lambda found: _segment(found[1], named.get(found[1], found[0])), self.path)

    def parse(self, id: str) -> Properties:
        """The path parameters that an id holds, as for an import. Raises ValueError when it names another type.

        A scope, which is an id itself, begins with a slash.
        """
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        match = re.fullmatch(pattern.replace("/(?P<scope>[^/]+)", "(?P<scope>/.+)"), id, re.IGNORECASE)
        if match is None:
            raise ValueError(f"{id!r} is no id of {self.token}: expected {self.path}")
        return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}

    def body(self, inputs: Properties) -> Properties:
        """The body of a PUT."""
        given = {k: v for k, v in inputs.items() if k not in self.parameters and k != "azureApiVersion"}
        identity = given.get("identity")
        if isinstance(identity, dict) and isinstance(identity.get(STRING_SET), list):
            given["identity"] = {**identity, STRING_SET: {name: {} for name in identity[STRING_SET]}}
        if not self.flat:
            return given
        properties = {k: v for k, v in given.items() if k not in ENVELOPE}
        return {k: v for k, v in given.items() if k in ENVELOPE} | {"properties": properties}

    def outputs(self, body: Properties) -> Properties:
        """A response's body as the resource's outputs."""
        flat = {k: v for k, v in body.items() if k != "properties" or not self.flat}
        if self.flat:
            flat |= body.get("properties") or {}
        return flat | {"azureApiVersion": self.api_version}

    def project(self, outputs: Properties) -> Properties:
        """Outputs in the shape of inputs: what only Azure sets is left out, at every level."""
        projected = _project(outputs, _arguments(self.token))
        assert isinstance(projected, dict)
        return {k: v for k, v in projected.items() if k not in self.parameters}

    def failures(self, inputs: Properties) -> list[tuple[str, str]]:
        """What azure-native's Check finds: (property, reason) for each input that is missing or of a wrong type.

        Azure's own rules, enumerations included, aren't checked here, as they aren't in azure-native.
        """
        cls = _arguments(self.token)
        names = {*self.parameters, *_required(cls)}
        missing = [(n, f"missing required property '{n}'") for n in sorted(names) if inputs.get(n) is None]
        return missing + list(_mismatches("", inputs, cls))


def query(arguments: Properties) -> dict[str, str]:
    """What a function's arguments ask for beside the resource, as ARM's query."""
    return {f"${name}": str(arguments[name]) for name in ("expand", "select") if name in arguments}


TYPES = {
    t.token: t
    for t in (
        ResourceType("azure-native:resources:ResourceGroup", _GROUP, "2024-03-01", flat=False),
        ResourceType("azure-native:compute:Gallery", _GALLERY, "2024-03-03"),
        ResourceType("azure-native:compute:GalleryImage", _IMAGE, "2024-03-03"),
        ResourceType(
            "azure-native:compute:GalleryImageVersion", _IMAGE + "/versions/{galleryImageVersionName}", "2024-03-03"
        ),
        ResourceType("azure-native:compute:VirtualMachine", _COMPUTE + "/virtualMachines/{vmName}", "2024-11-01"),
        ResourceType("azure-native:compute:Image", _COMPUTE + "/images/{imageName}", "2024-11-01"),
        ResourceType("azure-native:compute:Disk", _COMPUTE + "/disks/{diskName}", "2024-03-02"),
        ResourceType("azure-native:compute:Snapshot", _COMPUTE + "/snapshots/{snapshotName}", "2024-03-02"),
        ResourceType(
            "azure-native:compute:DiskEncryptionSet",
            _COMPUTE + "/diskEncryptionSets/{diskEncryptionSetName}",
            "2024-03-02",
        ),
        ResourceType(
            "azure-native:storage:StorageAccount",
            _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
            "2024-01-01",
        ),
        ResourceType(
            "azure-native:authorization:RoleAssignment",
            _EXTENSION + "/roleAssignments/{roleAssignmentName}",
            "2022-04-01",
            force_new=frozenset({"principalId"}),
        ),
        ResourceType(
            "azure-native:authorization:ManagementLockByScope", _EXTENSION + "/locks/{lockName}", "2020-05-01"
        ),
    )
}


GETTERS = {t.getter: t for t in TYPES.values()}
"""The functions that look a resource up, by their tokens."""


def _segment(name: str, value: Value) -> str:
    """A value in a path; a scope is a path itself."""
    return str(value).strip("/") if name == "scope" else quote(str(value), safe="$&+=:@{}")


@cache
def _arguments(token: str) -> type:
    """The SDK's class of a resource's arguments."""
    _, module, name = token.split(":")
    cls: type = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), f"{name}Args")
    return cls


@cache
def _members(cls: type) -> dict[str, Any]:
    """An SDK class's properties by their names in Pulumi, with their types."""
    return {name: _types.unwrap_type(hint) for name, hint in _types.input_type_types(cls).items()}


@cache
def _required(cls: type) -> tuple[str, ...]:
    """The names in Pulumi of an SDK class's required properties."""
    names = _types.input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls).parameters.values()
    return tuple(names[p.name] for p in parameters if p.default is inspect.Parameter.empty)


def _item(hint: Any) -> Any:
    """The type of an array's items, or None where `hint` is no array."""
    if typing.get_origin(hint) is collections.abc.Sequence:
        return _types.unwrap_type(typing.get_args(hint)[0])
    return None


def _project(value: Value, hint: Any) -> Value:
    if isinstance(value, dict) and isinstance(hint, type) and _types.is_input_type(hint):
        members = _members(hint)
        return {k: _project(v, members[k]) for k, v in value.items() if k in members}
    if isinstance(value, list) and (item := _item(hint)) is not None:
        return [_project(v, item) for v in value]
    if isinstance(value, dict) and _item(hint) is str:
        return list(value)
    return value


_NAMES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _mismatches(path: str, value: Value, hint: Any) -> typing.Iterator[tuple[str, str]]:
    if value is None or value == UNKNOWN:
        return
    if isinstance(hint, type) and _types.is_input_type(hint):
        if not isinstance(value, dict):
            yield path, f"'{path}' should be of type 'object' but got a {_NAMES[type(value)]}"
            return
        members = _members(hint)
        for name, member in value.items():
            if name in members:
                yield from _mismatches(f"{path}.{name}" if path else name, member, members[name])
    elif (item := _item(hint)) is not None:
        if not isinstance(value, list):
            yield path, f"'{path}' should be of type 'array' but got a {_NAMES[type(value)]}"
            return
        for index, member in enumerate(value):
            yield from _mismatches(f"{path}[{index}]", member, item)
    elif hint in (bool, int, float, str) and _NAMES[type(value)] != _NAMES[hint]:
        yield path, f"'{path}' should be of type '{_NAMES[hint]}' but got a {_NAMES[type(value)]}"
