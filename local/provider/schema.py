"""What azure-native knows of its resource types: paths, api-versions, and the shapes of their inputs and outputs.

The shapes are read from the installed azure-native SDK, which is generated from the same schema as the real plugin;
the paths and api-versions are those of its version 3.29.0.
"""

from __future__ import annotations

import collections.abc
import enum
import importlib
import inspect
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from pulumi import _types

from .properties import UNKNOWN, Properties, Value

ENVELOPE = frozenset({"location", "tags", "identity", "sku", "kind", "plan", "zones", "extendedLocation", "managedBy"})
"""Members of a body that stand beside its `properties`; azure-native flattens all others out of them."""

KEYED_ARRAYS: dict[str, tuple[str, ...]] = {
    "features": ("name",),
    "storageProfile.dataDiskImages": ("lun",),
    "publishingProfile.targetRegions": ("name",),
    "publishingProfile.targetExtendedLocations": ("name", "extendedLocation/name"),
    "publishingProfile.targetExtendedLocations.encryption.dataDiskImages": ("lun",),
}
"""Arrays that azure-native takes for sets with these keys, whatever their order, by their places in the inputs.

They are those that the API marks with x-ms-identifiers, as azure-native reads that: `extendedLocation/name` is to it
the name of a member, which none has, so that edge zones are told apart by region alone; and of a type that is used
twice, as the encryption of regions and of edge zones is, it sees the mark in the first place only.
"""

STRING_SET = "userAssignedIdentities"
"""A list of strings in Pulumi, and in Azure an object with these keys."""

_GROUP_NAME = r"^[-\w\._\(\)]+$"
_LONGEST_GROUP_NAME = 90
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
    defaults: Properties = field(default_factory=dict)
    """Inputs with a default value in the schema."""

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

    def body(self, inputs: Properties, previous: Properties | None = None) -> Properties:
        """The body of a PUT, without what the schema doesn't know, at every level.

        User-assigned identities that have gone since `previous` are told as null.
        """
        given = _project({k: v for k, v in inputs.items() if k not in self.parameters}, _arguments(self.token))
        assert isinstance(given, dict)
        if isinstance(given.get("identity"), dict):
            gone = [name for name in _identities(previous or {}) if name not in _identities(inputs)]
            named = dict.fromkeys(gone) | {name: {} for name in _identities(inputs)}
            if named or STRING_SET in given["identity"]:
                given["identity"] = {**given["identity"], STRING_SET: named}
        if not self.flat:
            return given
        properties = {k: v for k, v in given.items() if k not in ENVELOPE}
        return {k: v for k, v in given.items() if k in ENVELOPE} | {"properties": properties}

    def outputs(self, body: Properties) -> Properties:
        """A response's body as the resource's outputs: what the schema doesn't know is left out, at every level."""
        flat = {k: v for k, v in body.items() if k != "properties" or not self.flat}
        if self.flat:
            flat |= body.get("properties") or {}
        known = _results(self.token)
        return {k: _project(v, known.get(k)) for k, v in flat.items() if v is not None and k in (*known, "id")}

    def preview(self, inputs: Properties) -> Properties:
        """The outputs as far as inputs tell them; all others are unknown."""
        return {name: _preview(inputs.get(name, UNKNOWN), hint) for name, hint in _results(self.token).items()}

    def project(self, outputs: Properties) -> Properties:
        """Outputs in the shape of inputs: what only Azure sets is left out, at every level."""
        projected = _project(outputs, _arguments(self.token))
        assert isinstance(projected, dict)
        return {k: v for k, v in projected.items() if k not in self.parameters}

    def failures(self, inputs: Properties) -> list[str]:
        """What azure-native's Check finds: inputs that are missing or of a wrong type.

        Azure's own rules, enumerations included, aren't checked here, as they aren't in azure-native.
        """
        found = [reason for name in self.parameters for reason in _parameter_failures(name, inputs.get(name))]
        body = {k: v for k, v in inputs.items() if k not in self.parameters}
        required = {"location"} if self.located else set()
        return found + list(_object_failures("", body, _arguments(self.token), {*self.parameters}, required))


def query(arguments: Properties) -> dict[str, str]:
    """What a function's arguments ask for beside the resource, as ARM's query."""
    return {f"${name}": str(arguments[name]) for name in ("expand", "select") if name in arguments}


