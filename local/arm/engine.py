"""The verbs: what PUT, PATCH, GET and DELETE do, whatever the resource type."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from .dates import stamp
from .errors import AzureError, nested, unsupported_property
from .ids import GROUP_TYPE, LOCK_TYPE, ResourceId, parse
from .regions import REGIONS, Region, find
from .resource import Change, ResourceType, another_operation
from .shapes import Json, anything, dig, merge, parse_object, record, text, texts
from .store import Operation, Row, Transaction
from .timeline import Timeline

_READ_ONLY = {"id", "name", "type", "etag", "systemData"}
_FASTEST_POLL, _SLOWEST_POLL = 20, 500  # ms; absent or 0 would make az wait 30 s [C]
_RESTORE_SECONDS = 10.0  # [I]
PAGE = 100
"""Entries of a list in one answer [I]."""


@dataclass(frozen=True)
class Call:
    """A request that has passed the door: who asks for what, in which version, and the state to answer it from."""

    kind: ResourceType
    id: ResourceId
    address: str
    api_version: str
    tx: Transaction
    speed: float
    parent_lag: float
    """Simulated seconds for which a parent can't be deleted after its last child has gone; some 10-20 on Azure [G]."""
    kinds: Mapping[str, ResourceType]
    body: bytes = b""
    expand: frozenset[str] = frozenset()
    after: str = ""
    """The key that a list goes on after."""

    @property
    def now(self) -> float:
        """The real time of the request."""
        return self.tx.now


@dataclass(frozen=True)
class Answer:
    """A response; no body at all when `body` is None."""

    status: int
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


def put(call: Call) -> Answer:
    """Create or replace, or bring back what was deleted softly."""
    check_surroundings(call)
    row, sent = call.tx.find(call.id.key), parse_object(call.body)
    if row is None and (buried := call.kind.buried(call.id, call.tx)):
        return _restore(call, buried, sent)
    return _change(call, row, sent)


def patch(call: Call) -> Answer:
    """Merge into what is stored; the rules are those of a PUT with the result [I]."""
    check_surroundings(call)
    row, sent = call.tx.find(call.id.key), parse_object(call.body)
    if row is None:
        if buried := call.kind.buried(call.id, call.tx):
            return _restore(call, buried, {"location": buried.body["location"], **sent})
        raise not_found(call.id)
    properties = sent.get("properties")
    if isinstance(properties, dict):
        properties = merge(row.properties, properties)
    return _change(call, row, {**row.body, **sent, **({"properties": properties} if properties is not None else {})})


def get(call: Call) -> Answer:
    """Show one resource."""
    check_surroundings(call)
    row = call.tx.find(call.id.key)
    if row is None:
        raise not_found(call.id)
    return Answer(200, _render(call, row))


def head(call: Call) -> Answer:
    """Whether it exists: 204 or 404 [C]."""
    get(call)
    return Answer(204)


def collection(call: Call) -> Answer:
    """List the resources of a type in a parent, a group or a subscription, page by page."""
    check_surroundings(call)
    scope = call.id.parent.key if call.id.parent else call.id.scope.lower()
    rows = call.tx.of_type(scope, call.kind.type, call.after, PAGE + 1)
    shown: Json = {"value": [_render(call, row) for row in rows[:PAGE]]}
    if len(rows) > PAGE:
        query = f"api-version={call.api_version}&$skiptoken={quote(rows[PAGE - 1].id.lower(), safe='')}"
        shown["nextLink"] = f"{call.address}{call.id.text}?{query}"
    return Answer(200, shown)


def act(call: Call, name: str) -> Answer:
    """Do something to a resource that no PUT does; the answer is the request's body, if it has one [S]."""
    check_surroundings(call)
    check_locks(call, "write")
    row, sent = call.tx.find(call.id.key), parse_object(call.body) if call.body else {}
    if row is None:
        raise not_found(call.id)
    check_idle(call, row)
    call.tx.save(replace(row, body={**row.body, "properties": call.kind.actions[name](row, sent)}))
    return Answer(200, sent or None)


def view(call: Call, name: str) -> Answer:
    """Show a part of one resource."""
    whole = get(replace(call, expand=frozenset({name})))
    return Answer(200, dig(whole.body, call.kind.views[name]))


def delete(call: Call) -> Answer:
    """Delete; 204 when there is nothing to delete [I]."""
    is_group = call.kind.type == GROUP_TYPE
    require_group(call)
    row = call.tx.find(call.id.key)
    if row is None and is_group:
        raise not_found(call.id)
    if row is None:
        return Answer(204)
    check_locks(call, "delete")
    if not row.timeline.deleting():
        call.kind.check_delete(row, call.tx)
        if not is_group:
            check_not_nested(call)
        call.tx.preempt(call.id.key)
        call.kind.bury(row, call.tx, call.now + call.kind.delete_seconds / call.speed, call.speed)
    ends = row.timeline.ends if row.timeline.deleting() else call.now + call.kind.delete_seconds / call.speed
    for each in [row, *call.tx.below(call.id.key)]:
        _begin_deletion(call, each, ends)
    if not call.kind.asynchronous and not is_group:
        return Answer(200)
    operation = start_operation(call, row.body["location"], ends)
    headers = {"Location": operation.replace("?", "?monitor=true&", 1)}
    return Answer(202, None, headers if is_group else {**headers, "Azure-AsyncOperation": operation})


