"""Long-running operations: what was accepted and takes its time."""

from __future__ import annotations

import uuid

from .call import Answer, Call
from .dates import stamp
from .errors import AzureError
from .regions import find
from .shapes import Json
from .store import Operation, Transaction

_FASTEST_POLL, _SLOWEST_POLL = 20, 500  # ms; absent or 0 would make az wait 30 s [C]


def start(call: Call, location: str, ends: float, error: dict[str, str] | None = None) -> dict[str, str]:
    """Store an operation; gives the headers that tell of it, its address with the api-version of the request [W]."""
    name = str(uuid.uuid4())
    call.tx.add_operation(Operation(name, call.id.key, call.now, ends, error))
    place = f"/subscriptions/{call.id.subscription}/providers/{call.id.namespace}/locations/{_spelt(location)}"
    address = f"{call.address}{place}/capsOperations/{name}?api-version={call.api_version}"
    return {"Azure-AsyncOperation": address, "Azure-AsyncNotification": "Enabled"}


def with_location(headers: dict[str, str]) -> dict[str, str]:
    """The headers of what has no resource to look at afterwards: there is a Location to poll, too [W]."""
    return {**headers, "Location": headers["Azure-AsyncOperation"].replace("?", "?monitor=true&", 1)}


def poll(tx: Transaction, name: str, monitor: bool) -> Answer:
    """The state of an operation; with `monitor`, only whether it is over [W]. Tells when to ask again."""
    operation = tx.operation(name)
    if operation is None:
        raise AzureError(404, "NotFound", f"The operation '{name}' was not found.")
    left = 1000 * (operation.ends - tx.now)
    headers = {"x-ms-retry-after-ms": str(int(min(_SLOWEST_POLL, max(_FASTEST_POLL, left))))}
    if monitor:
        return Answer(202, None, headers) if left > 0 else Answer(200)
    shown: Json = {"startTime": stamp(operation.started), "status": "InProgress", "name": operation.name}
    if left > 0:
        return Answer(200, shown, headers)
    outcome: Json = {"status": "Failed", "error": operation.error} if operation.error else {"status": "Succeeded"}
    return Answer(200, {**shown, "endTime": stamp(operation.ends), **outcome})


def _spelt(location: str) -> str:
    """A region in an operation's address: its name, but `EastUS2EUAP` for an early one [W: azure-cli's
    test_gallery_image_definition_update_features and test_create_image_version_with_region_cvm_encryption_pmk]."""
    region = find(location)
    return region.display.replace(" ", "") if region and region.name.endswith("euap") else location
