"""Calls of the engine's functions from hooks, in threads of their own.

`pulumi.runtime.invoke` shares its threads with the registration of resources. As soon as so many resources wait for
their hooks that no thread is left, an invoke in a hook waits for ever (observed with 3.259.0 and 1,000 new versions).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from typing import Any

import grpc
import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN


async def look_up(function: str, arguments: Mapping[str, str], component: pulumi.Resource | None = None) -> Any:
    """What a function of the engine's or of azure-native's gives, asked by the provider of a component.

    Raises LookupError with the words of whoever refused.
    """
    azure_native = function.startswith("azure-native:")
    request = resource_pb2.ResourceInvokeRequest(
        tok=function,
        args=json_format.ParseDict(dict(arguments), struct_pb2.Struct()),
        provider=await _provider(component, function) if component else "",
        version=version("pulumi-azure-native") if azure_native else "",
    )
    monitor = settings.get_monitor()
    assert monitor, "hooks run while the engine does"
    try:
        response = await asyncio.get_running_loop().run_in_executor(_threads(), monitor.Invoke, request)
    except grpc.RpcError as error:
        raise LookupError(error.details() if isinstance(error, grpc.Call) else str(error)) from None
    if response.failures:
        raise LookupError(response.failures[0].reason)
    return json_format.MessageToDict(getattr(response, "return"))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="look-up")


async def _provider(component: pulumi.Resource, function: str) -> str:
    """The provider that a component was given, as the engine refers to it; nothing where it has the default one."""
    provider = component.get_provider(function)
    if provider is None:
        return ""
    return f"{await provider.urn.future()}::{await provider.id.future() or UNKNOWN}"