def poll(tx: Transaction, name: str, monitor: bool) -> Answer:
    """The state of an operation [W]; with `monitor`, only whether it is over [I]. Tells when to ask again."""
    operation = tx.operation(name)
    if operation is None:
        raise AzureError(404, "NotFound", f"The operation '{name}' was not found.")
    left = 1000 * (operation.ends - tx.now)
    headers = {"x-ms-retry-after-ms": str(int(min(_SLOWEST_POLL, max(_FASTEST_POLL, left))))}
    if monitor:
        return Answer(202, None, headers) if left > 0 else Answer(204)
    shown: Json = {"startTime": stamp(operation.started), "status": "InProgress", "name": operation.name}
    if left > 0:
        return Answer(200, shown, headers)
    outcome: Json = {"status": "Failed", "error": operation.error} if operation.error else {"status": "Succeeded"}
    return Answer(200, {**shown, "endTime": stamp(operation.ends), **outcome})


def check_surroundings(call: Call) -> None:
    """The group exists, and what the resource is nested in [G] or extends [I]."""
    require_group(call)
    owner = call.kind.owner(call.id)
    if owner and call.tx.find(owner.key) is None:
        if call.id.parent is None:
            raise not_found(owner)
        name = "/".join(owner.names)
        text_ = f"Can not perform requested operation on nested resource. Parent resource '{name}' not found."
        raise AzureError(404, "ParentResourceNotFound", text_)


def require_group(call: Call) -> None:
    """The resource group exists [G]."""
    if call.id.group and call.tx.find(_group_id(call.id).key) is None:
        raise not_found(_group_id(call.id))


def check_not_nested(call: Call) -> None:
    """Nothing is nested in what is to be deleted, nor was a moment ago [G]; what extends it doesn't count [I]."""
    below = [id_ for text_ in call.tx.remembered_below(call.id.key) if (id_ := parse(text_))]
    if inside := [id_.relative for id_ in below if id_.scope.lower() == call.id.scope.lower()]:
        raise nested(inside)


def check_locks(call: Call, operation: str) -> None:
    """No lock forbids this; texts seen [G].

    A lock holds for its scope and all below, so a deletion also fails for a lock somewhere inside. It keeps role
    assignments from being deleted, too [D], and never itself.
    """
    if call.kind.type == LOCK_TYPE:
        return
    scopes, above = ["/".join(call.id.key.split("/")[:3])], call.id.above
    while above:
        scopes.append(above.key)
        above = above.above
    places = [f"{scope}/providers/{LOCK_TYPE}".lower() for scope in (*scopes, call.id.key)]
    locks = [lock for place in places for lock in call.tx.below(place)]
    if operation == "delete":
        locks += call.tx.of_type(call.id.key, LOCK_TYPE)
    else:
        locks = [lock for lock in locks if lock.properties["level"] == "ReadOnly"]
    if locks:
        locked = dict.fromkeys(id_.scope for lock in locks if (id_ := parse(lock.id)))
        text_ = (
            f"The scope '{call.id.text}' cannot perform {operation} operation because following scope(s) are locked: "
            f"'{','.join(locked)}'. Please remove the lock and try again."
        )
        raise AzureError(409, "ScopeLocked", text_)


def check_quota(call: Call, location: Region) -> None:
    """So many of a type in a region of a subscription [D]; code and text [I]."""
    scope = f"/subscriptions/{call.id.subscription}".lower()
    if call.kind.quota is not None and call.tx.count(scope, call.kind.type, location.name) >= call.kind.quota:
        text_ = (
            f"Operation could not be completed as it results in exceeding the quota of {call.kind.quota} resources of "
            f"type '{call.kind.type}' in location '{location.name}' of subscription '{call.id.subscription}'."
        )
        raise AzureError(409, "OperationNotAllowed", text_)


def check_location(call: Call, row: Row | None, sent: Any) -> Region:
    """The location is given, known, and the one that the resource already has [codes seen; statuses I]."""
    if sent is None:
        raise AzureError(400, "LocationRequired", "The location property is required for this definition.")  # [I]
    region = find(text(sent, "location"))
    if region is None:
        text_ = (
            f"The provided location '{sent}' is not available for resource type '{call.kind.type}'. "
            f"List of available regions for the resource type is '{','.join(REGIONS)}'."
        )
        raise AzureError(400, "LocationNotAvailableForResourceType", text_)
    if row and row.body["location"] != region.name:
        text_ = (
            f"The resource '{call.id.name}' already exists in location '{row.body['location']}' in resource group "
            f"'{call.id.group}'. A resource with the same name cannot be created in location '{region.name}'. "
            "Please select a new resource name."
        )
        if call.kind.type == GROUP_TYPE:
            text_ = (
                f"Invalid resource group location '{region.name}'. "
                f"The Resource group already exists in location '{row.body['location']}'."
            )
            raise AzureError(409, "InvalidResourceGroupLocation", text_)  # [I]
        raise AzureError(409, "InvalidResourceLocation", text_)
    return region


