"""Another program at local Azure: it is served for as long as the program runs, and the program is pointed at it."""

from __future__ import annotations

import asyncio
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


async def run(command: list[str], home: Path) -> int:
    """Runs a command; gives its exit status, or the shell's own for a signal that ended it.

    Raises FileNotFoundError where there is no such command.
    """
    async with arm.serve(home) as address:
        program = await asyncio.create_subprocess_exec(
            *command, env=os.environ | settings(address, arm.authority(home))
        )
        # An interrupt is the program's to answer; it has it from the terminal already.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
        status = await program.wait()
        return 128 - status if status < 0 else status
