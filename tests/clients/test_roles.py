"""The roles of docs/roles, made by Azure CLI as they are."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import ROOT, AzureCLI

ROLES = sorted((ROOT / "docs" / "roles").glob("*.json"))


def test_az_takes_the_roles_as_they_are(az: AzureCLI) -> None:
    assert {role.stem for role in ROLES} == {"preview", "deploy", "status", "drift", "access"}
    for role in ROLES:
        wanted = json.loads(role.read_text(encoding="utf-8"))
        made = az(f"role definition create --role-definition '@{role}'")
        assert (made["roleName"], made["assignableScopes"]) == (wanted["Name"], wanted["AssignableScopes"])
        [permissions] = made["permissions"]
        assert permissions["actions"] == wanted["Actions"], Path(role).name
    named = {role["roleName"] for role in az("role definition list --custom-role-only")}
    assert named == {json.loads(role.read_text(encoding="utf-8"))["Name"] for role in ROLES}
