"""What clients need before they have a token: cloud metadata, OpenID configuration and tokens.

Any client id and secret get a token, and any bearer token is accepted: clients keep tokens on disk, and az does not
ask for a new one after a 401 [W].
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from aiohttp import web

TENANT = "00000000-0000-0000-0000-0000000000aa"
_NAMESPACE = uuid.UUID("0d2f3f0c-3a7c-4c9e-8f0e-5b6f7c1d9a42")  # makes the same principal for the same client
_HOUR = 3600


def _address(request: web.Request) -> str:
    return f"https://{request.host}"


async def metadata(request: web.Request) -> web.Response:
    """`/metadata/endpoints`. The authority is `/adfs`: for it, MSAL asks no other host which clouds exist [C]."""
    here = _address(request)
    cloud: dict[str, Any] = {
        "name": "LocalAzure",
        "portal": f"{here}/portal",
        "authentication": {
            "loginEndpoint": f"{here}/adfs",
            "audiences": [here],
            "tenant": "adfs",
            "identityProvider": "ADFS",
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
    """Where to get tokens: `/adfs/...` [W] or `/{tenant}/v2.0/...` [C]."""
    tenant = request.match_info.get("tenant")
    base = f"{_address(request)}/{tenant or 'adfs'}"
    oauth = f"{base}/oauth2/v2.0" if tenant else f"{base}/oauth2"
    return web.json_response(
        {
            "issuer": f"{base}/v2.0" if tenant else base,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
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
    return web.json_response({**answer, "access_token": _access_token(str(form.get("client_id", "")))})


def _access_token(client: str) -> str:
    """A JSON Web Token that says who asks [D]; signed by nobody."""
    principal = str(uuid.uuid5(_NAMESPACE, client))
    claims = {"appid": client, "oid": principal, "tid": TENANT, "uti": uuid.uuid4().hex}
    parts = (json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "RS256"}, claims))
    return ".".join((*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "dW5zaWduZWQ"))


ROUTES = [
    web.get("/metadata/endpoints", metadata),
    web.get("/adfs/.well-known/openid-configuration", openid_configuration),
    web.get("/{tenant}/v2.0/.well-known/openid-configuration", openid_configuration),
    web.post("/adfs/oauth2/token", token),
    web.post("/{tenant}/oauth2/v2.0/token", token),
]
