"""Azure as commands reach it: the subscription, the cloud and the identity that the azure-native plugin takes, too.

Each is what `Pulumi.<stack>.yaml` says, else what the environment says, by the plugin's own keys and variables (from
Pulumi's documentation of azure-native, "Installation and configuration"). The identity is a client secret
(ARM_CLIENT_ID, or AZURE_CLIENT_ID, and so on), else whatever azure-identity's DefaultAzureCredential finds, such as the
Azure CLI's login.
"""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from commands.common import CommandError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.compute import ComputeManagementClient

METADATA_VERSION = "2022-09-01"
RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.2}
"""Few and soon: who watches asks again anyway. Azure's own Retry-After wins."""


class Unreachable(Exception):
    """Azure can't be asked for the moment, in one sentence: another try may do."""


def compute_client(stack: str, root: Path) -> "ComputeManagementClient":
    """A client for the stack's subscription. Raises CommandError where the settings don't say which, or make no
    sense.
    """
    from azure.core import AzureClouds
    from azure.identity import AzureAuthorityHosts
    from azure.mgmt.compute import ComputeManagementClient

    logging.getLogger("azure").addHandler(logging.NullHandler())  # failures are told in one sentence, by us
    settings = _Settings(stack, root)
    subscription = settings.get("subscriptionId", "ARM_SUBSCRIPTION_ID")
    if not subscription:
        raise CommandError(f"no subscription: write azure-native:subscriptionId into {settings.file}")
    if host := settings.get("metadataHost", "ARM_METADATA_HOSTNAME"):
        resource_manager, login, audience = _endpoints(host)
        credential = _credential(settings, login, own_cloud=True)
        scopes = [f"{audience}/.default"]
        return ComputeManagementClient(credential, subscription, resource_manager, credential_scopes=scopes, **RETRIES)
    clouds = {
        "public": (AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        "usgovernment": (AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
        "china": (AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
    }
    name = settings.get("environment", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT") or "public"
    if name.lower() not in clouds:
        raise CommandError(f"azure-native:environment is {name!r}: expected one of {', '.join(clouds)}")
    cloud, login = clouds[name.lower()]
    return ComputeManagementClient(_credential(settings, login), subscription, cloud_setting=cloud, **RETRIES)


def call(ask: Any, *arguments: Any, **options: Any) -> Any:
    """What a read of Azure's SDK answers, a list in full; None where there is no such resource.

    Raises CommandError, in one sentence, where Azure refuses to answer, and Unreachable where it doesn't answer.
    """
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

    try:
        answer = ask(*arguments, **options)
        return answer if hasattr(answer, "as_dict") else list(answer)
    except ResourceNotFoundError as error:
        if _code(error) == "SubscriptionNotFound":
            raise CommandError(f"Azure refuses to answer: {_first_line(error)}") from None
        return None
    except ClientAuthenticationError as error:
        way_out = "log in with `az login`, or set ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID"
        raise CommandError(f"Azure wants to know who asks ({_first_line(error)}): {way_out}") from None
    except HttpResponseError as error:
        if error.status_code in (None, 408, 429) or (error.status_code or 0) >= 500:
            _lost(error)
        raise CommandError(f"Azure refuses to answer: {_first_line(error)}") from None
    except AzureError as error:
        _lost(error)


class _Settings:
    """The plugin's settings: the stack's file first, then the environment."""

    def __init__(self, stack: str, root: Path) -> None:
        from config import Diagnostic
        from config.yaml_reader import parse

        self.file = f"Pulumi.{stack}.yaml"
        path = root / self.file
        found = parse(self.file, path.read_bytes()) if path.exists() else None
        if isinstance(found, Diagnostic):
            raise CommandError(str(found))
        written = found.value.get("config") if found else None
        self._written: dict[str, Any] = written if isinstance(written, dict) else {}

    def get(self, key: str, *variables: str) -> str:
        """A setting as text; empty where there is none.

        Raises CommandError where it is encrypted, which the engine alone can read, and no variable says it instead.
        """
        value = self._written.get(f"azure-native:{key}")
        if isinstance(value, str):
            return value
        found = next(filter(None, map(os.environ.get, variables)), "")
        if isinstance(value, dict) and not found:
            way_out = f"set {variables[0]}" if variables else "write it in plain text"
            raise CommandError(
                f"azure-native:{key} is encrypted in {self.file}, and only the engine can read it: {way_out}"
            )
        return found


def _endpoints(host: str) -> tuple[str, str, str]:
    """A cloud's Resource Manager, its authority, and for whom tokens are to be, from its metadata."""
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest

    url = f"https://{host}/metadata/endpoints"
    try:
        client: PipelineClient[Any, Any] = PipelineClient(url, **RETRIES)
        with client:
            answer = client.send_request(HttpRequest("GET", url, params={"api-version": METADATA_VERSION}))
            answer.raise_for_status()
            found = answer.json()
            authentication = found["authentication"]
            return found["resourceManager"], authentication["loginEndpoint"], authentication["audiences"][0].rstrip("/")
    except AzureError as error:
        raise CommandError(f"the cloud at {host} doesn't tell its endpoints: {_first_line(error)}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise CommandError(f"there is no cloud at {host}: {url} tells no endpoints") from None


def _credential(settings: _Settings, login: str, own_cloud: bool = False) -> "TokenCredential":
    """Who asks. At a cloud of its own, nobody else is asked which clouds there are."""
    from azure.identity import ClientSecretCredential, DefaultAzureCredential

    parts = (("tenantId", "TENANT_ID"), ("clientId", "CLIENT_ID"), ("clientSecret", "CLIENT_SECRET"))
    tenant, client, secret = (settings.get(key, f"ARM_{name}", f"AZURE_{name}") for key, name in parts)
    authority = login.rstrip("/")
    if authority.endswith("/adfs"):  # such an authority is its own tenant
        authority, _, tenant = authority.rpartition("/")
    if not (tenant and client and secret):
        # Without the cache that Visual Studio once kept: to look for it makes ~/.IdentityService.
        return DefaultAzureCredential(
            authority=authority, disable_instance_discovery=own_cloud, exclude_shared_token_cache_credential=True
        )
    return ClientSecretCredential(tenant, client, secret, authority=authority, disable_instance_discovery=own_cloud)


def _code(error: Any) -> str | None:
    """Azure's own code; None where the answer isn't Azure's."""
    return getattr(getattr(error, "error", None), "code", None)


def _first_line(error: Any) -> str:
    """Azure's message without what the SDK puts around it."""
    message = getattr(getattr(error, "error", None), "message", None) or getattr(error, "message", None) or str(error)
    lines = [line.strip() for line in str(message).splitlines() if line.strip()]
    return lines[0].rstrip(":.") if lines else type(error).__name__


def _lost(error: Any) -> NoReturn:
    raise Unreachable(f"Azure can't be reached: {_first_line(error)}") from None
