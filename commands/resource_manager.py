"""Azure Resource Manager, read in its own words: what an SDK's models don't know is in the answers, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from commands.azure_client import Connection, code, refusals

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse

RETRIES = 8
"""After the first try, as long as Azure is throttling or away; it says itself how long to wait."""
BACKOFF_SECONDS = 0.5
"""Doubled with each retry where Azure names no time."""

Answer = dict[str, Any]


class ResourceManager:
    """Reads of Azure Resource Manager, from any number of threads. `told` is given a sentence whenever Azure has to be
    waited for.

    All reads raise CommandError, in one sentence, where Azure refuses to answer, and Unreachable where it goes on not
    answering.
    """

    def __init__(self, connection: Connection, told: Callable[[str], None] = lambda sentence: None) -> None:
        from azure.core import PipelineClient
        from azure.core.pipeline import policies
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        class Retry(policies.RetryPolicy[Any, Any]):
            def sleep(self, settings: Any, transport: Any, response: Any = None) -> None:
                asked = self.get_retry_after(response) if response else None
                seconds = asked or self.get_backoff_time(settings)
                if seconds >= 1:
                    why = "is throttling" if response and response.http_response.status_code == 429 else "is away"
                    told(f"Azure {why}: waiting {seconds:g} s")
                super().sleep(settings, transport, response)

        self.subscription = connection.subscription
        self.requests = 0
        self._counting = threading.Lock()
        self._client: PipelineClient[Any, HttpResponse] = PipelineClient(
            connection.endpoint,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy("compute-gallery"),
                policies.ProxyPolicy(),
                Retry(retry_total=RETRIES, retry_status=RETRIES, retry_backoff_factor=BACKOFF_SECONDS),
                ARMChallengeAuthenticationPolicy(connection.credential, *connection.scopes),
            ],
        )

    @property
    def scope(self) -> str:
        """The subscription's own id."""
        return f"/subscriptions/{self.subscription}"

    def get(self, id: str, api_version: str, **query: str) -> Answer | None:
        """A resource; None where there is none."""
        return self._read(self._client.format_url(id), {"api-version": api_version, **query})

    def list(self, path: str, api_version: str, **query: str) -> list[Answer] | None:
        """All entries of a list, page by page; None where there is nothing that could have it."""
        found: list[Answer] = []
        page = self._read(self._client.format_url(path), {"api-version": api_version, **query})
        if page is None:
            return None
        while page is not None:
            found += page.get("value") or []
            following = page.get("nextLink")
            page = self._read(following, {}) if following else None
        return found

    def _read(self, url: str, query: dict[str, str]) -> Answer | None:
        from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
        from azure.core.rest import HttpRequest

        with self._counting:
            self.requests += 1
        with refusals():
            response = self._client.send_request(HttpRequest("GET", url, params=query))
            if response.status_code == 401:
                raise ClientAuthenticationError(response=response)
            if response.status_code == 404:
                error = HttpResponseError(response=response)
                if code(error) != "SubscriptionNotFound":
                    return None
                raise error
            response.raise_for_status()
            answer: Answer = response.json()
            return answer
