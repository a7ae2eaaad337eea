"""The door: one aiohttp application that lets requests in, finds who answers them, and words every refusal."""

from __future__ import annotations

import logging
import math
import re
import sqlite3
import uuid
from collections.abc import Callable
from datetime import date

from aiohttp import web
from aiohttp.typedefs import Handler

from . import authorization, catalogue, consumers, engine, filters, identity, operations, tags
from .call import Answer, Call
from .errors import AzureError, StateError, unsupported_route
from .fault_injection import FaultInjector
from .ids import GROUP_TYPE, ResourceId, parse
from .resource import ResourceType, View
from .resources import KINDS
from .store import Store, Transaction
from .subscriptions import Subscriptions
from .timeline import Clock

_API_VERSION = re.compile(r"(\d{4}-\d\d-\d\d)(-preview)?", re.ASCII)
_LARGEST_BODY = 4 * 1024 * 1024  # ARM's own limit
_VERBS: dict[str, Callable[[Call], Answer]] = {
    "PUT": engine.put,
    "PATCH": engine.patch,
    "GET": engine.get,
    "DELETE": engine.delete,
    "HEAD": engine.head,
}
_log = logging.getLogger(__name__)


class Door:
    """Answers ARM requests from a store, at a speed (simulated seconds per second), by a clock."""

    def __init__(
        self,
        store: Store,
        faults: FaultInjector,
        subscriptions: Subscriptions,
        speed: float,
        parent_lag: float,
        clock: Clock,
    ) -> None:
        self._store, self._faults, self._subscriptions, self._clock = store, faults, subscriptions, clock
        self._speed, self._parent_lag = speed, parent_lag

    def application(self) -> web.Application:
        """The whole application: identity, faults, and everything else through `_handle`."""
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_word_refusals, self._faults.middleware])
        app.add_routes([*identity.ROUTES, *self._faults.routes, web.route("*", "/{path:.*}", self._handle)])
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        return _response(self._answer(request, await request.read()))

    def _answer(self, request: web.Request, body: bytes) -> Answer:
        """In Azure's order: token, api-version, subscription, resource [I]. Never pauses inside the transaction."""
        parts = [part.lower() for part in request.path.strip("/").split("/")]
        if parts[0] not in ("subscriptions", "tenants"):
            raise unsupported_route(request.method, request.path, "nothing is known at this path")
        _check_token(request.headers.get("Authorization", ""))
        id_ = parse(_path(request))
        kind = KINDS.get(id_.type.lower(), ResourceType) if id_ else ResourceType
        api_version = _check_api_version(request.query.get("api-version"), kind.oldest_api)
        if parts[0] == "subscriptions" and len(parts) > 1:
            self._check_subscription(request.path.strip("/").split("/")[1])
        if request.method == "GET" and (about := catalogue.about(parts, self._subscriptions.known())):
            return Answer(200, about)
        with self._store.transaction(self._clock(), write=request.method not in ("GET", "HEAD")) as tx:
            return self._about_resources(request, api_version, body, tx)

    def _check_subscription(self, sent: str) -> None:
        if sent.lower() not in self._subscriptions.known():
            raise AzureError(404, "SubscriptionNotFound", f"The subscription '{sent}' could not be found.")

    def _about_resources(self, request: web.Request, api_version: str, body: bytes, tx: Transaction) -> Answer:
        authorization.check(request.headers["Authorization"], request.method, _path(request), body, tx, KINDS)
        id_ = parse(_path(request))
        query = {name: request.query.get(name, "") for name in ("$expand", "$select", "$filter", "$skiptoken")}
        expand = frozenset(f"{query['$expand']},{query['$select']}".lower().replace(" ", "").split(","))
        if id_ is None:
            parts = request.path.lower().strip("/").split("/")
            if request.method == "GET" and (listed := catalogue.resources(parts, query["$filter"], expand, tx)):
                return Answer(200, listed)
            raise unsupported_route(request.method, request.path, "this is not the path of a resource")
        if id_.types[-1].lower() == "capsoperations" and request.method == "GET" and not id_.is_collection:
            return operations.poll(tx, id_.name, "monitor" in request.query)
        if request.method == "GET":
            seen = View(tx.now, expand, api_version)
            if found := consumers.answer(id_, tx, seen, request.query.get("sharedTo", "")):
                return Answer(200, found)
        address, after = f"https://{request.host}", query["$skiptoken"]

        def call(kind: ResourceType, id_: ResourceId) -> Call:
            speeds, id_ = (self._speed, self._parent_lag), id_.spelt(kind.type)
            terms = filters.parse(query["$filter"], kind.filters) if kind.filters else {}
            bypasses = (
                request.query.get("bypassSoftDelete", "").lower() == "true" and api_version >= "2026-03-03"
            )  # [S]
            return Call(kind, id_, address, api_version, tx, *speeds, KINDS, body, expand, after, bypasses, terms)

        parent, part = id_.parent if id_.is_collection else None, id_.types[-1].lower()
        owner = KINDS.get(parent.type.lower()) if parent else None
        if parent and owner and request.method == "POST" and part in owner.actions:
            return engine.act(call(owner, parent), part)
        if parent and owner and request.method == "GET" and part in owner.views:
            return engine.view(call(owner, parent), part)
        kind = KINDS.get(id_.type.lower())
        if kind is None:
            raise unsupported_route(request.method, request.path, f"it has no resource type '{id_.type}'")
        if id_.is_collection and request.method == "GET":
            return engine.collection(call(kind, id_))
        verbs = tags.VERBS if kind.type == tags.TYPE else _VERBS
        verb = None if id_.is_collection or request.method not in kind.verbs else verbs.get(request.method)
        if verb is None or (kind.located and id_.group is None and kind.type != GROUP_TYPE):
            raise unsupported_route(request.method, request.path, f"'{kind.type}' has no {request.method} here")
        return verb(call(kind, id_))