def without_empty(value: Value) -> Value:
    """A value without what is empty in it, at every level; None where nothing is left. An import brings no more."""
    if isinstance(value, dict):
        kept = {k: v for k, v in ((k, without_empty(v)) for k, v in value.items()) if v is not None}
        return kept or None
    if isinstance(value, list):
        return [v for v in map(without_empty, value) if v is not None] or None
    return value


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
            force_new=frozenset({"isHnsEnabled"}),
        ),
        ResourceType(
            "azure-native:authorization:RoleAssignment",
            _EXTENSION + "/roleAssignments/{roleAssignmentName}",
            "2022-04-01",
            force_new=frozenset({"principalId"}),
            defaults={"principalType": "User"},
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


def _identities(inputs: Properties) -> list[str]:
    identity = inputs.get("identity")
    names = identity.get(STRING_SET) if isinstance(identity, dict) else None
    return names if isinstance(names, list) else []


@cache
def _arguments(token: str) -> type:
    """The SDK's class of a resource's arguments."""
    _, module, name = token.split(":")
    cls: type = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), f"{name}Args")
    return cls


@cache
def _results(token: str) -> dict[str, Any]:
    """A resource's outputs by their names in Pulumi, with their types."""
    _, module, name = token.split(":")
    types = _types.resource_types(getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name))
    return {name: _types.unwrap_type(hint) for name, hint in types.items()}


def _is_class(hint: Any) -> bool:
    return isinstance(hint, type) and (_types.is_input_type(hint) or _types.is_output_type(hint))


@cache
def _members(cls: type) -> dict[str, Any]:
    """An SDK class's properties by their names in Pulumi, with their types."""
    types = _types.input_type_types(cls) if _types.is_input_type(cls) else _types.output_type_types(cls)
    return {name: _types.unwrap_type(hint) for name, hint in types.items()}


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


def _type_name(hint: Any) -> str | None:
    """The schema's name of a type; None where anything goes."""
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "string"
    scalars = {bool: "boolean", int: "integer", float: "number", str: "string"}
    if hint in scalars:
        return scalars[hint]
    if _is_class(hint) or typing.get_origin(hint) is collections.abc.Mapping:
        return "object"
    if _item(hint) is not None:
        return "array"
    return "string" if str in typing.get_args(hint) else None  # a text, or one of an enumeration


def _project(value: Value, hint: Any) -> Value:
    """A value as far as a type knows it."""
    if isinstance(value, dict) and _is_class(hint):
        members = _members(hint)
        return {k: _project(v, members[k]) for k, v in value.items() if k in members}
    if isinstance(value, list) and (item := _item(hint)) is not None:
        return [_project(v, item) for v in value]
    if isinstance(value, dict) and _item(hint) is str:
        return list(value)
    return value


def _preview(value: Value, hint: Any) -> Value:
    if isinstance(value, dict) and _is_class(hint):
        return {name: _preview(value.get(name, UNKNOWN), member) for name, member in _members(hint).items()}
    if isinstance(value, list) and (item := _item(hint)) is not None:
        return [_preview(v, item) for v in value]
    fitting = {"boolean": bool, "integer": int, "number": int | float, "string": str, "object": dict, None: object}
    name = _type_name(hint)
    return value if name in fitting and isinstance(value, fitting[name]) and not _is_class(hint) else UNKNOWN


def _parameter_failures(name: str, value: Value) -> Iterator[str]:
    if value is None:
        yield f"missing required property '{name}'"
        return
    yield from _value_failures(name, value, str)
    if name == "resourceGroupName" and isinstance(value, str) and value != UNKNOWN:
        if not value:
            yield f"'{name}' is too short (0): at least 1 characters required"
        if len(value) > _LONGEST_GROUP_NAME:
            yield f"'{name}' is too long ({len(value)}): at most {_LONGEST_GROUP_NAME} characters allowed"
        if not re.search(_GROUP_NAME, value, re.ASCII):
            yield f"'{name}' does not match expression '{_GROUP_NAME}'"


def _object_failures(path: str, value: Properties, cls: type, known: set[str], required: set[str]) -> Iterator[str]:
    """`known` are members that are checked elsewhere, `required` those that are so although the SDK doesn't say it."""
    for name in sorted(({*_required(cls)} | required) - known):
        if name not in value:
            place = f"{path}.{name}" if path else name
            hint = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
            yield f"missing required property '{place}'{hint if place == 'location' else ''}"
    for name, hint in _members(cls).items():
        if name in value:
            yield from _value_failures(f"{path}.{name}" if path else name, value[name], hint)


def _value_failures(path: str, value: Value, hint: Any) -> Iterator[str]:
    wanted = _type_name(hint)
    if value == UNKNOWN or wanted is None or value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        if _is_class(hint):
            yield from _object_failures(path, value, hint, set(), set())
    elif isinstance(value, list):
        if wanted != "array":
            yield f"'{path}' should be of type '{wanted}' but got an array"
            return
        for index, item in enumerate(value):
            yield from _value_failures(f"{path}[{index}]", item, _item(hint))
    elif isinstance(value, str):
        if wanted != "string":
            yield f"'{path}' should be of type '{wanted}' but got a string"
    elif wanted not in ("number", "integer"):
        yield f"'{path}' should be of type '{wanted}' but got a number"
    elif wanted == "integer" and value != int(value):
        yield f"'{path}' must be an integer but got {value:f}"
