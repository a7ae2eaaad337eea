"""Fault injection: where the faults of `faults.yaml` strike, around the door, so that no rule knows of them.

Every process that serves a home reads its `faults.yaml` whenever it is another one than before, and all count together
in the shared state. `/local/faults` is the same file for those who would rather send it: PUT, GET and DELETE.
"""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from . import sharing
from .dates import stamp
from .errors import AzureError
from .faults import Fault, read, usable
from .files import overwrite
from .ids import parse
from .regions import find
from .resources import KINDS
from .shapes import Json
from .store import Operation, Row, Store, Transaction
from .timeline import Clock, Timeline

FILE = "faults.yaml"
_ROUTE = "/local/faults"
_FOREVER = 1e11  # a moment in the year 5138
_VERBS = {"PUT": "CreateUpdate", "PATCH": "CreateUpdate", "DELETE": "Delete"}
_MESSAGES = {
    429: "The server rejected the request because too many requests have been received for this subscription.",  # [D]
    500: "Encountered internal server error. Please try again later.",  # [I]
    503: "The service is temporarily unavailable. Please try again later.",  # [I]
}


class FaultInjector:
    """The faults of a home, and what they do. Raises StateError, in one sentence, for a file that can't be used."""

    def __init__(self, home: Path, store: Store, clock: Clock) -> None:
        self._file, self._store, self._clock = home / FILE, store, clock
        self._version: str | None = None
        self._faults: list[Fault] = []
        self._refresh()

    @property
    def routes(self) -> list[web.RouteDef]:
        """The file by another way."""
        return [web.get(_ROUTE, self._show), web.put(_ROUTE, self._write), web.delete(_ROUTE, self._remove)]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request for Azure Resource Manager meet the faults that are due."""
        if not request.path.lower().startswith("/subscriptions"):
            return await handler(request)
        self._refresh()
        due = self._due(request)
        await asyncio.sleep(sum(fault.delay for fault in due))
        last = due[-1] if due else Fault()
        if last.status:
            return _refusal(last, last.status, request, self._clock())
        if last.drop == "request":
            return _dropped(request)
        if last.drop == "answer":
            with suppress(AzureError):
                await handler(request)
            return _dropped(request)
        began = self._clock()
        response = await handler(request)
        self._harm(request, response, began)
        return response

    def _refresh(self) -> None:
        """Read the file when it is another one; then counting begins anew, and what was held up goes on."""
        with usable(self._file):
            try:
                found = self._file.stat()
            except FileNotFoundError:
                found = None
            version = f"{found.st_mtime_ns} {found.st_ino}" if found else ""
            if version == self._version:
                return
            self._faults = read(self._file.read_bytes(), str(self._file)) if found else []
        self._version = version
        with self._store.transaction(self._clock(), write=True) as tx:
            if tx.forget_faults(version):
                _release(tx)

    def _due(self, request: web.Request) -> list[Fault]:
        """The faults that strike a request, up to the first one that leaves nothing for others; counts them."""
        due: list[Fault] = []
        for index, fault in self._about(request, harms=False):
            with self._store.transaction(self._clock(), write=True) as tx:
                if fault.strikes(tx.count_fault(str(self._version), index)):
                    due.append(fault)
            if due and (due[-1].status or due[-1].drop):
                break
        return due

    def _harm(self, request: web.Request, response: web.StreamResponse, began: float) -> None:
        """Harm the operation that an answer announces; nobody has seen it unharmed, as the answer is not yet sent."""
        url = response.headers.get("Azure-AsyncOperation") or response.headers.get("Location")
        faults = self._about(request, harms=True) if url else []
        if url is None or not faults:
            return
        with self._store.transaction(began, write=True) as tx:
            operation = tx.operation(url.partition("?")[0].rpartition("/")[2])
            for index, fault in faults:
                row = tx.find(operation.resource) if operation else None
                shared = sharing.failing(row.properties, fault.failing, began) if row else None
                if row and shared and fault.strikes(tx.count_fault(str(self._version), index)):
                    tx.save(replace(row, body={**row.body, "properties": shared}))
                harmed = _harmed(fault, row.timeline, operation) if row and operation else None
                if harmed and row and operation and fault.strikes(tx.count_fault(str(self._version), index)):
                    _keep(tx, row, harmed)
                    tx.change_operation(replace(operation, ends=harmed.ends, error=harmed.error))

    def _about(self, request: web.Request, *, harms: bool) -> list[tuple[int, Fault]]:
        faults = enumerate(self._faults)
        return [(i, f) for i, f in faults if f.harms == harms and f.matches(request.method, request.path)]

    async def _show(self, request: web.Request) -> web.Response:
        self._refresh()
        with self._store.transaction(self._clock(), write=False) as tx:
            seen = tx.faults_seen(str(self._version))
        faults = enumerate(self._faults)
        return web.json_response({"value": [{"fault": f.told, "struck": f.struck(seen.get(i, 0))} for i, f in faults]})

    async def _write(self, request: web.Request) -> web.Response:
        content = await request.read()
        read(content, "the request")
        with usable(self._file):
            overwrite(self._file, content)
        return await self._show(request)

    async def _remove(self, request: web.Request) -> web.Response:
        with usable(self._file):
            self._file.unlink(missing_ok=True)
        self._refresh()
        return web.Response(status=204)


def _harmed(fault: Fault, line: Timeline, operation: Operation) -> Timeline | None:
    """What becomes of an operation's timeline; None where the fault is about regions that it doesn't copy to."""
    copied = [display for display, (_, end) in line.regions.items() if end > operation.started]
    if fault.endless:
        regions = {d: [begin, _FOREVER if d in copied else end] for d, (begin, end) in line.regions.items()}
        return replace(line, ends=_FOREVER, regions=regions)
    lost = [display for display in copied if display in (*line.failing, *fault.failing)]
    if lost == line.failing:
        return None
    found = [region for display in lost if (region := find(display))]
    details = ", ".join(f"{{region:{region.name}, detail:Failed with internal server error.}}" for region in found)
    text = (
        f"Gallery replication jobs failed in one or more regions. The failing regions' details are as follows: "
        f"'{details}'. If retry does not work, then please do an update by removing the failed regions and update "
        "again by adding them back."
    )  # [G]
    error = {"code": "GalleryReplicationJobsFailed", "message": text}  # the code is [I]
    return replace(line, error=error, failing=lost)


def _release(tx: Transaction) -> None:
    """Let end what would have gone on forever."""
    for row in tx.unfinished(_FOREVER):
        regions = {display: [begin, min(end, tx.now)] for display, (begin, end) in row.timeline.regions.items()}
        _keep(tx, row, replace(row.timeline, ends=tx.now, regions=regions))
    tx.end_operations(_FOREVER)


def _keep(tx: Transaction, row: Row, timeline: Timeline) -> None:
    gone = timeline.ends if timeline.deleting() else None
    tx.save(replace(row, timeline=timeline), gone, gone)


def _refusal(fault: Fault, status: int, request: web.Request, now: float) -> web.Response:
    """Azure's answer of that status, as far as it is known; the milliseconds are for clients that would wait long."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    code, message = phrase.replace(" ", ""), _MESSAGES.get(status, f"{phrase}.")
    headers, more = {"x-ms-retry-after-ms": str(math.ceil(fault.retry * 1000))}, {}
    if status == 429:
        group = _operation_group(request)
        code, more = "OperationNotAllowed", _exceeded(group, now)
        headers["Retry-After"] = str(math.ceil(fault.retry))
        headers["x-ms-ratelimit-remaining-resource"] = f"Microsoft.Compute/{group};0"
    error = {"code": fault.code or code, "message": fault.message or message, **more}
    return web.json_response({"error": error}, status=status, headers=headers)


def _operation_group(request: web.Request) -> str:
    """The requests that are counted together: CreateUpdateGallery3Min [W], others in its manner [I]."""
    id_ = parse(request.path)
    kind = KINDS.get(id_.type.lower()) if id_ else None
    noun = kind.noun if kind else "operation"
    return f"{_VERBS.get(request.method, 'Get')}{noun[0].upper()}{noun[1:]}3Min"


def _exceeded(group: str, now: float) -> Json:
    """What Compute tells of a limit that was exceeded [D]; the numbers are invention."""
    span = {"startTime": stamp(now - 180), "endTime": stamp(now)}
    counted = {"operationGroup": group, **span, "allowedRequestCount": 50, "measuredRequestCount": 51}
    detail = {"code": "TooManyRequests", "target": group, "message": json.dumps(counted)}
    return {"details": [detail], "innererror": {"internalErrorCode": "TooManyRequestsReceived"}}


def _dropped(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
