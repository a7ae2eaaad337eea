"""Long-running operations: what was accepted and takes its time."""

from __future__ import annotations

import uuid

from .call import Answer, Call
from .dates import stamp
from .errors import AzureError
from .shapes import Json
from .store import Operation, Transaction

FASTEST_POLL, SLOWEST_POLL = 20, 500
"""Milliseconds after which clients are told to ask again; without it, or with 0, az would wait for 30 s [C]."""


def start(call: Call, location: str, ends: float, error: dict[str, str] | None = None) -> str:
    """Store an operation and give its address, with the api-version of the request [W]."""
    name = str(uuid.uuid4())
    call.tx.add_operation(Operation(name, call.id.key, call.now, ends, error))
    provider = f"/subscriptions/{call.id.subscription}/providers/{call.id.namespace}"
    return f"{call.address}{provider}/locations/{location}/capsOperations/{name}?api-version={call.api_version}"


def poll(tx: Transaction, name: str, monitor: bool) -> Answer:
    """The state of an operation [W]; with `monitor`, only whether it is over [I]. Tells when to ask again."""
    operation = tx.operation(name)
    if operation is None:
        raise AzureError(404, "NotFound", f"The operation '{name}' was not found.")
    left = 1000 * (operation.ends - tx.now)
    headers = {"x-ms-retry-after-ms": str(int(min(SLOWEST_POLL, max(FASTEST_POLL, left))))}
    if monitor:
        return Answer(202, None, headers) if left > 0 else Answer(204)
    shown: Json = {"startTime": stamp(operation.started), "status": "InProgress", "name": operation.name}
    if left > 0:
        return Answer(200, shown, headers)
    outcome: Json = {"status": "Failed", "error": operation.error} if operation.error else {"status": "Succeeded"}
    return Answer(200, {**shown, "endTime": stamp(operation.ends), **outcome})
