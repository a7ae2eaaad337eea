"""The plugin's process: Pulumi's ResourceProvider service, in front of one cloud.

The cloud is the one at `azure-native:metadataHost` where that is set, as for the real plugin. Where it isn't, the
plugin serves local Azure itself, on a free port of 127.0.0.1 and for its own lifetime.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, NoReturn, Self

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import ResourceProviderServicer, plugin_pb2, status_pb2

from .. import arm, assumed, home
from .client import RETRY_SECONDS, AzureError, CloudError, ResourceManager
from .diff import REPLACES, apply_drift, changes, detailed_diff
from .properties import UNKNOWN, Properties, marshal, unmarshal
from .schema import GETTERS, TYPES, ResourceType, query, without_empty

VERSION = "3.29.0"
"""The version of azure-native that this stands in for."""

TIMEOUT_SECONDS = 2 * 60 * 60
"""azure-native's limit for one operation where the program sets none."""

_TIMED_OUT = "operation timed out"
_UNREAD = "resource created but read failed"
_GROUP = "azure-native:resources:ResourceGroup"
_GROUP_API_VERSION = "2020-10-01"

_WHAT_THERE_IS = (
    "local Azure has what the stacks have made and what galleries/local/sources.yaml describes; "
    "`make preview SOURCES=assumed` assumes the rest (docs/local-azure.md)"
)

Context = grpc.aio.ServicerContext[Any, Any]


