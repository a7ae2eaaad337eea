"""The plugin's process: Pulumi's ResourceProvider service, in front of one cloud.

The cloud is the one at `azure-native:metadataHost` where that is set, as for the real plugin. Where it isn't, the
plugin serves local Azure itself, on a free port of 127.0.0.1 and for its own lifetime.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import ResourceProviderServicer, plugin_pb2, status_pb2

from .. import arm
from .client import CloudError, ResourceManager, Unfinished
from .diff import REPLACES, apply_drift, detailed_diff
from .properties import Properties, marshal, unknown, unmarshal
from .schema import GETTERS, TYPES, ResourceType, query

VERSION = "3.29.0"
"""The version of azure-native that this stands in for."""

TIMEOUT_SECONDS = 2 * 60 * 60
"""azure-native's limit for one operation where the program sets none."""

Context = grpc.aio.ServicerContext[Any, Any]


class Provider(ResourceProviderServicer):
    """Create, read, update, delete, refresh and import as azure-native does them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._open = AsyncExitStack()
        self._cloud: ResourceManager
        self._subscription = ""
        self._location: str | None = None
        self._working: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        """Lets go of the cloud, and of local Azure where this process serves it."""
        await self._open.aclose()

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def Handshake(
        self, request: proto.ProviderHandshakeRequest, context: Context
    ) -> proto.ProviderHandshakeResponse:
        return proto.ProviderHandshakeResponse()

    async def CheckConfig(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        """A change of the provider's settings, the subscription included, replaces nothing by itself."""
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    async def Configure(self, request: proto.ConfigureRequest, context: Context) -> proto.ConfigureResponse:
        settings = unmarshal(request.args)
        self._subscription = settings.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID", "")
        if not self._subscription:
            await _refuse(context, "no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID")
        self._location = settings.get("location") or os.environ.get("ARM_LOCATION")
        host = settings.get("metadataHost") or os.environ.get("ARM_METADATA_HOSTNAME")
        try:
            address = f"https://{host}" if host else await self._open.enter_async_context(arm.serve(self._home))
        except arm.StateError as error:
            await _refuse(context, str(error))
        self._cloud = await self._open.enter_async_context(ResourceManager(address, arm.authority(self._home)))
        return proto.ConfigureResponse(supportsPreview=True)

    async def Check(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        type = await _type(request.urn, context)
        inputs = unmarshal(request.news)
        if type.located and "location" not in inputs:
            async with self._operation(0, context):
                if location := await self._default_location(type, inputs):
                    inputs["location"] = location
        failures = [proto.CheckFailure(property=p, reason=r) for p, r in type.failures(inputs)]
        return proto.CheckResponse(inputs=marshal(inputs | {"azureApiVersion": type.api_version}), failures=failures)

    async def Diff(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        type = await _type(request.urn, context)
        old, outputs = unmarshal(request.old_inputs), unmarshal(request.olds)
        kinds = detailed_diff(old, unmarshal(request.news), type.replace_keys, outputs)
        if not kinds:
            return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
        replaces = [path for path, kind in kinds.items() if kind in REPLACES]
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces),
            diffs=sorted({path.split(".")[0].split("[")[0] for path in kinds}),
            detailedDiff={path: proto.PropertyDiff(kind=kind, inputDiff=True) for path, kind in kinds.items()},
            hasDetailedDiff=True,
        )

    async def Create(self, request: proto.CreateRequest, context: Context) -> proto.CreateResponse:
        type, inputs = await _type(request.urn, context), unmarshal(request.properties)
        if request.preview:
            return proto.CreateResponse(properties=marshal(inputs))
        id = type.id(self._subscription, inputs)
        async with self._operation(request.timeout, context):
            if await self._cloud.get(id, type.api_version):
                await _refuse(context, f"cannot create already existing resource '{id}'")
            body = await self._put(type, id, inputs, context)
        return proto.CreateResponse(id=body.get("id", id), properties=marshal(type.outputs(body)))

    async def Update(self, request: proto.UpdateRequest, context: Context) -> proto.UpdateResponse:
        type, inputs = await _type(request.urn, context), unmarshal(request.news)
        if request.preview:
            old = unmarshal(request.olds)
            return proto.UpdateResponse(properties=marshal({k: old[k] for k in ("name", "location") if k in old}))
        async with self._operation(request.timeout, context):
            body = await self._put(type, request.id, inputs, context)
        return proto.UpdateResponse(properties=marshal(type.outputs(body)))

    async def Delete(self, request: proto.DeleteRequest, context: Context) -> empty_pb2.Empty:
        type = await _type(request.urn, context)
        async with self._operation(request.timeout, context):
            await self._cloud.delete(request.id, type.api_version)
        return empty_pb2.Empty()

    async def Read(self, request: proto.ReadRequest, context: Context) -> proto.ReadResponse:
        """A refresh where the engine holds inputs of the resource, an import where it holds none."""
        type = await _type(request.urn, context)
        try:
            parameters = type.parse(request.id)
        except ValueError as error:
            await _refuse(context, str(error))
        async with self._operation(request.timeout, context):
            body = await self._cloud.get(request.id, type.api_version)
        if body is None:
            return proto.ReadResponse()
        outputs, known = type.outputs(body), unmarshal(request.inputs)
        if known:
            inputs = apply_drift(known, type.project(unmarshal(request.properties)), type.project(outputs))
        else:
            inputs = parameters | type.project(outputs) | {"azureApiVersion": type.api_version}
        return proto.ReadResponse(id=body.get("id", request.id), properties=marshal(outputs), inputs=marshal(inputs))

    async def Invoke(self, request: proto.InvokeRequest, context: Context) -> proto.InvokeResponse:
        """A look-up, in the provider's subscription unless the arguments name another one.

        azure-native's own functions for Python have no argument for it, but a plain invoke can give it; or a program
        takes another instance of the provider.
        """
        if (type := GETTERS.get(request.tok)) is None:
            known = ", ".join(sorted(GETTERS))
            await _refuse(context, f"local Azure doesn't know {request.tok}; it knows {known}")
        arguments = unmarshal(request.args)
        id = type.id(self._subscription, arguments)
        async with self._operation(0, context):
            try:
                body = await self._cloud.show(id, type.api_version, query(arguments))
            except CloudError as error:
                await _refuse(context, f"request failed {id}: {error}")
        done = proto.InvokeResponse()
        getattr(done, "return").CopyFrom(marshal(type.outputs(body)))
        return done

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Ends what is under way; an operation that Azure has accepted goes on there."""
        for task in self._working:
            task.cancel()
        return empty_pb2.Empty()

    async def _default_location(self, type: ResourceType, inputs: Properties) -> str | None:
        """The provider's location, else that of the resource's group where it exists already."""
        group = TYPES["azure-native:resources:ResourceGroup"]
        name = inputs.get("resourceGroupName")
        if self._location or type is group or not isinstance(name, str) or unknown(name):
            return self._location
        found = await self._cloud.get(group.id(self._subscription, inputs), group.api_version)
        return str(found["location"]) if found else None

    async def _put(self, type: ResourceType, id: str, inputs: Properties, context: Context) -> Properties:
        """A PUT to its end. What Azure accepted and then failed is reported with the state that it has there, so that
        the engine keeps the resource and the next update mends it."""
        try:
            return await self._cloud.put(id, type.api_version, type.body(inputs))
        except (Unfinished, TimeoutError, asyncio.CancelledError) as error:
            reason = str(error) or "the operation was cancelled or timed out; Azure goes on with it"
            try:
                body = await self._cloud.get(id, type.api_version)
            except (CloudError, aiohttp.ClientError):
                body = {}  # accepted, and now out of sight
            if body is None:
                await _refuse(context, reason)
            await _refuse_unfinished(context, body.get("id", id), type.outputs(body), inputs, reason)

    def _operation(self, timeout: float, context: Context) -> _Operation:
        return _Operation(self._working, timeout or TIMEOUT_SECONDS, context)


class _Operation:
    """One request of the engine's: cancellable, limited in time, with every failure told as a sentence."""

    def __init__(self, working: set[asyncio.Task[Any]], seconds: float, context: Context) -> None:
        self._working, self._context = working, context
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._working.add(task)
        await self._timeout.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._working.discard(self._task)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            await _refuse(self._context, "the operation timed out")
        if isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            await _refuse(self._context, "the operation was cancelled")
        if isinstance(error, CloudError):
            await _refuse(self._context, str(error))
        if isinstance(error, aiohttp.ClientError):
            await _refuse(self._context, f"Azure can't be reached: {error}")


async def _type(urn: str, context: Context) -> ResourceType:
    token = urn.split("::")[2].split("$")[-1]
    if token not in TYPES:
        await _refuse(context, f"local Azure doesn't know {token}; it knows {', '.join(sorted(TYPES))}")
    return TYPES[token]


async def _refuse(context: Context, reason: str) -> NoReturn:
    await context.abort(grpc.StatusCode.UNKNOWN, reason)


async def _refuse_unfinished(
    context: Context, id: str, outputs: Properties, inputs: Properties, reason: str
) -> NoReturn:
    detail = proto.ErrorResourceInitFailed(id=id, properties=marshal(outputs), inputs=marshal(inputs), reasons=[reason])
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(detail)
    await context.abort(grpc.StatusCode.UNKNOWN, reason, (("grpc-status-details-bin", status.SerializeToString()),))


async def run() -> None:
    """Serves until the engine ends: prints the port, as the engine expects, and watches for its parent's death."""
    parent = os.getppid()
    provider = Provider(Path(os.environ["LOCAL_AZURE_HOME"]))
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    proto.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        while os.getppid() == parent:
            await server.wait_for_termination(timeout=1)
    finally:
        await server.stop(grace=0)
        await provider.close()
