"""Calls of the engine's functions, in threads of their own, and no debug log. What isn't Pulumi's public interface is
in this file alone.

`pulumi.runtime.invoke` shares its threads with the registration of resources. As soon as so many resources wait for
their hooks that no thread is left, an invoke in a hook waits for ever (observed with 3.259.0 and 1,000 new versions).
So the request goes to the engine's monitor directly, for which there is no public interface.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from typing import Any

import grpc
import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from .outputs import value_of


def without_debug_log() -> None:
    """Drops the runtime's debug messages, which nobody sees without `pulumi --debug`.

    Each one is a call to the engine that blocks the program, four for each resource: a quarter of the time of a preview
    of 1,100 resources.
    """
    pulumi.log.debug = _say_nothing


def _say_nothing(*message: object, **options: object) -> None: ...


async def look_up(function: str, arguments: Mapping[str, str], component: pulumi.Resource | None = None) -> Any:
    """What a function of azure-native's gives, asked by the provider of a component.

    Raises LookupError with the words of whoever refused.
    """
    provider = component.get_provider(function) if component else None
    reference = f"{await value_of(provider.urn)}::{await value_of(provider.id) or UNKNOWN}" if provider else ""
    return await asyncio.wrap_future(call(function, arguments, reference, version("pulumi-azure-native")))


def call(function: str, arguments: Mapping[str, str], provider: str = "", plugin: str = "") -> Future[Any]:
    """What a function of the engine's gives. The future raises LookupError with the words of whoever refused."""
    request = resource_pb2.ResourceInvokeRequest(
        tok=function,
        args=json_format.ParseDict(dict(arguments), struct_pb2.Struct()),
        provider=provider,
        version=plugin,
    )
    return _threads().submit(_call, settings.get_monitor(), request)


def _call(monitor: Any, request: Any) -> Any:
    try:
        response = monitor.Invoke(request)
    except grpc.RpcError as error:
        raise LookupError(error.details() if isinstance(error, grpc.Call) else str(error)) from None
    if response.failures:
        raise LookupError(response.failures[0].reason)
    return json_format.MessageToDict(getattr(response, "return"))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="look-up")