class Provider(ResourceProviderServicer):
    """Create, read, update, delete, refresh, import and look up as azure-native does (`provider/pkg/provider`)."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._open = AsyncExitStack()
        self._cloud: ResourceManager
        self._engine: Any = None
        self._subscription = ""
        self._location: str | None = None
        self._reads_after_writes = True
        self._group_locations: dict[str, str] = {}
        self._told_what_there_is = False
        self._working: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        """Lets go of the cloud, and of local Azure where this process serves it."""
        await self._open.aclose()

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def Handshake(
        self, request: proto.ProviderHandshakeRequest, context: Context
    ) -> proto.ProviderHandshakeResponse:
        await self._connect(request.engine_address)
        return proto.ProviderHandshakeResponse()

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        """The engine comes to a plugin that runs already (`PULUMI_DEBUG_PROVIDERS`)."""
        await self._connect(request.address)
        return empty_pb2.Empty()

    async def _connect(self, engine: str) -> None:
        self._engine = proto.EngineStub(await self._open.enter_async_context(grpc.aio.insecure_channel(engine)))

    async def CheckConfig(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        """A change of the provider's settings, the subscription included, replaces nothing by itself."""
        return proto.DiffResponse()

    async def Configure(self, request: proto.ConfigureRequest, context: Context) -> proto.ConfigureResponse:
        settings = unmarshal(request.args)
        self._subscription = settings.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID", "")
        if not self._subscription:
            await _refuse(context, "no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID")
        self._location = settings.get("location")
        skip = settings.get("skipReadOnUpdate") or os.environ.get("ARM_SKIP_READ_ON_UPDATE")
        self._reads_after_writes = str(skip).lower() != "true"
        host = settings.get("metadataHost") or os.environ.get("ARM_METADATA_HOSTNAME")
        try:
            retry = arm.setting("LOCAL_AZURE_RETRY_SECONDS", RETRY_SECONDS)
            address = f"https://{host}" if host else await self._open.enter_async_context(arm.serve(self._home))
        except arm.StateError as error:
            await _refuse(context, str(error))
        client = settings.get("clientId") or os.environ.get("ARM_CLIENT_ID") or "local"
        cloud = ResourceManager(address, arm.authority(self._home), client_id=client, retry_seconds=retry)
        self._cloud = await self._open.enter_async_context(cloud)
        return proto.ConfigureResponse(supportsPreview=True)

    async def Check(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:
        """The inputs with their defaults. A missing name is refused, as azure-native does where the engine's autonaming
        is off: a name that it made up would be none that Azure allows for a gallery or a version."""
        type = await _type(request.urn, context)
        inputs = {"azureApiVersion": type.api_version, **unmarshal(request.news)}
        if type.located and "location" not in inputs:
            location = await self._default_location(unmarshal(request.olds), inputs)
            inputs |= {"location": location} if location else {}
        failures = [proto.CheckFailure(reason=reason) for reason in type.failures(inputs)]
        return proto.CheckResponse(inputs=marshal(inputs), failures=failures)

    async def Diff(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:
        type = await _type(request.urn, context)
        old, new, outputs = unmarshal(request.old_inputs), unmarshal(request.news), unmarshal(request.olds)
        made_with = outputs.get("azureApiVersion", type.api_version)
        if made_with != type.api_version:
            await self._warn(
                request.urn,
                f"Resource API version has changed from {made_with} to {type.api_version}. Run 'pulumi refresh "
                "--run-program' to update the resource state with the new API version schema.",
            )
        from_state = "azureApiVersion" in outputs and "azureApiVersion" not in old
        old = old | ({"azureApiVersion": made_with} if from_state else {})
        kinds = detailed_diff(old, new, type.replace_keys, outputs)
        changed = changes(kinds, new, type.defaults)
        replaces = sorted(path for path, kind in kinds.items() if kind in REPLACES)
        before = old.get("__createBeforeDelete")
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) if before is None else not before,
            diffs=sorted(path.split(".")[0] for path in changed),
            detailedDiff={
                path: proto.PropertyDiff(
                    kind=kind, inputDiff=path in changed and not (from_state and path == "azureApiVersion")
                )
                for path, kind in kinds.items()
            },
            hasDetailedDiff=True,
        )

    async def Create(self, request: proto.CreateRequest, context: Context) -> proto.CreateResponse:
        type, inputs = await _type(request.urn, context), unmarshal(request.properties)
        if request.preview:
            for source in assumed.told(self._home, self._subscription, inputs):
                await self._warn(request.urn, f"{source} is assumed by local Azure: nothing is known of the real one.")
            return proto.CreateResponse(properties=marshal(type.preview(inputs)))
        id = type.id(self._subscription, inputs)
        async with self._operation(context, request.timeout or TIMEOUT_SECONDS) as operation:
            await self._cloud.check_absent(id, type.api_version)
            try:
                body = await self._put(operation, type, id, inputs, None, context)
            except CloudError as error:
                await self._tell_what_there_is(error)
                raise
            id = body.get("id", id)
            body = await self._read_again(type, id, body, request.urn, "Create")
        return proto.CreateResponse(id=id, properties=marshal(_state(type, body)))

    async def Update(self, request: proto.UpdateRequest, context: Context) -> proto.UpdateResponse:
        type, inputs, olds = await _type(request.urn, context), unmarshal(request.news), unmarshal(request.olds)
        if request.preview:
            stable = {name: olds[name] for name in ("name", "location") if name in olds}
            return proto.UpdateResponse(properties=marshal(type.preview(inputs) | stable))
        id = type.id(self._subscription, inputs)
        async with self._operation(context, request.timeout or TIMEOUT_SECONDS) as operation:
            body = await self._put(operation, type, id, inputs, unmarshal(request.old_inputs), context)
            body = await self._read_again(type, id, body, request.urn, "Update")
        return proto.UpdateResponse(properties=marshal(_state(type, body)))

    async def Delete(self, request: proto.DeleteRequest, context: Context) -> empty_pb2.Empty:
        type = await _type(request.urn, context)
        async with self._operation(context, request.timeout or TIMEOUT_SECONDS):
            await self._cloud.delete(request.id, type.api_version)
        return empty_pb2.Empty()

    async def Read(self, request: proto.ReadRequest, context: Context) -> proto.ReadResponse:
        """A refresh where the engine holds inputs of the resource, an import where it holds none."""
        type = await _type(request.urn, context)
        async with self._operation(context):
            body = await self._cloud.get(request.id, type.api_version)
        if body is None:
            return proto.ReadResponse()
        olds, outputs = unmarshal(request.properties), type.outputs(body)
        if not request.HasField("inputs"):
            try:
                inputs = type.parse(request.id) | (without_empty(type.project(outputs)) or {})
            except ValueError as error:
                await _refuse(context, str(error))
        elif olds.get("azureApiVersion", type.api_version) != type.api_version:
            inputs = unmarshal(request.inputs)  # how outputs of another api-version compare with these is not known
        else:
            inputs = apply_drift(unmarshal(request.inputs), type.project(olds), type.project(outputs))
        return proto.ReadResponse(id=request.id, properties=marshal(_state(type, body)), inputs=marshal(inputs))

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
        async with self._operation(context):
            try:
                body = await self._cloud.show(id, type.api_version, query(arguments))
            except CloudError as error:
                await self._tell_what_there_is(error)
                await _refuse(context, f"request failed {id}: {error}")
        done = proto.InvokeResponse()
        getattr(done, "return").CopyFrom(marshal(_state(type, body)))
        return done

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Ends what is under way; an operation that Azure has accepted goes on there."""
        for task in self._working:
            task.cancel()
        return empty_pb2.Empty()

    async def _default_location(self, olds: Properties, inputs: Properties) -> str | None:
        """The location that it had, else the provider's, else that of the resource's group if that can be read."""
        name = inputs.get("resourceGroupName")
        if (known := olds.get("location") or self._location) or not isinstance(name, str):
            return known
        if name == UNKNOWN:
            return UNKNOWN
        if name not in self._group_locations:
            with suppress(CloudError):
                group = await self._cloud.show(TYPES[_GROUP].id(self._subscription, inputs), _GROUP_API_VERSION)
                self._group_locations[name] = group["location"]
        return self._group_locations.get(name)

    async def _put(
        self,
        operation: _Operation,
        type: ResourceType,
        id: str,
        inputs: Properties,
        previous: Properties | None,
        context: Context,
    ) -> Properties:
        """A PUT to its end. What Azure accepted and then failed is reported with the state that it has there, as far as
        that can be read, so that the engine keeps the resource and the next update mends it."""
        body = type.body(inputs, previous)
        method = "PATCH" if _holds_null(body) else "PUT"
        accepted, outputs = await self._cloud.begin_put(id, type.api_version, body, method), None
        try:
            return await self._cloud.finish(accepted)
        except asyncio.CancelledError:  # Azure can't be asked any more
            reason = _TIMED_OUT if operation.timed_out else f"{_UNREAD} context canceled: context canceled"
        except CloudError as error:
            try:
                outputs, reason = type.outputs(await self._cloud.show(id, type.api_version)), str(error)
            except CloudError as unread:
                reason = f"{_UNREAD} {unread}: {error}"
            except asyncio.CancelledError:
                ended = "context deadline exceeded" if operation.timed_out else "context canceled"
                reason = f"{_UNREAD} {ended}: {error}"
        await _refuse_unfinished(context, id, outputs, inputs, reason)

    async def _read_again(self, type: ResourceType, id: str, body: Properties, urn: str, after: str) -> Properties:
        """The resource as it reads after a write, which may differ from the answer to the write."""
        if not self._reads_after_writes:
            return body
        try:
            return await self._cloud.show(id, type.api_version)
        except CloudError:
            await self._warn(urn, f"Failed to read resource after {after}. Please report this issue.")
            return body

    async def _tell_what_there_is(self, error: CloudError) -> None:
        """Says once, where something isn't there, how it comes into local Azure: the program can't know which it is."""
        if isinstance(error, AzureError) and error.status == 404 and not self._told_what_there_is:
            self._told_what_there_is = True
            await self._warn("", _WHAT_THERE_IS)

    async def _warn(self, urn: str, text: str) -> None:
        if self._engine:
            with suppress(grpc.aio.AioRpcError):
                await self._engine.Log(proto.LogRequest(severity=proto.LogSeverity.WARNING, urn=urn, message=text))

    def _operation(self, context: Context, timeout: float | None = None) -> _Operation:
        return _Operation(self._working, timeout, context)


class _Operation:
    """One request of the engine's: cancellable, limited in time, with every failure told as a sentence."""

    def __init__(self, working: set[asyncio.Task[Any]], seconds: float | None, context: Context) -> None:
        self._working, self._context = working, context
        self._timeout = asyncio.timeout(seconds)

    @property
    def timed_out(self) -> bool:
        """Whether it is being ended since its time is over."""
        return self._timeout.expired()

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._working.add(task)
        await self._timeout.__aenter__()
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._working.discard(self._task)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            await _refuse(self._context, _TIMED_OUT)
        if isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            await _refuse(self._context, "context canceled")
        if isinstance(error, CloudError):
            await _refuse(self._context, str(error))


