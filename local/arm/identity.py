"""What clients need before they have a token: cloud metadata, OpenID configuration and tokens.

Any client id and secret get a token, of whatever tenant, and any bearer token is accepted: clients keep tokens on disk,
and az does not ask for a new one after a 401 [W].
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

from aiohttp import web

TENANT = "00000000-0000-0000-0000-0000000000aa"
"""The tenant of all subscriptions, and the one that a tenant's name means."""

_NAMESPACE = uuid.UUID(
    "0d2f3f0c-3a7c-4c9e-8f0e-5b6f7c1d9a42"
)  # makes the same principal for the same client, every time
_HOUR = 3600


def _address(request: web.Request) -> str:
    return f"https://{request.host}"


async def metadata(request: web.Request) -> web.Response:
    """`/metadata/endpoints`. Terraform's azurerm takes a cloud for Azure Stack, and refuses it, unless the identity
    provider is AAD and the tenant `common` [C].
    """
    here = _address(request)
    cloud: dict[str, Any] = {
        "name": "LocalAzure",
        "portal": f"{here}/portal",
        "authentication": {
            "loginEndpoint": here,
            "audiences": [here],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": here,
        "graphAudience": here,
        "microsoftGraphResourceId": here,
        "resourceManager": here,
        "batch": here,
        "sqlManagement": here,
        "activeDirectoryDataLake": here,
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
        },
    }
    as_list = request.query.get("api-version") == "2019-05-01"  # the shape behind ARM_CLOUD_METADATA_URL [C]
    return web.json_response([cloud] if as_list else cloud)


async def openid_configuration(request: web.Request) -> web.Response:
    """Where to get tokens: `/{tenant}/v2.0/...` [C], or `/adfs/...`, for which MSAL for Python asks no other host which
    clouds exist [C]. A tenant's name is answered with its GUID, which is how az finds that [C].
    """
    tenant = request.match_info.get("tenant")
    base = f"{_address(request)}/{_guid(tenant) if tenant else 'adfs'}"
    oauth = f"{base}/oauth2/v2.0" if tenant else f"{base}/oauth2"
    return web.json_response(
        {
            "issuer": f"{base}/v2.0" if tenant else base,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "jwks_uri": f"{_address(request)}/common/discovery/v2.0/keys",
        }
    )


async def token(request: web.Request) -> web.Response:
    """A token for a service principal, an hour long."""
    form: Any
    try:
        form = await request.post()
    except ValueError:  # not a form
        form = {}
    if form.get("grant_type") != "client_credentials":
        reason = "Local Azure gives tokens to service principals only (grant_type=client_credentials)."
        return web.json_response({"error": "unsupported_grant_type", "error_description": reason}, status=400)
    answer = {"token_type": "Bearer", "expires_in": _HOUR, "ext_expires_in": _HOUR}
    return web.json_response({**answer, "access_token": _access_token(request, form)})


def _access_token(request: web.Request, form: Any) -> str:
    """A JSON Web Token with the claims of Azure's own [D]; clients read `oid`, `tid` and `appid` [C]. It is signed by
    nobody: no client checks the signature of a token that isn't for itself.
    """
    client, now = str(form.get("client_id", "")), int(time.time())
    tenant, principal = _guid(request.match_info["tenant"]), str(uuid.uuid5(_NAMESPACE, client))
    claims = {
        "aud": str(form.get("scope") or form.get("resource") or "").removesuffix("/.default"),
        "iss": f"{_address(request)}/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + _HOUR,
        "appid": client,
        "appidacr": "1",
        "idtyp": "app",
        "oid": principal,
        "sub": principal,
        "tid": tenant,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    header = {"typ": "JWT", "alg": "RS256", "kid": "local-azure"}
    return ".".join((*(_base64(json.dumps(part).encode()) for part in (header, claims)), _base64(b"unsigned")))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _guid(tenant: str) -> str:
    """A tenant's GUID."""
    try:
        return str(uuid.UUID(tenant))
    except ValueError:
        return TENANT


_OPENID = ".well-known/openid-configuration"
ROUTES = [
    web.get("/metadata/endpoints", metadata),
    web.get(f"/adfs/{_OPENID}", openid_configuration),
    web.get(f"/adfs/{{tenant}}/v2.0/{_OPENID}", openid_configuration),  # az, for a tenant's name [C]
    web.get(f"/{{tenant}}/v2.0/{_OPENID}", openid_configuration),
    web.post("/{tenant}/oauth2/token", token),
    web.post("/{tenant}/oauth2/v2.0/token", token),
]
