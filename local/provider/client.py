"""A client of Azure Resource Manager's REST interface, with azcore's retries and polling.

Source: azcore v1.22 (`runtime/poller.go`, `internal/pollers/async`, `shared.RetryAfter`) and azure-native's settings
for it, as far as they can be observed.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp

Body = dict[str, Any]

POLL_SECONDS = {"PUT": 10.0, "DELETE": 30.0}
"""azure-native's wait between two polls where Azure names none."""

FAILED = ("Failed", "Canceled")

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
RETRIES = 3
RETRY_SECONDS = (20.0, 120.0)
"""First and longest wait before another try."""


class CloudError(Exception):
    """What keeps a request from being done, as one sentence."""


class AzureError(CloudError):
    """What Azure refused, in the words in which azure-native reports it."""

    def __init__(self, status: int, body: Any) -> None:
        error = body.get("error") if isinstance(body, dict) else None
        self.status = status
        self.code = error.get("code", "") if isinstance(error, dict) else ""
        message = error.get("message", "") if isinstance(error, dict) else str(body)
        super().__init__(f'Status={status} Code="{self.code}" Message="{message}"')


class Unfinished(CloudError):
    """A request that Azure accepted and whose operation did not succeed; the resource exists in some state."""


@dataclass
class ResourceManager:
    """Azure Resource Manager at `address` (https://host:port), trusted by the certificate authority in `authority`.

    The credentials are a service principal's, by the flow that azidentity takes: cloud metadata, OpenID
    configuration, token.
    """

    address: str
    authority: Path | None
    tenant: str = "00000000-0000-0000-0000-0000000000aa"
    client_id: str = "local"
    client_secret: str = "local"
    _session: aiohttp.ClientSession = field(init=False, repr=False)
    _token: str = field(init=False, default="", repr=False)
    _expires: float = field(init=False, default=0.0, repr=False)
    _signing_in: asyncio.Lock = field(init=False, default_factory=asyncio.Lock, repr=False)

    async def __aenter__(self) -> Self:
        context = ssl.create_default_context(cafile=self.authority)
        connector = aiohttp.TCPConnector(ssl=context, limit=64)
        self._session = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, id: str, api_version: str) -> Body | None:
        """A resource's body, or None where there is none."""
        response = await self._send("GET", self._url(id, api_version))
        return None if response.status == 404 else response.checked()

    async def show(self, id: str, api_version: str, query: dict[str, str]) -> Body:
        """A resource's body, as a query asks for it; raises AzureError where there is none, too."""
        return (await self._send("GET", self._url(id, api_version, query))).checked()

    async def put(self, id: str, api_version: str, body: Body) -> Body:
        """Creates or updates a resource and waits until Azure is done; gives the body as it then is.

        Raises AzureError when the request is refused, Unfinished when it was accepted and failed later.
        """
        url = self._url(id, api_version)
        response = await self._send("PUT", url, body)
        accepted = response.checked()
        try:
            await self._finish(response)
            return await self.get(id, api_version) or accepted
        except (CloudError, aiohttp.ClientError) as error:
            raise Unfinished(str(error)) from error

    async def delete(self, id: str, api_version: str) -> None:
        """Deletes a resource and waits until it is gone; one that isn't there is no error."""
        response = await self._send("DELETE", self._url(id, api_version))
        if response.status != 404:
            response.checked()
            await self._finish(response)

    def _url(self, id: str, api_version: str, query: dict[str, str] | None = None) -> str:
        return f"{self.address}{id}?{urlencode({'api-version': api_version, **(query or {})})}"

    async def _finish(self, accepted: _Response) -> None:
        """Polls the operation that a response began until it has succeeded.

        An Azure-AsyncOperation tells a status; of a Location, only the HTTP status counts: 202 means "not yet".
        """
        operation = accepted.headers.get("Azure-AsyncOperation")
        url = operation or accepted.headers.get("Location")
        if url is None or accepted.state == "Succeeded":
            return
        if accepted.state in FAILED:
            raise AzureError(accepted.status, accepted.body)
        wait = _retry_after(accepted.headers) or 0.0  # the first poll is at once unless the answer asks for a wait
        while True:
            await asyncio.sleep(wait)
            latest = await self._send("GET", url)
            body = latest.checked()
            if latest.status == 204 or (operation is None and latest.status != 202):
                return
            if operation and "status" not in body:
                raise CloudError("the response did not contain a status")
            if body.get("status") == "Succeeded":
                return
            if body.get("status") in FAILED:
                raise AzureError(latest.status, body)
            wait = _retry_after(latest.headers) or POLL_SECONDS[accepted.method]

    async def _send(self, method: str, url: str, body: Body | None = None) -> _Response:
        for attempt in range(RETRIES + 1):
            last = attempt == RETRIES
            wait = min(RETRY_SECONDS[0] * 2**attempt, RETRY_SECONDS[1])
            try:
                headers = {"Authorization": f"Bearer {await self._sign_in()}"}
                async with self._session.request(method, url, json=body, headers=headers) as answer:
                    response = await _Response.read(method, answer)
            except aiohttp.ClientError:
                if last:
                    raise
            else:
                busy = response.status == 409 and response.code == "AnotherOperationInProgress"
                if last or not (busy or response.status in RETRIED):
                    return response
                wait = _retry_after(response.headers) or wait
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _sign_in(self) -> str:
        async with self._signing_in:
            if time.monotonic() > self._expires:
                try:
                    token = await self._new_token()
                    self._token, lifetime = token["access_token"], int(token.get("expires_in", 3600))
                except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
                    raise CloudError(f"there is no Azure at {self.address}: no token could be had there") from error
                self._expires = time.monotonic() + lifetime - 60
            return self._token

    async def _new_token(self) -> Body:
        metadata = await self._json("GET", f"{self.address}/metadata/endpoints?api-version=2022-09-01")
        authentication = metadata["authentication"]
        login = authentication["loginEndpoint"].rstrip("/")
        issuer = login if login.endswith("/adfs") else f"{login}/{self.tenant}/v2.0"
        openid = await self._json("GET", f"{issuer}/.well-known/openid-configuration")
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": f"{authentication['audiences'][0]}/.default",
        }
        return await self._json("POST", openid["token_endpoint"], form)

    async def _json(self, method: str, url: str, form: dict[str, str] | None = None) -> Body:
        async with self._session.request(method, url, data=form) as answer:
            return (await _Response.read(method, answer)).checked()


@dataclass
class _Response:
    method: str
    status: int
    headers: Any
    body: Any

    @classmethod
    async def read(cls, method: str, answer: aiohttp.ClientResponse) -> Self:
        text = await answer.text(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = text
        return cls(method, answer.status, answer.headers, body)

    @property
    def state(self) -> str | None:
        """The resource's provisioningState, where the body is a resource's."""
        properties = self.body.get("properties") if isinstance(self.body, dict) else None
        return properties.get("provisioningState") if isinstance(properties, dict) else None

    @property
    def code(self) -> str:
        return AzureError(self.status, self.body).code

    def checked(self) -> Body:
        """The body of a good answer; raises AzureError for a refusal."""
        if self.status >= 400:
            raise AzureError(self.status, self.body)
        return self.body if isinstance(self.body, dict) else {}


def _retry_after(headers: Any) -> float | None:
    """The seconds that an answer asks to wait, in azcore's order of headers; 0 counts as none."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("Retry-After", 1.0)):
        if (value := headers.get(name, "")).isdigit() and int(value):
            return int(value) * unit
    return None
