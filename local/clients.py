"""How other clients find local Azure: what `python -m local serve` prints, to be pasted into a shell."""

from __future__ import annotations

from pathlib import Path

from .arm import identity
from .run import settings


def instructions(address: str, authority: Path, subscription: str) -> str:
    """Lines for a shell that point az, Azure's SDKs and everything else at the cloud at `address`; az keeps its files
    beside the authority's. Any user, secret and tenant will do.
    """
    name = f"Local{address.rpartition(':')[2]}"  # az keeps a cloud's address under its name
    exports = "\n".join(f'export {variable}="{value}"' for variable, value in settings(address, authority).items())
    return f"""
az, in a shell of its own (what it keeps goes to {authority.parent / "az"}):

export AZURE_CONFIG_DIR="{authority.parent / "az"}" REQUESTS_CA_BUNDLE="{authority}" NO_PROXY=127.0.0.1
export AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_SURVEY_MESSAGE=no
az cloud register --name {name} --endpoint-resource-manager {address} --endpoint-active-directory {address}/adfs
az cloud set --name {name}
az login --service-principal --username local --password local --tenant {identity.TENANT} --output none

Azure's SDK for Python:

credential = ClientSecretCredential(
    "{identity.TENANT}", "local", "local", authority="{address}",
    disable_instance_discovery=True, connection_verify="{authority}")
client = ComputeManagementClient(
    credential, "{subscription}", base_url="{address}",
    credential_scopes=["{address}/.default"], connection_verify="{authority}")

Everything else (Terraform, Packer, azure-native, other SDKs; docs/local-azure.md): `python -m local run COMMAND`, or

{exports}

Interrupt to stop."""
