"""The roles of docs/roles: each command passes with its own, on a stack that has everything, and can't do more."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable

from local import arm
from local.run import settings

from .conftest import ROOT, SUBSCRIPTION, Project

ROLES = ROOT / "docs" / "roles"
AUTHORIZATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
CLIENTS = {
    name: f"7a1c0000-0000-4000-8000-00000000000{n}" for n, name in enumerate(("preview", "deploy", "drift", "status"))
}


def give(cloud: Project, role: str, client: str) -> None:
    """Has the owner of the subscription make a role and assign it to a client."""
    written = json.loads((ROLES / f"{role}.json").read_text(encoding="utf-8"))
    guid = f"7a1c0000-0000-4000-8000-{sum(map(ord, role)):012}"
    permissions = [{"actions": written["Actions"], "notActions": written["NotActions"]}]
    made = {"roleName": written["Name"], "permissions": permissions, "assignableScopes": written["AssignableScopes"]}
    definition = f"{AUTHORIZATION}/roleDefinitions/{guid}"
    assigned = {"roleDefinitionId": definition, "principalId": client, "principalType": "ServicePrincipal"}
    cloud.cloud(
        ("PUT", definition, {"properties": made}),
        ("PUT", f"{AUTHORIZATION}/roleAssignments/{guid}", {"properties": assigned}),
    )


def status(stack: Project, client: str) -> subprocess.CompletedProcess[str]:
    """`gallery status` as a client, at the stack's cloud."""

    async def ask() -> subprocess.CompletedProcess[str]:
        async with arm.serve(stack.home, speed=stack.speed) as address:
            env = stack.env | settings(address, arm.authority(stack.home)) | {"ARM_CLIENT_ID": client}
            command = [sys.executable, "-m", "commands", "status", "dev"]
            env |= {"PYTHONPATH": os.pathsep.join([str(stack.directory), str(ROOT)])}
            return await asyncio.to_thread(
                subprocess.run, command, cwd=stack.directory, env=env, capture_output=True, text=True, timeout=60
            )

    return asyncio.run(ask())


def test_each_command_passes_with_its_role_and_does_no_more(project: Callable[..., Project]) -> None:
    dev = project("../components/cases/everything")
    owner = Project(dev.directory)
    for name, client in CLIENTS.items():
        give(owner, name, client)

    def as_client(name: str) -> Project:
        dev.environment["ARM_CLIENT_ID"] = CLIENTS[name]
        return dev

    def told(name: str, *arguments: str) -> str:
        done = as_client(name).run(*arguments, "--stack", "dev")
        assert done.returncode != 0
        return done.stdout + done.stderr

    up = ("up", "--yes", "--skip-preview")
    assert {operation for operation, _ in as_client("preview").preview().values()} == {"create"}
    assert "perform action 'Microsoft.Resources/subscriptions/resourceGroups/" in told("preview", *up)
    assert "can't be read: have the Reader role on it" in told("status", "preview")
    assert status(dev, CLIENTS["preview"]).returncode == 3

    assert "perform action 'Microsoft.Authorization/" in told("deploy", *up), "that takes another role"
    give(owner, "access", CLIENTS["deploy"])
    as_client("deploy").up()
    as_client("drift").pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", "dev")
    assert "perform action 'Microsoft.Resources/subscriptions/resourceGroups/read'" in told(
        "status", "refresh", "--preview-only"
    )
    assert as_client("preview").preview() == {}
    done = status(dev, CLIENTS["status"])
    assert done.returncode == 0, done.stderr
    dev.edit(lambda data: data["galleries"].pop("direct") and data.update(allowDeletion=["direct"]))
    assert as_client("deploy").up()["delete"] == 3, "a gallery, its component, and whom it is shared with"
