"""The state file: restarts, several servers at once, kills, full disks, foreign files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from local.arm import StateError, authority, serve
from local.arm.store import Store

from .conftest import COMPUTE, GROUP, Azure, Clock, preset

ROOT = Path(__file__).parents[2]
SERVER = """
import asyncio, pathlib, sys
from local.arm import serve
async def main():
    async with serve(pathlib.Path(sys.argv[1])) as address:
        print(address, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
HEADERS = {"Authorization": "Bearer t"}
QUERY = {"api-version": "2024-03-03"}


def test_restart_keeps_state_and_trust(azure: Azure) -> None:
    azure.given("group", "gallery", "definition", "image")
    path, body = preset("version")
    accepted = azure.call("PUT", path, body)
    before = azure.call("GET", path, expand="ReplicationStatus").body
    trusted = authority(azure.home).read_bytes()
    operation = accepted.headers["Azure-AsyncOperation"].removeprefix(azure.address).partition("?")[0]
    azure.stop()
    azure.start()
    assert authority(azure.home).read_bytes() == trusted
    assert azure.call("GET", path, expand="ReplicationStatus").body == before
    azure.clock.simulate(3600)
    assert azure.call("GET", operation).body["status"] == "Succeeded"


def test_private_key_is_private(azure: Azure) -> None:
    assert stat.S_IMODE((azure.home / "server.pem").stat().st_mode) == 0o600


def test_lost_authority_is_written_again(azure: Azure) -> None:
    trusted = authority(azure.home).read_bytes()
    azure.stop()
    authority(azure.home).write_text("something else")
    azure.start()
    assert authority(azure.home).read_bytes() == trusted


def test_two_servers_share_one_home(azure: Azure) -> None:
    other = Azure(azure.home, azure.loop, azure.clock).start()
    azure.given("group")
    other.given("gallery")
    assert azure.call("GET", f"{COMPUTE}/galleries").body == other.call("GET", f"{COMPUTE}/galleries").body
    assert len(azure.call("GET", f"{COMPUTE}/galleries").body["value"]) == 1
    other.stop()


def test_many_processes_start_at_once_and_lose_nothing_when_killed(tmp_path: Path) -> None:
    """Four servers start in an empty home, all write at the same time, and are killed while they do."""
    command = [sys.executable, "-c", SERVER, str(tmp_path / "home")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    servers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(4)]
    try:
        addresses = [server.stdout.readline().strip() for server in servers if server.stdout]
        assert all(address.startswith("https://127.0.0.1:") for address in addresses)
        acknowledged = asyncio.run(write_until_they_are_gone(tmp_path / "home", addresses, servers))
    finally:
        for server in servers:
            server.kill()
            server.communicate()
    azure = Azure(tmp_path / "home", asyncio.new_event_loop(), Clock()).start()
    found = {entry["name"] for entry in azure.call("GET", f"{COMPUTE}/disks").body["value"]}
    azure.stop()
    azure.loop.close()
    assert acknowledged <= found


def kill(servers: list[subprocess.Popen[str]]) -> None:
    """End processes without warning."""
    for server in servers:
        os.kill(server.pid, signal.SIGKILL)


async def write_until_they_are_gone(home: Path, addresses: list[str], servers: list[subprocess.Popen[str]]) -> set[str]:
    """Put disks at every server, which are killed on the way; the names of the disks that were acknowledged."""
    acknowledged: set[str] = set()
    context = ssl.create_default_context(cafile=str(authority(home)))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), headers=HEADERS) as session:
        body = {"location": "eastus"}
        async with session.put(addresses[0] + GROUP, json=body, params=QUERY) as made:
            assert made.status in (200, 201)

        async def write(index: int, address: str) -> None:
            with contextlib.suppress(aiohttp.ClientError):
                for number in range(10_000):
                    name = f"d{index}-{number}"
                    async with session.put(f"{address}{COMPUTE}/disks/{name}", json=body, params=QUERY) as made:
                        assert made.status in (200, 201)
                        acknowledged.add(name)
                    if len(acknowledged) == 80:
                        kill(servers)

        await asyncio.gather(*(write(index, address) for index, address in enumerate(addresses)))
    return acknowledged


def test_full_disk_is_one_sentence_and_writes_nothing(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    azure.stop()
    store = Store(azure.home / "azure.sqlite3")
    monkeypatch.setattr("local.arm.Store", lambda path: store)
    azure.start()
    azure.given("group")
    connection = store.connection
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")
    body = {"location": "eastus", "properties": {"filler": "x" * 100_000}}
    refused = azure.call("PUT", f"{COMPUTE}/disks/d", body)
    text = "Local Azure could not use its state file: database or disk is full."
    assert (refused.status, refused.body) == (500, {"error": {"code": "InternalServerError", "message": text}})
    assert azure.call("GET", f"{COMPUTE}/disks/d").status == 404
    connection.execute("PRAGMA max_page_count = 100000")
    assert azure.call("PUT", f"{COMPUTE}/disks/d", body).status == 200


def test_what_is_no_state_file_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "azure.sqlite3"
    file.write_bytes(b"not a database, and long enough to be taken for one" * 50)
    with pytest.raises(StateError, match=r"azure\.sqlite3 can't be used .*; move it away"):
        start(tmp_path)
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as foreign:
        foreign.execute("CREATE TABLE t (x)")
    with pytest.raises(StateError, match=r"azure\.sqlite3 is not a state file of this local Azure"):
        start(tmp_path)


def test_damaged_state_file_is_refused_in_words(azure: Azure) -> None:
    azure.given("group", "gallery")
    azure.stop()
    file = azure.home / "azure.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xaa" * 4096
    file.write_bytes(content)
    with pytest.raises(StateError, match="move it away to start anew"):
        start(azure.home)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LOCAL_AZURE_SPEED", "fast", "a number of 0 or more, not 'fast'"),
        ("LOCAL_AZURE_SPEED", "-1", "a number of 0 or more, not '-1'"),
        ("LOCAL_AZURE_SPEED", "0", "Time stands still"),
        ("LOCAL_AZURE_PARENT_LAG", "nan", "a number of 0 or more, not 'nan'"),
    ],
)
def test_unusable_settings_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(StateError, match=said):
        start(tmp_path)


def test_an_unusable_directory_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="can't use the directory"):
        start(tmp_path / "file")
    (tmp_path / "server.pem").write_text("nothing")
    with pytest.raises(StateError, match="no certificate with its key"):
        start(tmp_path)


def test_port_in_use_is_refused_in_words(azure: Azure) -> None:
    with pytest.raises(StateError, match="can't listen on port"):
        start(azure.home, int(azure.address.rpartition(":")[2]))


def start(home: Path, port: int = 0) -> None:
    """Serve for a moment."""

    async def serve_briefly() -> None:
        async with serve(home, port):
            pass

    asyncio.run(serve_briefly())