def check_idle(call: Call, row: Row | None) -> None:
    """Nothing that this needs is being deleted, and no other operation is under way [I]."""
    for id_ in (_group_id(call.id), call.kind.owner(call.id), call.id):
        above = call.tx.find(id_.key) if id_ else None
        if id_ and above and above.timeline.deleting():
            raise call.kinds[id_.type.lower()].refuse_deleting(id_)
    if row and row.timeline.busy(call.now):
        raise another_operation(call.id)


def not_found(id_: ResourceId) -> AzureError:
    """404 of a group [G] or of a resource [I: well-known text]."""
    if id_.type == GROUP_TYPE:
        return AzureError(404, "ResourceGroupNotFound", f"Resource group '{id_.name}' could not be found.")
    text_ = (
        f"The Resource '{id_.relative}' under resource group '{id_.group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return AzureError(404, "ResourceNotFound", text_)


def start_operation(call: Call, location: str, ends: float, error: dict[str, str] | None = None) -> str:
    """Store an operation and give its address, with the api-version of the request [W]."""
    name = str(uuid.uuid4())
    call.tx.add_operation(Operation(name, call.id.key, call.now, ends, error))
    provider = f"/subscriptions/{call.id.subscription}/providers/{call.id.namespace}"
    return f"{call.address}{provider}/locations/{location}/capsOperations/{name}?api-version={call.api_version}"


def _change(call: Call, row: Row | None, body: Json) -> Answer:
    check_locks(call, "write")
    call.kind.check_name(call.id)
    location = check_location(call, row, body.get("location")) if call.kind.located else None
    kept = _envelope(call, body)
    check = anything if call.kind.members is None else record(call.kind.members)
    properties = check({} if body.get("properties") is None else body["properties"], f"{call.kind.noun}.properties")
    check_idle(call, row)
    if row is None and location:
        check_quota(call, location)
    plan = call.kind.plan(Change(call.id, call.api_version, location, properties, row, call.tx, call.speed, call.kinds))
    timeline = Timeline("Updating" if row else "Creating", plan.ends, plan.error, plan.regions)
    place = {"location": location.name} if location else {}
    body = {**place, **kept, "properties": plan.properties}
    new = Row(row.id if row else call.id.text, call.kind.type, body, timeline)
    return _accepted(call, 200 if row else 201, new)


def _restore(call: Call, buried: Row, sent: Json) -> Answer:
    """Bring back what was deleted softly, as it was [S]; how long that takes is [I]."""
    check_locks(call, "write")
    check_location(call, buried, sent.get("location"))
    check_idle(call, None)
    row = call.kind.restore(buried, sent)
    ends = call.now + _RESTORE_SECONDS / call.speed
    call.tx.save(buried, call.now, call.now)
    return _accepted(call, 200, replace(row, timeline=replace(row.timeline, activity="Updating", ends=ends)))


def _accepted(call: Call, status: int, row: Row) -> Answer:
    """Store a resource that is being made or changed, and say so."""
    call.tx.save(row)
    headers = {}
    if call.kind.asynchronous:
        operation = start_operation(call, row.body["location"], row.timeline.ends, row.timeline.error)
        headers = {"Azure-AsyncOperation": operation, "Azure-AsyncNotification": "Enabled"}
    return Answer(status, _render(call, row), headers)


def _envelope(call: Call, body: Json) -> Json:
    """Tags, and whatever else the type has."""
    kept: Json = {}
    for name, value in body.items():
        if value is None or name in _READ_ONLY or name in ("location", "properties"):
            continue
        if name == "tags":
            kept[name] = texts(value, name)
        elif name in call.kind.envelope:
            kept[name] = call.kind.envelope[name](value, name)
        elif call.kind.members is None:
            kept[name] = value
        else:
            raise unsupported_property(f"{call.kind.noun}.{name}")
    return kept


def _begin_deletion(call: Call, row: Row, ends: float) -> None:
    timeline = replace(row.timeline, activity="Deleting", ends=ends, error=None)
    call.tx.save(replace(row, timeline=timeline), ends, ends + call.parent_lag / call.speed)


def _render(call: Call, row: Row) -> Json:
    id_ = parse(row.id)
    assert id_, "ids are parsed before they are stored"
    return call.kind.render(id_, row, call.now, set(call.expand))


def _group_id(id_: ResourceId) -> ResourceId:
    return ResourceId("/".join(id_.scope.split("/")[:3]), "Microsoft.Resources", ("resourceGroups",), (str(id_.group),))
