"""What there is without anybody having created it (subscriptions, regions, providers), and lists across types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from . import filters
from .checks import not_found
from .identity import TENANT
from .ids import GROUP_TYPE, ResourceId, parse
from .regions import REGIONS
from .resources import KINDS
from .shapes import Json
from .store import Row, Transaction

_API_VERSIONS = ("2026-03-03", "2025-03-03", "2024-03-03", "2023-07-03", "2022-08-03", "2021-10-01", "2019-12-01")
"""Those that a provider names [C: what clients use]; any other one from the oldest on is accepted as well."""
_RESOURCE_FILTERS = frozenset({"name", "resourcegroup", "resourcetype"})


def about(parts: list[str], subscriptions: Mapping[str, str]) -> Json | None:
    """The answer to a GET that needs no state, by the path's parts in lower case; None where there is none [S]."""
    match parts:
        case ["tenants"]:
            return {"value": [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}]}
        case ["subscriptions"]:
            return {"value": [_subscription(*each) for each in subscriptions.items()]}
        case ["subscriptions", id_]:
            return _subscription(id_, subscriptions[id_])
        case ["subscriptions", id_, "locations"]:
            return {"value": [region.body(id_) for region in REGIONS.values()]}
        case ["subscriptions", id_, "providers"]:
            return {"value": [_provider(id_, namespace) for namespace in _namespaces()]}
        case ["subscriptions", id_, "providers", sent]:
            return next((_provider(id_, namespace) for namespace in _namespaces() if namespace.lower() == sent), None)
    return None


def resources(parts: list[str], sent: str, expand: frozenset[str], tx: Transaction) -> Json | None:
    """The resources of a group or subscription, of all types that have a location [S]; all in one answer [I].

    `parts` are the path's, in lower case; None for a path of anything else.
    """
    match parts:
        case ["subscriptions", id_, "resources"]:
            scope = f"/subscriptions/{id_}"
        case ["subscriptions", id_, "resourcegroups", name, "resources"]:
            group = ResourceId(f"/subscriptions/{id_}", "Microsoft.Resources", ("resourceGroups",), (name,))
            if tx.find(group.key) is None:
                raise not_found(group)
            scope = group.key
        case _:
            return None
    wanted = filters.parse(sent, _RESOURCE_FILTERS)
    rows = [(found, row) for row in tx.below(scope) if (found := parse(row.id)) and _is_tracked(row, found, wanted)]
    return {"value": [_summary(found, row, tx.now, "provisioningstate" in expand) for found, row in rows]}


def _is_tracked(row: Row, id_: ResourceId, wanted: filters.Filter) -> bool:
    kind = KINDS[row.type.lower()]
    given = {"name": id_.name, "resourcegroup": id_.group or "", "resourcetype": row.type}
    fits = all(given[name].lower() == value.lower() for name, value in wanted.items())
    return fits and kind.located and "PUT" in kind.verbs and kind.type != GROUP_TYPE


def _summary(id_: ResourceId, row: Row, now: float, with_state: bool) -> Json:
    state = {"provisioningState": row.timeline.state(now)} if with_state else {}
    beside = {name: value for name, value in row.body.items() if name != "properties"}
    return {"id": row.id, "name": "/".join(id_.names), "type": row.type, **beside, **state}


def _namespaces() -> Iterator[str]:
    yield from dict.fromkeys(kind.type.partition("/")[0] for kind in KINDS.values())


def _provider(subscription: str, namespace: str) -> Json:
    types = [kind for kind in KINDS.values() if kind.type.partition("/")[0] == namespace]
    return {
        "id": f"/subscriptions/{subscription}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered",
        "resourceTypes": [
            {
                "resourceType": kind.type.partition("/")[2],
                "locations": [region.display for region in REGIONS.values()] if kind.located else [],
                "apiVersions": list(_API_VERSIONS),
            }
            for kind in types
        ],
    }


def _subscription(id_: str, name: str) -> Json:
    return {
        "id": f"/subscriptions/{id_}",
        "subscriptionId": id_,
        "displayName": name,
        "state": "Enabled",
        "tenantId": TENANT,
        "authorizationSource": "RoleBased",
    }