async def _type(urn: str, context: Context) -> ResourceType:
    token = urn.split("::")[2].split("$")[-1]
    if token not in TYPES:
        await _refuse(context, f"local Azure doesn't know {token}; it knows {', '.join(sorted(TYPES))}")
    return TYPES[token]


def _state(type: ResourceType, body: Properties) -> Properties:
    """A response's body as outputs that the engine keeps."""
    return type.outputs(body) | {"azureApiVersion": type.api_version}


def _holds_null(body: Properties) -> bool:
    return any(v is None or (isinstance(v, dict) and _holds_null(v)) for v in body.values())


async def _refuse(context: Context, reason: str) -> NoReturn:
    await context.abort(grpc.StatusCode.UNKNOWN, reason)


async def _refuse_unfinished(
    context: Context, id: str, outputs: Properties | None, inputs: Properties, reason: str
) -> NoReturn:
    known = None if outputs is None else marshal(outputs)
    detail = proto.ErrorResourceInitFailed(id=id, properties=known, inputs=marshal(inputs), reasons=[reason])
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(detail)
    await context.abort(grpc.StatusCode.UNKNOWN, reason, (("grpc-status-details-bin", status.SerializeToString()),))


async def run() -> None:
    """Serves until the engine ends: prints the port, as the engine expects, and watches for its parent's death."""
    parent = os.getppid()
    provider = Provider(home())
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
