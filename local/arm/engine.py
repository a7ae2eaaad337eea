"""The verbs: what PUT, PATCH, GET and DELETE do, whatever the resource type."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from . import managed_identity, operations, tags
from .call import Answer, Call
from .checks import (
    check_idle,
    check_known,
    check_location,
    check_locks,
    check_not_nested,
    check_quota,
    check_request,
    check_surroundings,
    not_found,
    require_group,
)
from .errors import unsupported_property
from .ids import GROUP_TYPE, parse
from .resource import Change, View
from .shapes import Json, anything, dig, parse_object, record
from .store import Row
from .timeline import Timeline

_READ_ONLY = {"id", "name", "type", "etag", "systemData"}
_RESTORE_SECONDS = 150.0  # [W: azure-cli's test_gallery_soft_delete_policy_and_recycle_bin]
PAGE = 100
"""Entries of a list in one answer [I]."""


def put(call: Call) -> Answer:
    """Create or replace, or bring back what was deleted softly."""
    check_request(call)
    row, sent = call.tx.find(call.id.key), parse_object(call.body)
    check_known(call, sent)
    if row is None and (deleted := call.kind.deleted(call.id, call.tx)):
        return _restore(call, deleted, sent)
    return _change(call, row, sent)


def patch(call: Call) -> Answer:
    """Change a part of what is stored."""
    check_request(call)
    row, sent = call.tx.find(call.id.key), parse_object(call.body)
    check_known(call, sent)
    if row is None:
        if deleted := call.kind.deleted(call.id, call.tx):
            return _restore(call, deleted, {"location": deleted.body["location"], **sent})
        raise not_found(call.id)
    if "identity" in sent:
        sent = {**sent, "identity": managed_identity.patched(row.body.get("identity"), sent["identity"])}
    properties = {} if sent.get("properties") is None else sent["properties"]
    if isinstance(properties, dict):
        properties = call.kind.patched(row.properties, properties)
    return _change(call, row, {**row.body, **sent, "properties": properties})


def get(call: Call) -> Answer:
    """Show one resource."""
    check_surroundings(call)
    row = call.kind.find(call.id, call.tx)
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
    rows = call.kind.listed(call.id, call.tx, call.terms, call.after, PAGE + 1)
    shown: Json = {"value": [_listed(call, row) for row in rows[:PAGE]]}
    if len(rows) > PAGE:
        query = f"api-version={call.api_version}&$skiptoken={quote(rows[PAGE - 1].id.lower(), safe='')}"
        shown["nextLink"] = f"{call.address}{call.id.text}?{query}"
    return Answer(200, shown)


def act(call: Call, name: str) -> Answer:
    """Do something to a resource that no PUT does: as an operation [W], or at once."""
    check_request(call)
    row, sent = call.tx.find(call.id.key), parse_object(call.body) if call.body else {}
    if row is None:
        raise not_found(call.id)
    check_idle(call, row)
    properties = call.kind.actions[name](row, sent, call.tx, call.speed)
    row = replace(row, body={**row.body, "properties": properties})
    if not call.kind.asynchronous:
        call.tx.save(row)
        return Answer(200)
    ends = call.now + call.kind.change_seconds / call.speed
    call.tx.save(replace(row, timeline=replace(row.timeline, activity="Updating", ends=ends)))
    return Answer(202, None, operations.with_location(operations.start(call, row.body["location"], ends)))


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
        if not call.bypasses_soft_delete:
            call.kind.on_delete(row, call.tx, call.now + call.kind.delete_seconds / call.speed, call.speed)
    ends = row.timeline.ends if row.timeline.deleting() else call.now + call.kind.delete_seconds / call.speed
    for each in [row, *call.tx.below(call.id.key)]:
        _begin_deletion(call, each, ends)
    if not call.kind.asynchronous and not is_group:
        return Answer(200, _render(call, row) if call.kind.shows_deleted else None)
    headers = operations.with_location(operations.start(call, row.body["location"], ends))
    return Answer(202, None, {"Location": headers["Location"]} if is_group else headers)


def _change(call: Call, row: Row | None, body: Json) -> Answer:
    """The checks in Azure's order [I]: the body by itself, where it is, what else there is, the type's own rules."""
    kept = _envelope(call, body)
    check = anything if call.kind.members is None else record(call.kind.members, *call.kind.required(row))
    properties = check({} if body.get("properties") is None else body["properties"], f"{call.kind.noun}.properties")
    location = check_location(call, row, body.get("location")) if call.kind.located else None
    check_idle(call, row)
    if row is None and location:
        check_quota(call, location)
    about = (call.id, call.api_version, location, properties, row, call.tx, call.speed, call.kinds, kept)
    plan = call.kind.plan(Change(*about))
    timeline = Timeline("Updating" if row else "Creating", plan.ends, plan.error, plan.regions)
    place = {"location": location.name} if location else {}
    body = {**place, **kept, "properties": plan.properties}
    new = Row(row.id if row else call.id.text, call.kind.type, body, timeline)
    return _accepted(call, 200 if row else call.kind.created, new)


def _restore(call: Call, deleted: Row, sent: Json) -> Answer:
    """Bring back what was deleted softly, as it was [S]; how long that takes is [I]."""
    check_location(call, deleted, sent.get("location"))
    check_idle(call, None)
    row = call.kind.restore(deleted, sent)
    ends = call.now + _RESTORE_SECONDS / call.speed
    call.tx.save(deleted, call.now, call.now)
    return _accepted(call, 200, replace(row, timeline=replace(row.timeline, activity="Updating", ends=ends)))


def _accepted(call: Call, status: int, row: Row) -> Answer:
    """Store a resource that is being made or changed, and say so."""
    call.tx.save(row)
    headers = {}
    if call.kind.asynchronous:
        headers = operations.start(call, row.body["location"], row.timeline.ends, row.timeline.error)
    return Answer(status, _render(call, row, written=True), headers)


def _envelope(call: Call, body: Json) -> Json:
    """Tags, and whatever else the type has."""
    kept: Json = {}
    for name, value in body.items():
        if value is None or name in _READ_ONLY or name in ("location", "properties"):
            continue
        if name == "tags":
            kept[name] = tags.checked(value, name)
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


def _listed(call: Call, row: Row) -> Json:
    """An entry of a list; in Compute's lists of a subscription, ids have their groups in upper case [W], and galleries
    in lists of a group, too [W: azure-cli's test_gallery_e2e]."""
    shown, id_ = _render(call, row), parse(row.id)
    across = call.id.group is None or call.kind.type == "Microsoft.Compute/galleries"
    if across and call.id.parent is None and call.kind.type.startswith("Microsoft.Compute/"):
        assert id_, "ids are parsed before they are stored"
        scope = id_.scope.rpartition("/")[0]
        shown["id"] = f"{scope}/{str(id_.group).upper()}/providers/{id_.relative}"
    return shown


def _render(call: Call, row: Row, written: bool = False) -> Json:
    id_ = parse(row.id)
    assert id_, "ids are parsed before they are stored"
    return call.kind.render(id_, row, View(call.now, call.expand, call.api_version, written))
