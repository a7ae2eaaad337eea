"""A client of Azure Resource Manager's REST interface, with azcore's retries and polling.

Source: azcore v1.22 (`runtime/poller.go`, `runtime/policy_retry.go`, `internal/pollers/async`, `shared.RetryAfter`) and
azure-native's settings for it (`provider/pkg/azure/client_azcore.go`).
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urljoin

import aiohttp

Body = dict[str, Any]

POLL_SECONDS = {"PUT": 10.0, "PATCH": 10.0, "DELETE": 30.0}
"""azure-native's wait between two polls where Azure names none."""

FAILED = ("Failed", "Canceled")

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
RETRIES = 3
RETRY_SECONDS = 20.0
LONGEST_RETRY_SECONDS = 120.0

_RULER = "-" * 80


class CloudError(Exception):
    """What keeps a request from being done, as azure-native says it."""


class AzureError(CloudError):
    """What Azure refused, in the words in which azure-native reports it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.refusal())
        self.status = response.status
        self.code = response.code


@dataclass
class ResourceManager:
    """Azure Resource Manager at `address` (https://host:port), trusted by the certificate authority in `authority`.

    The credentials are a service principal's, by the flow that azidentity takes: cloud metadata, OpenID
    configuration, token. `retry_seconds` is the first wait before another try, where Azure names none.
    """

    address: str
    authority: Path | None
    tenant: str = "00000000-0000-0000-0000-0000000000aa"
    client_id: str = "local"
    client_secret: str = "local"
    retry_seconds: float = RETRY_SECONDS
    _session: aiohttp.ClientSession = field(init=False, repr=False)
    _token: str = field(init=False, default="", repr=False)
    _expires: float = field(init=False, default=0.0, repr=False)
    _signing_in: asyncio.Lock = field(init=False, default_factory=asyncio.Lock, repr=False)

    async def __aenter__(self) -> Self:
        context = ssl.create_default_context(cafile=self.authority)
        connector = aiohttp.TCPConnector(ssl=context, limit=64)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def show(self, id: str, api_version: str, query: dict[str, str] | None = None) -> Body:
        """A resource's body, as a query asks for it; raises AzureError where there is none."""
        return (await self._send("GET", self._url(id, api_version, query))).checked()

    async def get(self, id: str, api_version: str) -> Body | None:
        """A resource's body, or None where there is none."""
        try:
            return await self.show(id, api_version)
        except AzureError as error:
            if error.status == 404:
                return None
            raise

    async def check_absent(self, id: str, api_version: str) -> None:
        """Raises CloudError unless a resource of that id can be created."""
        response = await self._send("GET", self._url(id, api_version))
        if response.status == 200 and isinstance(response.body, dict) and response.body:
            raise CloudError(f"cannot create already existing resource '{id}'")
        if response.status not in (200, 204, 404):
            reason = f"status code {response.status}, {response.text}"
            raise CloudError(f"cannot check existence of resource '{id}': {reason}")

    async def put(self, id: str, api_version: str, body: Body) -> Body:
        """Creates or updates a resource and waits until Azure is done; gives its body as it then is."""
        return await self.finish(await self.begin_put(id, api_version, body))

    async def begin_put(self, id: str, api_version: str, body: Body, method: str = "PUT") -> Response:
        """Has the creation or update of a resource accepted; raises AzureError when it is refused."""
        response = await self._send(method, self._url(id, api_version), body)
        response.checked()
        return response

    async def finish(self, accepted: Response) -> Body:
        """Waits until Azure has done what it accepted; gives the resource's body as it then is."""
        last = await self._poll(accepted)
        if accepted.headers.get("Azure-AsyncOperation"):
            return (await self._send("GET", accepted.url)).checked()
        return last.checked()

    async def delete(self, id: str, api_version: str) -> None:
        """Deletes a resource and waits until it is gone; one that isn't there is no error."""
        response = await self._send("DELETE", self._url(id, api_version))
        try:
            response.checked()
            await self._poll(response)
        except AzureError as error:
            if error.status != 404:
                raise

    def _url(self, id: str, api_version: str, query: dict[str, str] | None = None) -> str:
        return f"{urljoin(self.address, id)}?{urlencode({'api-version': api_version, **(query or {})})}"

    async def _poll(self, accepted: Response) -> Response:
        """Polls the operation that a response began until it has succeeded; gives the last response.

        An Azure-AsyncOperation tells a status. Of a Location the HTTP status counts (202 means "not yet"), and so does
        a provisioningState; without either, the resource of a PUT or PATCH itself is asked for its state.
        """
        operation, location = accepted.headers.get("Azure-AsyncOperation"), accepted.headers.get("Location")
        if operation is None and location is None and accepted.method not in ("PUT", "PATCH"):
            return accepted
        url = operation or (urljoin(self.address, location) if location else accepted.url)
        if not url.startswith(("http://", "https://")):
            raise CloudError(f"invalid polling URL {url}")
        state = accepted.state or ("InProgress" if operation or location else accepted.state_of_itself)
        wait = retry_after(accepted.headers) or 0.0  # the first poll is at once unless the answer asks for a wait
        latest = accepted
        while state != "Succeeded":
            if state in FAILED:
                raise AzureError(latest)
            await pause(wait)
            latest = await self._send("GET", url)
            body = latest.checked()
            if operation:
                if latest.status != 204 and "status" not in body:
                    raise CloudError("the response did not contain a status")
                state = "Succeeded" if latest.status == 204 else body["status"]
            elif location:
                url = urljoin(self.address, latest.headers.get("Location", url))
                state = "InProgress" if latest.status == 202 else latest.state or "Succeeded"
            else:
                state = latest.state or "Succeeded"
            wait = retry_after(latest.headers) or POLL_SECONDS[accepted.method]
        return latest

    async def _send(self, method: str, url: str, body: Body | None = None) -> Response:
        for attempt in range(1, RETRIES + 2):
            wait = 0.0
            try:
                headers = {"Authorization": f"Bearer {await self._sign_in()}"}
                async with self._session.request(method, url, json=body, headers=headers) as answer:
                    response = await Response.read(method, url, answer)
            except aiohttp.ClientError as error:
                if attempt > RETRIES:
                    raise CloudError(f'{method.capitalize()} "{url}": {_lost(error)}') from error
            else:
                busy = response.status == 409 and response.code == "AnotherOperationInProgress"
                wait = retry_after(response.headers) or 0.0
                final = attempt > RETRIES or wait > LONGEST_RETRY_SECONDS
                if final or not (busy or response.status in RETRIED):
                    return response
            await pause(wait or min(self.retry_seconds * (2**attempt - 1), LONGEST_RETRY_SECONDS))
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
            return (await Response.read(method, url, answer)).checked()


@dataclass
class Response:
    """An answer, read to its end; `body` is its JSON, or None where it is no JSON."""

    method: str
    url: str
    status: int
    reason: str
    headers: Any
    text: str
    body: Any

    @classmethod
    async def read(cls, method: str, url: str, answer: aiohttp.ClientResponse) -> Self:
        text = await answer.text(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        return cls(method, url, answer.status, answer.reason or "", answer.headers, text, body)

    @property
    def state(self) -> str | None:
        """The resource's provisioningState, where the body is a resource's."""
        properties = self.body.get("properties") if isinstance(self.body, dict) else None
        return properties.get("provisioningState") if isinstance(properties, dict) else None

    @property
    def state_of_itself(self) -> str:
        """The state of a PUT's answer that says neither how it goes on nor what state the resource is in."""
        return "InProgress" if self.status in (201, 202) else "Succeeded"

    @property
    def code(self) -> str:
        """The error's code, empty where there is none."""
        error = self.body.get("error", self.body) if isinstance(self.body, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        return code if isinstance(code, str) else ""

    def checked(self) -> Body:
        """The body of a good answer; raises AzureError for a refusal."""
        if self.status >= 400:
            raise AzureError(self)
        return self.body if isinstance(self.body, dict) else {}

    def refusal(self) -> str:
        """azure-native's own short form where the answer is JSON, else azcore's long one."""
        if not isinstance(self.body, dict):
            asked, said = self.url.partition("?")[0], f"RESPONSE {self.status}: {self.status} {self.reason}"
            shown = self.text or "Response contained no body"
            lines = f"{self.method} {asked}", _RULER, said, "ERROR CODE UNAVAILABLE", _RULER, shown, _RULER, ""
            return "\n".join(lines)
        error = self.body.get("error")
        message = error.get("message", self.text) if isinstance(error, dict) else self.text
        code = f'Code="{self.code}" ' if self.code else ""
        return f'Status={self.status} {code}Message="{message}"'


def retry_after(headers: Any) -> float | None:
    """The seconds that an answer asks to wait, in azcore's order of headers; 0 counts as none."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "")
        if value.isdigit() and int(value):
            return int(value) * unit
        if name == "Retry-After" and value and not value.isdigit():
            return _until(value)
    return None


async def pause(seconds: float) -> None:
    """Waits."""
    await asyncio.sleep(seconds)


def _until(date: str) -> float | None:
    """The seconds until an HTTP date; None for a text that is none, or a moment that has passed."""
    try:
        left = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return left if left > 0 else None


def _lost(error: aiohttp.ClientError) -> str:
    """Why a connection failed, in the words of Go's HTTP client."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"dial tcp {error.host}:{error.port}: connect: {os.strerror(error.os_error.errno or 0).lower()}"
    return "EOF" if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError) else str(error)
