"""The rules that hold for every resource type, each raising AzureError where it is broken."""

from __future__ import annotations

from typing import Any

from .call import Call
from .errors import AzureError, nested, unknown_member
from .ids import GROUP_TYPE, LOCK_TYPE, ResourceId, parse
from .regions import REGIONS, Region, find
from .resource import another_operation
from .shapes import Json, dig, text
from .store import Row


def check_request(call: Call) -> None:
    """What can be said of a write before its body is read: group, parent, locks and name, in that order [I]."""
    check_surroundings(call)
    check_locks(call, "write")
    call.kind.check_name(call.id)


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


def check_known(call: Call, sent: Json) -> None:
    """Nothing is sent that came with a later api-version [S: which did; that it is refused, and the text: I]."""
    for path, since in call.kind.since.items():
        if call.api_version < since and dig(sent, f"properties.{path}") is not None:
            raise unknown_member(f"{call.kind.noun}.properties", path)


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
    places = [f"{scope}/providers/{LOCK_TYPE}".lower() for scope in (*call.id.scopes, call.id.key)]
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
        raise another_operation(call.id, row.timeline.ends - call.now)


def not_found(id_: ResourceId) -> AzureError:
    """404 of a group [G] or of a resource [I: well-known text]."""
    if id_.type == GROUP_TYPE:
        return AzureError(404, "ResourceGroupNotFound", f"Resource group '{id_.name}' could not be found.")
    within = f" under resource group '{id_.group}'" if id_.group else ""
    text_ = (
        f"The Resource '{id_.relative}'{within} was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return AzureError(404, "ResourceNotFound", text_)


def _group_id(id_: ResourceId) -> ResourceId:
    return ResourceId("/".join(id_.scope.split("/")[:3]), "Microsoft.Resources", ("resourceGroups",), (str(id_.group),))
