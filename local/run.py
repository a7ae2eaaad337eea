"""Another program at local Azure: it is served for as long as the program runs, and the program is pointed at it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from . import arm
from .arm import identity


def settings(address: str, authority: Path) -> dict[str, str]:
    """The standard settings that point azure-native, Terraform's azurerm, Azure's identity libraries and its SDKs, for
    Python, JavaScript and Go, at the cloud at `address`.
    """
    anyone = {"TENANT_ID": identity.TENANT, "CLIENT_ID": "local", "CLIENT_SECRET": "local"}
    return {
        "ARM_METADATA_HOSTNAME": address.removeprefix("https://"),
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "AZURE_AUTHORITY_HOST": address,
        **{f"{prefix}_{name}": value for prefix in ("ARM", "AZURE") for name, value in anyone.items()},
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), str(authority)),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


async def run(command: list[str], home: Path, for_server: str | None = None) -> int:
    """Runs a command; gives its exit status, or the shell's own for a signal that ended it.

    One that works for a server (`for_server`, host:port) is ended when that server is gone. Raises FileNotFoundError
    where there is no such command.
    """
    async with arm.serve(home) as address:
        program = await asyncio.create_subprocess_exec(
            *command, env=os.environ | settings(address, arm.authority(home))
        )
        # An interrupt is the program's to answer; it has it from the terminal already.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
        ended = asyncio.create_task(program.wait())
        if for_server:
            gone = asyncio.create_task(_gone(for_server))
            await asyncio.wait((ended, gone), return_when=asyncio.FIRST_COMPLETED)
            if not gone.cancel() and not ended.done():
                program.terminate()
        status = await ended
        return 128 - status if status < 0 else status


async def _gone(server: str) -> None:
    """Returns when nothing listens at an address any more. A connection that says nothing ends with its server, or when
    the server has waited long enough: then there is another one.
    """
    host, _, port = server.rpartition(":")
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            return
        with contextlib.suppress(ConnectionError):
            while await reader.read(1024):
                pass
        writer.close()
        await asyncio.sleep(1)
