"""Local Azure behind its HTTPS door, with a clock that the tests move by hand."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.arm import serve

DEV = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{DEV}/resourceGroups/rg"
COMPUTE = f"{GROUP}/providers/Microsoft.Compute"
CASES = Path(__file__).with_name("cases")
SPEED = 100.0
LAG = 15.0


@dataclass
class Clock:
    """Real seconds since 1970, as the server sees them."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def simulate(self, seconds: float) -> None:
        """Let so many simulated seconds pass."""
        self.now += seconds / SPEED


@dataclass
class Response:
    """What came back; `body` is None where there was none."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str | None:
        """The error's code."""
        return self.body["error"]["code"] if isinstance(self.body, dict) and "error" in self.body else None


@dataclass
class Azure:
    """A server of its own event loop, and a client that trusts its authority."""

    home: Path
    loop: asyncio.AbstractEventLoop
    clock: Clock
    speed: float = SPEED
    lag: float = LAG
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    address: str = ""
    session: aiohttp.ClientSession | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run to completion."""
        return self.loop.run_until_complete(work)

    def start(self) -> Azure:
        """Serve."""

        async def begin() -> None:
            self.address = await self.stack.enter_async_context(serve(self.home, 0, self.speed, self.lag, self.clock))
            context = ssl.create_default_context(cafile=str(self.home / "ca.pem"))
            connector = aiohttp.TCPConnector(ssl=context)
            self.session = await self.stack.enter_async_context(aiohttp.ClientSession(connector=connector))

        self.run(begin())
        return self

    def stop(self) -> None:
        """Stop serving."""
        self.run(self.stack.aclose())

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        api: str | None = "2024-03-03",
        raw: bytes | None = None,
        token: str | None = "t",
        expand: str | None = None,
        select: str | None = None,
        narrowed: str | None = None,
        content: str | None = None,
    ) -> Response:
        """One request; `path` may be a whole URL, which is then used as it is."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": content} if content else {}
        query = {"api-version": api, "$expand": expand, "$select": select, "$filter": narrowed}
        params = None if "://" in path else {name: value for name, value in query.items() if value}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()

        async def send() -> Response:
            assert self.session
            url = path if "://" in path else self.address + path
            async with self.session.request(method, url, data=data, headers=headers, params=params) as got:
                text = await got.read()
                return Response(got.status, dict(got.headers), json.loads(text) if text else None)

        response: Response = self.run(send())
        return response

    def put(self, name: str, **options: Any) -> Response:
        """Send what the preset of that name says."""
        path, body = preset(name)
        return self.call("PUT", path, body, **options)

    def given(self, *names: str) -> None:
        """Create what the presets of those names say, and wait until it is there."""
        for name in names:
            response = self.put(name)
            assert response.status in (200, 201), (name, response)
            self.clock.simulate(3600)


def preset(name: str) -> tuple[str, Any]:
    """Path and body of a request from `presets.json`; `@group` and `@compute` in it stand for the ids' beginnings."""
    entry = expand(PRESETS[name])
    return entry["path"], entry["body"]


def expand(value: Any) -> Any:
    """Put the ids' beginnings into the strings of a case."""
    text = json.dumps(value).replace("@compute", COMPUTE).replace("@group", GROUP).replace("@subscription", DEV)
    return json.loads(text)


PRESETS = json.loads((CASES / "presets.json").read_text())


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """A running server with an empty state."""
    loop = asyncio.new_event_loop()
    server = Azure(tmp_path / "home", loop, Clock()).start()
    yield server
    server.stop()
    loop.close()