def _path(request: web.Request) -> str:
    """The path; az's for a lock has two slashes where a resource has no parent [C]."""
    return re.sub("//+", "/", request.path)


@web.middleware
async def _word_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal in Azure's envelope, whatever went wrong."""
    try:
        return await handler(request)
    except AzureError as error:
        answer = Answer(error.status, error.body())
        if error.wait is not None:
            answer.headers["x-ms-retry-after-ms"] = str(math.ceil(1000 * error.wait))
    except StateError as error:
        answer = _failure(400, "NotSupportedByLocalAzure", str(error))
    except web.HTTPRequestEntityTooLarge:
        answer = _failure(413, "RequestContentTooLarge", f"The request content exceeds {_LARGEST_BODY} bytes.")
    except sqlite3.Error as error:
        answer = _failure(500, "InternalServerError", f"Local Azure could not use its state file: {error}.")
    except Exception:
        _log.exception("%s %s", request.method, request.path_qs)
        answer = _failure(500, "InternalServerError", "Local Azure failed on this request; its log says how.")
    if answer.status == 401:
        authority = f"https://{request.host}/{identity.TENANT}"
        answer.headers["WWW-Authenticate"] = f'Bearer authorization_uri="{authority}"'  # [I]
    return _response(answer)


def _response(answer: Answer) -> web.Response:
    headers = {**answer.headers, "x-ms-request-id": str(uuid.uuid4())}
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.json_response(answer.body, status=answer.status, headers=headers)


def _failure(status: int, code: str, message: str) -> Answer:
    return Answer(status, AzureError(status, code, message).body())


def _check_token(header: str) -> None:
    """Any bearer token will do; no token will not [I]."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        text = "Authentication failed. The 'Authorization' header is missing."
        raise AzureError(401, "AuthenticationFailed", text)


def _check_api_version(sent: str | None, oldest: str) -> str:
    """Every version since the type's oldest is accepted: clients use a dozen [W]; ARM's well-known texts [I]."""
    if not sent:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise AzureError(400, "MissingApiVersionParameter", text)
    found = _API_VERSION.fullmatch(sent)
    try:
        good = found is not None and date.fromisoformat(found[1]) >= date.fromisoformat(oldest)
    except ValueError:
        good = False
    if not good:
        text = f"The api-version '{sent}' is invalid. The supported versions are dates from '{oldest}' on."
        raise AzureError(400, "InvalidApiVersionParameter", text)
    return sent
