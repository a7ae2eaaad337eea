"""The plugin behind a real gRPC channel, with a cloud of its own; and a cloud that answers as a test tells it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import status_pb2

from local.arm.certificates import server_context
from local.provider.client import ResourceManager
from local.provider.properties import marshal, unmarshal
from local.provider.server import Provider

DEV = "00000000-0000-0000-0000-000000000001"
GROUP_ID = f"/subscriptions/{DEV}/resourceGroups/rg"
COMPUTE = f"{GROUP_ID}/providers/Microsoft.Compute"
API = "2024-03-03"
GROUP = {"resourceGroupName": "rg", "location": "eastus"}
GALLERY = {"resourceGroupName": "rg", "galleryName": "gal", "location": "eastus"}
IMAGE = GALLERY | {
    "galleryImageName": "img",
    "osType": "Linux",
    "osState": "Generalized",
    "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
}
VERSION = GALLERY | {
    "galleryImageName": "img",
    "galleryImageVersionName": "1.0.0",
    "storageProfile": {"source": {"id": f"{COMPUTE}/images/src"}},
}
SOURCE = {"resourceGroupName": "rg", "imageName": "src", "location": "eastus"}


class Refused(Exception):
    """What the plugin told the engine instead of an answer."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        super().__init__(error.details())
        self.code = error.code()
        self.failed: proto.ErrorResourceInitFailed | None = None
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        if isinstance(details, bytes):
            self.failed = proto.ErrorResourceInitFailed()
            status_pb2.Status.FromString(details).details[0].Unpack(self.failed)


@dataclass
class Engine(proto.EngineServicer):
    """The engine's own service, as far as plugins call it."""

    warnings: list[tuple[str, str]] = field(default_factory=list)
    """The resource's name and the text of each warning that it was to print."""
    address: str = ""

    async def Log(self, request: proto.LogRequest, context: Any) -> empty_pb2.Empty:
        assert request.severity == proto.LogSeverity.WARNING
        self.warnings.append((request.urn, request.message))
        return empty_pb2.Empty()


@dataclass
class Plugin:
    """The plugin's service in this process, spoken to as the engine does."""

    home: Path
    loop: asyncio.AbstractEventLoop
    provider: Provider = field(init=False)
    _stub: Any = field(init=False)
    _server: grpc.aio.Server = field(init=False)
    _channel: grpc.aio.Channel = field(init=False)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def start(self) -> Plugin:
        async def begin() -> None:
            self.provider, self._server = Provider(self.home), grpc.aio.server()
            proto.add_ResourceProviderServicer_to_server(self.provider, self._server)
            port = self._server.add_insecure_port("127.0.0.1:0")
            await self._server.start()
            self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
            self._stub = proto.ResourceProviderStub(self._channel)

        self.run(begin())
        return self

    def stop(self) -> None:
        async def end() -> None:
            await self._channel.close()
            await self._server.stop(grace=0)
            await self.provider.close()

        self.run(end())

    async def ask(self, method: str, request: Any) -> Any:
        """One call; raises Refused."""
        try:
            return await getattr(self._stub, method)(request)
        except grpc.aio.AioRpcError as error:
            raise Refused(error) from error

    def call(self, method: str, request: Any) -> Any:
        return self.run(self.ask(method, request))

    def handshake(self, engine: Engine) -> None:
        self.call("Handshake", proto.ProviderHandshakeRequest(engine_address=engine.address))

    def configure(self, **settings: Any) -> None:
        self.call("Configure", proto.ConfigureRequest(args=marshal({"subscriptionId": DEV} | settings)))

    def check(
        self, type: str, inputs: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[str]]:
        """The checked inputs, and the reason of every failure."""
        request = proto.CheckRequest(urn=urn(type), news=marshal(inputs), olds=marshal(olds or {}))
        done = self.call("Check", request)
        assert not any(failure.property for failure in done.failures), "azure-native names none"
        return unmarshal(done.inputs), [failure.reason for failure in done.failures]

    def create(self, type: str, inputs: dict[str, Any], **options: Any) -> tuple[str, dict[str, Any]]:
        """Id and outputs."""
        done = self.call("Create", proto.CreateRequest(urn=urn(type), properties=marshal(inputs), **options))
        return done.id, unmarshal(done.properties)

    def update(
        self, type: str, id: str, olds: Any, news: Any, old_inputs: Any = None, **options: Any
    ) -> dict[str, Any]:
        request = proto.UpdateRequest(urn=urn(type), id=id, olds=marshal(olds), news=marshal(news), **options)
        request.old_inputs.CopyFrom(marshal(old_inputs or {}))
        return unmarshal(self.call("Update", request).properties)

    def delete(self, type: str, id: str, **options: Any) -> None:
        self.call("Delete", proto.DeleteRequest(urn=urn(type), id=id, **options))

    def diff(self, type: str, old: Any, new: Any, outputs: Any = None) -> Any:
        request = proto.DiffRequest(
            urn=urn(type), old_inputs=marshal(old), news=marshal(new), olds=marshal(outputs or {})
        )
        return self.call("Diff", request)

    def read(self, type: str, id: str, inputs: Any = None, outputs: Any = None) -> tuple[str, Any, Any]:
        """Id, inputs and outputs; an import where there are no inputs."""
        known = None if inputs is None else marshal(inputs)
        request = proto.ReadRequest(urn=urn(type), id=id, inputs=known, properties=marshal(outputs or {}))
        done = self.call("Read", request)
        return done.id, unmarshal(done.inputs), unmarshal(done.properties)

    def look_up(self, function: str, **arguments: Any) -> dict[str, Any]:
        """What a function gives."""
        done = self.call("Invoke", proto.InvokeRequest(tok=f"azure-native:{function}", args=marshal(arguments)))
        return unmarshal(getattr(done, "return"))

    def cancel(self) -> Coroutine[Any, Any, Any]:
        return self.ask("Cancel", empty_pb2.Empty())

    def given(self, *more: str) -> None:
        """A group with a gallery, a definition and a source; `more` are "version"."""
        self.create("resources:ResourceGroup", GROUP)
        self.create("compute:Gallery", GALLERY)
        self.create("compute:GalleryImage", IMAGE)
        self.create("compute:Image", SOURCE)
        for _ in more:
            self.create("compute:GalleryImageVersion", VERSION)


