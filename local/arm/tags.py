"""Tags: the rules they obey, and the tags of a resource as a resource of their own (`Microsoft.Resources/tags`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .call import Answer, Call
from .checks import check_idle, check_locks, not_found, require_group
from .errors import AzureError
from .ids import ResourceId, parse
from .shapes import Json, choice, parse_object, record, texts
from .store import Row
from .timeline import Timeline

TYPE = "Microsoft.Resources/tags"
_RESERVED = "<>%&\\?/"
_MOST, _LONGEST_NAME, _LONGEST_VALUE = 50, 512, 256  # [D]
_TAGS = record({"tags": texts})
_BODY = record({"properties": _TAGS, "operation": choice("Merge", "Replace", "Delete")})


def checked(value: Any, path: str) -> Any:
    """Tags that a resource can have: names without reserved characters, one in whatever case, all of limited length
    [D]. Text and code of the first [G: azure-service-operator#805], of the others [I].
    """
    found: Json = texts(value, path)
    bad = [name for name in found if any(c in _RESERVED or ord(c) < 32 for c in name)]
    if bad:
        reserved = ",".join(_RESERVED)
        text = f"The tag names '{','.join(bad)}' have reserved characters '{reserved}' or control characters."
        raise AzureError(400, "InvalidTagNameCharacters", text)
    if len({name.lower() for name in found}) < len(found):
        raise AzureError(400, "DuplicateTagNames", "Tag names are compared without regard to case, and can't repeat.")
    if len(found) > _MOST:
        text = f"The number of tags '{len(found)}' exceeds the limit of {_MOST} for a resource."
        raise AzureError(400, "TagCountExceeded", text)
    for name, entry in found.items():
        if not 0 < len(name) <= _LONGEST_NAME:
            text = f"The tag name '{name}' is invalid. It has 1 to {_LONGEST_NAME} characters."
            raise AzureError(400, "InvalidTagName", text)
        if len(entry) > _LONGEST_VALUE:
            text = f"The value of the tag '{name}' exceeds the limit of {_LONGEST_VALUE} characters."
            raise AzureError(400, "InvalidTagValue", text)
    return found


def _get(call: Call) -> Answer:
    return _shown(call, _owner(call))


def _put(call: Call) -> Answer:
    """All tags of the resource [S]."""
    _owner(call)
    return _set(call, _BODY(parse_object(call.body), "tagsResource").get("properties", {}).get("tags", {}))


def _patch(call: Call) -> Answer:
    """Some of them: added or changed, removed where name and value fit, or all replaced [S]."""
    row, body = _owner(call), _BODY(parse_object(call.body), "tagsPatchResource")
    sent, operation = body.get("properties", {}).get("tags", {}), body.get("operation", "Merge")
    named = {name.lower(): value for name, value in sent.items()}
    kept: Json = row.body.get("tags", {})
    if operation == "Replace":
        return _set(call, sent)
    if operation == "Delete":
        return _set(call, {name: value for name, value in kept.items() if named.get(name.lower()) != value})
    return _set(call, {name: value for name, value in kept.items() if name.lower() not in named} | sent)


def _delete(call: Call) -> Answer:
    """No tags any more; the answer has no body [S]."""
    _set(call, {})
    return Answer(200)


VERBS: dict[str, Callable[[Call], Answer]] = {"GET": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete}


def _set(call: Call, tags: Json) -> Answer:
    row = _owner(call)
    check_locks(call, "write")
    check_idle(call, None)
    new = replace(row, body={**row.body, "tags": checked(tags, "tags")})
    call.tx.save(new)
    return _shown(call, new)


def _owner(call: Call) -> Row:
    """The resource whose tags these are, or the subscription [W: azure-cli's test_tag_update_subscription]."""
    require_group(call)
    owner: ResourceId | None = parse(call.id.scope)
    row = call.tx.find(call.id.scope.lower()) if call.id.name.lower() == "default" else None
    if row is None and owner is None and call.id.name.lower() == "default":
        return Row(call.id.scope, "Microsoft.Resources/subscriptions", {"properties": {}}, Timeline("Creating", 0))
    if row is None:
        raise not_found(owner or call.id)
    return row


def _shown(call: Call, row: Row) -> Answer:
    shown = {"id": f"{row.id}/providers/{TYPE}/default", "name": "default", "type": TYPE}
    return Answer(200, {**shown, "properties": {"tags": row.body.get("tags", {})}})
