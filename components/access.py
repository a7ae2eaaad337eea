"""Locks and role assignments on a gallery, an image definition or a version."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial

import pulumi
from pulumi_azure_native import authorization

import config
from config.azure import bodies
from config.azure.access import holder_of
from config.azure.properties import role_guid
from config.azure.view import View

from .inputs import arguments, as_input
from .options import child_options
from .run import Run


def access(
    name: str,
    resource: pulumi.CustomResource,
    settings: config.Gallery | config.Image | config.Version,
    *,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> None:
    """The locks and role assignments that `settings` hold on `resource`, whose logical name is `name`.

    A lock stops this program, too: locks are put on when all that lies below (`after`) is there, and taken off first.
    They aren't protected by the engine where their holder is, since what is locked could never be changed: the judge
    wants their withdrawal declared.
    """
    held = Run.current().state.assignments
    assignments = []
    for key, each in settings.role_assignments.items():
        body = bodies.role_assignment(each)
        whole = pulumi.Output.all(resource.id, as_input(each.principal_id), each.role)
        body["roleDefinitionId"] = config.Deferred(whole.apply(lambda parts: bodies.role_definition_id(*parts[::2])))
        assignments.append(
            authorization.RoleAssignment(
                f"{name}/{key}",
                scope=resource.id,
                role_assignment_name=whole.apply(partial(_assignment_name, held.values())),
                **arguments(body),
                # Azure updates no role assignment, and azure-native would try to (RoleAssignmentUpdateNotPermitted).
                opts=child_options(
                    parent,
                    resource,
                    protect=False,
                    replace_on_changes=["principalType"],
                    renamed_from=_former_name(name, key, each, settings.role_assignments, held),
                ),
            )
        )
    for key, lock in settings.locks.items():
        authorization.ManagementLockByScope(
            f"{name}/{key}",
            scope=resource.id,
            lock_name=key,
            **arguments(bodies.lock(lock)),
            opts=child_options(parent, resource, protect=False, after=[*assignments, *after]),
        )


def _former_name(
    holder: str, key: str, wanted: config.RoleAssignment, keys: Container[str], held: Mapping[str, View]
) -> str | None:
    """Under which name the state has a role assignment whose key was changed: to Azure it is the same one, which can't
    be made a second time before it is deleted.
    """
    if f"{holder}/{key}" in held or isinstance(wanted.principal_id, config.Deferred):
        return None
    for former, each in held.items():
        same = (str(each["principalId"]).lower(), role_guid(each["roleDefinitionId"])) == (
            wanted.principal_id.lower(),
            role_guid(wanted.role),
        )
        its = holder_of(each).casefold() == holder.casefold()
        if same and its and former.removeprefix(f"{holder}/") not in keys:
            return former
    return None


def _assignment_name(held: Iterable[View], parts: Sequence[str]) -> str:
    """The name of a role assignment: a GUID that is always the same for a scope, a principal and a role, and, as Azure
    wants it, unique in the tenant ("Create Azure RBAC resources by using Bicep"). One that others have made, and the
    state holds, keeps its name.
    """
    for each in held:
        scope, principal, role = (str(each.inputs.get(key)) for key in ("scope", "principalId", "roleDefinitionId"))
        if [part.lower() for part in (scope, principal, role_guid(role))] == [part.lower() for part in parts]:
            return str(each.inputs["name"])
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts).lower()))