def urn(type: str) -> str:
    return f"urn:pulumi:dev::p::compute-gallery:index:X$azure-native:{type}::name"


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def plugin(tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugin]:
    """A configured plugin with an empty cloud, in which time flies."""
    for name in ("ARM_SUBSCRIPTION_ID", "ARM_LOCATION", "ARM_METADATA_HOSTNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCAL_AZURE_SPEED", "1e6")
    made = Plugin(tmp_path / "azure", loop).start()
    made.configure()
    yield made
    made.stop()


@pytest.fixture
def engine(loop: asyncio.AbstractEventLoop) -> Iterator[Engine]:
    made = Engine()

    async def begin() -> grpc.aio.Server:
        server = grpc.aio.server()
        proto.add_EngineServicer_to_server(made, server)
        made.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        return server

    server = loop.run_until_complete(begin())
    yield made
    loop.run_until_complete(server.stop(grace=0))


@dataclass
class Cloud:
    """A cloud that gives one prepared answer after another, and remembers what it was asked."""

    loop: asyncio.AbstractEventLoop
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    """Status, headers and body; `@cloud` in a header stands for this cloud's address."""
    asked: list[str] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """The seconds for which the client paused, in which nobody had to wait."""
    address: str = ""

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/metadata/endpoints":
            audiences = {"loginEndpoint": f"{self.address}/adfs", "audiences": [self.address]}
            return web.json_response({"authentication": audiences})
        if request.path.startswith("/adfs"):
            return web.json_response({"token_endpoint": f"{self.address}/adfs/token", "access_token": "t"})
        self.asked.append(f"{request.method} {request.path}")
        self.queries.append(dict(request.query))
        self.bodies += [await request.json()] if request.can_read_body else []
        status, headers, body = self.answers.pop(0)
        headers = {name: value.replace("@cloud", self.address) for name, value in headers.items()}
        if isinstance(body, str) or body is None:
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    @asynccontextmanager
    async def serve(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        server = TestServer(app, scheme="https" if tls else "http")
        await server.start_server(ssl=tls)
        self.address = str(server.make_url("")).rstrip("/")
        yield
        await server.close()

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of a client, which talks to this cloud."""

        async def work() -> Any:
            async with self.serve(), ResourceManager(self.address, None) as client:
                return await getattr(client, method)(*arguments)

        return self.loop.run_until_complete(work())

    @contextmanager
    def serving(self, plugin: Plugin, **settings: Any) -> Iterator[None]:
        """The plugin talks to this cloud, which is there as long as the block runs."""
        stack = AsyncExitStack()
        self.loop.run_until_complete(stack.enter_async_context(self.serve(server_context(plugin.home))))
        plugin.configure(metadataHost=self.address.partition("//")[2], **settings)
        yield
        self.loop.run_until_complete(stack.aclose())


@pytest.fixture
def cloud(loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud(loop)
    monkeypatch.setattr("local.provider.client.pause", made.pause)
    return made


CASES = Path(__file__).with_name("cases")


def cases(file: str) -> list[Any]:
    """The cases of a file, by name and source."""
    return [
        pytest.param(case, id=f"{case['case']} [{case['source']}]") for case in json.loads((CASES / file).read_text())
    ]
