"""The door: certificates, identity, subscriptions, tokens, and whatever a client may throw at it."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from local.arm.identity import TENANT

from .conftest import COMPUTE, DEV, GROUP, PRESETS, Azure, Response, preset

ODD: list[Any] = [None, True, 0, -1, 1.5, 1e300, 10**30, "", "x", "\ud800", "\u0000", [], [None], [[]], {}, {"a": {}}]


def test_token_is_demanded(azure: Azure) -> None:
    refused = azure.call("GET", "/subscriptions", token=None)
    assert (refused.status, refused.code) == (401, "AuthenticationFailed")
    assert refused.headers["WWW-Authenticate"].startswith(f'Bearer authorization_uri="{azure.address}/')


def test_sign_in_as_clients_do(azure: Azure) -> None:
    cloud = azure.call("GET", "/metadata/endpoints", api="2022-09-01", token=None).body
    assert cloud["resourceManager"] == cloud["authentication"]["audiences"][0] == azure.address
    assert azure.call("GET", "/metadata/endpoints", api="2019-05-01", token=None).body == [cloud]
    for base in ("/adfs", f"/{TENANT}/v2.0", "/contoso.example/v2.0"):
        found = azure.call("GET", f"{base}/.well-known/openid-configuration", token=None).body
        token = signed_in(azure, found["token_endpoint"].removeprefix(azure.address))
        assert token["token_type"] == "Bearer" and token["expires_in"] > 0
        assert azure.call("GET", "/subscriptions", token=token["access_token"]).status == 200


def test_a_name_of_a_tenant_leads_to_its_id(azure: Azure) -> None:
    """az reads it from the issuer, below the authority that the cloud is registered with (profile/_validators.py)."""
    for above in ("", "/adfs"):
        path = f"{above}/contoso.example/v2.0/.well-known/openid-configuration"
        assert azure.call("GET", path, token=None).body["issuer"].split("/")[3] == TENANT


@pytest.mark.parametrize("tenant", [TENANT, "12345678-1234-1234-1234-123456789abc", "contoso.example"])
def test_what_azurerm_reads(azure: Azure, tenant: str) -> None:
    """The provider kind and the common tenant in the metadata, or it takes the cloud for Azure Stack; the address of
    the token endpoint, which it makes itself; and three claims of the token (go-azure-sdk, environments and claims)."""
    authentication = azure.call("GET", "/metadata/endpoints", api="2022-09-01", token=None).body["authentication"]
    assert (authentication["identityProvider"], authentication["tenant"]) == ("AAD", "common")
    endpoint = f"{authentication['loginEndpoint']}/{tenant}/oauth2/v2.0/token".removeprefix(azure.address)
    [first, second] = [claims(signed_in(azure, endpoint)["access_token"]) for _ in range(2)]
    assert (first["tid"], first["appid"]) == (TENANT if "." in tenant else tenant, "a")
    assert first["oid"] == second["oid"] and len(first["oid"]) == len(TENANT)
    assert first["aud"] == azure.address and first["exp"] > first["iat"]


def signed_in(azure: Azure, endpoint: str) -> Any:
    """The answer to a service principal."""
    secret = {"client_id": "a", "client_secret": "b", "scope": f"{azure.address}/.default"}
    form = urlencode({"grant_type": "client_credentials", **secret}).encode()
    return azure.call("POST", endpoint, raw=form, content="application/x-www-form-urlencoded").body


def claims(token: str) -> Any:
    """What a token of three parts says, as base64url without padding."""
    header, payload, signature = token.split(".")
    assert header and signature and "=" not in token
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_token_endpoint_refuses_what_is_no_form(azure: Azure) -> None:
    refused = azure.call("POST", "/adfs/oauth2/token", raw=b"\xff\xfe")
    assert (refused.status, refused.body["error"]) == (400, "unsupported_grant_type")


def test_subscriptions_and_locations(azure: Azure) -> None:
    listed = azure.call("GET", "/subscriptions").body["value"]
    assert [entry["displayName"] for entry in listed] == ["dev", "staging", "prod"]
    assert azure.call("GET", f"/subscriptions/{DEV}").body == listed[0]
    regions = {region["name"]: region for region in azure.call("GET", f"/subscriptions/{DEV}/locations").body["value"]}
    assert len(regions) == 62
    assert regions["westus2"]["displayName"] == "West US 2"
    assert regions["westus2"]["metadata"]["pairedRegion"][0]["name"] == "westcentralus"


def test_any_api_version_since_the_oldest(azure: Azure) -> None:
    for api in ("2019-12-01", "2024-03-03", "2026-03-03", "2030-01-01-preview"):
        assert azure.call("GET", "/subscriptions", api=api).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/x",
        "//",
        f"/subscriptions//{DEV}",
        f"/subscriptions/{DEV}/x",
        f"{GROUP}/providers",
        f"{COMPUTE}//",
        f"{COMPUTE}/galleries/g/images/",
    ],
)
def test_odd_paths_are_refused_in_words(azure: Azure, path: str) -> None:
    azure.given("group")
    for method in ("GET", "PUT", "DELETE", "PATCH", "POST"):
        got = azure.call(method, path, {"location": "eastus"})
        assert got.code in ("NotSupportedByLocalAzure", "SubscriptionNotFound", "ParentResourceNotFound"), (method, got)


@pytest.mark.parametrize(
    "name",
    [
        "group",
        "gallery",
        "gallery-public",
        "gallery-soft",
        "definition-features",
        "version-from-disks",
        "version-from-vhd",
        "version-encrypted",
        "version-at-the-edge",
        "lock",
        "role",
        "application-version",
        "scale-set",
    ],
)
def test_odd_values_anywhere_never_break_it(azure: Azure, name: str) -> None:
    """Every member of every body is replaced by every odd value: accepted, or refused with a 4xx."""
    azure.given("group", "gallery", "definition", "image", "disk", "snapshot", "account", "set", "set2", "application")
    path, body = preset(name)
    for changed in oddities(body):
        check_answer(azure.call("PUT", path, changed))
        if name != "group" and azure.call("GET", path).status == 200:
            azure.clock.simulate(10**5)
            assert azure.call("GET", path, expand="ReplicationStatus").status == 200
            azure.call("DELETE", path)
            azure.clock.simulate(10**5)
    azure.given(name)
    for changed, method in itertools.product(oddities(body), ("PUT", "PATCH")):
        check_answer(azure.call(method, path, changed))
        azure.clock.simulate(10**5)
        assert azure.call("GET", path, expand="ReplicationStatus").status == 200


def check_answer(got: Response) -> None:
    """A success, or a refusal in Azure's envelope that is not the server's own failure."""
    assert got.status < 500, got
    assert got.status < 400 or set(got.body["error"]) >= {"code", "message"}, got


def oddities(body: Any) -> Iterator[Any]:
    """The body with each odd value in each of its places."""
    for (*above, last), odd in itertools.product(places(body), ODD):
        changed = json.loads(json.dumps(body))
        parent = changed
        for step in above:
            parent = parent[step]
        parent[last] = odd
        yield changed


@pytest.mark.parametrize("name", ["image", "vm-generalized", "vm-with-plan", "disk", "account"])
def test_odd_sources_never_break_a_version(azure: Azure, name: str) -> None:
    """Sources are kept as sent, so a version must cope with whatever is in them."""
    azure.given("group", "gallery", "definition")
    path, body = preset(name)
    _, version = preset(
        "version-from-vhd" if name == "account" else "version-from-disks" if name == "disk" else "version"
    )
    if name == "disk":
        del version["properties"]["storageProfile"]["dataDiskImages"]
    elif name != "account":
        version["properties"]["storageProfile"]["source"]["id"] = path
    for number, changed in enumerate(oddities(body)):
        if azure.call("PUT", path, changed).status >= 400:
            continue
        target = f"{COMPUTE}/galleries/gal/images/img/versions/{number}.0.0"
        check_answer(azure.call("PUT", target, version))
        azure.clock.simulate(10**5)
        assert azure.call("GET", target, expand="ReplicationStatus").status in (200, 404)


def test_deep_and_large_bodies(azure: Azure) -> None:
    azure.given("group")
    target = f"{COMPUTE}/disks/d"
    for depth in (60, 900, 200_000):
        nested = b'{"location": "eastus", "properties": ' + b'{"a":' * depth + b"1" + b"}" * (depth + 1)
        assert azure.call("PUT", target, raw=nested).code == "InvalidRequestContent"
    too_large = azure.call("PUT", target, raw=b" " * (5 * 1024 * 1024))
    assert (too_large.status, too_large.code) == (413, "RequestContentTooLarge")


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a body."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [above] if above else []
    return found + [place for name, entry in below for place in places(entry, (*above, name))]


def test_presets_are_good(azure: Azure) -> None:
    """Otherwise a case would prove nothing."""
    azure.given(
        *sorted(
            PRESETS,
            key=lambda name: (
                name.startswith("version"),
                name.startswith("definition"),
                name not in ("group", "gallery"),
            ),
        )
    )
