"""How the engine's state keeps what Azure answers: azure-native's outputs, by the classes of the installed SDK, and the
outputs of the one resource that azure-native lacks.

The SDK is generated from the schema that the plugin works by, so that both know the same members. What isn't public of
Pulumi's SDK is in this file.
"""

from __future__ import annotations

import collections.abc
import importlib
import re
import typing
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pulumi import _types

from commands.common import CommandError
from config.cascade import overlay

if TYPE_CHECKING:
    from config.azure.inventory import Held

Answer = Mapping[str, Any]


def plugin_version() -> str:
    """The version of the plugin that the SDK asks the engine for."""
    return version("pulumi-azure-native")


@cache
def api_version(token: str) -> str:
    """The api-version by which azure-native speaks of a type of resource; the SDK says it in its documentation alone.

    Raises CommandError where it doesn't.
    """
    documented = "".join(each.__doc__ or "" for each in typing.get_overloads(_class(token).__init__))
    found = re.search(r"Uses Azure REST API version (\d{4}-\d\d-\d\d(-preview)?)", documented)
    if found is None:
        raise CommandError(f"this release of azure-native doesn't tell the api-version of {token}")
    return found[1]


def outputs(token: str, answer: Answer) -> dict[str, Any]:
    """An answer of Azure Resource Manager as the resource's outputs: what the schema doesn't know is left out."""
    known = _members_of_resource(token)
    flat = dict(answer)
    if "properties" not in known:  # else the type keeps its own
        flat |= flat.pop("properties", None) or {}
    told = {
        key: _known(each, known.get(key)) for key, each in flat.items() if key in (*known, "id") and each is not None
    }
    return {**told, "azureApiVersion": api_version(token)}


def sharing(held: Held) -> dict[str, Any]:
    """Whom a gallery is shared with as an import file takes it: the engine imports a dynamic resource only with the
    provider in its inputs and its outputs, as the SDK writes it.
    """
    from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

    from cloud.sharing import Found
    from cloud.sharing_provider import SharingProvider, told

    answer = {**held.answer, "properties": overlay(held.answer["properties"], held.expanded or {})}
    inputs, outputs = told(held.id, held.name, Found.of_answer(answer))
    provider = {PROVIDER_KEY: serialize_provider(SharingProvider())}
    return {"id": held.id, "inputs": inputs | provider, "outputs": outputs | provider}


def _class(token: str) -> Any:
    _, module, name = token.split(":")
    return getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)


@cache
def _members_of_resource(token: str) -> dict[str, Any]:
    """A resource's outputs by their names, with their types."""
    return {name: _types.unwrap_type(each) for name, each in _types.resource_types(_class(token)).items()}


@cache
def _members(cls: type) -> dict[str, Any]:
    return {name: _types.unwrap_type(each) for name, each in _types.output_type_types(cls).items()}


def _known(value: Any, hint: Any) -> Any:
    """A value as far as its type knows it."""
    if isinstance(value, dict) and isinstance(hint, type) and _types.is_output_type(hint):
        members = _members(hint)
        return {key: _known(each, members[key]) for key, each in value.items() if key in members}
    if isinstance(value, list) and typing.get_origin(hint) is collections.abc.Sequence:
        item = _types.unwrap_type(typing.get_args(hint)[0])
        return [_known(each, item) for each in value]
    return value
