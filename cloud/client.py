"""Azure as the azure-native plugin reaches it: the same subscription, the same cloud, the same identity.

Each setting is what the plugin's configuration (`azure-native:`) says, else what the environment says, by the plugin's
own keys and variables (pulumi-azure-native, provider/pkg/provider/auth_azidentity.go). The identity is the first one
that the settings name, in the plugin's order: DefaultAzureCredential where it is asked for, a client certificate, a
client secret, OIDC, a managed identity; else the Azure CLI's login, or whatever else DefaultAzureCredential finds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.compute import ComputeManagementClient

METADATA_VERSION = "2022-09-01"
RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.2}
"""Few and soon: who watches asks again anyway. Azure's own Retry-After wins."""
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "subscriptionId": ("ARM_SUBSCRIPTION_ID",),
    "environment": ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"),
    "metadataHost": ("ARM_METADATA_HOSTNAME",),
    "disableInstanceDiscovery": ("ARM_DISABLE_INSTANCE_DISCOVERY",),
    "tenantId": ("ARM_TENANT_ID", "AZURE_TENANT_ID"),
    "clientId": ("ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
    "clientSecret": ("ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
    "clientCertificatePath": ("ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
    "clientCertificatePassword": ("ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    "useDefaultAzureCredential": ("ARM_USE_DEFAULT_AZURE_CREDENTIAL",),
    "useOidc": ("ARM_USE_OIDC",),
    "oidcAudience": ("ARM_OIDC_AUDIENCE",),
    "oidcToken": ("ARM_OIDC_TOKEN",),
    "oidcTokenFilePath": ("ARM_OIDC_TOKEN_FILE_PATH",),
    "oidcRequestToken": ("ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    "oidcRequestUrl": ("ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"),
    "useMsi": ("ARM_USE_MSI",),
}
"""The environment variables that stand in for each key. A client secret or certificate of Azure's own variables is
taken, too, as DefaultAzureCredential would."""
AUDIENCE = "api://AzureADTokenExchange"
"""For whom a workflow's token is, where nothing else is said."""

Configured = Callable[[str], str]
"""What azure-native's configuration says under a key, as text; empty where it says nothing."""


class Refused(Exception):
    """Azure doesn't do what it was asked, or can't be asked at all, in one sentence; `code` is Azure's own."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Unreachable(Exception):
    """Azure can't be asked for the moment, in one sentence: another try may do."""


class Settings:
    """The plugin's settings, by its keys: its configuration first, then the environment."""

    def __init__(self, configured: Configured) -> None:
        self._configured = configured

    def __getitem__(self, key: str) -> str:
        return self._configured(key) or next(filter(None, map(os.environ.get, VARIABLES[key])), "")

    def says(self, key: str) -> bool:
        """Whether a switch is on."""
        return self[key].lower() == "true"


@dataclass(frozen=True)
class Connection:
    """A subscription of a cloud, and who asks."""

    subscription: str
    endpoint: str
    """The address of Azure Resource Manager."""
    credential: TokenCredential
    scopes: tuple[str, ...]


def connection(settings: Settings, subscription: str) -> Connection:
    """How a subscription is reached. Raises Refused where the settings make no sense."""
    from azure.core import AzureClouds
    from azure.identity import AzureAuthorityHosts
    from azure.mgmt.core.tools import get_arm_endpoints

    logging.getLogger("azure").addHandler(logging.NullHandler())  # failures are told in one sentence, by us
    if host := settings["metadataHost"]:
        resource_manager, login, audience = _endpoints(host)
        identity = credential(settings, login, own_cloud=True)
        return Connection(subscription, resource_manager, identity, (f"{audience}/.default",))
    clouds = {
        "public": (AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        "usgovernment": (AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
        "china": (AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
    }
    name = settings["environment"] or "public"
    if name.lower() not in clouds:
        raise Refused(f"azure-native:environment is {name!r}: expected one of {', '.join(clouds)}")
    cloud, login = clouds[name.lower()]
    told = get_arm_endpoints(cloud)
    identity = credential(settings, login)
    return Connection(subscription, told["resource_manager"], identity, tuple(told["credential_scopes"]))


def compute_client(to: Connection) -> ComputeManagementClient:
    """A client of Azure's compute resources."""
    from azure.mgmt.compute import ComputeManagementClient

    return ComputeManagementClient(
        to.credential, to.subscription, to.endpoint, credential_scopes=[*to.scopes], **RETRIES
    )


def call(ask: Any, *arguments: Any, **options: Any) -> Any:
    """What a read of Azure's SDK answers, a list in full; None where there is no such resource.

    Raises Refused, in one sentence, where Azure refuses to answer, and Unreachable where it doesn't answer.
    """
    from azure.core.exceptions import ResourceNotFoundError

    with in_words("Azure refuses to answer"):
        try:
            answer = ask(*arguments, **options)
            return answer if hasattr(answer, "as_dict") else list(answer)
        except ResourceNotFoundError as error:
            if code(error) == "SubscriptionNotFound":
                raise
            return None


@contextmanager
def in_words(refusal: str) -> Iterator[None]:
    """Errors of Azure's SDK as Refused, in a sentence that begins with `refusal`, or as Unreachable."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

    try:
        yield
    except ClientAuthenticationError as error:
        way_out = "log in with `az login`, or set ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID"
        raise Refused(f"Azure wants to know who asks ({_first_line(error)}): {way_out}") from None
    except HttpResponseError as error:
        if error.status_code in (None, 408, 429) or (error.status_code or 0) >= 500:
            raise Unreachable(f"Azure can't be reached: {_first_line(error)}") from None
        raise Refused(f"{refusal}: {_first_line(error)}", code(error) or "") from None
    except AzureError as error:
        raise Unreachable(f"Azure can't be reached: {_first_line(error)}") from None


def credential(settings: Settings, login: str, own_cloud: bool = False) -> TokenCredential:
    """Who asks, at the authority `login`. At a cloud of its own, nobody else is asked which clouds there are.

    Raises Refused where the settings name an identity by halves.
    """
    from azure.identity import (
        AzureCliCredential,
        CertificateCredential,
        ChainedTokenCredential,
        ClientAssertionCredential,
        ClientSecretCredential,
        DefaultAzureCredential,
        ManagedIdentityCredential,
    )

    tenant, client = settings["tenantId"], settings["clientId"]
    secret, certificate = settings["clientSecret"], settings["clientCertificatePath"]
    authority = login.rstrip("/")
    if authority.endswith("/adfs"):  # such an authority is its own tenant
        authority, _, tenant = authority.rpartition("/")
    undiscovered = own_cloud or settings.says("disableInstanceDiscovery")
    options: dict[str, Any] = {"authority": authority, "disable_instance_discovery": undiscovered}
    # Without the cache that Visual Studio once kept: to look for it makes ~/.IdentityService.
    default = DefaultAzureCredential(**options, exclude_shared_token_cache_credential=True)
    if settings.says("useDefaultAzureCredential"):
        return default
    if certificate and tenant and client:
        try:
            password = settings["clientCertificatePassword"] or None
            return CertificateCredential(tenant, client, certificate, password=password, **options)
        except (OSError, ValueError) as error:
            raise Refused(f"the client certificate {certificate} can't be used: {_first_line(error)}") from None
    if secret and tenant and client:
        return ClientSecretCredential(tenant, client, secret, **options)
    if settings.says("useOidc"):
        if not (tenant and client):
            raise Refused("OIDC wants a tenant and a client: set ARM_TENANT_ID and ARM_CLIENT_ID")
        return ClientAssertionCredential(tenant, client, _assertion(settings), **options)
    if settings.says("useMsi"):
        return ManagedIdentityCredential(client_id=client or None)
    return ChainedTokenCredential(AzureCliCredential(tenant_id=tenant), default)


def _assertion(settings: Settings) -> Callable[[], str]:
    """Where a workflow's own token comes from, each time that one is needed."""
    token, file = settings["oidcToken"], settings["oidcTokenFilePath"]
    url, bearer = settings["oidcRequestUrl"], settings["oidcRequestToken"]
    if token:
        return lambda: token
    if file:
        return lambda: _in_file(Path(file))
    if not (url and bearer):
        ways = "ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN"
        raise Refused(f"OIDC wants a token: set {ways} (in GitHub's workflows, permissions: {{id-token: write}})")
    return lambda: _requested(url, bearer, settings["oidcAudience"] or AUDIENCE)


def _in_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(f"the OIDC token in {file} can't be read: {error.strerror}") from None


def _requested(url: str, bearer: str, audience: str) -> str:
    """A token for a workflow, from GitHub's own service or one like it ("Configuring OpenID Connect in Azure")."""
    from azure.core import PipelineClient
    from azure.core.rest import HttpRequest

    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    client: PipelineClient[Any, Any] = PipelineClient(url, **RETRIES)
    with client:
        answer = client.send_request(HttpRequest("GET", url, params={"audience": audience}, headers=headers))
        answer.raise_for_status()
        return str(answer.json()["value"])


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
        raise Refused(f"the cloud at {host} doesn't tell its endpoints: {_first_line(error)}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise Refused(f"there is no cloud at {host}: {url} tells no endpoints") from None


def code(error: Any) -> str | None:
    """Azure's own code; None where the answer isn't Azure's."""
    return getattr(getattr(error, "error", None), "code", None)


def _first_line(error: Any) -> str:
    """Azure's message without what the SDK puts around it."""
    message = getattr(getattr(error, "error", None), "message", None) or getattr(error, "message", None) or str(error)
    lines = [line.strip() for line in str(message).splitlines() if line.strip()]
    return lines[0].rstrip(":.") if lines else type(error).__name__
